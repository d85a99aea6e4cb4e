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
  watch.watch(files(), Infinity)
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
    ['the link that Kubernetes moves', () => symlinkSync('nodes', join(directory, '..data'))],
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
    watch.watch([join(directory, 'nodes', 'hkg.yaml')], Infinity)
    writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n')
    await allTold()
    expect(waits).not.toHaveBeenCalled()
    await noticed(() => writeFileSync(join(directory, 'nodes', 'hkg.yaml'), 'a: 2\n'))
  })

  it('says which directory it cannot watch, and watches the others', async () => {
    watch.watch([join(directory, 'none', 'a.yaml'), join(directory, 'nearcast.yaml')], Infinity)
    expect(lines).toMatchObject([{ event: 'config.unwatched', directory: join(directory, 'none') }])
    await noticed(() => writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n'))
  })

  it('loses nothing that happens while the same files are named again', async () => {
    writeFileSync(join(directory, 'nearcast.yaml'), 'a: 2\n')
    await noticed(() => watch.watch(files(), Infinity))
  })

  it('follows a directory that was put in the place of another', async () => {
    renameSync(join(directory, 'nodes'), join(directory, 'old'))
    mkdirSync(join(directory, 'nodes'))
    watch.watch(files(), Infinity)
    await noticed(() => writeFileSync(join(directory, 'nodes', 'hkg.yaml'), 'a: 2\n'))
  })
})

describe('what changed before it was watched', () => {
  const readFrom = (secondsLater: number): number => Date.now() + secondsLater * 1000

  beforeEach(() => watch.close())

  it('is a change when it came after reading began', () => {
    watch.watch(files(), readFrom(-1))
    vi.advanceTimersByTime(200)
    expect(changes).toBe(1)
  })

  it('is none when it came before', () => {
    watch.watch(files(), readFrom(1))
    vi.advanceTimersByTime(1000)
    expect(changes).toBe(0)
  })

  it('is a change also in a file that was not there', () => {
    for (const file of files()) unlinkSync(file)
    writeFileSync(join(directory, 'nodes', 'sin.yaml'), 'a: 1\n')
    watch.watch(files(), readFrom(-1))
    vi.advanceTimersByTime(200)
    expect(changes).toBe(1)
  })

  it('is none in what lies beside the files', () => {
    for (const file of files()) unlinkSync(file)
    writeFileSync(join(directory, 'nearcast.log'), 'x')
    watch.watch(files(), readFrom(-1))
    vi.advanceTimersByTime(1000)
    expect(changes).toBe(0)
  })
})
