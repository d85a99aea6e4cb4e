// Shows how far a long step is: on a terminal in one line, elsewhere a line a step, or nothing. Knows nothing of the step.
import type { WriteStream } from 'node:tty'

/** On a terminal, writes over one line again and again; `done` wipes it out. */
export class Progress {
  readonly #stream: Pick<WriteStream, 'isTTY' | 'write'>
  readonly #elsewhere: 'silent' | 'a line a step'
  #shown = false
  #step: string | null = null

  /** @param elsewhere what to do where there is no terminal */
  constructor(
    stream: Pick<WriteStream, 'isTTY' | 'write'> = process.stderr,
    elsewhere: 'silent' | 'a line a step' = 'silent',
  ) {
    this.#stream = stream
    this.#elsewhere = elsewhere
  }

  /** @param share of all that is done, 0 to 1 */
  readonly show = (step: string, share: number): void => {
    if (!this.#stream.isTTY) return this.#line(step)
    const filled = Math.round(Math.min(1, Math.max(0, share)) * 20)
    this.#stream.write(`\r\u001B[K[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${step}`)
    this.#shown = true
  }

  done(): void {
    if (this.#shown) this.#stream.write('\r\u001B[K')
    this.#shown = false
  }

  #line(step: string): void {
    if (this.#elsewhere === 'silent' || step === this.#step) return
    this.#step = step
    this.#stream.write(`${step}\n`)
  }
}
