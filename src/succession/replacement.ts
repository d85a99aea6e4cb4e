// The replacement of a daemon while it runs: one try at a time, and the one that succeeds is the last. Knows no processes.
import { NearcastError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Inheritance } from './inheritance.ts'

/** Starts a successor and resolves to its process id once it answers; see `startSuccessor`. */
export type StartSuccessor = (inheritance: Inheritance, signal: AbortSignal) => Promise<number>

/** There can be no successor of this process. */
export interface NoSuccessor {
  /** Why not, and what to do instead. */
  readonly because: string
}

export interface ReplacementOptions {
  readonly start: StartSuccessor | NoSuccessor
  /** What there is to leave; null where a successor could not have the sockets. */
  readonly inheritance: () => Inheritance | null
  /** What must not happen meanwhile; `hold` throws NC_CONFLICT while it does. */
  readonly reloads: { hold(): void; open(): void }
  /** Ends a try. */
  readonly signal: AbortSignal
  readonly log: Logger
}

export class Replacement {
  /** Resolves to the process id of the successor once it answers: then this daemon is to be stopped. */
  readonly done: Promise<number>
  readonly #options: ReplacementOptions
  readonly #succeeded: (pid: number) => void
  #underWay = false

  constructor(options: ReplacementOptions) {
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<number>()
    this.done = promise
    this.#succeeded = resolve
  }

  /** From the start of a try to its failure; when it succeeds, for ever. */
  get underWay(): boolean {
    return this.#underWay
  }

  /**
   * Tries once; `done` resolves along with it.
   * @throws NC_CONFLICT where there can be no successor or something else is under way; else why it could not start
   */
  async run(reason: string): Promise<number> {
    const { signal, reloads, log } = this.#options
    try {
      const start = this.#prepare()
      log.info({ event: 'replacement.started', reason })
      const pid = await start(signal).catch((error: unknown) => {
        this.#underWay = false
        reloads.open()
        throw error
      })
      log.info({ event: 'replacement.done', successor: pid })
      this.#succeeded(pid)
      return pid
    } catch (err) {
      log.error({ event: 'replacement.failed', reason, err }, 'the running daemon stays')
      throw err
    }
  }

  #prepare(): (signal: AbortSignal) => Promise<number> {
    const { start, reloads } = this.#options
    if (typeof start !== 'function') throw irreplaceable(start.because)
    const inheritance = this.#options.inheritance()
    if (inheritance === null) {
      throw irreplaceable(
        'its sockets cannot be handed on without the batch UDP door, which takes 64-bit Linux; restart it',
      )
    }
    reloads.hold()
    this.#underWay = true
    return (signal) => start(inheritance, signal)
  }

  /** @throws NC_CONFLICT while a successor might not hear of a change */
  refuseChanges(): void {
    if (this.#underWay) {
      throw new NearcastError('NC_CONFLICT', 'this daemon is being replaced: ask again in a few seconds')
    }
  }
}

function irreplaceable(because: string): NearcastError {
  return new NearcastError('NC_CONFLICT', `this daemon cannot be replaced while it runs: ${because}`)
}
