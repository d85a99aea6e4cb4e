// RTMP messages: writes one command, reads what a server says to it out of interleaved chunks. Bounded; knows no socket.
import { ProbeError } from './failure.ts'
import type { Reader } from './reader.ts'

const messageBytes = 64 * 1024
const chunkStreams = 16
const absentTimestamp = 0xff_ffff
const setChunkSize = 1
const command = 20
const commandStream = 3
const ourChunkBytes = 128

export interface Message {
  readonly type: number
  readonly body: Buffer
}

/** A chunk stream: the header that its next chunk may leave out, and the message under way. */
interface ChunkStream {
  type: number
  length: number
  extended: boolean
  parts: Buffer[]
  have: number
}

/** Puts messages together again. */
export class MessageReader {
  readonly #reader: Reader
  readonly #streams = new Map<number, ChunkStream>()
  #chunkBytes = 128

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** The next whole message. Throws ProbeError protocol beyond a limit. */
  async next(): Promise<Message> {
    for (;;) {
      const message = await this.#chunk()
      if (message === null) continue
      if (message.type !== setChunkSize) return message
      if (message.body.length < 4) throw new ProbeError('protocol', 'a chunk size of less than 4 bytes')
      this.#chunkBytes = message.body.readUInt32BE() & 0x7fff_ffff
      if (this.#chunkBytes === 0) throw new ProbeError('protocol', 'a chunk size of 0')
    }
  }

  /** Reads one chunk; the message that it completes, or null. */
  async #chunk(): Promise<Message | null> {
    const [basic] = await this.#reader.take(1)
    const stream = await this.#header(await this.#id(basic & 0x3f), basic >> 6)
    const part = await this.#reader.take(Math.min(stream.length - stream.have, this.#chunkBytes))
    stream.parts.push(part)
    stream.have += part.length
    if (stream.have < stream.length) return null
    const message = { type: stream.type, body: Buffer.concat(stream.parts) }
    Object.assign(stream, { parts: [], have: 0 })
    return message
  }

  async #id(low: number): Promise<number> {
    if (low > 1) return low
    const more = await this.#reader.take(1 + low)
    return 64 + more[0] + (low === 1 ? more[1] * 256 : 0)
  }

  /** @param form how much of the header is there: 0 all of it, 1 no message stream, 2 the time alone, 3 nothing */
  async #header(id: number, form: number): Promise<ChunkStream> {
    const stream = this.#streams.get(id) ?? { type: 0, length: 0, extended: false, parts: [], have: 0 }
    if (!this.#streams.has(id)) {
      if (form > 1) throw new ProbeError('protocol', 'a chunk that refers to none before it')
      if (this.#streams.size >= chunkStreams)
        throw new ProbeError('protocol', `more than ${chunkStreams} chunk streams`)
      this.#streams.set(id, stream)
    }
    const header = await this.#reader.take([11, 7, 3, 0][form])
    if (form < 3) stream.extended = header.readUIntBE(0, 3) === absentTimestamp
    if (form < 2) {
      if (stream.have > 0) throw new ProbeError('protocol', 'a message inside another of the same chunk stream')
      stream.length = header.readUIntBE(3, 3)
      stream.type = header[6]
      if (stream.length > messageBytes) throw new ProbeError('protocol', `a message of ${stream.length} bytes`)
    }
    if (stream.extended) await this.#reader.skip(4)
    return stream
  }
}

/** The command `connect` for an application, in chunks. */
export function connectCommand(app: string, tcUrl: string): Buffer {
  const properties = Object.entries({ app, flashVer: 'nearcast-probe', tcUrl })
  const body = Buffer.concat([
    amfString('connect'),
    amfNumber(1),
    Buffer.of(3),
    ...properties.flatMap(([name, value]) => [amfName(name), amfString(value)]),
    Buffer.of(0, 0, 9),
  ])
  const header = Buffer.alloc(12)
  header[0] = commandStream
  header.writeUIntBE(body.length, 4, 3)
  header[7] = command
  const chunks = [header, body.subarray(0, ourChunkBytes)]
  for (let at = ourChunkBytes; at < body.length; at += ourChunkBytes)
    chunks.push(Buffer.of(0xc0 | commandStream), body.subarray(at, at + ourChunkBytes))
  return Buffer.concat(chunks)
}

/** The name of a command answered to the first one we sent, `_result` or `_error`; null for any other message. */
export function answerToConnect({ type, body }: Message): string | null {
  if (type !== command || body.length < 3 || body[0] !== 2) return null
  const end = 3 + body.readUInt16BE(1)
  const name = body.toString('latin1', 3, end)
  const answersFirst = body.length >= end + 9 && body[end] === 0 && body.readDoubleBE(end + 1) === 1
  return answersFirst && (name === '_result' || name === '_error') ? name : null
}

function amfName(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
}

function amfString(text: string): Buffer {
  return Buffer.concat([Buffer.of(2), amfName(text)])
}

function amfNumber(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.writeDoubleBE(value, 1)
  return bytes
}
