// The flood: datagrams with made-up sources through a raw socket, or TCP connections that say one octet and stay. Bounded in count and
// time; only inside 127.0.0.0/8 of a network namespace. A program of its own; prints how much was sent. Knows no server.
import koffi from 'koffi'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageBatch, batchSize } from '../../src/server/message-batch.ts'
import { sendMessages } from '../../src/server/syscalls.ts'
import { seeded } from '../peers/queries.ts'
import { question } from './questions.ts'

const AF_INET = 2
const SOCK_RAW = 3
const IPPROTO_RAW = 255
const ipHeader = 20
const udpHeader = 8
const udp = 17
const sourcePort = 5353
/** More is never sent, whatever is asked for. */
const most = 2_000_000
const mostConnections = 8_000

const [kind, port, perSecond, seconds, seed] = process.argv.slice(2)
const to = Number(port)
const random = seeded(Number(seed))
const any = (below: number): number => Math.floor(random() * below)

/** The last three octets of a source, and what it asks. */
const kinds: Readonly<Record<string, () => { from: number; message: Buffer }>> = {
  one: () => ({ from: 0x090909, message: question('s1.play', false) }),
  // 127.16.0.0 to 127.255.255.255, a million of them.
  many: () => ({ from: 0x100000 + any(2 ** 20) * 15, message: question(`s${any(1000)}.play`, false) }),
  // From 200 networks, as through open resolvers; half under the wildcard, half where there is nothing.
  names: () => ({
    from: 0x020001 + any(200) * 256,
    message: question(`${any(2 ** 31).toString(36)}${random() < 0.5 ? '.play' : ''}`, true),
  }),
}

const sent = kind === 'connections' ? await openConnections() : sendDatagrams(kinds[kind])
process.stdout.write(`${sent}\n`)

function sendDatagrams(make: () => { from: number; message: Buffer }): number {
  const libc = koffi.load('libc.so.6')
  const open = libc.func('int socket(int, int, int)') as (domain: number, type: number, protocol: number) => number
  const socket = open(AF_INET, SOCK_RAW, IPPROTO_RAW)
  if (socket < 0) throw new Error('no raw socket: this takes root')
  const batch = new MessageBatch()
  for (let i = 0; i < batchSize; i++) {
    batch.setSender(i, Uint8Array.of(AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0))
  }
  const total = Math.min(most, Number(perSecond) * Number(seconds))
  const startMs = performance.now()
  let count = 0
  while (count < total) {
    const due = Math.min(total, ((performance.now() - startMs) / 1000) * Number(perSecond))
    if (due - count < batchSize / 2 && due < total) continue
    batch.queued = 0
    for (; batch.queued < batchSize && count < due; count++) {
      const { from, message } = make()
      batch.queue(batch.queued, writePacket(batch.rooms[batch.queued], from, message))
    }
    if (batch.queued > 0) sendMessages(socket, batch.sendAt, batch.queued, 0)
  }
  return count
}

/** An IPv4 header, whose checksum the kernel fills in, a UDP header without one, and the message. */
function writePacket(room: Uint8Array, from: number, message: Buffer): number {
  const length = ipHeader + udpHeader + message.length
  room.fill(0, 0, ipHeader + udpHeader)
  room.set([0x45, 0, length >> 8, length & 255])
  room.set([64, udp], 8)
  room.set([127, from >> 16, from >> 8, from, 127, 0, 0, 1], 12)
  room.set([sourcePort >> 8, sourcePort & 255, to >> 8, to & 255], ipHeader)
  room.set([(length - ipHeader) >> 8, (length - ipHeader) & 255], ipHeader + 4)
  room.set(message, ipHeader + udpHeader)
  room[ipHeader + udpHeader] = any(256)
  return length
}

async function openConnections(): Promise<number> {
  const total = Math.min(mostConnections, Number(perSecond) * Number(seconds))
  const startMs = performance.now()
  const endMs = startMs + Number(seconds) * 1000
  const open = new Set<Socket>()
  let count = 0
  while (performance.now() < endMs) {
    const due = Math.min(total, ((performance.now() - startMs) / 1000) * Number(perSecond))
    for (; count < due; count++) {
      const socket = connect({ host: '127.0.0.1', port: to, localAddress: `127.3.${any(256)}.${1 + any(250)}` })
      open.add(socket)
      socket.on('error', () => {})
      socket.on('connect', () => socket.write(Buffer.of(0)))
      socket.on('close', () => open.delete(socket))
    }
    await sleep(1)
  }
  for (const socket of open) socket.destroy()
  return count
}
