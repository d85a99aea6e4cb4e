// The batch UDP door: blocks in recvmmsg on one socket, answers the batch in place, sends it with one sendmmsg. Knows no DNS.
import { slot, type Counters } from '../telemetry/counters.ts'
import { Client } from './client.ts'
import { batchSize, MessageBatch } from './message-batch.ts'
import type { HandOver, Respond } from './door.ts'
import {
  EAGAIN,
  EINTR,
  errno,
  MSG_DONTWAIT,
  MSG_WAITFORONE,
  receiveMessages,
  sendMessages,
  sleepMicros,
  SystemCallError,
  wakeOnTime,
} from './syscalls.ts'

/** Stopping never takes longer, whatever still comes in. */
const drainMs = 250

/** In smaller batches there is little to wait for side by side. */
const worthForesight = 4

/**
 * After a batch of a few, queries may gather for so long: being woken costs as much as several answers, and whoever sends this many
 * has them answered together. A query that comes alone is never waited with, and where many wait there is nothing to wait for.
 */
const gatherMicros = 120
const few = { least: 2, most: 31 }

/** What a thread serves: a socket that main made and owns. */
export interface BatchSettings {
  readonly socket: number
  readonly respond: Respond
  /** Left away: nobody takes messages. */
  readonly handOver?: HandOver
  /** Told of every message of a batch before any is answered, to have what answering reads on its way from memory. */
  readonly foresee?: (bytes: Uint8Array, length: number) => void
  readonly counters: Counters
  /** Looked at after each receive, before the batch is answered; true ends the loop once what was received is answered. */
  readonly control: () => boolean
}

/** Serves the socket until `control` says stop. Throws SystemCallError when the socket cannot be received from. */
export function serveBatches(settings: BatchSettings): void {
  const { socket, foresee, counters, control } = settings
  const batch = new MessageBatch()
  const client = new Client()
  wakeOnTime()
  for (let stopAtMs = Infinity; stopAtMs === Infinity || performance.now() < stopAtMs;) {
    const flags = stopAtMs === Infinity ? MSG_WAITFORONE : MSG_DONTWAIT
    const received = receiveMessages(socket, batch.receiveAt, batchSize, flags, null)
    if (received < 0) {
      const error = errno()
      if (error !== EAGAIN && error !== EINTR) throw new SystemCallError('recvmmsg', error)
    }
    if (stopAtMs === Infinity && control()) stopAtMs = performance.now() + drainMs
    if (received > 0) {
      if (foresee && received >= worthForesight) {
        for (let i = 0; i < received; i++) foresee(batch.rooms[i], batch.lengthOf(i))
      }
      answerBatch(batch, received, client, settings)
      sendBatch(socket, batch, counters)
      if (received >= few.least && received <= few.most && stopAtMs === Infinity) sleepMicros(gatherMicros)
    } else if (stopAtMs !== Infinity) return
  }
}

function answerBatch(
  batch: MessageBatch,
  received: number,
  client: Client,
  { respond, handOver, counters }: BatchSettings,
): void {
  batch.queued = 0
  for (let i = 0; i < received; i++) {
    if (batch.isCut(i)) {
      counters[slot.queries.udp]++
      counters[slot.drops.too_long]++
      continue
    }
    batch.readClient(i, client)
    const length = respond(batch.rooms[i], batch.lengthOf(i), client)
    if (length > 0) batch.queue(i, length)
    else if (length < 0 && handOver?.(batch.rooms[i], batch.lengthOf(i), client, 0) !== true) {
      counters[slot.drops.signer_busy]++
    }
  }
}

/** Sends what is queued. An answer the kernel does not take is dropped and counted: receiving never waits for sending. */
function sendBatch(socket: number, batch: MessageBatch, counters: Counters): void {
  for (let sent = 0; sent < batch.queued;) {
    // Mostly all are taken at once, and then no address is computed.
    const at = sent === 0 ? batch.sendAt : batch.sendAt + BigInt(sent) * MessageBatch.headerBytes
    const taken = sendMessages(socket, at, batch.queued - sent, MSG_DONTWAIT)
    if (taken > 0) {
      sent += taken
      continue
    }
    const error = errno()
    if (error === EINTR) continue
    // Only the first message failed; with a full buffer the others would fail as well.
    const dropped = error === EAGAIN ? batch.queued - sent : 1
    counters[slot.drops.send_failed] += dropped
    sent += dropped
  }
}
