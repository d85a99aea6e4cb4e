// nearcast keys as an operator types it: what it writes and says, what it refuses. No daemon runs.
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nearcast, type Outcome } from '../support/command.ts'
import { tiny, type Tiny } from '../support/tiny.ts'

let site: Tiny
const zone = 'live.example.net'
const said: string[] = []

beforeAll(() => {
  site = tiny({ zone: ['dnssec: { keys: keys }'] })
})
afterAll(() => site.remove())

async function run(...args: string[]): Promise<Outcome> {
  const outcome = await nearcast([...args, '--config', site.configPath], site.directory)
  said.push(outcome.stdout, outcome.stderr)
  return outcome
}

const keys = (...args: string[]): Promise<Outcome> => run('keys', ...args)

const directory = (): string => join(site.directory, 'keys')
const files = async (): Promise<string[]> => (await readdir(directory())).toSorted()
const tagsOf = async (): Promise<number[]> =>
  (await files()).filter((file) => file.endsWith('.private')).map((file) => Number(file.slice(-13, -8)))

const texts = async (): Promise<string[]> =>
  Promise.all((await files()).map((file) => readFile(join(directory(), file), 'utf8')))

/** Moves every time in the key files back by this many hours, as if they had passed. */
async function pass(hours: number): Promise<void> {
  for (const file of await files()) {
    const path = join(directory(), file)
    const text = await readFile(path, 'utf8')
    const earlier = text.replaceAll(/(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/gm, (_, ...parts: string[]) => {
      const [year, month, day, hour, minute, second] = parts.slice(0, 6).map(Number)
      return new Date(Date.UTC(year, month - 1, day, hour - hours, minute, second))
        .toISOString()
        .slice(0, 19)
        .replaceAll(/\D/g, '')
    })
    await writeFile(path, earlier)
  }
}

describe('nearcast keys', () => {
  it('makes, lists, rolls and retires a combined key, and refuses what would break the chain', async () => {
    const made = await keys('generate', zone)
    expect(made).toMatchObject({ status: 0, stderr: '' })
    expect(made.stdout).toMatch(/^live\.example\.net\. IN DS \d+ 13 2 [0-9A-F]{64}$/im)
    const [old] = await tagsOf()
    expect(await keys('generate', zone)).toMatchObject({ status: 75, stdout: '' })
    expect((await keys('list', zone)).stdout).toMatch(new RegExp(`^${old} +combined +published +everything`, 'm'))
    const alone = await keys('retire', zone, String(old), '--ds-replaced')
    expect(alone).toMatchObject({ status: 75, stderr: expect.stringContaining('run `nearcast keys roll` first') })

    await pass(48)
    const rolled = await keys('roll', zone)
    expect(rolled).toMatchObject({ status: 0, stderr: '' })
    expect(rolled.stdout).toContain(`nearcast keys retire ${zone} ${old} --ds-replaced`)
    expect(await keys('roll', zone, String(old))).toMatchObject({ status: 75 })
    const early = await keys('retire', zone, String(old), '--ds-replaced')
    expect(early).toMatchObject({ status: 75, stderr: expect.stringContaining('must stay') })
    const [successor] = (await tagsOf()).filter((tag) => tag !== old)

    await pass(100)
    const unseen = await keys('retire', zone, String(old))
    expect(unseen).toMatchObject({ status: 75, stderr: expect.stringContaining('--ds-replaced') })
    const before = await texts()
    const swapped = await keys('retire', zone, String(successor), '--ds-replaced')
    expect(swapped).toMatchObject({
      status: 75,
      stderr: expect.stringContaining(`the old key, to be retired, is ${old}`),
    })
    expect(await texts()).toEqual(before)
    expect(await keys('retire', zone, String(old), '--ds-replaced')).toMatchObject({ status: 0, stderr: '' })
    const listed = (await keys('list', zone)).stdout
    expect(listed).toMatch(new RegExp(`^${successor} .*published +everything +named$`, 'm'))
    expect(listed).toMatch(new RegExp(`^${old} .*published +DNSKEY and CDS +no longer named$`, 'm'))
    expect(listed).toMatch(new RegExp(`^  now +${zone}\\. IN DS ${successor} `, 'm'))
    expect(listed).toMatch(new RegExp(`^  no longer +${zone}\\. IN DS ${old} `, 'm'))
    expect(await keys('retire', zone, '0')).toMatchObject({ status: 66 })

    for (const file of await files()) {
      expect((await stat(join(directory(), file))).mode & 0o777).toBe(0o600)
      const secret = /^PrivateKey: (.*)$/m.exec(await readFile(join(directory(), file), 'utf8'))?.[1]
      if (secret !== undefined) expect(said.join('')).not.toContain(secret)
    }
  }, 120_000)

  it('makes two keys with --split, and rolls the zone-signing one without more to do', async () => {
    await rm(directory(), { recursive: true })
    const made = await keys('generate', zone, '--split')
    expect(made).toMatchObject({ status: 0, stderr: '' })
    for (const file of await files())
      if (file.endsWith('.private')) expect(made.stdout).toContain(join(directory(), file))
    const listed = (await keys('list', zone)).stdout
    expect(listed).toMatch(/^\d+ +key-signing +published +DNSKEY and CDS +from /m)
    const old = /^(\d+) +zone-signing +published +records/m.exec(listed)?.[1] ?? ''
    expect(old).not.toBe('')
    const unnamed = await keys('roll', zone)
    expect(unnamed).toMatchObject({ status: 64, stderr: expect.stringContaining(old) })

    const rolled = await keys('roll', zone, old)
    expect(rolled).toMatchObject({ status: 0, stderr: '' })
    expect(rolled.stdout).not.toContain('retire')
    expect(rolled.stdout).toMatch(new RegExp(`key ${old} is gone`))
    expect(await keys('roll', zone, old)).toMatchObject({ status: 75 })
    const [fresh] = (await tagsOf()).filter((tag) => !listed.includes(String(tag)))
    expect((await keys('list', zone)).stdout).toMatch(new RegExp(`^${fresh} +zone-signing +published +nothing`, 'm'))

    await pass(3)
    const after = (await keys('list', zone)).stdout
    expect(after).toMatch(new RegExp(`^${fresh} +zone-signing +published +records`, 'm'))
    expect(after).toMatch(new RegExp(`^${old} +zone-signing +published +nothing`, 'm'))
    await pass(72)
    expect((await keys('list', zone)).stdout).toMatch(new RegExp(`^${old} +zone-signing +gone since`, 'm'))
  }, 120_000)

  it('never has a second key made beside one of which a half is missing', async () => {
    await rm(directory(), { recursive: true, force: true })
    const first = await run('check')
    expect(first).toMatchObject({ status: 2, stdout: expect.stringContaining('there is no directory') })
    expect(first.stdout).toContain(`\`nearcast keys generate ${zone}\``)
    expect(await keys('generate', zone)).toMatchObject({ status: 0 })
    const before = await files()
    const [publicFile, privateFile] = before.map((file) => join(directory(), file))
    const secret = await readFile(privateFile, 'utf8')
    await rm(privateFile)

    const missing = `${publicFile} has no .private beside it: copy it from another server.`
    expect(await run('check')).toMatchObject({ status: 2, stdout: expect.stringContaining(missing) })
    for (const command of [['keys', 'list'], ['keys', 'roll'], ['delegation']])
      expect(await run(...command, zone)).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(missing),
      })
    const second = await keys('generate', zone)
    expect(second).toMatchObject({ status: 75, stdout: '', stderr: expect.stringContaining(missing) })
    expect(await files()).toEqual([before[0]])

    await writeFile(privateFile, secret, { mode: 0o600 })
    await rm(publicFile)
    const other = `${privateFile} has no .key beside it`
    expect(await run('check')).toMatchObject({ status: 2, stdout: expect.stringContaining(other) })
    for (const command of [['keys', 'list'], ['delegation']])
      expect(await run(...command, zone)).toMatchObject({ status: 2, stderr: expect.stringContaining(other) })
    expect(await keys('generate', zone)).toMatchObject({ status: 75 })
  }, 120_000)

  it('tells of keys that are over, and lists them', async () => {
    await rm(directory(), { recursive: true, force: true })
    await keys('generate', zone)
    const [, privateFile] = (await files()).map((file) => join(directory(), file))
    await writeFile(privateFile, `${await readFile(privateFile, 'utf8')}Delete: 20260101000000\n`)
    const over = 'is past its Delete time, 2026-01-01 00:00 UTC'
    for (const command of [['keys', 'generate'], ['keys', 'roll'], ['delegation']])
      expect(await run(...command, zone)).toMatchObject({ stdout: '', stderr: expect.stringContaining(over) })
    const listed = await keys('list', zone)
    expect(listed).toMatchObject({ status: 2, stderr: expect.stringContaining('have the parent remove the DS') })
    expect(listed.stdout).toMatch(/^\d+ +combined +gone since 2026-01-01 00:00 UTC +nothing/m)
    expect(listed.stdout).toMatch(/^ {2}no longer +live\.example\.net\. IN DS/m)
  }, 120_000)

  it('has the first DS wait for the last reload, whatever the time', async () => {
    await rm(directory(), { recursive: true, force: true })
    const made = await keys('generate', zone)
    // The longest TTL of the zone, that of its NS records, and `propagation`.
    expect(made.stdout).toContain(
      'Give this DS to the registrar 25 hours after the last server was reloaded and answers signed, not before ',
    )
    const [tag] = await tagsOf()
    const when = `only when every server has answered with key ${tag} for 25 hours`
    const early = await run('delegation', zone)
    expect(early.stdout).toMatch(
      new RegExp(`^Not yet the DS of key ${tag}: give it from .* UTC on, and ${when}\\.$`, 'm'),
    )
    expect(early.stdout).not.toContain(' IN DS ')
    await pass(72)
    const late = await run('delegation', zone)
    expect(late.stdout).toContain(`${zone}. IN DS ${tag} `)
    expect(late.stdout).toContain(`\nGive the DS ${when}: what resolvers remember counts from its last reload.\n`)
  }, 120_000)

  it('never names a key that is rolled before its first DS is asked for, whoever is asked', async () => {
    await rm(directory(), { recursive: true, force: true })
    await keys('generate', zone, '--split')
    const old = Number(/^(\d+) +key-signing/m.exec((await keys('list', zone)).stdout)?.[1])
    const made = new Set(await tagsOf())
    const rolledTo = (await keys('roll', zone, String(old))).stdout
    const [fresh] = (await tagsOf()).filter((tag) => !made.has(tag))
    expect(rolledTo).toMatch(new RegExp(`only when every server has answered with key ${fresh} for 25 hours:$`, 'm'))
    for (const hours of [0, 48]) {
      await pass(hours)
      const listed = (await keys('list', zone)).stdout
      expect(listed).toMatch(new RegExp(`^${old} +key-signing +published +DNSKEY and CDS +never named$`, 'm'))
      expect(listed).toMatch(new RegExp(`^  never +${zone}\\. IN DS ${old} `, 'm'))
      expect(listed).not.toMatch(new RegExp(`key ${old} is named by CDS`))
      const told = (await run('delegation', zone)).stdout
      expect(told).not.toMatch(new RegExp(`\\b${old}\\b`))
      expect(told).toContain(`answered with key ${fresh} for 25 hours`)
    }
  }, 120_000)

  it('never has the only good DS taken away when a successor is lost', async () => {
    await rm(directory(), { recursive: true, force: true })
    await keys('generate', zone)
    const [old] = await tagsOf()
    await pass(48)
    await keys('roll', zone)
    for (const file of await files())
      if (!file.includes(`+${String(old).padStart(5, '0')}.`)) await rm(join(directory(), file))
    await pass(48)
    const missing = `${directory()} holds no successor of key ${old}, which CDS names no longer since`
    const listed = await keys('list', zone)
    expect(listed).toMatchObject({ status: 2, stderr: expect.stringContaining(missing) })
    expect(listed.stdout).toMatch(new RegExp(`^  now +${zone}\\. IN DS ${old} `, 'm'))
    const refused = await run('delegation', zone)
    expect(refused).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(missing) })
    expect(await run('check')).toMatchObject({ status: 0 })
  }, 120_000)

  it('neither rolls nor retires a key while the zone leaves', async () => {
    await rm(directory(), { recursive: true, force: true })
    await keys('generate', zone)
    const [old] = await tagsOf()
    await pass(48)
    await keys('roll', zone)
    await pass(48)
    const before = await texts()
    site.write({ zone: ['dnssec: { keys: keys, leave: true }'] })
    for (const command of [
      ['roll', zone, String(old)],
      ['retire', zone, String(old), '--ds-replaced'],
    ])
      expect(await keys(...command)).toMatchObject({
        status: 75,
        stdout: '',
        stderr: expect.stringMatching(/has `leave: true`: .* take `leave` out of `dnssec` of live\.example\.net/),
      })
    expect(await texts()).toEqual(before)
    site.write({ zone: ['dnssec: { keys: keys }'] })
    expect(await keys('retire', zone, String(old), '--ds-replaced')).toMatchObject({ status: 0, stderr: '' })
  }, 120_000)

  it('makes one key for a zone with a slash in its name, and never a second', async () => {
    const reverse = '0/25.2.0.192.in-addr.arpa'
    site.write({})
    const config = await readFile(site.configPath, 'utf8')
    const soa = 'soa: { mname: ns1.example.net, rname: hostmaster.example.net }'
    const zones = `${config}  ${reverse}:\n    ${soa}\n    ns: { ns1.example.net: [] }\n    dnssec: { keys: reverse }\n`
    site.writeText(zones)
    const made = await keys('generate', reverse)
    expect(made).toMatchObject({ status: 0, stderr: '' })
    expect(made.stdout).toContain(join(site.directory, 'reverse', 'K0%2F25.2.0.192.in-addr.arpa.+013+'))
    expect((await keys('list', reverse)).stdout).toMatch(/^\d+ +combined +published +everything/m)
    expect(await run('check')).toMatchObject({ status: 0 })
    expect(await keys('generate', reverse)).toMatchObject({ status: 75 })
    expect(await readdir(join(site.directory, 'reverse'))).toHaveLength(2)
  }, 120_000)
})
