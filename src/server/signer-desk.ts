// What the signer works on, one piece at a time: queries of the doors first, then renewals, then what is likely. Knows no sockets, no
// threads and no keys.
import { slot, type Counters } from '../telemetry/counters.ts'
import { answer, Transport } from './answer.ts'
import { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { udpRoomBytes } from './door.ts'
import { HandoverRing } from './handover-ring.ts'
import type { ServedDoor } from './messages.ts'
import type { Signer } from './signer.ts'
import { signAhead } from './signing-ahead.ts'
import { State, type SharedState } from './state.ts'
import type { Published } from './tables.ts'

/** Takes an answer; of length 0 where there is none. The bytes are written over afterwards. */
export type AnswerSink = (door: number, ticket: number, bytes: Uint8Array, length: number, client: Client) => void

export interface DeskSettings {
  /** Told before each piece of work what time it is, as a door's thread is. */
  readonly setClock: (clock: Clock) => void
  readonly shared: SharedState
  readonly signer: Signer
  readonly doors: readonly ServedDoor[]
  readonly sink: AnswerSink
}

/** Of the table, what is signed ahead may fill so much; the rest is for what is asked. */
const aheadShare = 0.5
/** What the door has not counted of a query that it handed over: all else was counted when it came. */
const counted = [
  ...Object.values(slot.answers),
  ...Object.values(slot.truncated),
  ...Object.values(slot.rate_limited),
  slot.drops.rate_limited,
]

export class SignerDesk {
  readonly #settings: DeskSettings
  readonly #rings: readonly HandoverRing[]
  readonly #client = new Client()
  readonly #longRoom = new Uint8Array(65_535)
  readonly #room = this.#longRoom.subarray(0, udpRoomBytes)
  /** Answering counts here, so that nothing is counted twice. */
  readonly #scratch: Counters
  #state: State | null = null
  #work: Generator<void> | null = null
  #renewalDue = false
  #aheadDue = false
  #wordsSeen = 0
  #next = 0

  constructor(settings: DeskSettings) {
    this.#settings = settings
    this.#rings = settings.doors.map(({ ring }) => new HandoverRing(ring))
    this.#scratch = new Float64Array(new SharedArrayBuffer(settings.shared.counters.byteLength))
  }

  /** Takes a newer snapshot. */
  swap(published: Published): void {
    const { shared, signer } = this.#settings
    if (this.#state === null) {
      this.#state = new State({ ...shared, counters: this.#scratch }, published)
      this.#state.signer = signer
    } else this.#state.swap(published)
    this.#work = null
    this.#aheadDue = true
    this.#renewalDue = true
  }

  /** Once a second: notes what was used, and what is to be done again. */
  tick(): void {
    const { signer } = this.#settings
    signer.observe()
    this.#renewalDue = true
    const words = this.#wordsNow()
    if (words !== this.#wordsSeen) this.#aheadDue = true
    this.#wordsSeen = words
  }

  /** Queries that wait. */
  get waiting(): number {
    return this.#rings.reduce((total, ring) => total + ring.waiting, 0)
  }

  /** Answers a query of the next door that has one; false when none has. */
  serve(): boolean {
    const { doors, sink, signer, shared, setClock } = this.#settings
    const state = this.#state
    if (state === null) return false
    for (let i = 0; i < this.#rings.length; i++) {
      const door = (this.#next + i) % this.#rings.length
      const { transport } = doors[door]
      const room = transport === Transport.tcp ? this.#longRoom : this.#room
      const length = this.#rings[door].take(room, this.#client)
      if (length < 0) continue
      this.#next = door + 1
      signer.reason = 'asked'
      setClock(state.clock)
      const size = answer(room, length, this.#client, transport, state)
      for (const index of counted) {
        shared.counters[index] += this.#scratch[index]
        this.#scratch[index] = 0
      }
      sink(door, this.#rings[door].ticket, room, Math.max(0, size), this.#client)
      return true
    }
    return false
  }

  /** Does a little of what is not urgent; false when there is nothing. */
  step(): boolean {
    const state = this.#state
    if (state === null) return false
    const { signer, setClock } = this.#settings
    setClock(state.clock)
    if (this.#work === null) {
      if (this.#renewalDue) {
        this.#renewalDue = false
        this.#work = signer.renewing()
      } else if (this.#aheadDue) {
        this.#aheadDue = false
        const most = signer.made + Math.floor(signer.capacity * aheadShare)
        this.#work = signAhead(state, this.#room, () => signer.made < most)
      } else return false
    }
    signer.reason = 'ahead'
    if (this.#work.next().done === true) this.#work = null
    return true
  }

  /** A number that changes when the availability of a node does. */
  #wordsNow(): number {
    if (this.#state === null) return 0
    const { words, tables } = this.#state
    let sum = 0
    for (const node of tables.nodeSlot) {
      sum = Math.imul(sum ^ words[node * 2], 0x01000193)
      sum = Math.imul(sum ^ words[node * 2 + 1], 0x01000193)
    }
    return sum
  }
}
