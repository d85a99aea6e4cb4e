// Where the log goes, on real pipes and a real full disk: it waits for nobody, and says what it had to leave out.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogOutput } from '../../../src/telemetry/log-output.ts'
import { brimful } from '../../support/full-pipe.ts'

let directory: string
let pipe: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nearcast-log-'))
  pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** All that lies in a pipe now, as text. */
function takeAll(descriptor: number): string {
  const piece = Buffer.alloc(1 << 16)
  let text = ''
  try {
    for (;;) text += piece.toString('latin1', 0, readSync(descriptor, piece))
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN')
    return text
  }
}

describe('a reader that hangs', () => {
  it('holds nobody up, and gets every line in order once it reads again', async () => {
    const { descriptor, filler } = brimful(pipe)
    const writer = openSync(pipe, constants.O_WRONLY)
    const output = new LogOutput(writer, () => expect.unreachable())
    // What asks the system is loaded meanwhile: the daemon takes half a second longer to start than that.
    await import('koffi')
    await new Promise(setImmediate)
    const lines = Array.from({ length: 2_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 300)}\n`)
    for (const line of lines) output.write(line)
    let text = ''
    const rest = (): number => (text += takeAll(descriptor)).length - filler
    await expect.poll(rest, { interval: 2 }).toBe(lines.join('').length)
    expect(text.slice(filler)).toBe(lines.join(''))
    for (const each of [writer, descriptor]) closeSync(each)
  })

  it('for too long costs lines, whole ones and the latest, which is said', async () => {
    const { descriptor, filler } = brimful(pipe)
    const writer = openSync(pipe, constants.O_WRONLY)
    const output: LogOutput = new LogOutput(writer, (lines) => output.write(`${lines} lost\n`))
    await import('koffi')
    await new Promise(setImmediate)
    const line = `${'x'.repeat(9_999)}\n`
    for (let i = 0; i < 200; i++) output.write(line)
    let text = ''
    await expect.poll(() => (text += takeAll(descriptor)).endsWith('lost\n'), { interval: 2 }).toBe(true)
    const kept = Math.floor((1 << 20) / line.length)
    expect(text.slice(filler)).toBe(`${line.repeat(kept)}${200 - kept} lost\n`)
    for (const each of [writer, descriptor]) closeSync(each)
  })
})

it('a reader that takes little at a time keeps nobody from ending', async () => {
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(pipe, constants.O_WRONLY)
  const script = `
    import 'koffi'
    import { LogOutput } from ${JSON.stringify(new URL('../../../src/telemetry/log-output.ts', import.meta.url).href)}
    const output = new LogOutput(1, () => {})
    await new Promise(setImmediate)
    for (let i = 0; i < 1000; i++) output.write('x'.repeat(999) + '\\n')
    process.exit()`
  const cwd = new URL('.', import.meta.url)
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd,
    stdio: ['ignore', writer, 'inherit'],
  })
  closeSync(writer)
  let taken = 0
  const take = (): void => {
    const piece = Buffer.alloc(4096)
    try {
      taken += readSync(reader, piece)
    } catch {
      // Nothing lies there yet.
    }
  }
  const taking = setInterval(take, 20)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearInterval(taking)
  closeSync(reader)
  expect(code).toBe(0)
  expect(taken).toBeGreaterThan(4096)
  expect(taken).toBeLessThan(500_000)
})

it('a full disk and a reader that is gone are no errors', () => {
  const full = openSync('/dev/full', 'w')
  const descriptor = openSync(pipe, constants.O_RDWR)
  const deserted = openSync(pipe, constants.O_WRONLY)
  closeSync(descriptor)
  for (const each of [full, deserted]) new LogOutput(each, () => expect.unreachable()).write('a line\n')
  for (const each of [full, deserted]) closeSync(each)
})
