// A program pinned to one core: started, waited for, its CPU time read, ended by its own process id. Knows no DNS server.
import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Loading 300,000 prefixes takes some servers a while. */
const readyWithinMs = 120_000
const endWithinMs = 10_000
/** sysconf(_SC_CLK_TCK): what the kernel counts CPU time in towards programs, on every Linux of our platforms. */
const ticksPerSecond = 100

/** What was used of a server's core over some time. */
export interface Used {
  /** By the server with all its threads, living and ended, in microseconds. */
  readonly userUs: number
  readonly systemUs: number
  /** By all other programs, as a share of the time: disturbance, when there is any. */
  readonly othersShare: number
}

/** What a core has done since the start, stolen time included, in microseconds. */
function busyUs(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  const [user, nice, system, _idle, _waiting, irq, softirq, steal] = line.split(' ').map(Number)
  return ((user + nice + system + irq + softirq + steal) / ticksPerSecond) * 1e6
}

export interface Program {
  readonly argv: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Where it writes to, for people. */
  readonly log: string
}

export class Running {
  readonly #child: ChildProcess
  readonly #log: string
  readonly #core: number

  private constructor(child: ChildProcess, log: string, core: number) {
    this.#child = child
    this.#log = log
    this.#core = core
  }

  /** @param core the only one it may use, its threads and children too */
  static start({ argv, env, log }: Program, core: number): Running {
    const out = openSync(log, 'w')
    // taskset becomes the program, so the process id is the program's.
    const child = spawn('taskset', ['--cpu-list', String(core), ...argv], {
      stdio: ['ignore', out, out],
      env: { ...process.env, ...env },
    })
    closeSync(out)
    child.on('error', () => {})
    return new Running(child, log, core)
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Resolves when it answers a datagram. Throws with the end of its log when it ends or is silent. */
  async ready(port: number, question: Uint8Array): Promise<void> {
    const socket = createSocket('udp4')
    const answered = new Promise<boolean>((resolve) => socket.once('message', () => resolve(true)))
    try {
      const deadline = performance.now() + readyWithinMs
      socket.on('error', () => {})
      do {
        const { exitCode, signalCode } = this.#child
        if (exitCode !== null || signalCode !== null) throw this.#failure(`ended with ${exitCode ?? signalCode}`)
        if (performance.now() > deadline) throw this.#failure('does not answer')
        socket.send(question, port, '127.0.0.1', () => {})
      } while (!(await Promise.race([answered, sleep(50, false)])))
    } finally {
      socket.close()
    }
  }

  /** Begins to measure; what is returned ends it. */
  measure(): () => Used {
    const startedAtMs = performance.now()
    const busyBefore = busyUs(this.#core)
    const before = this.#cpuTime()
    return () => {
      const after = this.#cpuTime()
      const [userUs, systemUs] = [after.userUs - before.userUs, after.systemUs - before.systemUs]
      const othersUs = Math.max(0, busyUs(this.#core) - busyBefore - userUs - systemUs)
      return { userUs, systemUs, othersShare: othersUs / 1000 / (performance.now() - startedAtMs) }
    }
  }

  /** Its resident memory, in megabytes. */
  residentMb(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]
    return Math.round(Number(kilobytes) / 1024)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (this.#child.pid === undefined || exitCode !== null || signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const hurry = setTimeout(() => this.#child.kill('SIGKILL'), endWithinMs)
    await ended
    clearTimeout(hurry)
  }

  /** From /proc/PID/stat. */
  #cpuTime(): { userUs: number; systemUs: number } {
    const text = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
    // The second field is the program's name and may hold anything; the rest begins behind its parenthesis.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const toUs = (ticks: string): number => (Number(ticks) / ticksPerSecond) * 1e6
    return { userUs: toUs(fields[11]), systemUs: toUs(fields[12]) }
  }

  #failure(what: string): Error {
    const log = readFileSync(this.#log, 'utf8').slice(-2000)
    return new Error(`${this.#child.spawnargs.join(' ')} ${what}:\n${log}`)
  }
}
