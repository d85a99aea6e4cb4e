// All doors of the process: TCP first, then UDP, each a thread of its own; one snapshot for all. Knows no sockets and no tables.
import type { AvailabilityWords } from '../fleet/availability.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DoorKind } from './door-thread.ts'
import type { Endpoint } from './model.ts'
import type { Published } from './tables.ts'
import { DoorThread } from './thread.ts'

const script = new URL('./door-thread.ts', import.meta.url)

export interface DoorsSettings {
  readonly listen: readonly Endpoint[]
  readonly identity: string
  readonly words: AvailabilityWords
  /** One row a thread, each written by that thread alone. */
  readonly counters: { readonly tcp: Counters; readonly udp: Counters }
  readonly log: Logger
}

export class Doors {
  /** What is bound, UDP and TCP alike. */
  readonly bound: readonly Endpoint[]
  readonly #threads: readonly DoorThread[]

  private constructor(bound: readonly Endpoint[], threads: readonly DoorThread[]) {
    this.bound = bound
    this.#threads = threads
  }

  /**
   * Binds every address for TCP and then UDP; nothing is answered before the first snapshot. TCP comes first because two
   * processes cannot share a TCP address by mistake. Throws a NearcastError that names the address that could not be bound.
   */
  static async open({ listen, identity, words, counters, log }: DoorsSettings): Promise<Doors> {
    const thread = (kind: DoorKind, row: Counters, endpoints: readonly Endpoint[]): DoorThread =>
      new DoorThread(script, { kind, listen: endpoints, shared: { words, counters: row, identity } }, log)
    const tcp = thread('tcp', counters.tcp, listen)
    const bound = await tcp.start()
    const udp = thread('udp-portable', counters.udp, bound)
    try {
      await udp.start()
    } catch (error) {
      await tcp.stop()
      throw error
    }
    return new Doors(bound, [udp, tcp])
  }

  /** Resolves when every thread answers from this snapshot and reads no earlier one. */
  async publish(published: Published): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.publish(published)))
  }

  /** Answers what was received and closes everything. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()))
  }
}
