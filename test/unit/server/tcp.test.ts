// The TCP door: the promises of every door, framing, and clients that behave badly. Knows no DNS.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Door } from '../../../src/server/door.ts'
import { openTcp } from '../../../src/server/tcp.ts'
import { tcpLimits, type TcpLimits } from '../../../src/server/tcp-limits.ts'
import { createCounters, slot, type Counters } from '../../../src/telemetry/counters.ts'
import { describeDoor, opened, reverse, talking, type Kind } from './door-contract.ts'
import { framed, talkTcp, type TcpTalk } from './tcp-talk.ts'

const kind: Kind = { open: openTcp, protocol: 'TCP', room: 65_535, talk: talkTcp }

describeDoor('the TCP door', kind)

/** A door with limits small enough to reach. */
function limited(limits: Partial<TcpLimits>): Pick<Kind, 'open'> {
  return { open: (settings) => openTcp(settings, { ...tcpLimits, ...limits }) }
}

async function connected(door: { bound: readonly { address: string; port: number }[] }): Promise<TcpTalk> {
  return (await talking(kind, door.bound[0])) as TcpTalk
}

describe('framing', () => {
  it('answers pipelined queries in their order', async () => {
    const client = await connected(await opened(kind, reverse))
    const queries = Array.from({ length: 200 }, (_, i) => Buffer.from(`query ${i}`))
    client.socket.write(Buffer.concat(queries.map(framed)))
    for (const query of queries) expect(await client.receive()).toEqual(query.reverse())
  })

  it('puts together a query that comes one byte at a time', async () => {
    const client = await connected(await opened(kind, reverse))
    client.socket.setNoDelay(true)
    for (const byte of framed(Buffer.from('abcdef'))) {
      await new Promise((resolve) => client.socket.write(Uint8Array.of(byte), resolve))
    }
    expect((await client.receive()).toString()).toBe('fedcba')
  })

  it('takes the longest frame there can be, and sends one', async () => {
    const client = await connected(await opened(kind, reverse))
    const query = Buffer.alloc(65_535, 'abc')
    client.send(query)
    expect(await client.receive()).toEqual(query.reverse())
  })

  it('closes where there is nothing to answer, after the answers before', async () => {
    const door = await opened(kind, (bytes, length, client) => (length === 0 ? 0 : reverse(bytes, length, client)))
    const client = await connected(door)
    client.socket.write(Buffer.concat([framed(Buffer.from('ab')), framed(Buffer.alloc(0)), framed(Buffer.from('cd'))]))
    expect((await client.receive()).toString()).toBe('ba')
    expect(await client.closed).toBe(0)
  })
})

describe('a client that', () => {
  it('closed its half gets every answer, then the end', async () => {
    const client = await connected(await opened(kind, reverse))
    client.socket.end(Buffer.concat([framed(Buffer.from('ab')), framed(Buffer.from('cd')), Buffer.from([0])]))
    expect((await client.receive()).toString()).toBe('ba')
    expect((await client.receive()).toString()).toBe('dc')
    expect(await client.closed).toBe(0)
  })

  it('never reads is not answered without bound, and is closed', async () => {
    let answered = 0
    const door = await opened(limited({ idleMs: 300 }), () => {
      answered++
      return 60_000
    })
    const client = await connected(door)
    client.socket.pause()
    const queries = 1_000
    client.socket.write(Buffer.concat(Array.from({ length: queries }, () => framed(Buffer.from('x')))))
    await closedByDoor(client)
    // What the kernel's buffers take, and 64 KiB and one answer of ours: 60 MB were asked for.
    expect(answered).toBeGreaterThan(0)
    expect(answered).toBeLessThan(queries / 2)
  })

  it('is waiting for answers when the door stops gets them', async () => {
    const door = await opened(kind, reverse)
    const client = await connected(door)
    const queries = Array.from({ length: 100 }, (_, i) => Buffer.from(`query ${i}`))
    await new Promise((resolve) => client.socket.write(Buffer.concat(queries.map(framed)), resolve))
    // It is all in the kernel; nobody has read it.
    await door.stop()
    for (const query of queries) expect(await client.receive()).toEqual(query.reverse())
    await client.closed
  })

  it('has only just come when the door stops gets one answer, one that has been served none', async () => {
    const door = await opened(kind, reverse)
    const known = await connected(door)
    known.send(Buffer.from('ab'))
    await known.receive()
    const fresh = await connected(door)
    // Served after it, so the door has accepted it as well.
    const witness = await connected(door)
    witness.send(Buffer.from('ab'))
    await witness.receive()
    const stopped = door.stop()
    expect(await known.closed).toBe(0)
    fresh.socket.write(Buffer.concat([framed(Buffer.from('cd')), framed(Buffer.from('ef'))]))
    expect((await fresh.receive()).toString()).toBe('dc')
    expect(await fresh.closed).toBe(0)
    await stopped
  })

  it('reads late gets everything, in order', async () => {
    const door = await opened(kind, (bytes) => bytes.fill(bytes[0], 0, 50_000) && 50_000)
    const client = await connected(door)
    client.socket.pause()
    const queries = Array.from({ length: 120 }, (_, i) => Buffer.from([i]))
    client.socket.end(Buffer.concat(queries.map(framed)))
    client.socket.resume()
    for (const query of queries) expect(await client.receive()).toEqual(Buffer.alloc(50_000, query[0]))
    expect(await client.closed).toBe(0)
  })

  it('says nothing is closed', async () => {
    const counters = createCounters(1)
    const client = await connected(await opened(limited({ idleMs: 100 }), reverse, undefined, counters))
    expect(await client.closed).toBe(0)
    expect(events(counters)).toEqual({ accepted: 1, refused: 0, displaced: 0, idle: 1 })
  })

  it('sends bytes but never a whole query is closed', async () => {
    const client = await connected(await opened(limited({ idleMs: 200 }), reverse))
    client.socket.write(Buffer.from([0xff, 0xff]))
    const dripping = setInterval(() => client.socket.write('x'), 10)
    expect(await client.closed).toBe(0)
    clearInterval(dripping)
  })

  it('resets the connection harms nobody', async () => {
    const door = await opened(kind, reverse)
    const rude = await connected(door)
    rude.send(Buffer.from('ab'))
    rude.socket.resetAndDestroy()
    const other = await connected(door)
    other.send(Buffer.from('ab'))
    expect((await other.receive()).toString()).toBe('ba')
  })
})

describe('limits', () => {
  it('end a conversation after so many queries, all of them answered', async () => {
    const client = await connected(await opened(limited({ queriesPerConnection: 3 }), reverse))
    client.socket.write(Buffer.concat(['ab', 'cd', 'ef', 'gh'].map((text) => framed(Buffer.from(text)))))
    for (const answer of ['ba', 'dc', 'fe']) expect((await client.receive()).toString()).toBe(answer)
    expect(await client.closed).toBe(0)
  })

  it('refuse one client too many connections, and take it back later', async () => {
    const counters = createCounters(1)
    const door = await opened(limited({ connectionsPerClient: 2 }), reverse, undefined, counters)
    const first = await connected(door)
    const second = await connected(door)
    for (const client of [first, second]) {
      client.send(Buffer.from('ab'))
      await client.receive()
    }
    expect(await (await connected(door)).closed).toBe(0)
    // Another client is not meant.
    const other = await talking(kind, door.bound[1])
    other.send(Buffer.from('ab'))
    expect((await other.receive()).toString()).toBe('ba')
    await first.close()
    expect(events(counters)).toEqual({ accepted: 3, refused: 1, displaced: 0, idle: 0 })
    await expect.poll(() => answersOnce(door)).toBe(true)
  })

  it('close the quietest connection when there are too many', async () => {
    const counters = createCounters(1)
    const door = await opened(limited({ connections: 2 }), reverse, undefined, counters)
    const quiet = await connected(door)
    const busy = await connected(door)
    for (const client of [quiet, busy, busy]) {
      client.send(Buffer.from('ab'))
      await client.receive()
    }
    const newcomer = await connected(door)
    expect(await quiet.closed).toBe(0)
    for (const client of [busy, newcomer]) {
      client.send(Buffer.from('ab'))
      expect((await client.receive()).toString()).toBe('ba')
    }
    expect(events(counters)).toEqual({ accepted: 3, refused: 0, displaced: 1, idle: 0 })
  })

  it('do not let stopping wait for a client that never reads', async () => {
    let answered = 0
    const door = await opened(limited({ drainMs: 50 }), () => {
      answered++
      return 60_000
    })
    const client = await connected(door)
    client.socket.pause()
    client.socket.write(Buffer.concat(Array.from({ length: 500 }, () => framed(Buffer.from('x')))))
    await expect.poll(() => answered).toBeGreaterThan(0)
    await door.stop()
    // Nothing else would have ended it: a door that stops looks for idle clients no more.
    expect(answered).toBeLessThan(500)
  })
})

/** What was counted of connections. */
function events(counters: Counters): Record<string, number> {
  return Object.fromEntries(Object.entries(slot.tcp_connections).map(([event, index]) => [event, counters[index]]))
}

async function answersOnce(door: { bound: readonly { address: string; port: number }[] }): Promise<boolean> {
  const client = await connected(door)
  client.send(Buffer.from('ab'))
  try {
    return (await client.receive()).toString() === 'ba'
  } catch {
    return false
  }
}

/** A paused socket learns that it was closed only when it writes or reads again. */
async function closedByDoor(client: TcpTalk): Promise<void> {
  const poking = setInterval(() => client.socket.write('x'), 20)
  await new Promise((resolve) => client.socket.once('close', resolve))
  clearInterval(poking)
}

describe('the event loop', () => {
  const perClient = 2_000
  const queries = Buffer.concat(Array.from({ length: perClient }, () => framed(Buffer.from('abc'))))

  /** Opens a door that notes how many queries it answers between two turns of the event loop, and who comes when. */
  async function watched(): Promise<{ door: Door; most: () => number; order: number[] }> {
    const order: number[] = []
    let now = 0
    let most = 0
    const door = await opened(kind, (_bytes, length, { port }) => {
      order.push(port)
      most = Math.max(most, ++now)
      return length
    })
    let turning: NodeJS.Immediate
    const turn = (): void => {
      now = 0
      turning = setImmediate(turn)
    }
    turn()
    onTestFinished(() => clearImmediate(turning))
    return { door, order, most: () => most }
  }

  it('turns while clients pipeline, and each of them gets every answer', async () => {
    const { door, most } = await watched()
    const talks = await Promise.all(Array.from({ length: 8 }, () => connected(door)))
    for (const { socket } of talks) socket.end(queries)
    expect(await Promise.all(talks.map(({ closed }) => closed))).toEqual(talks.map(() => perClient))
    // A turn's share before the test's own turn, and one after.
    expect(most()).toBeLessThanOrEqual(512)
  })

  it('serves who pipelines beside others in turns', async () => {
    const { door, order } = await watched()
    const talks = [await connected(door), await connected(door)]
    for (const { socket } of talks) socket.write(queries)
    for (const talk of talks) for (let i = 0; i < perClient; i++) await talk.receive()
    const changes = order.filter((port, i) => port !== order[i - 1]).length
    expect(changes).toBeGreaterThan(20)
  })
})

it('who was forgotten among too many that wait for answers gets the others, then the end', async () => {
  const tickets: number[] = []
  const counters = createCounters(1)
  const door = await openTcp({
    listen: [{ address: '127.0.0.1', port: 0 }],
    respond: () => -1,
    handOver: (_bytes, _length, _client, ticket) => tickets.push(ticket) > 0,
    counters,
    onFailure(error) {
      throw error
    },
  })
  onTestFinished(() => door.stop())
  const client = await connected(door)
  client.socket.end(Buffer.concat(Array.from({ length: 1_100 }, () => framed(Buffer.from('abc')))))
  await expect.poll(() => tickets.length).toBe(1_100)
  for (const ticket of tickets) door.answered?.(ticket, Buffer.from('answer'))
  expect(await client.closed).toBe(1_024)
  expect(counters[slot.drops.signer_busy]).toBe(76)
})
