// One try: it settles once, by its own word, an error, a close or the deadline, and leaves nothing open.
// Must not know the protocol that is spoken.
import type { Socket } from 'node:net'
import type { ProbeMemory } from '../memory.ts'
import type { Outcome, ProbeTarget } from '../observation.ts'
import { failed, failedBy, ProbeError } from './failure.ts'

/** A deadline that rings later than this shows that our own thread was held up. */
const punctualMs = 20
/** How often it is set anew for that: a thread that is always late must not keep a dead node from being found. */
const extensions = 3

/** One thing the node did as expected. */
export interface Step {
  readonly name: string
  readonly tookMs: number
  /** What it came to, for people; may be empty, may quote the node. */
  readonly note: string
}

/** What a try is made of, beside its probe. */
export interface Trial {
  readonly target: ProbeTarget
  readonly memory: ProbeMemory
  readonly onStep: (step: Step) => void
}

/** The life of one try. After it has settled, promises it was waiting for are never resolved. */
export class Attempt {
  /** What the node owes us now: named when it fails to come. */
  waitingFor = 'a connection'
  readonly #trial: Trial
  readonly #resolve: (outcome: Outcome) => void
  readonly #owned: { destroy(): unknown }[] = []
  #deadline: NodeJS.Timeout
  #stepStartedMs = performance.now()
  #settled = false

  private constructor(trial: Trial, timeoutMs: number, resolve: (outcome: Outcome) => void) {
    this.#trial = trial
    this.#resolve = resolve
    this.#deadline = this.#arm(timeoutMs, () =>
      this.fail('timeout', `no sign of ${this.waitingFor} in ${timeoutMs} ms`),
    )
  }

  /**
   * Runs `talk` until somebody settles. A ProbeError that it throws is the outcome; any other is a fault of our own.
   * @returns the outcome; never rejects
   */
  static run(trial: Trial, timeoutMs: number, talk: (attempt: Attempt) => Promise<void>): Promise<Outcome> {
    return new Promise((resolve) => {
      const attempt = new Attempt(trial, timeoutMs, resolve)
      talk(attempt).catch((error: unknown) => attempt.thrown(error))
    })
  }

  /** Destroyed when the try ends, last come first; at once if it has. */
  own(closable: { destroy(): unknown }): void {
    if (this.#settled) closable.destroy()
    else this.#owned.push(closable)
  }

  /** Owns a socket; its errors, and unless `mayClose` its close, end the try. */
  watch(socket: Socket, mayClose = false): void {
    socket.on('error', (error) => this.error(error))
    if (!mayClose) socket.on('close', () => this.fail('reset', `closed instead of ${this.waitingFor}`))
    this.own(socket)
  }

  /** The node did what we waited for. What it owes us next is named when it fails to come. */
  took(name: string, next: string, note = ''): void {
    const nowMs = performance.now()
    this.#trial.onStep({ name, tookMs: nowMs - this.#stepStartedMs, note })
    this.#stepStartedMs = nowMs
    this.waitingFor = next
  }

  /** Ends the try; only the first call counts. */
  settle(outcome: Outcome): void {
    if (this.#settled) return
    this.#settled = true
    clearTimeout(this.#deadline)
    for (const closable of this.#owned.toReversed()) closable.destroy()
    this.#resolve(outcome)
  }

  fail(reason: Outcome['reason'], detail: string): void {
    this.settle(failed(reason, detail))
  }

  /** Ends the try by an error of a socket, a stream or a parser. */
  error(error: Error): void {
    const hungUp = 'code' in error && error.code === 'ECONNRESET' && !('syscall' in error)
    if (hungUp) this.fail('reset', `closed instead of ${this.waitingFor}`)
    else this.settle(failedBy(error))
  }

  /** Ends the try by what our own code threw: its reason if it is a ProbeError, else a fault of ours. */
  thrown(error: unknown): void {
    if (error instanceof ProbeError) this.fail(error.reason, error.message)
    else this.fail('local', `the probe itself failed: ${String(error)}`)
  }

  /**
   * A thread that was held up hears its timers before its sockets, and would find every node silent at once. So the time it
   * was deaf is granted again, so many times, and what has arrived by the deadline is heard first.
   */
  #arm(waitMs: number, expire: () => void, left = extensions): NodeJS.Timeout {
    const armedMs = performance.now()
    return setTimeout(() => {
      const deafMs = performance.now() - armedMs - waitMs
      if (deafMs > punctualMs && left > 0) this.#deadline = this.#arm(deafMs, expire, left - 1)
      else setImmediate(expire)
    }, waitMs)
  }
}
