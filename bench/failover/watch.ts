// Asks a name server for edges' names and tells when an answer still named the edge. Knows no fault and no server's language.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeName } from '../../src/wire/name.ts'
import { zone, type Edge } from './kinds.ts'

const headerLength = 12
/** Without an answer for so long a query counts as lost. */
const lostAfterMs = 1_000
/** An edge is out when no answer named it for so long. */
const quietMs = 3_000

export class Watcher {
  readonly #socket: Socket
  readonly #port: number
  readonly #waiting = new Map<number, (address: string | null) => void>()
  #id = 0
  asked = 0
  lost = 0

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    this.#port = port
    socket.on('message', (message) => this.#hear(message))
  }

  static async open(port: number): Promise<Watcher> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Watcher(socket, port)
  }

  close(): void {
    this.#socket.close()
  }

  /** The address in the answer; null when none came. */
  ask(name: string): Promise<string | null> {
    this.#id = (this.#id + 1) & 0xffff
    const id = this.#id
    this.asked += 1
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        this.lost += 1
        resolve(null)
      }, lostAfterMs)
      this.#waiting.set(id, (address) => {
        clearTimeout(timer)
        resolve(address)
      })
      this.#socket.send(question(id, name), this.#port, '127.0.0.1')
    })
  }

  /**
   * The time from the fault to the last answer that named the edge, in milliseconds.
   * @returns null when it was still named after all patience
   */
  async lastNamed(
    { name, address }: Edge,
    faultMs: number,
    pollMs: number,
    patienceMs: number,
  ): Promise<number | null> {
    let lastMs = faultMs
    const look = async (): Promise<void> => {
      if ((await this.ask(name)) === address) lastMs = Math.max(lastMs, Date.now())
    }
    for (;;) {
      const nowMs = Date.now()
      if (nowMs - lastMs > quietMs) return lastMs - faultMs
      if (nowMs - faultMs > patienceMs) return null
      void look()
      await sleep(pollMs)
    }
  }

  #hear(message: Buffer): void {
    const id = message.readUInt16BE(0)
    const answered = this.#waiting.get(id)
    this.#waiting.delete(id)
    // One A record and nothing behind it, as nothing but the question was sent: the last four bytes are the address.
    answered?.(message.readUInt16BE(6) === 1 ? message.subarray(-4).join('.') : null)
  }
}

function question(id: number, name: string): Buffer {
  const wire = encodeName(`${name}.${zone}`)
  if (wire === null) throw new Error(`${name} is no name`)
  const message = Buffer.alloc(headerLength + wire.length + 4)
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE(1, 4)
  message.set(wire, headerLength)
  message.writeUInt16BE(1, headerLength + wire.length)
  message.writeUInt16BE(1, headerLength + wire.length + 2)
  return message
}
