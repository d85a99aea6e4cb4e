// What a batch door's thread runs: answers one socket until told to stop, looking at its messages between batches. Knows no DNS.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { answer, Transport } from './answer.ts'
import { systemTime } from './clock.ts'
import { foresee } from './foresight.ts'
import { handingOver } from './handing.ts'
import { beatMs, Control, type FromThread, type ThreadData, type ToThread } from './messages.ts'
import { State } from './state.ts'
import { serveBatches } from './udp-batch.ts'

if (parentPort) run(parentPort, workerData as ThreadData)

function run(main: NonNullable<typeof parentPort>, data: ThreadData): void {
  const { listen, shared, control, handover, sockets = [] } = data
  const tell = (message: FromThread): void => main.postMessage(message)
  const setClock = systemTime()
  let state: State | null = null
  let seen = 0

  /** This thread never returns to its event loop, so it fetches its messages itself, when the word says there are some. */
  const takeMessages = (): boolean => {
    control[Control.beats]++
    const count = Atomics.load(control, Control.messages)
    if (count === seen) return false
    seen = count
    let stop = false
    for (let next = receiveMessageOnPort(main); next !== undefined; next = receiveMessageOnPort(main)) {
      const message = next.message as ToThread
      if (message.type === 'stop') stop = true
      else if (message.type === 'snapshot') {
        const { published } = message
        if (state === null) state = new State(shared, published)
        else state.swap(published)
        tell({ type: 'swapped', epoch: published.epoch })
      }
    }
    return stop
  }

  /** Until there is something to answer from, queries wait in the socket, as they did while no thread was there. */
  const awaitState = (): State | null => {
    for (;;) {
      Atomics.wait(control, Control.messages, seen, beatMs / 2)
      if (takeMessages()) return null
      if (state !== null) return state
    }
  }

  tell({ type: 'bound', endpoints: listen })
  const answering = awaitState()
  if (answering === null) return
  let foreseen = 0
  serveBatches({
    socket: sockets[0],
    counters: shared.counters,
    handOver: handingOver(handover),
    control: () => {
      setClock(answering.clock)
      return takeMessages()
    },
    foresee: (bytes, length) => (foreseen ^= foresee(bytes, length, answering.blocks)),
    respond: (bytes, length, client) => answer(bytes, length, client, Transport.udp, answering),
  })
}
