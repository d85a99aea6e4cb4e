// What a batch door's thread runs: answers one socket until told to stop, looking at its messages between batches. Knows no DNS.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { answer, Transport } from './answer.ts'
import type { FromThread, ThreadData, ToThread } from './door-thread.ts'
import { State } from './state.ts'
import { serveBatches } from './udp-batch.ts'

if (parentPort) run(parentPort, workerData as ThreadData)

function run(main: NonNullable<typeof parentPort>, { listen, shared, control, socket }: ThreadData): void {
  const tell = (message: FromThread): void => main.postMessage(message)
  let state: State | null = null
  let seen = 0

  /** This thread never returns to its event loop, so it fetches its messages itself, when the word says there are some. */
  const takeMessages = (): boolean => {
    const count = Atomics.load(control, 0)
    if (count === seen) return false
    seen = count
    let stop = false
    for (let next = receiveMessageOnPort(main); next !== undefined; next = receiveMessageOnPort(main)) {
      const message = next.message as ToThread
      if (message.type === 'stop') stop = true
      else {
        const { published } = message
        if (state === null) state = new State(shared, published)
        else state.swap(published)
        tell({ type: 'swapped', epoch: published.epoch })
      }
    }
    return stop
  }

  tell({ type: 'bound', endpoints: listen })
  serveBatches({
    socket: socket ?? -1,
    counters: shared.counters,
    control: takeMessages,
    respond: (bytes, length, client) => (state === null ? 0 : answer(bytes, length, client, Transport.udp, state)),
  })
}
