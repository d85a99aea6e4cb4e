// The doors in their threads with the real answer behind them: silent before a snapshot, true to the newest one after it.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Doors } from '../../../src/server/doors.ts'
import { createCounters, slot, sum, type Counters } from '../../../src/telemetry/counters.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { query, read, type Asked, type Reply } from '../../support/ask.ts'
import { makeWorld, node } from '../../support/world.ts'
import { talkTcp } from './tcp-talk.ts'

const log = createLogger({ level: 'silent' })
let rows: Counters[] = []
const world = makeWorld()

async function opened(listen = [{ address: '127.0.0.1', port: 0 }]): Promise<Doors> {
  const newCounters = (): Counters => {
    const row = createCounters(20)
    rows.push(row)
    return row
  }
  const doors = await Doors.open({ listen, identity: 'test-1', udpThreads: 2, words: world.words, newCounters, log })
  onTestFinished(() => doors.stop())
  return doors
}

async function askUdp({ bound: [to] }: Doors, asked: Asked): Promise<Reply> {
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  socket.send(query(asked), to.port, to.address)
  const [answer] = (await once(socket, 'message')) as [Buffer]
  return read(answer)
}

async function askTcp({ bound: [to] }: Doors, asked: Asked): Promise<Reply> {
  const talk = await talkTcp(to)
  onTestFinished(() => talk.close())
  talk.send(query(asked))
  return read(await talk.receive())
}

const wanted: Asked = { name: 'plain.live.example.net', subnet: '198.51.100.0/24' }

describe.each(['batch', 'portable'])('with the %s UDP door', (kind) => {
  beforeEach(() => {
    rows = []
    vi.stubEnv('NEARCAST_UDP', kind)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('answers over UDP and TCP alike, each counted', async () => {
    const doors = await opened()
    await doors.publish(world.published)
    const replies = [await askUdp(doors, wanted), await askTcp(doors, wanted)]
    for (const { rcode, scope } of replies) expect([rcode, scope]).toEqual(['NOERROR', 24])
    expect(replies[0].data).toEqual(replies[1].data)
    expect([sum(rows, slot.queries.udp), sum(rows, slot.queries.tcp)]).toEqual([1, 1])
  })

  it('binds but says nothing before the first snapshot', async () => {
    const doors = await opened()
    const talk = await talkTcp(doors.bound[0])
    onTestFinished(() => talk.close())
    talk.send(query(wanted))
    // A client over TCP learns at once that it has to go elsewhere.
    expect(await talk.closed).toBe(0)
    await doors.publish(world.published)
    expect((await askTcp(doors, wanted)).rcode).toBe('NOERROR')
  })

  it('answers from a new snapshot as soon as it is acknowledged', async () => {
    const doors = await opened()
    await doors.publish(world.published)
    const changed = makeWorld({ nodes: [node('new-1', 'hkg', { v4: '192.0.2.77' })] }, 8)
    await doors.publish(changed.published)
    expect((await askUdp(doors, wanted)).data).toEqual(['192.0.2.77'])
    expect((await askTcp(doors, wanted)).data).toEqual(['192.0.2.77'])
  })

  it('refuses a second instance on the same address, which stays with the first', async () => {
    const doors = await opened()
    const [{ port }] = doors.bound
    await expect(opened([{ address: '127.0.0.1', port }])).rejects.toMatchObject({
      code: 'NC_ADDRESS_IN_USE',
      message: expect.stringMatching(
        new RegExp(`^127\\.0\\.0\\.1 port ${port} \\(TCP\\) is already in use`),
      ) as unknown,
    })
    await doors.publish(world.published)
    expect((await askTcp(doors, wanted)).rcode).toBe('NOERROR')
  })

  it('lets go of the TCP address when the UDP one is taken', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    const listen = [{ address: '127.0.0.1', port }]
    await expect(opened(listen)).rejects.toMatchObject({
      code: 'NC_ADDRESS_IN_USE',
      message: expect.stringContaining('(UDP)') as unknown,
    })
    socket.close()
    await once(socket, 'close')
    const doors = await opened(listen)
    expect(doors.bound).toEqual(listen)
  })
})
