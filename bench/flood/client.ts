// Legitimate resolvers: each asks from an address of its own at times drawn beforehand, over UDP or over a new TCP connection each
// time, and every answer is timed from when its query was due. A program of its own; prints one line of JSON. Knows no server.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../peers/queries.ts'
import { question } from './questions.ts'

export interface Answered {
  readonly sent: number
  readonly answered: number
  /** In microseconds, of what was answered; null where nothing was. */
  readonly p50: number | null
  readonly p99: number | null
}

/** Resolvers, each in a network of its own. */
const resolvers = 100
/** An answer that takes longer is none. */
const patienceMs = 1000
/** How long the flood goes on before anything counts. */
const warmUpMs = 1000

const [port, perSecond, seconds, seed, transport] = process.argv.slice(2)
const to = Number(port)
const random = seeded(Number(seed))
const took: number[] = []
let sent = 0

await (transport === 'tcp' ? askOverTcp() : askOverUdp())
took.sort((a, b) => a - b)
const at = (share: number): number | null =>
  took.length === 0 ? null : Math.round(took[Math.floor((took.length - 1) * share)] * 1000)
process.stdout.write(`${JSON.stringify({ sent, answered: took.length, p50: at(0.5), p99: at(0.99) })}\n`)

/** Calls `ask` at random times, at the rate asked for; what is due within one turn of the event loop is late, and timed as such. */
async function atRandomTimes(ask: (dueMs: number) => void): Promise<void> {
  const startMs = performance.now() + warmUpMs
  let dueMs = startMs - warmUpMs / 2
  const endMs = startMs + Number(seconds) * 1000
  while (dueMs < endMs) {
    for (const nowMs = performance.now(); dueMs <= nowMs && dueMs < endMs;) {
      if (dueMs >= startMs) {
        sent++
        ask(dueMs)
      }
      dueMs -= (Math.log(1 - random()) / Number(perSecond)) * 1000
    }
    await sleep(1)
  }
  await sleep(patienceMs)
}

async function askOverUdp(): Promise<void> {
  const sockets = Array.from({ length: resolvers }, (_, i) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    socket.bind(0, `127.1.${i}.1`)
    const waiting = new Map<number, number>()
    socket.on('message', (message) => {
      const dueMs = waiting.get(message.readUInt16BE(0))
      if (dueMs !== undefined && isWhole(message)) note(performance.now() - dueMs)
      waiting.delete(message.readUInt16BE(0))
    })
    socket.on('error', () => {})
    return { socket, waiting, next: 0 }
  })
  await Promise.all(sockets.map(({ socket }) => once(socket, 'listening')))
  await atRandomTimes((dueMs) => {
    const from = sockets[Math.floor(random() * resolvers)]
    const message = question(`s${Math.floor(random() * 1000)}.play`, false)
    from.next = (from.next + 1) & 0xffff
    message.writeUInt16BE(from.next, 0)
    from.waiting.set(from.next, dueMs)
    from.socket.send(message, to, '127.0.0.1')
  })
  for (const { socket } of sockets) socket.close()
}

async function askOverTcp(): Promise<void> {
  await atRandomTimes((dueMs) => {
    const message = question(`s${Math.floor(random() * 1000)}.play`, false)
    const localAddress = `127.1.${Math.floor(random() * resolvers)}.1`
    const socket = connect({ host: '127.0.0.1', port: to, localAddress })
    const framed = Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message])
    socket.setTimeout(patienceMs, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('connect', () => socket.write(framed))
    socket.on('data', (data) => {
      if (data.length > 2 && isWhole(data.subarray(2))) note(performance.now() - dueMs)
      socket.destroy()
    })
  })
}

function note(ms: number): void {
  if (ms <= patienceMs) took.push(ms)
}

/** NOERROR, not truncated, both addresses. */
function isWhole(message: Buffer): boolean {
  return (message[2] & 2) === 0 && (message[3] & 15) === 0 && message.readUInt16BE(6) === 2
}
