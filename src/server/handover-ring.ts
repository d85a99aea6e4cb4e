// Queries on their way from one door's thread to the signer: bounded, without locks, one writer and one reader. Knows no DNS.
//
//   words   written · taken: counts that only rise, each moved by one side
//   slots   length · ticket · family · port · scope id · address, 4 words · the message
import { udpRoomBytes } from './door.ts'
import type { Client } from './client.ts'

/** A power of two. More than a batch; at some 50 µs a signature all of it waits for 13 ms. */
const slots = 256
const countWords = 16
const headWords = 12
const slotWords = headWords + udpRoomBytes / 4

const Count = { written: 0, taken: 1 } as const
const Head = { length: 0, ticket: 1, family: 2, port: 3, scopeId: 4, address: 5 } as const

/** Bytes for a ring, for the life of the process: what waits in it outlives the threads on both sides. */
export function createRing(): SharedArrayBuffer {
  return new SharedArrayBuffer((countWords + slots * slotWords) * 4)
}

/** One side of a ring; each side has an object of its own over the same buffer. */
export class HandoverRing {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  /** What came with the query that was taken last. */
  ticket = 0

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
    this.#bytes = new Uint8Array(buffer)
  }

  /** Queries in it. */
  get waiting(): number {
    return (Atomics.load(this.#words, Count.written) - Atomics.load(this.#words, Count.taken)) | 0
  }

  /**
   * Hands a query over; false when there is no room for it.
   * @param ticket comes back with the answer
   */
  push(bytes: Uint8Array, length: number, client: Client, ticket: number): boolean {
    const words = this.#words
    const written = Atomics.load(words, Count.written)
    if (((written - Atomics.load(words, Count.taken)) | 0) >= slots || length > udpRoomBytes) return false
    const at = countWords + (written & (slots - 1)) * slotWords
    words[at + Head.length] = length
    words[at + Head.ticket] = ticket
    words[at + Head.family] = client.family
    words[at + Head.port] = client.port
    words[at + Head.scopeId] = client.scopeId
    for (let i = 0; i < 4; i++) words[at + Head.address + i] = client.words[i]
    const to = (at + headWords) * 4
    for (let i = 0; i < length; i++) this.#bytes[to + i] = bytes[i]
    Atomics.store(words, Count.written, (written + 1) | 0)
    return true
  }

  /**
   * Takes the oldest query.
   * @param bytes written over from its start
   * @returns its length; -1 when there is none
   */
  take(bytes: Uint8Array, client: Client): number {
    const words = this.#words
    const taken = Atomics.load(words, Count.taken)
    if (Atomics.load(words, Count.written) === taken) return -1
    const at = countWords + (taken & (slots - 1)) * slotWords
    const length = words[at + Head.length]
    this.ticket = words[at + Head.ticket]
    client.family = words[at + Head.family]
    client.port = words[at + Head.port]
    client.scopeId = words[at + Head.scopeId]
    for (let i = 0; i < 4; i++) client.words[i] = words[at + Head.address + i]
    const from = (at + headWords) * 4
    for (let i = 0; i < length; i++) bytes[i] = this.#bytes[from + i]
    Atomics.store(words, Count.taken, (taken + 1) | 0)
    return length
  }
}
