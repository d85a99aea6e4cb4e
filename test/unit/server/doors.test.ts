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

async function opened(listen = [{ address: '127.0.0.1', port: 0 }], logger = log): Promise<Doors> {
  const newCounters = (): Counters => {
    const row = createCounters(20)
    rows.push(row)
    return row
  }
  const doors = await Doors.open({
    listen,
    identity: 'test-1',
    version: null,
    udpThreads: 2,
    words: world.words,
    protection: world.protection,
    newCounters,
    log: logger,
  })
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
    // A thread that accepts for itself tells a client at once to go elsewhere; on main's socket the client waits.
    if (kind === 'portable') expect(await talk.closed).toBe(0)
    await doors.publish(world.published)
    if (kind === 'batch') expect(read(await talk.receive()).rcode).toBe('NOERROR')
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
    // No connection of another test can have this address, so the port is free for TCP.
    socket.bind(0, '127.0.0.9')
    await once(socket, 'listening')
    const { port } = socket.address()
    const listen = [{ address: '127.0.0.9', port }]
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

describe('where the batch door does not work', () => {
  it.each([
    [
      'the self-test finds another kernel',
      '../../../src/server/batch-self-test.ts',
      () => ({ batchProblem: () => 'message 2 came back changed' }),
      'message 2 came back changed',
    ],
    ['koffi cannot be loaded', 'koffi', () => ({ default: {} }), 'load is not a function'],
  ])('because %s, the portable one takes over and says why in one line', async (_why, module, factory, reason) => {
    vi.resetModules()
    vi.doMock(module, factory)
    onTestFinished(() => {
      vi.doUnmock(module)
      vi.resetModules()
    })
    const lines: Record<string, unknown>[] = []
    const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>)
    const doors = await opened(undefined, createLogger({ level: 'debug', destination: { write } }))
    await doors.publish(world.published)
    expect((await askUdp(doors, wanted)).rcode).toBe('NOERROR')
    expect((await askTcp(doors, wanted)).rcode).toBe('NOERROR')
    expect(lines).toMatchObject([
      { level: 'warn', event: 'server.portable_udp', reason: expect.stringContaining(reason) as unknown },
    ])
    expect(doors.sockets).toBeNull()
  })
})
