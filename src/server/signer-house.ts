// The signer seen from main: what it shares with the doors, and its thread, which begins with the first signed zone. Knows no DNS.
import type { AvailabilityWords } from '../fleet/availability.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createRing } from './handover-ring.ts'
import { createControl, type FromThread, type Handover, type ServedDoor } from './messages.ts'
import type { Protection } from './protection.ts'
import { createSignatures } from './signature-table.ts'
import type { Published } from './tables.ts'
import { DoorThread } from './thread.ts'

const script = new URL('./signer-thread.ts', import.meta.url)

export interface SignerSettings {
  readonly identity: string
  readonly words: AvailabilityWords
  readonly protection: Protection
  readonly newCounters: () => Counters
  readonly log: Logger
}

/** A door whose queries are taken. */
interface Served extends ServedDoor {
  readonly thread: DoorThread
}

export class SignerHouse {
  /** Of the life of the process, like the rings: what is in them outlives the threads on both sides. */
  readonly table: SharedArrayBuffer = createSignatures()
  readonly #settings: SignerSettings
  readonly #control = createControl()
  readonly #doors: Served[] = []
  #thread: DoorThread | null = null

  constructor(settings: SignerSettings) {
    this.#settings = settings
  }

  /**
   * Makes a door that hands its queries over to this signer.
   * @param transport of its queries
   * @param socket that answers are sent from; null where the door sends them
   */
  serve(make: (handover: Handover) => DoorThread, transport: number, socket: number | null): DoorThread {
    const ring = createRing()
    const thread = make({ ring, bell: this.#control })
    this.#doors.push({ ring, transport, socket, thread })
    return thread
  }

  /** Resolves when the signer reads no earlier snapshot. It is started when there is something to sign. */
  async publish(published: Published): Promise<void> {
    const signs = published.signing?.some((zone) => zone !== null) ?? false
    if (this.#thread === null && signs) {
      this.#thread = this.#newThread()
      await this.#thread.start()
    }
    await this.#thread?.publish(published)
  }

  /** Answers what was handed over. */
  async stop(): Promise<void> {
    await this.#thread?.stop()
  }

  #newThread(): DoorThread {
    const { words, protection, newCounters, identity, log } = this.#settings
    const shared = { words, counters: newCounters(), identity, protection, signatures: this.table }
    const doors = this.#doors.map(({ ring, transport, socket }) => ({ ring, transport, socket }))
    const data = { kind: 'signer', listen: [], shared, doors, control: this.#control } as const
    return new DoorThread(script, data, log, (message) => this.#hear(message))
  }

  #hear(message: FromThread): void {
    const { log } = this.#settings
    if (message.type === 'answered') {
      const { door, ticket, bytes } = message
      this.#doors[door].thread.tell({ type: 'answered', ticket, bytes })
    } else if (message.type === 'keys') {
      const { missing } = message
      if (missing.length > 0) {
        log.error({ event: 'signing.keys_missing', missing }, 'queries that want signatures there get SERVFAIL')
      } else log.info({ event: 'signing.keys_found' })
    }
  }
}
