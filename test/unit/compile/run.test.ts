// Compiling aside: results in shared memory, refusals with every problem, and a process that may do anything. Knows no answers.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  compileAside,
  forkCompiler,
  type Compiled,
  type CompileOptions,
  type Refused,
} from '../../../src/compile/run.ts'
import { keysChanged } from '../../../src/compile/key-state.ts'
import { attachBlocks, attachTables, TablesMeta } from '../../../src/server/tables.ts'
import { createKey } from '../../../src/zone/key-directory.ts'
import { noTimes, type KeyTimes } from '../../../src/zone/signing/key-times.ts'
import { combined } from '../../support/signed-world.ts'
import { mmdb } from '../../support/mmdb-writer.ts'
import { tiny, type Tiny } from '../../support/tiny.ts'
import { name } from '../../support/world.ts'

const apex = name('live.example.net')

const failing = new URL('./fixtures/child.ts', import.meta.url)

let site: Tiny
let temporary: string
const before = process.env.TMPDIR

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'nearcast-run-'))
  process.env.TMPDIR = temporary
})
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  rmSync(temporary, { recursive: true })
})
beforeEach(() => {
  site = tiny()
  return () => site.remove()
})

function compile(options: Partial<CompileOptions> = {}): Promise<Compiled | Refused> {
  const { configPath, cacheDirectory } = site
  return compileAside({ configPath, cacheDirectory, epoch: 7, ...options })
}

async function compiled(options: Partial<CompileOptions> = {}): Promise<Compiled> {
  const outcome = await compile(options)
  if (!outcome.ok) throw outcome.error
  return outcome
}

async function refused(options: Partial<CompileOptions> = {}): Promise<Refused> {
  const outcome = await compile(options)
  if (outcome.ok) throw new Error('compiled what it should have refused')
  return outcome
}

/** Work directories left behind. */
function leftovers(): string[] {
  return readdirSync(temporary).filter((name) => !name.startsWith('nearcast-tiny-'))
}

describe('a good configuration', () => {
  it('becomes blocks, tables and the lists behind them', async () => {
    const result = await compiled()
    expect(attachBlocks(result.blocks.buffer).trie4.length).toBeGreaterThanOrEqual(65_536)
    expect(attachTables(result.tables).meta[TablesMeta.epoch]).toBe(7)
    expect(result.directory.nodes.map(({ name }) => name)).toEqual(['hkg-1', 'iad-1'])
    expect(result.config.server.identity).toBe('test-a')
    expect(result.config.zones.map(({ name, steeredNames }) => [name, steeredNames])).toEqual([
      ['live.example.net', []],
    ])
    expect(result.notes).toEqual([])
    expect(leftovers()).toEqual([])
  })

  it('names every file to watch, databases included', async () => {
    const { files } = await compiled()
    expect(files).toEqual(['nearcast.yaml', 'country.mmdb', 'asn.mmdb'].map((name) => join(site.directory, name)))
  })

  it('tells its progress, ever further', async () => {
    const steps: [string, number][] = []
    await compiled({ onProgress: (step, share) => steps.push([step, share]) })
    const shares = steps.map(([, share]) => share)
    expect(shares.length).toBeGreaterThan(3)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(steps.at(0)).toEqual(['reading the configuration', 0])
  })

  it('is compiled to the same from the cache', async () => {
    const first = await compiled()
    const second = await compiled()
    expect([first.timings.geographyCached, second.timings.geographyCached]).toEqual([false, true])
    expect(second.blocks.key).toBe(first.blocks.key)
    expect(Buffer.from(second.blocks.buffer).equals(Buffer.from(first.blocks.buffer))).toBe(true)
    expect(Buffer.from(second.tables).equals(Buffer.from(first.tables))).toBe(true)
  })

  it('shares the blocks in use while the world is the same, and only then', async () => {
    const { blocks } = await compiled()
    site.write({ steering: ['- { clients: { region: apac }, nodes: { site: iad }, bias: 5ms }'] })
    expect((await compiled({ held: blocks })).blocks).toBe(blocks)
    site.writeText(readFileSync(site.configPath, 'utf8').replace('203.0.113.0/24', '203.0.113.0/25'))
    const changed = await compiled({ held: blocks })
    expect(changed.blocks.key).not.toBe(blocks.key)
    expect(changed.blocks.buffer).not.toBe(blocks.buffer)
  })

  it('is compiled without a cache too', async () => {
    const result = await compiled({ cacheDirectory: null })
    expect(result.notes).toEqual([])
  })

  it('is compiled beside a cache that cannot be used, with a note', async () => {
    const result = await compiled({ cacheDirectory: site.configPath })
    expect(result.notes).toEqual([expect.stringContaining('cannot be used')])
  })

  it('is compiled anew where the cache is damaged, with a note', async () => {
    const first = await compiled()
    for (const name of readdirSync(site.cacheDirectory)) {
      const path = join(site.cacheDirectory, name)
      const bytes = readFileSync(path)
      writeFileSync(path, bytes.fill(bytes[60] ^ 255, 60, 61))
    }
    const again = await compiled()
    expect(again.timings.geographyCached).toBe(false)
    expect(again.notes).toHaveLength(2)
    expect(Buffer.from(again.blocks.buffer).equals(Buffer.from(first.blocks.buffer))).toBe(true)
    expect((await compiled()).timings.geographyCached).toBe(true)
  })
})

describe('blocks in the cache', () => {
  it.each([
    ['damaged', (path: string) => writeFileSync(path, readFileSync(path).fill(1, 60, 64)), 1],
    ['cut off', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 100)), 1],
    ['gone', (path: string) => rmSync(path), 0],
  ])('that are %s are made again', async (_how, spoil, noted) => {
    const first = await compiled()
    for (const name of readdirSync(site.cacheDirectory).filter((file) => file.startsWith('blocks-')))
      spoil(join(site.cacheDirectory, name))
    const again = await compiled()
    expect(again.timings.geographyCached).toBe(false)
    expect(again.notes).toHaveLength(noted)
    expect(Buffer.from(again.blocks.buffer).equals(Buffer.from(first.blocks.buffer))).toBe(true)
    expect((await compiled()).timings.geographyCached).toBe(true)
  })
})

describe('a compile process that was started ahead', () => {
  it('does the job it is given later', async () => {
    const child = forkCompiler()
    const { pid } = child
    const result = await compiled({ child })
    expect(result.epoch).toBeGreaterThan(0)
    expect([child.pid, child.exitCode]).toEqual([pid, 0])
  })
})

describe('a signed snapshot', () => {
  const now = Math.floor(Date.now() / 1000)
  const times: KeyTimes = { ...noTimes, publish: 0, activate: 0, inactive: now + 3600 }
  let first: Compiled
  let source: Partial<CompileOptions>

  beforeEach(async () => {
    site.write({ zone: ['dnssec: { keys: keys }'] })
    mkdirSync(join(site.directory, 'keys'))
    createKey(join(site.directory, 'keys'), apex, 'ecdsap256', combined, times, new Set())
    first = await compiled({ keep: true })
    source = { source: first.source, held: first.blocks, epoch: 8, renew: true }
  })

  it('is due when its signatures or a key’s time will end', () => {
    expect(first).toMatchObject({ renewed: false, source: expect.stringMatching(/^source-/), renewAt: now + 3600 })
  })

  it('is signed anew as it was, whatever has become of the files', async () => {
    const fresh = { ...times, inactive: null }
    createKey(join(site.directory, 'keys'), apex, 'ecdsap256', combined, fresh, new Set())
    for (const file of ['country.mmdb', 'asn.mmdb']) rmSync(join(site.directory, file))
    site.writeText('server: { listen: 5 }')
    const again = await compiled(source)
    expect(again).toMatchObject({ renewed: true, epoch: 8, source: first.source, warnings: [], notes: [] })
    expect(again.config).toEqual(first.config)
    expect(again.directory).toEqual(first.directory)
    expect(again.blocks).toBe(first.blocks)
    const tags = ({ tables }: Compiled): number => attachTables(tables).zoneKeySet[0]
    expect(tags(again)).not.toBe(tags(first))
    // All of it is watched still, and the new key too.
    expect(again.files).toEqual(expect.arrayContaining([...first.files]))
    expect(again.files).toHaveLength(first.files.length + 2)
  })

  it('is refused where its keys are of no use', async () => {
    rmSync(join(site.directory, 'keys'), { recursive: true })
    const { problems } = await refused(source)
    expect(problems).toEqual([expect.stringMatching(/nearcast\.yaml:\d+:\d+: keys of live\.example\.net: there is no/)])
  })

  it.each([
    ['gone', (path: string) => rmSync(path), 0],
    ['damaged', (path: string) => writeFileSync(path, readFileSync(path).fill(1, 60, 64)), 1],
  ])('is read again where what it was made from is %s, and says so', async (_how, spoil, noted) => {
    spoil(join(site.cacheDirectory, first.source ?? ''))
    const again = await compiled({ ...source, keep: true })
    expect(again).toMatchObject({ renewed: false, source: first.source })
    expect(again.notes).toHaveLength(noted + 1)
    expect(again.notes.at(-1)).toContain('is not kept')
  })

  it('is read again where nothing is kept', async () => {
    const unkept = await compiled({ cacheDirectory: null, keep: true })
    expect(unkept.source).toBe(null)
    expect(unkept.notes).toEqual([expect.stringMatching(/^what is signed can be kept nowhere/)])
    expect((await compiled({ ...source, cacheDirectory: null })).renewed).toBe(false)
  })

  it('tells whether its key files changed since, also when only who may read them did', async () => {
    const { config, keyState } = first
    expect(keysChanged({ config, keyState })).toBe(false)
    const [file] = readdirSync(join(site.directory, 'keys'))
    chmodSync(join(site.directory, 'keys', file), 0o640)
    expect(keysChanged({ config, keyState })).toBe(true)
  })
})

describe('a configuration that is refused', () => {
  it('says every problem at once, with its place', async () => {
    site.writeText(
      readFileSync(site.configPath, 'utf8').replace('site: hkg,', 'site: hgk,').replace('tier: 2', 'tier: 9'),
    )
    const { problems, error, files } = await refused()
    expect(problems).toHaveLength(2)
    for (const problem of problems) expect(problem).toMatch(/nearcast\.yaml:\d+:\d+: /)
    expect(error).toMatchObject({ code: 'NC_CONFIG', exit: 2, message: problems.join('\n') })
    expect(files).toContain(site.configPath)
    expect(leftovers()).toEqual([])
  })

  it('may be refused for what its rules come to, with the place of the rule', async () => {
    site.write({ steering: ['- { clients: { region: apac }, nodes: { sites: [hkg, iad] }, weight: 0 }'] })
    const { problems, error } = await refused()
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^\\S*nearcast\\.yaml:\\d+:\\d+: `))])
    expect(error.code).toBe('NC_CONFIG')
  })

  it('may be missing', async () => {
    const { error, files } = await refused({ configPath: join(site.directory, 'none.yaml') })
    expect(error.code).toBe('NC_CONFIG')
    expect(files).toEqual([join(site.directory, 'none.yaml')])
  })

  it.each([
    ['that is none', 'not a database', /: no MaxMind DB metadata/],
    [
      'of another kind',
      mmdb({ type: 'Other', records: { '192.0.2.0/24': { colour: 'red' } } }),
      /"Other" with colour; expected a country/,
    ],
  ])('may name a database %s, and is told where', async (_, bytes, why) => {
    writeFileSync(join(site.directory, 'country.mmdb'), bytes)
    const { error, problems } = await refused()
    expect(error.code).toBe('NC_CONFIG')
    expect(problems).toEqual([expect.stringMatching(/nearcast\.yaml:\d+:\d+: geo\.country: .*country\.mmdb/)])
    expect(problems[0]).toMatch(why)
  })
})

describe('a compile process that', () => {
  it.each([
    ['throws', /ended \(code 1\) without a result:[^]*something unforeseen/],
    ['dies', /ended \(SIGKILL\) without a result/],
    ['leaves', /ended \(code 0\) without a result/],
    ['promises', /could not be compiled: ENOENT/],
  ])('%s is an outcome like any other', async (how, message) => {
    const configPath = join(site.directory, `${how}.yaml`)
    const outcome = await compileAside({ configPath, cacheDirectory: null, epoch: 1 }, failing)
    expect(outcome).toMatchObject({ ok: false, problems: [], files: [configPath], error: { code: 'NC_INTERNAL' } })
    expect(outcome.ok ? '' : outcome.error.message).toMatch(message)
    expect(leftovers()).toEqual([])
  })

  it('hangs is ended when nobody wants its result any more', async () => {
    const abort = new AbortController()
    const outcome = compileAside(
      {
        configPath: join(site.directory, 'hangs.yaml'),
        cacheDirectory: null,
        epoch: 1,
        signal: abort.signal,
        onProgress: () => abort.abort(),
      },
      failing,
    )
    expect(await outcome).toMatchObject({ ok: false })
    expect(leftovers()).toEqual([])
  })
})
