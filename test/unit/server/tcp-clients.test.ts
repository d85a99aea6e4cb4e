// Ten kinds of clients no TCP server wants, all at once, beside one that behaves: it is served, and they cost little. Real answers.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Doors } from '../../../src/server/doors.ts'
import { openTcp } from '../../../src/server/tcp.ts'
import { tcpLimits } from '../../../src/server/tcp-limits.ts'
import { createCounters, slot, sum, type Counters } from '../../../src/telemetry/counters.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { query, read } from '../../support/ask.ts'
import { makeWorld } from '../../support/world.ts'
import { opened } from './door-contract.ts'
import { framed, talkTcp } from './tcp-talk.ts'

type Endpoint = Doors['bound'][number]

const frame = framed(query({ name: 'big.live.example.net', type: 'TXT' }))
const short = framed(query({ name: 'plain.live.example.net', subnet: '198.51.100.0/24' }))

/** Connects and misbehaves until it is closed or the signal says enough. */
type Behaviour = (socket: Socket, enough: AbortSignal) => Promise<void>

/** Writes on and on, waiting for the other side as a socket does. */
async function flood(socket: Socket, bytes: Uint8Array, enough: AbortSignal): Promise<void> {
  while (!enough.aborted && socket.writable) {
    if (!socket.write(bytes)) await once(socket, 'drain', { signal: enough })
    await turn()
  }
}

const many = Buffer.concat(Array.from({ length: 200 }, () => frame))

const behaviours: Readonly<Record<string, Behaviour>> = {
  'connects and says nothing': async () => {},
  'connects and leaves': async (socket) => void socket.end(),
  'closes its half after half a query': async (socket) => void socket.end(frame.subarray(0, 9)),
  'sends one byte at a time': async (socket, enough) => {
    for (let at = 0; !enough.aborted && socket.writable; at = (at + 1) % frame.length) {
      socket.write(frame.subarray(at, at + 1))
      await sleep(1)
    }
  },
  'asks and never reads': (socket, enough) => {
    socket.pause()
    return flood(socket, many, enough)
  },
  'reads slowly': async (socket, enough) => {
    socket.pause()
    void flood(socket, many, enough).catch(() => {})
    while (!enough.aborted && socket.readable) {
      socket.read(100)
      await sleep(5)
    }
  },
  floods: (socket, enough) => flood(socket.resume(), many, enough),
  'announces a message and never ends it': (socket, enough) =>
    flood(socket, Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(60_000)]), enough),
  'sends garbage lengths': (socket, enough) => flood(socket.resume(), Buffer.from([0, 0, 0, 1, 9, 0, 11]), enough),
  'resets in the middle of an answer': async (socket) => {
    socket.write(many)
    await once(socket, 'data')
    socket.resetAndDestroy()
  },
}

/** Comes back as soon as it is closed. */
async function misbehave(to: Endpoint, behave: Behaviour, enough: AbortSignal): Promise<void> {
  while (!enough.aborted) {
    const socket = connect({ host: to.address, port: to.port })
    socket.on('error', () => {})
    try {
      await once(socket, 'connect', { signal: enough })
      await behave(socket, enough)
      if (!socket.closed) await once(socket.resume(), 'close', { signal: enough })
    } catch {
      // Closed on it, or enough.
    }
    socket.destroy()
    await sleep(5)
  }
}

describe('beside clients of every bad kind', () => {
  const world = makeWorld()
  const rows: Counters[] = []
  const log: string[] = []
  let doors: Doors

  beforeAll(async () => {
    const newCounters = (): Counters => {
      rows.push(createCounters(20))
      return rows[rows.length - 1]
    }
    const listen = [
      { address: '127.0.0.1', port: 0 },
      { address: '::1', port: 0 },
    ]
    const write = (line: string): void => void log.push(line)
    const logger = createLogger({ level: 'warn', destination: { write } })
    doors = await Doors.open({
      listen,
      identity: 'test-1',
      version: null,
      udpThreads: 1,
      words: world.words,
      protection: world.protection,
      newCounters,
      log: logger,
    })
    await doors.publish(world.published)
  })
  afterAll(() => doors.stop())

  it('one that behaves is answered at once, over a standing connection and new ones', async () => {
    const enough = new AbortController()
    // The bad ones share one address, and with it the limit of one client; the good one comes from another.
    const bad = Object.values(behaviours).flatMap((behave) =>
      [1, 2, 3].map(() => misbehave(doors.bound[0], behave, enough.signal)),
    )
    await expect.poll(() => sum(rows, slot.queries.tcp)).toBeGreaterThan(10_000)
    const standing = await talkTcp(doors.bound[1])
    onTestFinished(() => standing.close())
    let slowestMs = 0
    for (let round = 0; round < 30; round++) {
      const fresh = await talkTcp(doors.bound[1])
      for (const talk of [standing, fresh]) {
        const startMs = performance.now()
        talk.send(short.subarray(2))
        expect(read(await talk.receive()).rcode).toBe('NOERROR')
        slowestMs = Math.max(slowestMs, performance.now() - startMs)
      }
      await fresh.close()
    }
    enough.abort()
    await Promise.all(bad)
    expect(slowestMs).toBeLessThan(5_000)
    expect(log).toEqual([])
  })

  it.each(Object.entries(behaviours))('one that %s costs nobody else an answer', async (_name, behave) => {
    const enough = new AbortController()
    const bad = Array.from({ length: 4 }, () => misbehave(doors.bound[0], behave, enough.signal))
    const talk = await talkTcp(doors.bound[0])
    onTestFinished(() => talk.close())
    for (let i = 0; i < 20; i++) {
      talk.send(short.subarray(2))
      expect(read(await talk.receive()).rcode).toBe('NOERROR')
    }
    enough.abort()
    await Promise.all(bad)
    expect(log).toEqual([])
  })
})

it('a client takes no more memory than its limits, whatever it asks for and leaves unread', async () => {
  const clients = 40
  const answer = 60_000
  const door = await opened(
    { open: (settings) => openTcp(settings, { ...tcpLimits, connectionsPerClient: clients }) },
    () => answer,
    [{ address: '127.0.0.1', port: 0 }],
  )
  const ask = Buffer.concat(Array.from({ length: 2_000 }, () => framed(Buffer.alloc(30))))
  const before = held()
  for (let i = 0; i < clients; i++) {
    const talk = await talkTcp(door.bound[0])
    onTestFinished(() => talk.close())
    talk.socket.pause()
    talk.socket.write(ask)
  }
  // Nothing moves any more: the kernel is full and the door waits.
  let last = -1
  await expect.poll(() => last === (last = held()), { interval: 300, timeout: 10_000 }).toBe(true)
  // Unsent answers, one answer more, and a read: 4.8 GB were asked for.
  expect(held() - before).toBeLessThan(clients * (tcpLimits.unsentBytes + answer + 65_536 + ask.length))
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of buffers, without those that nobody holds. */
function held(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
