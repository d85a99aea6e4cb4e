// Says in the log when answers begin to fail open, or to be limited, and when they stop, by looking at counters. Must not know why.
import { single, slot, sum, type Counters } from '../telemetry/counters.ts'
import type { Logger, LogLine } from '../telemetry/logger.ts'

/** Over once no answer counted for this long: clients that come rarely are no new incident each. */
const overAfterMs = 10_000

interface Kind {
  readonly counters: readonly number[]
  readonly begins: LogLine
  readonly message: string
  readonly ends: LogLine
}

const failingOpen: Kind = {
  counters: [single.failOpen],
  begins: { event: 'guard.acts', guard: 'fail_open' },
  message: 'for some clients no node is left: they are answered as if all were up',
  ends: { event: 'guard.rests', guard: 'fail_open' },
}

const { dropped, slipped, badcookie, logged } = slot.rate_limited
const limiting: Kind = {
  counters: [dropped, slipped, badcookie, logged],
  begins: { event: 'rate_limit.acts' },
  message:
    'some source sends more than `server.rateLimit` allows: nearcast_rate_limited_total tells what becomes of it',
  ends: { event: 'rate_limit.rests' },
}

/** All that is watched in this way. */
export class Spells {
  readonly #failOpen: Spell
  readonly #limiting: Spell

  /** @param rows one row a thread; may grow */
  constructor(rows: readonly Counters[], log: Logger) {
    this.#failOpen = new Spell(failingOpen, rows, log)
    this.#limiting = new Spell(limiting, rows, log)
  }

  /** Since when answers fail open; null while none do. */
  get failOpenSinceMs(): number | null {
    return this.#failOpen.sinceMs
  }

  /** Call it about once a second. */
  tick(nowMs: number): void {
    this.#failOpen.tick(nowMs)
    this.#limiting.tick(nowMs)
  }
}

class Spell {
  sinceMs: number | null = null
  readonly #kind: Kind
  readonly #rows: readonly Counters[]
  readonly #log: Logger
  #seen = 0
  #before = 0
  #lastMs = 0

  constructor(kind: Kind, rows: readonly Counters[], log: Logger) {
    this.#kind = kind
    this.#rows = rows
    this.#log = log
  }

  tick(nowMs: number): void {
    const { counters, begins, message, ends } = this.#kind
    const total = counters.reduce((all, counter) => all + sum(this.#rows, counter), 0)
    if (total !== this.#seen) {
      if (this.sinceMs === null) {
        this.#before = this.#seen
        this.sinceMs = nowMs
        this.#log.warn(begins, message)
      }
      this.#seen = total
      this.#lastMs = nowMs
    } else if (this.sinceMs !== null && nowMs - this.#lastMs >= overAfterMs) {
      const seconds = Math.round((this.#lastMs - this.sinceMs) / 1000)
      this.#log.info({ ...ends, seconds, answers: total - this.#before })
      this.sinceMs = null
    }
  }
}
