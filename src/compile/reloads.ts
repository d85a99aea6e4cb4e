// Reloads, one at a time: who asks meanwhile gets one more after it. Counts what became of them; knows not what they do.
import { NearcastError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'

/** So long after a renewal was refused the next one is tried. */
const renewalPauseMs = 600_000

export interface Reloaded {
  readonly epoch: number
  readonly warnings: readonly string[]
}

export class Reloads {
  readonly #reload: () => Promise<Reloaded>
  readonly #log: Logger
  readonly #onRefused: () => Promise<void>
  #counts = { succeeded: 0, refused: 0, lastSuccessful: true, lastAt: 0 }
  /** As if the start were a reload: who asks before `open` waits for it. */
  #running = true
  #wanted: string | null = null
  #closed = false
  /** Unix milliseconds. */
  #renewAt = Infinity

  /**
   * @param reload rejects with why the configuration is refused
   * @param onRefused what follows from a refusal, before anybody is told of it
   */
  constructor(reload: () => Promise<Reloaded>, log: Logger, onRefused: () => Promise<void> = async () => {}) {
    this.#reload = reload
    this.#log = log
    this.#onRefused = onRefused
  }

  /** `lastAt` in Unix seconds, 0 when nothing was ever reloaded. */
  get counts(): { succeeded: number; refused: number; lastSuccessful: boolean; lastAt: number } {
    return { ...this.#counts }
  }

  /** Reloads by itself at this time, in Unix seconds, for what is signed would end; null: never. */
  renewAt(seconds: number | null): void {
    this.#renewAt = seconds === null ? Infinity : seconds * 1000
  }

  /** Call it about once a second. */
  tick(nowMs: number): void {
    if (nowMs < this.#renewAt) return
    this.#renewAt = nowMs + renewalPauseMs
    this.request('signatures are due to be made anew, or keys to change')
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
      const reloaded = await this.#reload()
      this.#count({ succeeded: this.#counts.succeeded + 1, lastSuccessful: true })
      this.#log.info({ event: 'reload.done', epoch: reloaded.epoch })
      return reloaded
    } catch (err) {
      if (!this.#closed) {
        this.#count({ refused: this.#counts.refused + 1, lastSuccessful: false })
        await this.#onRefused()
        this.#log.error({ event: 'reload.refused', err }, 'the configuration in use stays')
      }
      throw err
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

  #count(change: Partial<Reloads['counts']>): void {
    this.#counts = { ...this.#counts, ...change, lastAt: Math.floor(Date.now() / 1000) }
  }
}
