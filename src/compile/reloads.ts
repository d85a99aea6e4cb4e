// Reloads and renewals, one at a time: who asks for a reload meanwhile gets one more after it. Counts what became of them; knows not what
// they do.
import { NearcastError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ReloadCounts } from '../telemetry/metrics.ts'

/** So long after a renewal was refused the next one is tried. */
const renewalPauseMs = 600_000
/** Set back so far, half of what signatures are backdated, the clock may soon lie before they begin. */
const setBackMs = 1_800_000

export interface Reloaded {
  readonly epoch: number
  readonly warnings: readonly string[]
  /** Only signed anew: the configuration was not read. */
  readonly renewed: boolean
}

/** Rejects with why it is refused. */
export interface ReloadWork {
  /** Reads the configuration again; as a renewal it signs anew what is in use. */
  readonly reload: (renewal: boolean) => Promise<Reloaded>
  /** What follows from a configuration that was refused, before anybody is told of it. */
  readonly onRefused?: () => Promise<void>
}

export class Reloads {
  readonly #work: ReloadWork
  readonly #log: Logger
  #counts: ReloadCounts = {
    succeeded: 0,
    refused: 0,
    lastSuccessful: true,
    lastAt: 0,
    renewed: 0,
    renewalsRefused: 0,
    renewalDueAt: 0,
  }
  /** As if the start were a reload: who asks before `open` waits for it. */
  #running = true
  #wanted: string | null = null
  #closed = false
  /** When a renewal is tried, in Unix milliseconds. */
  #renewAt = Infinity
  /** The time by which that was decided. */
  #decidedAt = -Infinity

  constructor(work: ReloadWork, log: Logger) {
    this.#work = work
    this.#log = log
  }

  get counts(): ReloadCounts {
    return this.#counts
  }

  /**
   * Renews by itself at this time, for signatures would end or keys change, or when the clock is set back.
   * @param seconds in Unix seconds; null: never
   */
  renewAt(seconds: number | null, nowMs: number = Date.now()): void {
    this.#decidedAt = seconds === null ? -Infinity : nowMs
    this.#renewAt = seconds === null ? Infinity : seconds * 1000
    this.#count({ renewalDueAt: seconds ?? 0 })
  }

  /** Call it about once a second. */
  tick(nowMs: number): void {
    const isDue = nowMs >= this.#renewAt || nowMs < this.#decidedAt - setBackMs
    if (!isDue || this.#running || this.#closed) return
    this.#renewAt = nowMs + renewalPauseMs
    this.#decidedAt = nowMs
    void this.#renew()
  }

  /** Reloads as soon as no other reload runs; what becomes of it is in the log. */
  request(reason: string): void {
    if (this.#running) this.#wanted = reason
    else void this.run(reason).catch(() => {})
  }

  /**
   * Reloads now.
   * @throws NC_CONFLICT while another reload runs, or why the configuration is refused
   */
  async run(reason: string): Promise<Reloaded> {
    this.hold()
    this.#log.info({ event: 'reload.started', reason })
    try {
      const reloaded = await this.#work.reload(false)
      this.#read()
      this.#log.info({ event: 'reload.done', epoch: reloaded.epoch })
      return reloaded
    } catch (err) {
      if (!this.#closed) {
        this.#count({ refused: this.#counts.refused + 1, lastSuccessful: false, lastAt: now() })
        await this.#work.onRefused?.()
        this.#log.error({ event: 'reload.refused', err }, 'the configuration in use stays')
      }
      throw err
    } finally {
      this.open()
    }
  }

  async #renew(): Promise<void> {
    this.hold()
    this.#log.info({ event: 'renewal.started' }, 'signatures are due to be made anew, or keys to change')
    try {
      const { epoch, renewed } = await this.#work.reload(true)
      if (renewed) this.#count({ renewed: this.#counts.renewed + 1 })
      else this.#read()
      this.#log.info({ event: 'renewal.done', epoch })
    } catch (err) {
      if (this.#closed) return
      this.#count({ renewalsRefused: this.#counts.renewalsRefused + 1 })
      const minutes = renewalPauseMs / 60_000
      this.#log.error({ event: 'renewal.refused', err }, `signatures in use stay; tried again in ${minutes} minutes`)
    } finally {
      this.open()
    }
  }

  /**
   * Begins no reload until `open` is called.
   * @throws NC_CONFLICT while one runs
   */
  hold(): void {
    if (this.#running) {
      throw new NearcastError('NC_CONFLICT', 'the configuration is being read right now: ask again when that is over')
    }
    this.#running = true
  }

  /** Ends the waiting of who asked meanwhile. */
  open(): void {
    this.#running = false
    const wanted = this.#wanted
    this.#wanted = null
    if (wanted !== null && !this.#closed) this.request(wanted)
  }

  /** Begins no other reload; one that runs and is ended for it counts as none. */
  close(): void {
    this.#closed = true
  }

  /** A configuration was read and taken. */
  #read(): void {
    this.#count({ succeeded: this.#counts.succeeded + 1, lastSuccessful: true, lastAt: now() })
  }

  #count(change: Partial<ReloadCounts>): void {
    this.#counts = { ...this.#counts, ...change }
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
