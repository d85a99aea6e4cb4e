// Says in the log when answers begin to fail open and when they stop, by looking at the counter. Must not know why.
import { single, sum, type Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Over once no answer failed open for this long: clients that come rarely are no new incident each. */
const overAfterMs = 10_000

export class FailOpenWatch {
  readonly #rows: readonly Counters[]
  readonly #log: Logger
  #seen = 0
  #before = 0
  #sinceMs: number | null = null
  #lastMs = 0

  /** @param rows one row a thread; may grow */
  constructor(rows: readonly Counters[], log: Logger) {
    this.#rows = rows
    this.#log = log
  }

  /** Since when answers fail open; null while none do. */
  get sinceMs(): number | null {
    return this.#sinceMs
  }

  /** Call it about once a second. */
  tick(nowMs: number): void {
    const total = sum(this.#rows, single.failOpen)
    if (total !== this.#seen) {
      if (this.#sinceMs === null) {
        this.#before = this.#seen
        this.#sinceMs = nowMs
        this.#log.warn(
          { event: 'guard.acts', guard: 'fail_open' },
          'for some clients no node is left: they are answered as if all were up',
        )
      }
      this.#seen = total
      this.#lastMs = nowMs
    } else if (this.#sinceMs !== null && nowMs - this.#lastMs >= overAfterMs) {
      const seconds = Math.round((this.#lastMs - this.#sinceMs) / 1000)
      this.#log.info({ event: 'guard.rests', guard: 'fail_open', seconds, answers: total - this.#before })
      this.#sinceMs = null
    }
  }
}
