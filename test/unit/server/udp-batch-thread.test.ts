// The batch door's thread with the real answer behind it: idle, dying, hanging, flooded and stopped, it loses no query.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DoorKind } from '../../../src/server/messages.ts'
import { Doors } from '../../../src/server/doors.ts'
import { closeSockets, openSockets, type Sockets } from '../../../src/server/sockets.ts'
import { DoorThread } from '../../../src/server/thread.ts'
import { createCounters, slot, sum, type Counters } from '../../../src/telemetry/counters.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { query, read, type Reply } from '../../support/ask.ts'
import { rawUdp, receiveBufferOf, setReceiveTimeout } from '../../support/sockets.ts'
import { UdpBurst } from '../../support/udp-burst.ts'
import { makeWorld, node } from '../../support/world.ts'
import { talkTcp } from './tcp-talk.ts'
import { talkUdp } from './udp-talk.ts'

const world = makeWorld()
/** Numbered by the DNS message id. */
const question = { name: 'plain.live.example.net', subnet: '198.51.100.0/24' }
const template = query(question)

interface Seen {
  readonly rows: Counters[]
  readonly events: string[]
}

/** Where the doors leave what they did. */
function seeing(): Seen & { readonly log: ReturnType<typeof createLogger>; readonly newCounters: () => Counters } {
  const rows: Counters[] = []
  const events: string[] = []
  const write = (line: string): void => void events.push((JSON.parse(line) as { event: string }).event)
  const newCounters = (): Counters => {
    rows.push(createCounters(20))
    return rows[rows.length - 1]
  }
  return { rows, events, newCounters, log: createLogger({ level: 'info', destination: { write } }) }
}

async function opened(udpThreads = 1): Promise<Doors & Seen> {
  const { rows, events, log, newCounters } = seeing()
  const listen = [{ address: '127.0.0.1', port: 0 }]
  const { words, protection } = world
  const settings = { listen, identity: 'test-1', udpThreads, words, protection, newCounters, log }
  const doors = await Doors.open(settings)
  onTestFinished(() => doors.stop())
  return Object.assign(doors, { rows, events })
}

function numbered(id: number): Buffer {
  const message = Buffer.from(template)
  message.writeUInt16BE(id)
  return message
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

function burst({ bound: [to] }: Doors): UdpBurst {
  const client = new UdpBurst(to)
  onTestFinished(() => client.close())
  return client
}

/** The ids of the answers, sorted, once there are so many. */
async function idsAnswered(client: UdpBurst, count: number): Promise<number[]> {
  const ids: number[] = []
  const look = (): number => ids.push(...client.receive().map((answer) => answer.readUInt16BE()))
  await expect.poll(look, { timeout: 10_000, interval: 5 }).toBe(count)
  return ids.toSorted((a, b) => a - b)
}

describe('queries that nobody reads yet', () => {
  it('wait for the first snapshot, 10,000 at once, and are all answered', async ({ skip }) => {
    const doors = await opened()
    const client = burst(doors)
    const needed = 10_000 * 1024
    const granted = receiveBufferOf(doors.sockets?.udp[0].descriptor ?? -1)
    if (granted < needed) skip(`the system grants ${granted} bytes of receive buffer, this takes ${needed}`)
    client.send(upTo(10_000).map(numbered))
    await doors.publish(world.published)
    expect(await idsAnswered(client, 10_000)).toEqual(upTo(10_000))
    expect(sum(doors.rows, slot.answers.NOERROR)).toBe(10_000)
  })

  it('wait while threads die, over TCP as well, and are answered by those started again', async () => {
    const doors = await opened(2)
    await doors.publish(world.published)
    const client = burst(doors)
    client.send([numbered(0)])
    await idsAnswered(client, 1)
    // Every thread dies of it, and again when it is started.
    await doors.publish({ ...world.published, epoch: 8, tables: new SharedArrayBuffer(0) })
    await expect.poll(() => doors.events.filter((event) => event === 'thread.ended').length).toBeGreaterThanOrEqual(3)
    client.send(upTo(200).map(numbered))
    const tcp = await talkTcp(doors.bound[0])
    onTestFinished(() => tcp.close())
    tcp.send(numbered(200))
    await doors.publish({ ...world.published, epoch: 9 })
    expect(await idsAnswered(client, 200)).toEqual(upTo(200))
    expect((await tcp.receive()).readUInt16BE()).toBe(200)
  })

  it('are answered before the doors stop', async () => {
    const doors = await opened(2)
    await doors.publish(world.published)
    const clients = upTo(4).map(() => burst(doors))
    for (const client of clients) client.send(upTo(100).map(numbered))
    await doors.stop()
    for (const client of clients) expect(client.receive().length).toBe(100)
  })
})

const raw = rawUdp()
it.skipIf(raw === null)('a query from port 0, which nobody can be answered at, is counted and dropped', async () => {
  onTestFinished(() => raw?.close())
  const doors = await opened()
  await doors.publish(world.published)
  const client = burst(doors)
  raw?.send(0, doors.bound[0], numbered(1))
  client.send([numbered(2)])
  expect(await idsAnswered(client, 1)).toEqual([2])
  const { rows } = doors
  expect([sum(rows, slot.drops.port_zero), sum(rows, slot.drops.send_failed), sum(rows, slot.answers.NOERROR)]).toEqual(
    [1, 0, 1],
  )
})

describe('a thread', () => {
  function started(
    kind: DoorKind,
    sockets: Sockets,
  ): { thread: DoorThread; bound: Sockets['udp'][number]['endpoint'] } & Seen {
    const { rows, events, log, newCounters } = seeing()
    const [{ endpoint, descriptor }] = sockets.udp
    const { words, protection } = world
    const shared = { words, counters: newCounters(), identity: 'test-1', protection }
    const script = new URL('../../../src/server/udp-batch-thread.ts', import.meta.url)
    const data = { kind, listen: [endpoint], sockets: [descriptor], shared }
    const thread = new DoorThread(script, data, log)
    onTestFinished(async () => {
      await thread.stop()
      closeSockets(sockets)
    })
    return { thread, bound: endpoint, rows, events }
  }

  it('that has waited for a packet for ever answers the next one from the snapshot of that moment', async () => {
    const sockets = openSockets([{ address: '127.0.0.1', port: 0 }], 1)
    setReceiveTimeout(sockets.udp[0].descriptor, 0)
    const { thread, bound } = started('udp-batch', sockets)
    const ask = async (): Promise<Reply> => {
      const talk = await talkUdp(bound)
      onTestFinished(() => talk.close())
      talk.send(query(question))
      return read(await talk.receive())
    }
    await thread.start()
    await thread.publish(world.published)
    expect((await ask()).data).not.toContain('192.0.2.77')

    // It is in its receive now and will not come back by itself: no time has to pass for that.
    const acknowledged: number[] = []
    const later = [8, 9, 10].map(async (epoch) => {
      const nodes = [node('new-1', 'hkg', { v4: epoch === 10 ? '192.0.2.77' : '192.0.2.66' })]
      await thread.publish(makeWorld({ nodes }, epoch).published)
      acknowledged.push(epoch)
    })
    expect((await ask()).data).toEqual(['192.0.2.77'])
    await Promise.all(later)
    expect(acknowledged).toEqual([8, 9, 10])
    // A stop is waited for in the same way.
    const stopped = thread.stop()
    const talk = await talkUdp(bound)
    onTestFinished(() => talk.close())
    talk.send(query(question))
    await stopped
  })
})
