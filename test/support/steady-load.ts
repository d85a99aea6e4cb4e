// A steady load of DNS queries, every one with a number of its own and accounted for, over UDP and TCP. Knows no server.
import { randomBytes } from 'node:crypto'
import { query } from './ask.ts'
import { UdpBurst, type Endpoint } from './udp-burst.ts'

const tickMs = 5
/** Sockets it sends from: they spread over the sockets that share an address. */
const sources = 8
const labelLength = 16
const headerLength = 12

export interface Account {
  readonly sent: number
  readonly answered: number
  /** Numbers without an answer. */
  readonly lost: readonly string[]
  /** Answers to what was answered already or never asked, or that are no good. */
  readonly wrong: number
  readonly slowestMs: number
}

/** Sends so many queries a second until it is stopped. */
export class SteadyLoad {
  readonly #clients: readonly UdpBurst[]
  readonly #template: Buffer
  readonly #labelAt = headerLength + 1
  readonly #open = new Map<string, number>()
  readonly #startedAtMs = performance.now()
  readonly #ticking: NodeJS.Timeout
  #sent = 0
  #answered = 0
  #wrong = 0
  #slowestMs = 0

  /** @param domain under which every name of one label has the same answer */
  constructor(to: Endpoint, domain: string, perSecond: number) {
    this.#clients = Array.from({ length: sources }, () => new UdpBurst(to))
    this.#template = query({ name: `${'0'.repeat(labelLength)}.${domain}`, subnet: '198.51.100.0/24' })
    this.#ticking = setInterval(() => this.#tick(perSecond), tickMs)
  }

  /** Stops sending, waits for what is on its way, and tells how it went. */
  async stop(waitMs = 2_000): Promise<Account> {
    clearInterval(this.#ticking)
    const deadline = performance.now() + waitMs
    while (this.#open.size > 0 && performance.now() < deadline) {
      this.#receive()
      await new Promise((resolve) => setTimeout(resolve, tickMs))
    }
    for (const client of this.#clients) client.close()
    return {
      sent: this.#sent,
      answered: this.#answered,
      lost: [...this.#open.keys()],
      wrong: this.#wrong,
      slowestMs: Math.round(this.#slowestMs),
    }
  }

  #tick(perSecond: number): void {
    this.#receive()
    const due = Math.floor(((performance.now() - this.#startedAtMs) / 1000) * perSecond) - this.#sent
    const now = performance.now()
    const batches = this.#clients.map((): Buffer[] => [])
    for (let i = 0; i < due; i++) {
      const number = randomBytes(labelLength / 2).toString('hex')
      const message = Buffer.from(this.#template)
      message.write(number, this.#labelAt, 'latin1')
      this.#open.set(number, now)
      batches[this.#sent++ % sources].push(message)
    }
    for (const [i, batch] of batches.entries()) this.#clients[i].send(batch)
  }

  #receive(): void {
    const now = performance.now()
    for (const client of this.#clients) {
      for (const answer of client.receive()) {
        const number = answer.toString('latin1', this.#labelAt, this.#labelAt + labelLength)
        const sentAtMs = this.#open.get(number)
        // NOERROR, and one record in the answer section.
        const good = (answer[3] & 15) === 0 && answer.readUInt16BE(6) === 1
        if (sentAtMs === undefined || !good) {
          this.#wrong++
          continue
        }
        this.#open.delete(number)
        this.#answered++
        this.#slowestMs = Math.max(this.#slowestMs, now - sentAtMs)
      }
    }
  }
}
