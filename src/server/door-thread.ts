// What a door's thread runs: opens one door, answers from the snapshot it was last told of, and stops when told. Knows no DNS.
import { parentPort, workerData } from 'node:worker_threads'
import { NearcastError, type ErrorCode } from '../errors.ts'
import { answer, Transport } from './answer.ts'
import type { Respond } from './door.ts'
import type { Endpoint } from './model.ts'
import { State, type SharedState } from './state.ts'
import type { Published } from './tables.ts'
import { openTcp } from './tcp.ts'
import { openUdpPortable } from './udp-portable.ts'

export type DoorKind = 'tcp' | 'udp-portable' | 'udp-batch'

/** What a thread is started with. */
export interface ThreadData {
  readonly kind: DoorKind
  readonly listen: readonly Endpoint[]
  readonly shared: SharedState
  /** One word, raised with every message, for a thread that never returns to its event loop. */
  readonly control: Int32Array<SharedArrayBuffer>
  /** The batch door's descriptor. */
  readonly socket?: number
}

/** What main tells a thread. */
export type ToThread = { type: 'snapshot'; published: Published } | { type: 'stop' }

/** What a thread tells main: where it listens or why it cannot, and from which epoch on it answers. */
export type FromThread =
  | { type: 'bound'; endpoints: readonly Endpoint[] }
  | { type: 'refused'; code: ErrorCode; message: string }
  | { type: 'swapped'; epoch: number }

if (parentPort) await run(parentPort, workerData as ThreadData)

async function run(main: NonNullable<typeof parentPort>, data: ThreadData): Promise<void> {
  const tell = (message: FromThread): void => main.postMessage(message)
  let state: State | null = null
  const transport = data.kind === 'tcp' ? Transport.tcp : Transport.udp
  // Bound before there is anything to answer from, so that a taken address is known before the long work begins.
  const respond: Respond = (bytes, length, client) =>
    state === null ? 0 : answer(bytes, length, client, transport, state)
  const open = data.kind === 'tcp' ? openTcp : openUdpPortable
  try {
    const door = await open({
      listen: data.listen,
      respond,
      counters: data.shared.counters,
      onFailure(error) {
        // Ends this thread; main starts another.
        throw error
      },
    })
    main.on('message', (message: ToThread) => {
      if (message.type === 'snapshot') {
        if (state === null) state = new State(data.shared, message.published)
        else state.swap(message.published)
        tell({ type: 'swapped', epoch: message.published.epoch })
      } else {
        void door.stop().then(() => main.close())
      }
    })
    tell({ type: 'bound', endpoints: door.bound })
  } catch (error) {
    if (!(error instanceof NearcastError)) throw error
    tell({ type: 'refused', code: error.code, message: error.message })
  }
}
