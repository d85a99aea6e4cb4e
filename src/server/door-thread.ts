// What a door's thread runs: opens one door, answers from the snapshot it was last told of, and stops when told. Knows no DNS.
import { parentPort, workerData } from 'node:worker_threads'
import { NearcastError } from '../errors.ts'
import { answer, Transport } from './answer.ts'
import { systemTime } from './clock.ts'
import type { Door, Respond } from './door.ts'
import { handingOver } from './handing.ts'
import { beatMs, Control, type FromThread, type ThreadData, type ToThread } from './messages.ts'
import { State } from './state.ts'
import { openTcp } from './tcp.ts'
import { openUdpPortable } from './udp-portable.ts'

if (parentPort) await run(parentPort, workerData as ThreadData)

async function run(main: NonNullable<typeof parentPort>, data: ThreadData): Promise<void> {
  const { kind, listen, sockets, shared, control, handover } = data
  const tell = (message: FromThread): void => main.postMessage(message)
  let state: State | null = null
  const transport = kind === 'tcp' ? Transport.tcp : Transport.udp
  const setClock = systemTime()
  const respond: Respond = (bytes, length, client) => {
    if (state === null) return 0
    setClock(state.clock)
    return answer(bytes, length, client, transport, state)
  }
  const open = (): Promise<Door> => {
    const onFailure = (error: Error): void => {
      // Ends this thread; main starts another.
      throw error
    }
    return (kind === 'tcp' ? openTcp : openUdpPortable)({
      listen,
      sockets,
      respond,
      handOver: handingOver(handover),
      counters: shared.counters,
      onFailure,
    })
  }
  // Own addresses are bound before there is anything to answer from, so that a taken one is known before the long work
  // begins. On main's sockets, clients wait in the kernel until there is.
  let door = sockets === undefined ? open() : null
  try {
    tell({ type: 'bound', endpoints: (await door)?.bound ?? listen })
  } catch (error) {
    if (!(error instanceof NearcastError)) throw error
    return tell({ type: 'refused', code: error.code, message: error.message })
  }
  const beating = setInterval(() => control[Control.beats]++, beatMs / 2)
  main.on('message', (message: ToThread) => {
    if (message.type === 'snapshot') {
      if (state === null) state = new State(shared, message.published)
      else state.swap(message.published)
      door ??= open()
      tell({ type: 'swapped', epoch: message.published.epoch })
    } else if (message.type === 'answered') {
      const { ticket, bytes } = message
      void Promise.resolve(door).then((opened) => opened?.answered(ticket, bytes))
    } else {
      clearInterval(beating)
      void Promise.resolve(door).then(async (opened) => {
        await opened?.stop()
        main.close()
      })
    }
  })
}
