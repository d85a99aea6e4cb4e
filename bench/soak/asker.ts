// Asks at a steady rate from seeded client networks and keeps what each answer named. Knows no verdict.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { encodeName } from '../../src/wire/name.ts'
import { drawing, ports, zone } from './fleet.ts'

/** One answer: when its query left, when it came, and the addresses in it. */
export interface Answered {
  readonly sentMs: number
  readonly cameMs: number
  readonly addresses: readonly string[]
}

const lostAfterMs = 3_000
const tickMs = 5
const recordLength = 16

export class Asker {
  readonly #socket: Socket
  readonly #random: () => number
  /** By id: when it was sent and how long its question is. */
  readonly #waiting = new Map<number, { readonly sentMs: number; readonly end: number }>()
  readonly #hear: (answered: Answered) => void
  #id = 0
  asked = 0
  lost = 0
  refused = 0

  private constructor(socket: Socket, seed: number, hear: (answered: Answered) => void) {
    this.#socket = socket
    this.#random = drawing(seed)
    this.#hear = hear
    socket.on('message', (message) => this.#take(message))
  }

  static async open(seed: number, hear: (answered: Answered) => void): Promise<Asker> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Asker(socket, seed, hear)
  }

  /** Asks so many times a second until told to stop; resolves when what was asked is answered or lost. */
  async run(perSecond: number, stop: AbortSignal): Promise<void> {
    let owed = 0
    const timer = setInterval(() => {
      owed += (perSecond * tickMs) / 1000
      for (; owed >= 1; owed--) this.#ask()
      this.#expire()
    }, tickMs)
    await once(stop, 'abort')
    clearInterval(timer)
    await new Promise((resolve) => setTimeout(resolve, lostAfterMs + tickMs))
    this.#expire()
    this.#socket.close()
  }

  #ask(): void {
    this.#id = (this.#id + 1) & 0xffff
    if (this.#waiting.has(this.#id)) return
    const { message, end } = question(this.#id, this.#random)
    this.#waiting.set(this.#id, { sentMs: Date.now(), end })
    this.asked += 1
    this.#socket.send(message, ports.dns, '127.0.0.1')
  }

  #take(message: Buffer): void {
    const asked = this.#waiting.get(message.readUInt16BE(0))
    if (asked === undefined) return
    this.#waiting.delete(message.readUInt16BE(0))
    const count = message.readUInt16BE(6)
    if ((message[3] & 15) !== 0 || count === 0) this.refused += 1
    const addresses = Array.from({ length: count }, (_, at) => {
      const record = asked.end + at * recordLength
      return message.subarray(record + recordLength - 4, record + recordLength).join('.')
    })
    this.#hear({ sentMs: asked.sentMs, cameMs: Date.now(), addresses })
  }

  /** The map is in the order of sending, so the oldest come first. */
  #expire(): void {
    const before = Date.now() - lostAfterMs
    for (const [id, { sentMs }] of this.#waiting) {
      if (sentMs > before) return
      this.#waiting.delete(id)
      this.lost += 1
    }
  }
}

/** A random stream, for a random /24. */
function question(id: number, random: () => number): { message: Buffer; end: number } {
  const name = encodeName(`show${Math.floor(random() * 1000)}.play.${zone}`) ?? new Uint8Array()
  const end = 12 + name.length + 4
  const message = Buffer.alloc(end + 11 + 4 + 7)
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE(1, 4)
  message.writeUInt16BE(1, 10)
  message.set(name, 12)
  message.writeUInt16BE(1, end - 4)
  message.writeUInt16BE(1, end - 2)
  message.set([0, 0, 41, 1232 >> 8, 1232 & 255, 0, 0, 0, 0, 0, 11, 0, 8, 0, 7, 0, 1, 24, 0], end)
  const network = 1 + Math.floor(random() * 222)
  message.set([network === 127 ? 128 : network, random() * 256, random() * 256], end + 19)
  return { message, end }
}
