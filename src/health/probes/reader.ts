// Reads a stream in pieces of known length, up to a limit of bytes for the whole try. Knows no protocol.
import type { Readable } from 'node:stream'
import { ProbeError } from './failure.ts'

const skipBytes = 16 * 1024

/** Leaves what it was not asked for with the node: a stream without end costs no memory. The one reader of its stream. */
export class Reader {
  readonly #stream: Readable
  readonly #limitBytes: number
  #leftBytes: number
  #wake: () => void = () => {}

  constructor(stream: Readable, limitBytes: number) {
    this.#stream = stream
    this.#limitBytes = limitBytes
    this.#leftBytes = limitBytes
    // Once and for all: a listener added while too little is there would be called at once, again and again.
    for (const news of ['readable', 'end']) stream.on(news, () => this.#wake())
  }

  /**
   * Exactly so many bytes; pending for ever when the try ends before they have come.
   * @throws ProbeError protocol beyond the limit, reset when the stream ends
   */
  async take(bytes: number): Promise<Buffer> {
    this.#spend(bytes)
    for (;;) {
      const taken = bytes === 0 ? Buffer.alloc(0) : (this.#stream.read(bytes) as Buffer | null)
      if (taken?.length === bytes) return taken
      if (taken !== null || this.#stream.readableEnded) throw new ProbeError('reset', 'ends in the middle')
      await this.#news()
    }
  }

  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; left -= skipBytes) await this.take(Math.min(left, skipBytes))
  }

  /**
   * All there is until the stream ends.
   * @throws ProbeError protocol beyond the limit
   */
  async rest(): Promise<Buffer> {
    const chunks: Buffer[] = []
    for (;;) {
      const chunk = this.#stream.read() as Buffer | null
      if (chunk !== null) {
        this.#spend(chunk.length)
        chunks.push(chunk)
      } else if (this.#stream.readableEnded) return Buffer.concat(chunks)
      else await this.#news()
    }
  }

  #spend(bytes: number): void {
    this.#leftBytes -= bytes
    if (this.#leftBytes < 0) throw new ProbeError('protocol', `goes on beyond ${this.#limitBytes / 1024} KiB`)
  }

  #news(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }
}
