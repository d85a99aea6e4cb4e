// All doors of the process: TCP first, then UDP, each a thread of its own; one snapshot for all. Knows no tables.
import { availableParallelism } from 'node:os'
import type { AvailabilityWords } from '../fleet/availability.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DoorKind } from './door-thread.ts'
import type { Endpoint } from './model.ts'
import type { Published } from './tables.ts'
import { DoorThread } from './thread.ts'

const eventScript = new URL('./door-thread.ts', import.meta.url)
const batchScript = new URL('./udp-batch-thread.ts', import.meta.url)

export interface DoorsSettings {
  readonly listen: readonly Endpoint[]
  readonly identity: string
  readonly words: AvailabilityWords
  /** Makes the row of one more thread, written by that thread alone. */
  readonly newCounters: () => Counters
  /** Threads for each address of the batch door; `auto` leaves a core for the rest. */
  readonly udpThreads: number | 'auto'
  readonly log: Logger
}

export class Doors {
  /** What is bound, UDP and TCP alike. */
  readonly bound: readonly Endpoint[]
  readonly #threads: readonly DoorThread[]
  readonly #close: () => void

  private constructor(bound: readonly Endpoint[], threads: readonly DoorThread[], close: () => void) {
    this.bound = bound
    this.#threads = threads
    this.#close = close
  }

  /**
   * Binds every address for TCP and then UDP; nothing is answered before the first snapshot. TCP comes first because two
   * processes cannot share a TCP address by mistake. Throws a NearcastError that names the address that could not be bound.
   */
  static async open(settings: DoorsSettings): Promise<Doors> {
    const { listen, identity, words, newCounters, log } = settings
    const thread = (kind: DoorKind, endpoints: readonly Endpoint[], socket?: number): DoorThread => {
      const shared = { words, counters: newCounters(), identity }
      return new DoorThread(
        socket === undefined ? eventScript : batchScript,
        { kind, listen: endpoints, shared, socket },
        log,
      )
    }
    const tcp = thread('tcp', listen)
    const bound = await tcp.start()
    try {
      const { threads, close } = await openUdp(bound, settings, thread)
      return new Doors(bound, [...threads, tcp], close)
    } catch (error) {
      await tcp.stop()
      throw error
    }
  }

  /** Resolves when every thread answers from this snapshot and reads no earlier one. */
  async publish(published: Published): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.publish(published)))
  }

  /** Answers what was received and closes everything. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()))
    this.#close()
  }
}

type NewThread = (kind: DoorKind, endpoints: readonly Endpoint[], socket?: number) => DoorThread

/** The batch door where it works, else the portable one; either with all its threads started. */
async function openUdp(
  bound: readonly Endpoint[],
  { udpThreads, log }: DoorsSettings,
  thread: NewThread,
): Promise<{ threads: DoorThread[]; close: () => void }> {
  const problem = await batchDoorProblem()
  if (problem !== null) {
    log.warn({ event: 'server.portable_udp', reason: problem }, 'UDP is served by one slower, portable thread')
    const portable = thread('udp-portable', bound)
    await portable.start()
    return { threads: [portable], close: () => {} }
  }
  const { closeUdpSockets, openUdpSockets } = await import('./udp-sockets.ts')
  const each = udpThreads === 'auto' ? Math.max(1, availableParallelism() - 1) : udpThreads
  const sockets = openUdpSockets(bound, each)
  const threads = sockets.map(({ endpoint, descriptor }) => thread('udp-batch', [endpoint], descriptor))
  await Promise.all(threads.map((one) => one.start()))
  return { threads, close: () => closeUdpSockets(sockets) }
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
