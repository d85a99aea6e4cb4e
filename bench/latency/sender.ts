// Sends queries at the times a schedule says, whether or not answers come, and times each answer from when its query was due. A
// program of its own, so that nothing else of the bench delays it; prints one line of JSON. Knows no server.
import { readFileSync } from 'node:fs'
import { MessageBatch, batchSize } from '../../src/server/message-batch.ts'
import { MSG_DONTWAIT, openUdpSocket, receiveMessages, sendMessages } from '../../src/server/syscalls.ts'
import { seeded } from '../peers/queries.ts'

/** What a run found; times in microseconds from when a query was due. */
export interface Timed {
  /** After warming up, as all of these. */
  readonly sent: number
  readonly answered: number
  /** Those while warming up as well. */
  readonly allAnswered: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly most: number
  /** How late the sender itself was, at p99.9: below this the figures above say nothing. */
  readonly lateness: number
}

const identifiers = 65_536
const warmUpShare = 0.2
/** How long the last answers may take. */
const patienceMs = 500
const none = -1

const [file, port, perSecond, seconds, seed] = process.argv.slice(2)
const { starts, bytes } = readQueries(file)
const due = schedule(Number(perSecond), Number(seconds), Number(seed))
const warmUp = Math.floor(due.length * warmUpShare)
process.stdout.write(`${JSON.stringify(run(Number(port)))}\n`)

/** Queries as `framed` makes them: where each begins, behind its length. */
function readQueries(path: string): { starts: Uint32Array; bytes: Uint8Array } {
  const all = readFileSync(path)
  const found: number[] = []
  for (let at = 0; at < all.length; at += 2 + all.readUInt16BE(at)) found.push(at + 2)
  return { starts: Uint32Array.from(found), bytes: all }
}

/** When each query is due, in milliseconds from the start: independent of each other, as those of many resolvers are. */
function schedule(rate: number, length: number, from: number): Float64Array {
  const random = seeded(from)
  const times = new Float64Array(Math.round(rate * length))
  let at = 0
  for (let i = 0; i < times.length; i++) {
    at -= (Math.log(1 - random()) / rate) * 1000
    times[i] = at
  }
  return times
}

function run(to: number): Timed {
  const options = { share: false, receiveBufferBytes: 8 << 20, receiveTimeoutMs: 1 }
  const socket = openUdpSocket({ address: '127.0.0.1', port: 0 }, options)
  const outgoing = new MessageBatch()
  const incoming = new MessageBatch()
  const server = Uint8Array.of(2, 0, to >> 8, to & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
  for (let i = 0; i < batchSize; i++) outgoing.setSender(i, server)
  /** By identifier: which query waits for its answer under it. */
  const waiting = new Int32Array(identifiers).fill(none)
  const took = new Float64Array(due.length).fill(none)
  const late = new Float64Array(due.length)
  const startMs = performance.now() + 5
  let next = 0
  for (let nowMs = 0; next < due.length || nowMs < due[due.length - 1] + patienceMs;) {
    nowMs = performance.now() - startMs
    next = sendDue(outgoing, socket, next, nowMs, waiting, late)
    const received = receiveMessages(socket, incoming.receiveAt, batchSize, MSG_DONTWAIT, null)
    if (received > 0) nowMs = performance.now() - startMs
    for (let i = 0; i < received; i++) {
      const room = incoming.rooms[i]
      const identifier = (room[0] << 8) | room[1]
      const query = waiting[identifier]
      if (query === none) continue
      waiting[identifier] = none
      took[query] = nowMs - due[query]
    }
  }
  const allAnswered = took.reduce((count, ms) => (ms === none ? count : count + 1), 0)
  return { ...summary(took.subarray(warmUp), late.subarray(warmUp)), allAnswered }
}

/** Sends what is due by now, a batch at most, and returns which query comes next. */
function sendDue(
  batch: MessageBatch,
  socket: number,
  first: number,
  nowMs: number,
  waiting: Int32Array,
  late: Float64Array,
): number {
  batch.queued = 0
  let query = first
  for (; query < due.length && due[query] <= nowMs && batch.queued < batchSize; query++) {
    const room = batch.rooms[batch.queued]
    const from = starts[query % starts.length]
    const length = (bytes[from - 2] << 8) | bytes[from - 1]
    for (let i = 2; i < length; i++) room[i] = bytes[from + i]
    const identifier = query % identifiers
    room[0] = identifier >> 8
    room[1] = identifier & 255
    waiting[identifier] = query
    late[query] = nowMs - due[query]
    batch.queue(batch.queued, length)
  }
  if (batch.queued > 0) sendMessages(socket, batch.sendAt, batch.queued, MSG_DONTWAIT)
  return query
}

function summary(took: Float64Array, late: Float64Array): Omit<Timed, 'allAnswered'> {
  const answered = took.filter((ms) => ms !== none).sort()
  const at = (sorted: Float64Array, share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 1000)
  return {
    sent: took.length,
    answered: answered.length,
    p50: at(answered, 0.5),
    p99: at(answered, 0.99),
    p999: at(answered, 0.999),
    most: at(answered, 1),
    lateness: at(late.sort(), 0.999),
  }
}
