// One try over one socket: it settles once, by its own word, an error, a close or the deadline, and leaves no socket open.
// Must not know the protocol that is spoken.
import type { Socket } from 'node:net'
import type { Outcome } from '../observation.ts'
import { failed, failedBy } from './failure.ts'

/** A deadline that rings later than this shows that our own thread was held up. */
const punctualMs = 20

/** The life of one socket on behalf of a probe. */
export class Attempt {
  /** What the node owes us now: named when it fails to come. */
  waitingFor = 'a connection'
  readonly #socket: Socket
  readonly #resolve: (outcome: Outcome) => void
  #deadline: NodeJS.Timeout
  #settled = false

  private constructor(socket: Socket, timeoutMs: number, resolve: (outcome: Outcome) => void) {
    this.#socket = socket
    this.#resolve = resolve
    this.#deadline = this.#arm(timeoutMs, () =>
      this.fail('timeout', `no sign of ${this.waitingFor} in ${timeoutMs} ms`),
    )
    socket.on('error', (error) => this.settle(failedBy(error)))
    socket.on('close', () => this.fail('reset', `closed instead of ${this.waitingFor}`))
  }

  /**
   * Runs `talk` over a socket that is being connected, until somebody settles.
   * @returns the outcome; never rejects
   */
  static over(socket: Socket, timeoutMs: number, talk: (attempt: Attempt) => void): Promise<Outcome> {
    return new Promise((resolve) => talk(new Attempt(socket, timeoutMs, resolve)))
  }

  /** Ends the try; only the first call counts. */
  settle(outcome: Outcome): void {
    if (this.#settled) return
    this.#settled = true
    clearTimeout(this.#deadline)
    this.#socket.destroy()
    this.#resolve(outcome)
  }

  fail(reason: Outcome['reason'], detail: string): void {
    this.settle(failed(reason, detail))
  }
  /**
   * A thread that was held up hears its timers before its sockets, and would find every node silent at once. So the time it
   * was deaf is granted again, and what has arrived by the deadline is heard first.
   */
  #arm(waitMs: number, expire: () => void): NodeJS.Timeout {
    const armedMs = performance.now()
    return setTimeout(() => {
      const deafMs = performance.now() - armedMs - waitMs
      if (deafMs > punctualMs) this.#deadline = this.#arm(deafMs, expire)
      else setImmediate(expire)
    }, waitMs)
  }
}
