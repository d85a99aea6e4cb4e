// Each command as a person types it: what it prints, where, and how it ends. No daemon runs.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nearcast, repository, run } from '../support/command.ts'
import { freePort } from '../support/free-port.ts'
import { copyShipped, type Shipped } from '../support/shipped.ts'

let shipped: Shipped

beforeAll(async () => {
  shipped = await copyShipped()
})

afterAll(() => shipped.remove())

describe('nearcast', () => {
  it('tells its version, on the Node that the system has too', async () => {
    const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { version: string }
    expect(await nearcast(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` })
    expect(await run(join(repository, 'bin/nearcast'), ['--version'])).toMatchObject({
      status: 0,
      stdout: `${version}\n`,
    })
  })

  it.each(['serve', 'replace', 'check', 'explain', 'delegation', 'query', 'probe', 'demo'])(
    '%s explains itself',
    async (command) => {
      const { status, stdout } = await nearcast([command, '--help'])
      expect(status).toBe(0)
      expect(stdout).toContain(`Usage: nearcast ${command}`)
      expect(stdout).toMatch(new RegExp(`^Examples:\\n(?: .*\\n)*? +\\$ .*nearcast ${command}`, 'm'))
      if (command !== 'demo' && command !== 'query')
        expect(stdout).toMatch(/--config <\w+>.*\(default:\s+"config\/nearcast\.yaml"\)/s)
    },
  )

  it.each([
    [['chekc']],
    [['check', '--confg', 'x']],
    [['query']],
    [['query', 'a..example.net']],
    [['query', 'example.net', 'AAA']],
    [['query', 'example.net', '--server', 'localhost']],
    [['query', 'example.net', '--subnet', '203.0.113.0/33']],
    [['delegation', 'live.example.net', '--parent', 'localhost']],
    [['delegation', 'live.example.net', '--parent', '192.0.2.1', '--resolver', '192.0.2.1']],
    [['explain', '--client', '192.0.2.1']],
    [['explain', '--client', '192.0.2.1', '--name', 'example.net', '--type', 'MX']],
  ])('%j is refused as a mistake of who typed it', async (args) => {
    const { status, stdout, stderr } = await nearcast(args)
    expect(status).toBe(64)
    expect(stdout).toBe('')
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('nearcast check', () => {
  it('says what the shipped configuration comes to', async () => {
    const { status, stdout } = await nearcast(['check'])
    expect(stdout).toMatch(/^config\/nearcast\.yaml is good\.$/m)
    for (const what of ['zones', 'nodes', 'carriers', 'rules', 'cells', 'blocks']) {
      expect(stdout).toMatch(new RegExp(`^${what} +[\\d,]+`, 'm'))
    }
    expect(status).toBe(0)
  })

  it('says all problems at once, each with its place, and exits with 2', async () => {
    const path = await shipped.edit((text) =>
      text.replace('answers: 2', 'anwers: 2').replace('interval: 1s', 'interval: soon'),
    )
    const { status, stdout, stderr } = await nearcast(['check', '--config', path], shipped.directory)
    expect(stdout).toMatch(/^config\/edited\.yaml:\d+:\d+: .*anwers.*answers/m)
    expect(stdout).toMatch(/^config\/edited\.yaml:\d+:\d+: .*soon/m)
    expect(
      stdout
        .trim()
        .split('\n')
        .every((line) => /^config\/edited\.yaml:\d+:\d+: /.test(line)),
    ).toBe(true)
    expect(stderr).toMatch(/is refused: \d+ problems/)
    expect(status).toBe(2)
  })

  it('refuses what only compiling finds, with its place', async () => {
    const rule = '- { clients: { carrier: hkt }, nodes: { site: [hkg, sin, fra, iad, sjc] }, weight: 0 }'
    const path = await shipped.edit((text) => text.replace(/^steering:\n/m, `steering:\n  ${rule}\n`))
    const { status, stdout } = await nearcast(['check', '--config', path], shipped.directory)
    expect(stdout).toMatch(/^config\/edited\.yaml:\d+:\d+: .*carrier hkt/m)
    expect(status).toBe(2)
  })

  it('says which file is missing', async () => {
    const { status, stdout } = await nearcast(['check', '--config', 'nowhere.yaml'], shipped.directory)
    expect(stdout).toContain('nowhere.yaml')
    expect(status).toBe(2)
  })

  it('prints the schema that editors are given', async () => {
    const { stdout } = await nearcast(['check', '--schema'])
    expect(stdout).toBe(await readFile(join(repository, 'config/schema.json'), 'utf8'))
  })
})

describe('nearcast explain without a daemon', () => {
  const question = ['explain', '--client', '219.76.4.4', '--name', 'show1.play.live.example.net']

  it('computes the answer from the configuration and says so', async () => {
    const { status, stdout } = await nearcast(question, shipped.directory)
    expect(stdout).toMatch(/^cell +Hong Kong, carrier hkt; region apac$/m)
    expect(stdout).toMatch(/^block +219\.76\.\d+\.0\/\d+, scope \/\d+$/m)
    expect(stdout).toMatch(/^ *1 +hkg-1 +hkg +\d/m)
    expect(stdout).toMatch(/fra-1 .* ms behind the best available node/)
    expect(stdout).toContain('health is unknown')
    expect(status).toBe(0)
  })

  it('prints JSON whose terms add up to the score', async () => {
    const { stdout } = await nearcast([...question, '--json'], shipped.directory)
    const { candidates } = JSON.parse(stdout) as { candidates: { scoreMs: number; terms: Record<string, number> }[] }
    expect(candidates.length).toBe(12)
    for (const { scoreMs, terms } of candidates) {
      const { rttMs, carrierMs, regionMs, priceMs, biasMs } = terms
      expect(rttMs + carrierMs + regionMs + priceMs + biasMs).toBeCloseTo(scoreMs, 2)
    }
  })
})

describe('nearcast query', () => {
  it('of a server that is not there says what to do', async () => {
    const port = await freePort()
    const { status, stderr } = await nearcast(['query', 'live.example.net', '--server', `127.0.0.1:${port}`])
    expect(stderr).toContain(`127.0.0.1:${port}`)
    expect(stderr).toContain('nearcast demo')
    expect(status).toBe(69)
  })
})

describe('nearcast demo', () => {
  it('refuses a configuration without nodes on this machine', async () => {
    const nodes = join(shipped.directory, 'config', 'nodes')
    const elsewhere = join(shipped.directory, 'config', 'elsewhere.yaml')
    const texts = await Promise.all((await readdir(nodes)).map((file) => readFile(join(nodes, file), 'utf8')))
    await writeFile(elsewhere, texts.join('').replaceAll('127.20.', '198.18.').replaceAll('"::1"', '"2001:db8::1"'))
    const path = await shipped.edit((text) => text.replace('nodes/*.yaml', 'elsewhere.yaml'))
    const { status, stderr } = await nearcast(['demo', '--config', path], shipped.directory)
    expect(stderr).toContain('no node with a loopback address')
    expect(status).toBe(64)
  })
})
