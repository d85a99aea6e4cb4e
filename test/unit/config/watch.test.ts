// Watching configuration files: what counts as a change, and that a change is told once and at rest.
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  watch as watchFiles,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'
import { ConfigWatch } from '../../../src/config/watch.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

let directory: string
let watch: ConfigWatch
let changes: number
let lines: { event: string; directory: string }[]
/** Every start of the wait for rest. */
let waits: MockInstance<typeof setTimeout>

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  waits = vi.spyOn(globalThis, 'setTimeout')
  directory = mkdtempSync(join(tmpdir(), 'nearcast-watch-'))
  mkdirSync(join(directory, 'nodes'))
  writeFileSync(join(directory, 'nearcast.yaml'), 'a: 1\n')
  writeFileSync(join(directory, 'nodes', 'hkg.yaml'), 'a: 1\n')
  changes = 0
  lines = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number])
  watch = new ConfigWatch(() => changes++, createLogger({ level: 'info', destination: { write } }))
  watch.watch(files(), Infinity, false)
})
afterEach(() => {
  watch.close()
  vi.restoreAllMocks()
  vi.useRealTimers()
  rmSync(directory, { recursive: true, force: true })
})

function files(): string[] {
  return [join(directory, 'nearcast.yaml'), join(directory, 'nodes', 'hkg.yaml')]
}

/** Resolves when an event that follows from now on has been noticed. */
async function noticed(change: () => void): Promise<void> {
  const before = waits.mock.calls.length
  change()
  while (waits.mock.calls.length === before) await turn()
}

/** Resolves when everything that happened in the directory has been told to who watches it. */
async function allTold(): Promise<void> {
  const watcher = watchFiles(directory)
  writeFileSync(join(directory, 'sentinel.log'), '')
  await once(watcher, 'change')
  watcher.close()
}

describe('a change', () => {
  it.each<[string, () => void]>([
    ['a file written anew', () => writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n')],
    ['an included file written anew', () => writeFileSync(join(directory, 'nodes', 'hkg.yaml'), 'a: 2\n')],
    ['a file added where others of its kind are', () => writeFileSync(join(directory, 'nodes', 'sin.yaml'), 'a: 2\n')],
    ['a file removed', () => unlinkSync(join(directory, 'nodes', 'hkg.yaml'))],
    [
      'a file put in the place of another',
      () => {
        writeFileSync(join(directory, '.nearcast.yaml.swp'), 'a: 2\n')
        renameSync(join(directory, '.nearcast.yaml.swp'), join(directory, 'nearcast.yaml'))
      },
    ],
    [
      'a folder put in the place of another',
      () => {
        renameSync(join(directory, 'nodes'), join(directory, 'old'))
      },
    ],
  ])('is %s', async (_what, change) => {
    await noticed(change)
    await allTold()
    vi.advanceTimersByTime(199)
    expect(changes).toBe(0)
    vi.advanceTimersByTime(1)
    expect(changes).toBe(1)
  })

  it('is not told while a copy goes on', async () => {
    for (let size = 1; size <= 10; size++) {
      await noticed(() => writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n'.repeat(size)))
      await allTold()
      vi.advanceTimersByTime(150)
      expect(changes).toBe(0)
    }
    vi.advanceTimersByTime(50)
    expect(changes).toBe(1)
  })

  it('is not what else lies beside the files', async () => {
    for (const name of ['nearcast.log', '.nearcast.yaml.swp', 'nearcast.yaml~', '4913']) {
      writeFileSync(join(directory, name), 'x')
    }
    mkdirSync(join(directory, 'cache'))
    writeFileSync(join(directory, 'cache', 'tree.yaml'), 'x')
    unlinkSync(join(directory, '.nearcast.yaml.swp'))
    await allTold()
    expect(waits).not.toHaveBeenCalled()
  })

  it('is not told after close', async () => {
    await noticed(() => writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n'))
    watch.close()
    writeFileSync(join(directory, 'nearcast.yaml'), 'a: 3\n')
    await allTold()
    vi.advanceTimersByTime(1000)
    expect(changes).toBe(0)
  })
})

describe('watching', () => {
  it('moves on to other files', async () => {
    watch.watch([join(directory, 'nodes', 'hkg.yaml')], Infinity, false)
    writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n')
    await allTold()
    expect(waits).not.toHaveBeenCalled()
    await noticed(() => writeFileSync(join(directory, 'nodes', 'hkg.yaml'), 'a: 2\n'))
  })

  it('says what it cannot watch, and watches the others', async () => {
    const path = join(directory, 'n'.repeat(300))
    watch.watch([join(path, 'a.yaml'), join(directory, 'nearcast.yaml')], Infinity, false)
    expect(lines[0]).toMatchObject({ event: 'config.unwatched', path })
    await noticed(() => writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n'))
  })

  it('notices when something comes that was missed', async () => {
    const missed = join(directory, 'regions', 'apac', 'nodes.yaml')
    watch.watch([missed], Infinity, false)
    for (const folder of ['regions', 'regions/apac']) {
      await noticed(() => mkdirSync(join(directory, folder)))
      watch.watch([missed], Infinity, false)
    }
    await noticed(() => writeFileSync(missed, 'a: 1\n'))
    expect(lines).toEqual([])
  })

  it('adds files to those before', async () => {
    watch.watch([join(directory, 'nodes', 'hkg.yaml')], Infinity, false)
    watch.watch([join(directory, 'nearcast.yaml')], Infinity, true)
    for (const file of files()) await noticed(() => writeFileSync(file, 'a: 2\n'))
  })

  it('loses nothing that happens while the same files are named again', async () => {
    writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n')
    await noticed(() => watch.watch(files(), Infinity, false))
  })

  it('follows a directory that was put in the place of another', async () => {
    renameSync(join(directory, 'nodes'), join(directory, 'old'))
    mkdirSync(join(directory, 'nodes'))
    watch.watch(files(), Infinity, false)
    await noticed(() => writeFileSync(join(directory, 'nodes', 'hkg.yaml'), 'a: 2\n'))
  })
})

describe('a link on the way', () => {
  const root = (): string => join(directory, 'links')
  /** Makes a release in a folder of its own. */
  function release(name: string): string {
    mkdirSync(join(root(), name, 'nodes'), { recursive: true })
    writeFileSync(join(root(), name, 'nearcast.yaml'), 'a: 1\n')
    return join(root(), name)
  }
  function putLink(target: string, path: string): void {
    symlinkSync(target, `${path}.new`)
    renameSync(`${path}.new`, path)
  }

  it('that is a folder is noticed when it leads elsewhere, also after the first time', async () => {
    for (const name of ['1', '2', '3']) release(name)
    const current = join(root(), 'current')
    putLink('1', current)
    for (const target of ['2', join(root(), '3')]) {
      watch.watch([join(current, 'nearcast.yaml')], Infinity, false)
      await noticed(() => putLink(target, current))
    }
    watch.watch([join(current, 'nearcast.yaml')], Infinity, false)
    await noticed(() => writeFileSync(join(root(), '3', 'nodes.yaml'), 'a: 1\n'))
  })

  it('that Kubernetes moves is noticed', async () => {
    for (const name of ['..2026_1', '..2026_2']) release(name)
    putLink('..2026_1', join(root(), '..data'))
    putLink('..data/nearcast.yaml', join(root(), 'nearcast.yaml'))
    watch.watch([join(root(), 'nearcast.yaml')], Infinity, false)
    await noticed(() => putLink('..2026_2', join(root(), '..data')))
  })

  it('that is a file is noticed when what it leads to changes, and when it goes nowhere yet', async () => {
    const elsewhere = release('elsewhere')
    const link = join(directory, 'nodes', 'sin.yaml')
    putLink(join(elsewhere, 'nodes', 'sin.conf'), link)
    for (let round = 0; round < 2; round++) {
      watch.watch([link], Infinity, false)
      await noticed(() => writeFileSync(join(elsewhere, 'nodes', 'sin.conf'), 'a: 1\n'))
    }
  })

  it('that goes round in a circle is no reason to go round as well', async () => {
    putLink('b.yaml', join(directory, 'a.yaml'))
    putLink('a.yaml', join(directory, 'b.yaml'))
    watch.watch([join(directory, 'a.yaml')], Infinity, false)
    await noticed(() => writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n'))
  })
})

describe('what changed before it was watched', () => {
  const readFrom = (secondsLater: number): number => Date.now() + secondsLater * 1000

  beforeEach(() => watch.close())

  it('is a change when it came after reading began', () => {
    watch.watch(files(), readFrom(-1), false)
    vi.advanceTimersByTime(200)
    expect(changes).toBe(1)
  })

  it('is none when it came before', () => {
    watch.watch(files(), readFrom(1), false)
    vi.advanceTimersByTime(1000)
    expect(changes).toBe(0)
  })

  it('is a change also in a file that was not there', () => {
    for (const file of files()) unlinkSync(file)
    writeFileSync(join(directory, 'nodes', 'sin.yaml'), 'a: 1\n')
    watch.watch(files(), readFrom(-1), false)
    vi.advanceTimersByTime(200)
    expect(changes).toBe(1)
  })

  it('is none in what lies beside the files', () => {
    for (const file of files()) unlinkSync(file)
    writeFileSync(join(directory, 'nearcast.log'), 'x')
    watch.watch(files(), readFrom(-1), false)
    vi.advanceTimersByTime(1000)
    expect(changes).toBe(0)
  })
})
