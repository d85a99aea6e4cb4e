// Reads a stream in pieces of known length, up to a limit of bytes for the whole try. Knows no protocol.
import type { Readable } from 'node:stream'
import { ProbeError } from './failure.ts'

const skipBytes = 16 * 1024

/** Leaves what it was not asked for with the node: a stream without end costs no memory. */
export class Reader {
  readonly #stream: Readable
  readonly #limitBytes: number
  #leftBytes: number

  constructor(stream: Readable, limitBytes: number) {
    this.#stream = stream
    this.#limitBytes = limitBytes
    this.#leftBytes = limitBytes
  }

  /**
   * Exactly so many bytes; pending for ever when the try ends before they have come.
   * @throws ProbeError protocol beyond the limit, reset when the stream ends
   */
  async take(bytes: number): Promise<Buffer> {
    this.#leftBytes -= bytes
    if (this.#leftBytes < 0) throw new ProbeError('protocol', `goes on beyond ${this.#limitBytes / 1024} KiB`)
    for (;;) {
      const taken = bytes === 0 ? Buffer.alloc(0) : (this.#stream.read(bytes) as Buffer | null)
      if (taken?.length === bytes) return taken
      if (taken !== null || this.#stream.readableEnded) throw new ProbeError('reset', 'ends in the middle')
      await moreOf(this.#stream)
    }
  }

  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; left -= skipBytes) await this.take(Math.min(left, skipBytes))
  }
}

/**
 * The whole stream as bytes.
 * @throws ProbeError protocol beyond the limit
 */
export async function readAll(stream: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for (;;) {
    const chunk = stream.read() as Buffer | null
    if (chunk !== null) {
      chunks.push(chunk)
      length += chunk.length
      if (length > limitBytes) throw new ProbeError('protocol', `goes on beyond ${limitBytes / 1024} KiB`)
    } else if (stream.readableEnded) return Buffer.concat(chunks)
    else await moreOf(stream)
  }
}

function moreOf(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const more = (): void => {
      stream.off('readable', more)
      stream.off('end', more)
      resolve()
    }
    stream.on('readable', more)
    stream.on('end', more)
  })
}
