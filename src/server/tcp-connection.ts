// One TCP client: frames in, framed answers out, never more in memory than a few buffers. Knows no DNS, no listening, no other client.
import type { Socket } from 'node:net'
import type { Client } from './client.ts'
import type { Respond } from './door.ts'
import { queriesAtOnce, type TcpTurns, type Waiter } from './tcp-turns.ts'

/** What a door gives all of its connections. */
export interface Serving {
  readonly respond: Respond
  /** Has a query answered elsewhere, through `answered`; false when nobody has time for it. */
  readonly handOver: (bytes: Uint8Array, length: number, client: Client, connection: Connection) => boolean
  readonly onQuery: (connection: Connection) => void
  readonly queriesPerConnection: number
  readonly turns: TcpTurns
}

const prefixBytes = 2
const nothing = Buffer.alloc(0)

// One for all connections of the thread: answering is synchronous, and what is sent is copied out of it.
const message = new Uint8Array(65_535)

/**
 * Answers pipelined queries in the order they came, but for those that wait for a signature: they hold up no other (RFC 7766
 * section 6.2.1.1).
 *
 *   socket ─▶ #received ─▶ message ─▶ respond ─▶ socket's buffer ─▶ socket
 *                 └── waits while that buffer is full, and so does the client; after its share of a turn, for another
 */
export class Connection implements Waiter {
  /** When the last whole query was taken, by the clock of the door; the start at first. */
  activeAtMs: number
  readonly #socket: Socket
  readonly #client: Client
  readonly #serving: Serving
  /** Bytes not answered yet: at most one partial frame and one read. */
  #received: Buffer = nothing
  #queriesLeft: number
  #asked = false
  /** Answers that come from elsewhere. */
  #owed = 0
  /** Nothing more will come in. */
  #ending = false
  /** Nothing more will be answered. */
  #closing = false

  constructor(socket: Socket, client: Client, serving: Serving) {
    this.activeAtMs = performance.now()
    this.#socket = socket
    this.#client = client
    this.#serving = serving
    this.#queriesLeft = serving.queriesPerConnection
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('drain', () => this.#serve())
    // A client that sent its last query and closed its half still gets every answer (RFC 7766 section 6.2.3).
    socket.on('end', () => this.#end())
    // 'close' follows, and that is all there is to do about a client that went away.
    socket.on('error', () => {})
  }

  /** Answers what was received whole, then closes our half. Who has only just come may ask one thing first. */
  finish(): void {
    if (this.#asked) this.#end()
    else this.#queriesLeft = 1
  }

  /** Sends the answer to a query that was handed over; an empty one sends nothing. */
  answered(bytes: Uint8Array): void {
    this.#owed--
    if (this.#socket.destroyed) return
    if (bytes.length > 0) this.#write(bytes)
    if (this.#closing && this.#owed === 0) this.#socket.end()
  }

  /** Closes now, whatever is left to send. */
  destroy(): void {
    this.#closing = true
    this.#socket.destroy()
  }

  goOn(): void {
    this.#serve()
  }

  #end(): void {
    this.#ending = true
    this.#serve()
  }

  #receive(chunk: Buffer): void {
    if (this.#closing) return
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    this.#serve()
  }

  #serve(): void {
    if (this.#closing) return
    const socket = this.#socket
    const { turns } = this.#serving
    let left = queriesAtOnce
    socket.cork()
    while (this.#isReady() && left > 0 && turns.take()) {
      this.#answerNext()
      left--
    }
    socket.uncork()
    if (this.#closing) return
    if (this.#isReady()) {
      socket.pause()
      turns.wait(this)
    } else if (socket.writableNeedDrain) socket.pause()
    else if (this.#ending) this.#close()
    else socket.resume()
  }

  /** Whether a whole query is there, and room for an answer. */
  #isReady(): boolean {
    const received = this.#received
    if (this.#closing || this.#socket.writableNeedDrain || received.length < prefixBytes) return false
    return received.length >= prefixBytes + received.readUInt16BE(0)
  }

  #answerNext(): void {
    const received = this.#received
    const end = prefixBytes + received.readUInt16BE(0)
    message.set(received.subarray(prefixBytes, end))
    this.#received = received.length === end ? nothing : received.subarray(end)
    const size = this.#serving.respond(message, end - prefixBytes, this.#client)
    this.#asked = true
    this.#serving.onQuery(this)
    if (size > 0) this.#write(message.subarray(0, size))
    else if (size < 0 && this.#serving.handOver(message, end - prefixBytes, this.#client, this)) this.#owed++
    // What gets no answer over UDP (not a query at all) has no place in a conversation either.
    if (size === 0 || --this.#queriesLeft === 0) this.#close()
  }

  #write(bytes: Uint8Array): void {
    const framed = Buffer.allocUnsafe(prefixBytes + bytes.length)
    framed.writeUInt16BE(bytes.length)
    framed.set(bytes, prefixBytes)
    this.#socket.write(framed)
  }

  /** Sends what is written and owed, closes our half, and lets the rest of what comes in fall. */
  #close(): void {
    this.#closing = true
    this.#received = nothing
    if (this.#owed === 0) this.#socket.end()
    this.#socket.resume()
  }
}
