// A UDP client that sends and receives by the batch, without the event loop: thousands of messages at once. Knows no DNS.
import { MessageBatch, batchSize } from '../../src/server/message-batch.ts'
import { parseAddress } from '../../src/ip/address.ts'
import { closeSocket, MSG_DONTWAIT, openUdpSocket, receiveMessages, sendMessages } from '../../src/server/syscalls.ts'

const receiveBufferBytes = 8 << 20

export interface Endpoint {
  readonly address: string
  readonly port: number
}

export class UdpBurst {
  readonly #batch = new MessageBatch()
  readonly #to: Uint8Array
  readonly #socket: number

  constructor(to: Endpoint) {
    this.#to = socketAddress(to)
    const any = { address: to.address.includes(':') ? '::1' : '127.0.0.1', port: 0 }
    this.#socket = openUdpSocket(any, { share: false, receiveBufferBytes, receiveTimeoutMs: 1 })
  }

  /** Sends all of them; over loopback they lie in the other side's socket when this returns. */
  send(messages: readonly Uint8Array[]): void {
    const batch = this.#batch
    for (let start = 0; start < messages.length; start += batchSize) {
      const some = messages.slice(start, start + batchSize)
      batch.queued = 0
      for (const [i, message] of some.entries()) {
        batch.setSender(i, this.#to)
        batch.rooms[i].set(message)
        batch.queue(i, message.length)
      }
      const sent = sendMessages(this.#socket, batch.sendAt, some.length, 0)
      if (sent !== some.length) throw new Error(`${sent} of ${some.length} messages were sent`)
    }
  }

  /** What has come since, perhaps nothing. */
  receive(): Buffer[] {
    const batch = this.#batch
    const messages: Buffer[] = []
    for (;;) {
      const received = receiveMessages(this.#socket, batch.receiveAt, batchSize, MSG_DONTWAIT, null)
      if (received <= 0) return messages
      for (let i = 0; i < received; i++) messages.push(Buffer.from(batch.rooms[i].subarray(0, batch.lengthOf(i))))
    }
  }

  close(): void {
    closeSocket(this.#socket)
  }
}

/** sockaddr_in or sockaddr_in6 of Linux. */
export function socketAddress({ address, port }: Endpoint): Uint8Array {
  const bytes = parseAddress(address)
  if (bytes === null) throw new Error(`${address} is no address`)
  const six = bytes.length === 16
  const name = new Uint8Array(six ? 28 : 16)
  name.set([six ? 10 : 2, 0, port >> 8, port & 255])
  name.set(bytes, six ? 8 : 4)
  return name
}
