// Shows on a terminal how far a long step is, and nothing elsewhere. Knows nothing of the step.
import type { WriteStream } from 'node:tty'

/** Writes over one line again and again; `done` wipes it out. Silent where there is no terminal. */
export class Progress {
  readonly #stream: Pick<WriteStream, 'isTTY' | 'write'>
  #shown = false

  constructor(stream: Pick<WriteStream, 'isTTY' | 'write'> = process.stderr) {
    this.#stream = stream
  }

  /** @param share of all that is done, 0 to 1 */
  readonly show = (step: string, share: number): void => {
    if (!this.#stream.isTTY) return
    const filled = Math.round(Math.min(1, Math.max(0, share)) * 20)
    this.#stream.write(`\r\u001B[K[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${step}`)
    this.#shown = true
  }

  done(): void {
    if (this.#shown) this.#stream.write('\r\u001B[K')
    this.#shown = false
  }
}
