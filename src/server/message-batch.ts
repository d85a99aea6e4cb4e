// The arrays recvmmsg and sendmmsg work on, laid out by hand once. Knows the kernel's structs, nothing of DNS.
//
//   mmsghdr, 64 bytes (64-bit Linux, x64 and arm64)             iovec, 16 bytes
//     0 name*     8 namelen   16 iov*      24 iovlen              0 base*
//    32 control* 40 controllen 48 flags    56 len                 8 length
//
// Message i is received into room i and answered there. The send headers are filled in order of the answers, pointing
// back at the rooms, so a message without an answer leaves no gap.
import type { Client } from './client.ts'
import { udpRoomBytes as roomBytes } from './door.ts'
import { addressOf, socketAddressLength } from './syscalls.ts'

/** Messages taken and answered at once. */
export const batchSize = 64

const headerWords = 16
const iovecWords = 4
const nameLengthWord = 2
const flagsWord = 12
const lengthWord = 14
const MSG_TRUNC = 0x20

export class MessageBatch {
  // Each made from an ArrayBuffer of its own, which V8 never moves.
  readonly #rooms = new ArrayBuffer(batchSize * roomBytes)
  readonly #names = new ArrayBuffer(batchSize * socketAddressLength)
  readonly #receiveHeaders = new ArrayBuffer(batchSize * headerWords * 4)
  readonly #receiveVectors = new ArrayBuffer(batchSize * iovecWords * 4)
  readonly #sendHeaders = new ArrayBuffer(batchSize * headerWords * 4)
  readonly #sendVectors = new ArrayBuffer(batchSize * iovecWords * 4)
  readonly #name = new Uint8Array(this.#names)
  readonly #received = new Uint32Array(this.#receiveHeaders)
  readonly #toSend = new Uint32Array(this.#sendHeaders)
  readonly #toSendVectors = new Uint32Array(this.#sendVectors)
  /** Two words a room: its address. */
  readonly #pointers = new Uint32Array(batchSize * 2)
  /** Where each message's bytes are; the whole room, for the answer too. */
  readonly rooms: readonly Uint8Array[]
  /** For the calls. */
  readonly receiveAt: bigint = addressOf(this.#receiveHeaders)
  readonly sendAt: bigint = addressOf(this.#sendHeaders)
  /** Bytes from one send header to the next. */
  static readonly headerBytes: bigint = BigInt(headerWords * 4)
  /** How many answers are queued to send. */
  queued = 0

  constructor() {
    this.rooms = Array.from({ length: batchSize }, (_, i) => new Uint8Array(this.#rooms, i * roomBytes, roomBytes))
    const roomsAt = addressOf(this.#rooms)
    const namesAt = addressOf(this.#names)
    for (let i = 0; i < batchSize; i++) {
      const room = roomsAt + BigInt(i * roomBytes)
      const name = namesAt + BigInt(i * socketAddressLength)
      layOut(this.#receiveHeaders, this.#receiveVectors, i, name, room)
      layOut(this.#sendHeaders, this.#sendVectors, i, name, room)
      new BigUint64Array(this.#pointers.buffer)[i] = room
    }
  }

  /** Bytes received as message i. */
  lengthOf(i: number): number {
    return this.#received[i * headerWords + lengthWord]
  }

  /** Message i was longer than its room. */
  isCut(i: number): boolean {
    return (this.#received[i * headerWords + flagsWord] & MSG_TRUNC) !== 0
  }

  /** Takes the sender of message i. */
  readClient(i: number, client: Client): void {
    client.setFromSocketAddress(this.#name, i * socketAddressLength)
  }

  /** Pretends message i came from a sockaddr_in or sockaddr_in6: for a first message to somebody. */
  setSender(i: number, name: Uint8Array): void {
    this.#name.set(name, i * socketAddressLength)
    this.#received[i * headerWords + nameLengthWord] = name.length
  }

  /** Queues `length` bytes of room i as the answer to message i. */
  queue(i: number, length: number): void {
    const header = this.queued * headerWords
    const vector = this.queued * iovecWords
    const from = i * headerWords
    this.#toSend[header] = this.#received[from]
    this.#toSend[header + 1] = this.#received[from + 1]
    this.#toSend[header + nameLengthWord] = this.#received[from + nameLengthWord]
    this.#toSendVectors[vector] = this.#pointers[i * 2]
    this.#toSendVectors[vector + 1] = this.#pointers[i * 2 + 1]
    this.#toSendVectors[vector + 2] = length
    this.queued++
  }
}

/** One mmsghdr and the one iovec it points at. */
function layOut(headers: ArrayBuffer, vectors: ArrayBuffer, i: number, name: bigint, room: bigint): void {
  const header = new DataView(headers, i * headerWords * 4, headerWords * 4)
  const vector = new DataView(vectors, i * iovecWords * 4, iovecWords * 4)
  header.setBigUint64(0, name, true)
  header.setUint32(8, socketAddressLength, true)
  header.setBigUint64(16, addressOf(vectors) + BigInt(i * iovecWords * 4), true)
  header.setBigUint64(24, 1n, true)
  vector.setBigUint64(0, room, true)
  vector.setBigUint64(8, BigInt(roomBytes), true)
}
