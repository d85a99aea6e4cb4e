// All doors of the process: TCP first, then UDP, each a thread of its own; one snapshot for all. Knows no tables.
import { availableParallelism } from 'node:os'
import type { AvailabilityWords } from '../fleet/availability.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { Transport } from './answer.ts'
import { inlineQueryPath } from './inlining.ts'
import type { DoorKind } from './messages.ts'
import type { Endpoint } from './model.ts'
import type { Protection } from './protection.ts'
import { SignerHouse } from './signer-house.ts'
import type { Sockets } from './sockets.ts'
import type { Published } from './tables.ts'
import { DoorThread } from './thread.ts'

const eventScript = new URL('./door-thread.ts', import.meta.url)
const batchScript = new URL('./udp-batch-thread.ts', import.meta.url)

export interface DoorsSettings {
  readonly listen: readonly Endpoint[]
  readonly identity: string
  readonly version?: string | null
  readonly words: AvailabilityWords
  readonly protection: Protection
  /** Makes the row of one more thread, written by that thread alone. */
  readonly newCounters: () => Counters
  /** Threads for each address of the batch door; `auto` leaves a core for the rest. */
  readonly udpThreads: number | 'auto'
  /** What a predecessor served these addresses with. */
  readonly inherited?: Sockets
  readonly log: Logger
}

export class Doors {
  /** What is bound, UDP and TCP alike. */
  readonly bound: readonly Endpoint[]
  /** What a successor may inherit; null where the threads made sockets of their own. */
  readonly sockets: Sockets | null
  readonly #threads: readonly DoorThread[]
  readonly #signer: SignerHouse
  readonly #close: () => void

  private constructor(
    threads: readonly DoorThread[],
    signer: SignerHouse,
    bound: readonly Endpoint[],
    sockets: Sockets | null,
    close: () => void,
  ) {
    this.#threads = threads
    this.#signer = signer
    this.bound = bound
    this.sockets = sockets
    this.#close = close
  }

  /**
   * Binds every address for TCP and then UDP; nothing is answered before the first snapshot. TCP comes first because two
   * processes cannot share a TCP address by mistake. Throws a NearcastError that names the address that could not be bound.
   */
  static async open(settings: DoorsSettings): Promise<Doors> {
    inlineQueryPath()
    const problem = await batchDoorProblem()
    if (problem === null) return Doors.#openOnSockets(settings)
    settings.log.warn({ event: 'server.portable_udp', reason: problem }, 'UDP is served by one slower, portable thread')
    return Doors.#openPortable(settings)
  }

  /** Every socket is main's: one thread for all of TCP, one for each UDP socket. */
  static async #openOnSockets(settings: DoorsSettings): Promise<Doors> {
    const { listen, udpThreads, inherited } = settings
    const { closeSockets, openSockets } = await import('./sockets.ts')
    const each = udpThreads === 'auto' ? Math.max(1, availableParallelism() - 1) : udpThreads
    const sockets = openSockets(listen, each, inherited)
    const bound = sockets.tcp.map(({ endpoint }) => endpoint)
    const tcp = sockets.tcp.map(({ descriptor }) => descriptor)
    const signer = new SignerHouse(settings)
    const threads = [
      ...sockets.udp.map(({ endpoint, descriptor }) =>
        newThread(settings, signer, 'udp-batch', [endpoint], [descriptor]),
      ),
      newThread(settings, signer, 'tcp', bound, tcp),
    ]
    const doors = new Doors(threads, signer, bound, sockets, () => closeSockets(sockets))
    try {
      await Promise.all(threads.map((thread) => thread.start()))
      return doors
    } catch (error) {
      await doors.stop()
      throw error
    }
  }

  /** Where the batch door does not work: two threads that make their sockets themselves. */
  static async #openPortable(settings: DoorsSettings): Promise<Doors> {
    const signer = new SignerHouse(settings)
    const tcp = newThread(settings, signer, 'tcp', settings.listen)
    const bound = await tcp.start()
    const udp = newThread(settings, signer, 'udp-portable', bound)
    try {
      await udp.start()
      return new Doors([udp, tcp], signer, bound, null, () => {})
    } catch (error) {
      await tcp.stop()
      throw error
    }
  }

  /** Resolves when every thread answers from this snapshot and reads no earlier one. */
  async publish(published: Published): Promise<void> {
    await Promise.all([this.#signer.publish(published), ...this.#threads.map((thread) => thread.publish(published))])
  }

  /** Answers what was received and closes everything. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()))
    await this.#signer.stop()
    this.#close()
  }
}

/** A thread on these sockets of main's, or one that makes its own. */
function newThread(
  { words, protection, newCounters, identity, version, log }: DoorsSettings,
  signer: SignerHouse,
  kind: DoorKind,
  listen: readonly Endpoint[],
  sockets?: readonly number[],
): DoorThread {
  const shared = { words, counters: newCounters(), identity, version, protection, signatures: signer.table }
  return signer.serve(
    (handover) => {
      const data = { kind, listen, sockets, shared, handover }
      return new DoorThread(kind === 'udp-batch' ? batchScript : eventScript, data, log)
    },
    kind === 'tcp' ? Transport.tcp : Transport.udp,
    kind === 'udp-batch' ? (sockets?.[0] ?? null) : null,
  )
}

/** Null when the batch door works here. koffi may be missing, so it is only loaded to be asked. */
async function batchDoorProblem(): Promise<string | null> {
  if (process.env['NEARCAST_UDP'] === 'portable') return 'NEARCAST_UDP=portable asks for it'
  try {
    const { batchProblem } = await import('./batch-self-test.ts')
    return batchProblem()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
