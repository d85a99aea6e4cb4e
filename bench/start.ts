// How long a start takes, from the command to the first answer, and what memory it leaves in use. Runs the real daemon on loopback.
import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { query } from '../test/support/ask.ts'
import { copyShipped, type Shipped } from '../test/support/shipped.ts'

const longestMs = 60_000
const askEveryMs = 5
/** How long the daemon is left alone before its memory is read. */
const settleMs = 2_000

/** One start; times in milliseconds since the command was given. */
export interface Start {
  readonly kind: 'cold' | 'cached'
  readonly firstAnswerMs: number
  /** Steps of the compile process, as the daemon logs them. */
  readonly compile: Readonly<Record<string, unknown>>
  /** Of the daemon's process, after a while and at most. */
  readonly residentMb: number
  readonly peakMb: number
  /** At most, of the compile process. */
  readonly compilePeakMb: number
}

/** Starts with nothing kept from before, then as often from the cache. */
export async function starts(times: number): Promise<Start[]> {
  const shipped = await copyShipped()
  const found: Start[] = []
  try {
    for (let i = 0; i < times; i++) {
      const cache = await mkdtemp(join(tmpdir(), 'nearcast-bench-'))
      try {
        found.push(await start(shipped, cache, 'cold'), await start(shipped, cache, 'cached'))
      } finally {
        await rm(cache, { recursive: true, force: true })
      }
    }
  } finally {
    await shipped.remove()
  }
  return found
}

async function start(shipped: Shipped, cache: string, kind: Start['kind']): Promise<Start> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['bin/nearcast', 'serve', '--config', 'config/nearcast.yaml'], {
    cwd: shipped.directory,
    env: { ...process.env, CACHE_DIRECTORY: cache, STATE_DIRECTORY: cache, NODE_COMPILE_CACHE: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let compile: Start['compile'] = {}
  createInterface(child.stdout).on('line', (line) => {
    if (line.includes('"compile.done"')) compile = JSON.parse(line) as Start['compile']
  })
  const peaks = new Peaks(child)
  try {
    await firstAnswer(Number(shipped.moved('5300')), child)
    const firstAnswerMs = performance.now() - startedAt
    await new Promise((settled) => setTimeout(settled, settleMs))
    const status = statusOf(child.pid ?? 0)
    return {
      kind,
      firstAnswerMs: Math.round(firstAnswerMs),
      compile,
      residentMb: megabytes(status, 'VmRSS'),
      peakMb: megabytes(status, 'VmHWM'),
      compilePeakMb: peaks.compileMb,
    }
  } finally {
    peaks.stop()
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
}

/** Asks again and again until there is an answer. */
async function firstAnswer(port: number, child: ChildProcess): Promise<void> {
  const socket = createSocket('udp4')
  const message = query({ name: 'show1.play.live.example.net', subnet: '81.2.69.0/24' })
  const deadline = performance.now() + longestMs
  const answered = new AbortController()
  socket.on('message', () => answered.abort())
  socket.on('error', () => {})
  try {
    while (!answered.signal.aborted) {
      if (child.exitCode !== null) throw new Error(`the daemon ended with code ${child.exitCode}`)
      if (performance.now() > deadline) throw new Error(`there is no answer after ${longestMs} ms`)
      socket.send(message, port, '127.0.0.1')
      await new Promise((wait) => setTimeout(wait, askEveryMs))
    }
  } finally {
    socket.close()
  }
}

/** Watches the memory of a process's children, which may end any time. */
class Peaks {
  readonly #timer: NodeJS.Timeout
  compileMb = 0

  constructor({ pid }: ChildProcess) {
    this.#timer = setInterval(() => {
      for (const child of childrenOf(pid ?? 0)) {
        this.compileMb = Math.max(this.compileMb, megabytes(statusOf(child), 'VmHWM'))
      }
    }, 20)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

function statusOf(pid: number): string {
  return read(`/proc/${pid}/status`)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function megabytes(status: string, key: string): number {
  return Math.round(Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024)
}
