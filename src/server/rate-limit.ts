// Response rate limiting: whether an answer over UDP is sent, cut short or dropped. Counts in tables that all threads share; knows
// no packet and no clock of its own.
//
//   source network ─▶ meter: busy? ── no ─▶ answered, and nothing else is looked at
//                        └ yes ─▶ bucket of (source network, kind, key) ─▶ bucket of the source network ─▶ answered
//                                         └ over ────────────────────────────────┴ over ─▶ 1 in `slip` cut short, else dropped
//
// A bucket is one word: the tick at which it would be empty again (a virtual schedule, as ATM's GCRA). It fills by a fixed step and
// drains by itself as time goes on, so nothing is swept. A line of a table is a cache line; a newcomer takes the emptiest entry
// of its line, so a flood of sources neither grows the table nor washes out those who are over a limit.
import { mix } from '../ip/hash.ts'
import { ticksPerSecond } from './clock.ts'
import type { Client } from './client.ts'
import { isExempt, Setting, type RateLimits } from './rate-limits.ts'

/** What becomes of an answer. */
export const Fate = { answer: 0, slip: 1, drop: 2 } as const

/** What an answer is counted as, beside its source network: each kind has buckets of its own. */
export const Kind = { steered: 1, named: 2, nxdomain: 3, error: 4 } as const

/** Which limit an answer was over. */
export const Limit = { none: 0, steered: 1, other: 2, total: 3 } as const

/** A bucket holds what a limit allows in so long. */
const depthTicks = ticksPerSecond * 2
/** The meter goes on filling up to here, so that who stays busy is known to be. */
const meterTicks = depthTicks * 2

/** Clocks of threads are never so far apart. */
const mostSkewTicks = ticksPerSecond

const lineWords = 16
const sourceWords = 4
const meterAt = 1
const totalAt = 2
const bucketWords = 2

const network4 = -256
const network6 = -256

/** One a thread. */
export class RateLimiter {
  /** A member of Limit: what the last answer that was not to be sent was over; also set when it is only logged. */
  over: number = Limit.none
  readonly #settings: Int32Array
  readonly #sources: Int32Array
  readonly #buckets: Int32Array
  /** Answers over a limit, for taking turns. */
  #turn = 0

  constructor({ settings, sources, buckets }: RateLimits) {
    this.#settings = settings
    this.#sources = sources
    this.#buckets = buckets
  }

  /**
   * Counts an answer and says what becomes of it.
   * @param ticks of the thread's clock
   * @param kind a member of Kind
   * @param key what tells answers of a kind apart: a block, a name, a zone, a response code
   */
  fate(client: Client, ticks: number, kind: number, key: number): number {
    const settings = this.#settings
    this.over = Limit.none
    if (settings[Setting.on] === 0 || isExempt(settings, client)) return Fate.answer
    const { words } = client
    let source = mix((words[0] & (client.family === 4 ? network4 : -1)) ^ settings[Setting.seed])
    if (client.family === 6) source = mix(source ^ (words[1] & network6) ^ settings[Setting.seed6])
    const entry = this.#sourceEntry(source, ticks)
    if (!this.#isBusy(entry, ticks)) return Fate.answer
    const step = settings[kind === Kind.steered ? Setting.steeredStep : Setting.otherStep]
    const hash = mix(mix(source ^ settings[Setting.seedKey] ^ key) ^ settings[Setting.seedKind] ^ kind)
    const buckets = this.#buckets
    if (!fill(buckets, bucketOf(buckets, hash, ticks), ticks, step)) {
      this.over = kind === Kind.steered ? Limit.steered : Limit.other
    } else if (!fill(this.#sources, entry + totalAt, ticks, settings[Setting.totalStep])) this.over = Limit.total
    else return Fate.answer
    if (settings[Setting.logOnly] !== 0) return Fate.answer
    const slip = settings[Setting.slip]
    if (slip === 0) return Fate.drop
    this.#turn = (this.#turn + 1) % slip
    return this.#turn === 0 ? Fate.slip : Fate.drop
  }

  /** The entry of a source network: its own, or the emptiest of its line. */
  #sourceEntry(tag: number, ticks: number): number {
    const sources = this.#sources
    const line = (tag & (sources.length / lineWords - 1)) * lineWords
    let entry = line
    let least = meterTicks + 1
    for (let at = line; at < line + lineWords; at += sourceWords) {
      if (sources[at] === tag) return at
      const level = levelOf(sources[at + meterAt], ticks, meterTicks)
      if (level < least) {
        least = level
        entry = at
      }
    }
    sources[entry] = tag
    sources[entry + meterAt] = ticks
    sources[entry + totalAt] = ticks
    return entry
  }

  /** Counts towards the meter; whether the source has more answers than any of the limits allows. */
  #isBusy(entry: number, ticks: number): boolean {
    const sources = this.#sources
    const step = this.#settings[Setting.meterStep]
    const level = Math.min(meterTicks, levelOf(sources[entry + meterAt], ticks, meterTicks) + step)
    sources[entry + meterAt] = (ticks + level) | 0
    return level > depthTicks
  }
}

/** Where the bucket of a hash is: its own, or the emptiest of its line. */
function bucketOf(buckets: Int32Array, tag: number, ticks: number): number {
  const line = (tag & (buckets.length / lineWords - 1)) * lineWords
  let entry = line
  let least = depthTicks + 1
  for (let at = line; at < line + lineWords; at += bucketWords) {
    if (buckets[at] === tag) return at + 1
    const level = levelOf(buckets[at + 1], ticks, depthTicks)
    if (level < least) {
      least = level
      entry = at
    }
  }
  buckets[entry] = tag
  buckets[entry + 1] = ticks
  return entry + 1
}

/** Adds a step to a bucket, if there is room. Threads may undo each other's step: then one answer more is sent. */
function fill(table: Int32Array, at: number, ticks: number, step: number): boolean {
  const level = levelOf(table[at], ticks, depthTicks) + step
  if (level > depthTicks) return false
  table[at] = (ticks + level) | 0
  return true
}

/**
 * How full a bucket is, in ticks. Threads set their clocks batch by batch, so one that another thread has just filled lies beyond what it
 * holds. One that lies far beyond was not looked at for so long that ticks wrapped, and is empty.
 */
function levelOf(emptyAt: number, ticks: number, most: number): number {
  const level = (emptyAt - ticks) | 0
  return level < 0 || level > most + mostSkewTicks ? 0 : Math.min(level, most)
}
