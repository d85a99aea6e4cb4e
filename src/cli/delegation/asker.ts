// Asks servers within limits: so long a question, so many in all, so long in all. Knows no zone and judges no answer.
import { Packet } from 'dns2'
import { NearcastError } from '../../errors.ts'
import { exchangeTcp, exchangeUdp, type Server } from '../dns-exchange.ts'
import { decodeReply, encodeQuestion, type Question, type Reply } from '../dns-message.ts'
import type { Sections } from '../dns-records.ts'

export type Transport = 'UDP' | 'TCP'

export interface Answer {
  readonly reply: Reply
  readonly records: Sections
}

/** Why there is no answer. */
export interface Failure {
  readonly failure: string
  /** Whether it says nothing of the server: this machine cannot reach such addresses, or a limit of ours was reached. */
  readonly ours: boolean
}

export interface Limits {
  /** For one question. */
  readonly timeoutMs: number
  /** For all of them. */
  readonly totalMs: number
  readonly questions: number
}

/** A lost datagram is no finding. */
const udpTries = 2
/** Faults of this machine: it has no route or no address of this family. */
const ourFaults = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETDOWN', 'EACCES', 'EPERM'])

export class Asker {
  readonly #limits: Limits
  readonly #deadline: number
  #asked = 0

  constructor(limits: Limits) {
    this.#limits = limits
    this.#deadline = performance.now() + limits.totalMs
  }

  /** How many questions were sent. */
  get asked(): number {
    return this.#asked
  }

  /** Asks over one transport; over UDP a second time when nothing comes back. A truncated answer is an answer. */
  async askOver(transport: Transport, server: Server, question: Question): Promise<Answer | Failure> {
    let last: Failure = { failure: 'was not asked', ours: true }
    for (let left = transport === 'UDP' ? udpTries : 1; left > 0; left--) {
      const answer = await this.#once(transport, server, question)
      if (!('failure' in answer)) return answer
      last = answer
      if (answer.ours) break
    }
    return last
  }

  /** Asks over UDP, and over TCP when the answer is truncated or `first` says so. */
  async ask(server: Server, question: Question, first: Transport = 'UDP'): Promise<Answer | Failure> {
    const answer = await this.askOver(first, server, question)
    if ('failure' in answer || !answer.reply.truncated || first === 'TCP') return answer
    return await this.askOver('TCP', server, question)
  }

  async #once(transport: Transport, server: Server, question: Question): Promise<Answer | Failure> {
    const { timeoutMs, totalMs, questions } = this.#limits
    const left = this.#deadline - performance.now()
    if (left <= 0) return { failure: `not within ${totalMs / 1000} s, the limit of the whole check`, ours: true }
    if (this.#asked >= questions)
      return { failure: `not within ${questions} questions, the limit of the whole check`, ours: true }
    this.#asked += 1
    const id = Packet.uuid()
    const exchange = transport === 'UDP' ? exchangeUdp : exchangeTcp
    try {
      const bytes = await exchange(server, encodeQuestion(question, id), id, Math.min(timeoutMs, Math.ceil(left)))
      const reply = decodeReply(bytes)
      return { reply, records: reply }
    } catch (error) {
      if (!(error instanceof NearcastError)) throw error
      const code = (error.cause as NodeJS.ErrnoException | undefined)?.code
      return { failure: error.message.split('\n')[0], ours: code !== undefined && ourFaults.has(code) }
    }
  }
}
