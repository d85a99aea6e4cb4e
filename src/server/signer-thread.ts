// What the signer's thread runs: answers what the doors hand over, signing what is missing, and between two of them signs ahead and
// renews. Knows no DNS.
//
//   doors ─▶ rings ─▶ answer, with a signer ─▶ table ─▶ every door's next answer
//                          └─▶ the door's own socket, or main, which tells the door
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { single, slot } from '../telemetry/counters.ts'
import { systemTime } from './clock.ts'
import { Control, type FromThread, type ThreadData, type ToThread } from './messages.ts'
import { beNice } from './niceness.ts'
import { Signer } from './signer.ts'
import { SignerDesk, type AnswerSink } from './signer-desk.ts'
import { ZoneKeyring } from './zone-keyring.ts'

/** The longest it looks away from its messages and its clock. */
const idleMs = 100
/** How often used entries are noted, changes of availability looked for, and renewals begun. */
const tickMs = 1_000

if (parentPort) await run(parentPort, workerData as ThreadData)

async function run(main: NonNullable<typeof parentPort>, data: ThreadData): Promise<void> {
  const { shared, control, doors = [], listen } = data
  const { counters, signatures } = shared
  if (signatures === undefined) throw new Error('the signer was started without a table')
  const tell = (message: FromThread): void => main.postMessage(message)
  beNice()
  const signer = new Signer({
    table: signatures,
    now: () => Math.floor(Date.now() / 1000),
    random: Math.random,
    onSigned: (reason) => counters[slot.signatures[reason]]++,
  })
  const keyring = new ZoneKeyring((missing) => tell({ type: 'keys', missing }))
  const desk = new SignerDesk({
    shared,
    signer,
    doors,
    setClock: systemTime(),
    sink: await sinkFor(doors, tell, counters),
  })
  tell({ type: 'bound', endpoints: listen })

  /** Whether to stop. */
  const takeMessages = (): boolean => {
    let stop = false
    for (let next = receiveMessageOnPort(main); next !== undefined; next = receiveMessageOnPort(main)) {
      const message = next.message as ToThread
      if (message.type === 'stop') stop = true
      else if (message.type === 'snapshot') {
        keyring.setZones(message.published.signing ?? [])
        signer.setZones(keyring.zones)
        desk.swap(message.published)
        tell({ type: 'swapped', epoch: message.published.epoch })
      }
    }
    return stop
  }

  let seen = -1
  let tickAtMs = performance.now() + tickMs
  for (;;) {
    control[Control.beats]++
    counters[single.signingQueue] = desk.waiting
    const rung = Atomics.load(control, Control.messages)
    if (rung !== seen && takeMessages()) break
    seen = rung
    if (performance.now() >= tickAtMs) {
      tickAtMs = performance.now() + tickMs
      if (keyring.retry()) signer.setZones(keyring.zones)
      desk.tick()
      counters[single.signaturesHeld] = signer.size
    }
    if (desk.serve() || desk.step()) continue
    Atomics.wait(control, Control.messages, rung, idleMs)
  }
  while (desk.serve());
  counters[single.signaturesHeld] = 0
  counters[single.signingQueue] = 0
  main.close()
}

/** Over a socket of main's answers go out at once; elsewhere main passes them on. */
async function sinkFor(
  doors: NonNullable<ThreadData['doors']>,
  tell: (message: FromThread) => void,
  counters: ThreadData['shared']['counters'],
): Promise<AnswerSink> {
  const relay: AnswerSink = (door, ticket, bytes, length) =>
    tell({ type: 'answered', door, ticket, bytes: bytes.slice(0, length) })
  if (doors.every(({ socket }) => socket === null)) return relay
  const { sendDatagram } = await import('./datagram.ts')
  return (door, ticket, bytes, length, client) => {
    const { socket } = doors[door]
    if (socket === null) relay(door, ticket, bytes, length, client)
    else if (length > 0 && !sendDatagram(socket, bytes, length, client)) counters[slot.drops.send_failed]++
  }
}
