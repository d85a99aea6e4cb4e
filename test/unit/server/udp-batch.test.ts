// The batch UDP door: the promises of every door, and what happens where the kernel takes less than it is given. Knows no DNS.
import { closeSync, openSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Door, Respond } from '../../../src/server/door.ts'
import { SystemCallError } from '../../../src/server/syscalls.ts'
import { serveBatches } from '../../../src/server/udp-batch.ts'
import { createCounters, slot } from '../../../src/telemetry/counters.ts'
import { datagramPair, rawUdp, sendWhileRoom, setReceiveTimeout, takeMessages } from '../../support/sockets.ts'
import { UdpBurst } from '../../support/udp-burst.ts'
import { openBatch } from './batch-door.ts'
import { describeDoor, opened, reverse, talking, type Kind } from './door-contract.ts'
import { describeUdpDoor } from './udp-contract.ts'
import { talkUdp } from './udp-talk.ts'

/** TCP, which is bound first, is what a second instance trips over. */
const kind: Kind = { open: openBatch, protocol: 'TCP', room: 1536, talk: talkUdp }

describeDoor('the batch UDP door', kind)
describeUdpDoor('the batch UDP door', kind)

describe('a batch', () => {
  it('is answered whole, however many messages wait', async () => {
    const door = await opened(kind, reverse)
    const client = burst(door)
    const queries = Array.from({ length: 1_000 }, (_, i) => Buffer.from(`query ${i}`))
    client.send(queries)
    const answers: string[] = []
    await expect
      .poll(() => answers.push(...client.receive().map((answer) => answer.reverse().toString())))
      .toBe(queries.length)
    expect(answers.toSorted()).toEqual(queries.map(String).toSorted())
  })

  it('leaves no gap for what gets no answer, and mixes nobody up', async () => {
    const door = await opened(kind, (bytes, length, client) =>
      bytes[0] % 3 === 0 ? 0 : reverse(bytes, length, client),
    )
    const clients = [burst(door), burst(door)]
    for (const [who, client] of clients.entries()) client.send(bytesTo(60).map((byte) => Buffer.from([byte, who])))
    for (const [who, client] of clients.entries()) {
      const answers: Buffer[] = []
      await expect.poll(() => answers.push(...client.receive())).toBe(40)
      expect(answers).toEqual(
        bytesTo(60)
          .filter((byte) => byte % 3 !== 0)
          .map((byte) => Buffer.from([who, byte])),
      )
    }
  })
})

it.each([
  { waiting: 3, told: 0 },
  { waiting: 8, told: 8 },
])('tells of a batch of $waiting before it answers any of it, where that is worth it', ({ waiting, told }) => {
  const { near, far, close } = datagramPair()
  onTestFinished(close)
  const happened: string[] = []
  sendWhileRoom(far, Buffer.from('query'), waiting)
  serveBatches({
    socket: near,
    counters: createCounters(1),
    control: () => true,
    foresee: (bytes, length) => happened.push(`told ${Buffer.from(bytes.subarray(0, length)).toString()}`),
    respond: () => {
      happened.push('asked')
      return 0
    },
  })
  const of = (event: string, times: number): string[] => Array.from({ length: times }, () => event)
  expect(happened).toEqual([...of('told query', told), ...of('asked', waiting)])
})

describe('what the kernel does not take', () => {
  const full = Buffer.from('query')

  /** A pipe as the socket, and one turn of the door on it. */
  function pipe(): { far: number; counters: ReturnType<typeof createCounters>; turn: () => void } {
    const { near, far, close } = datagramPair()
    onTestFinished(close)
    setReceiveTimeout(near, 1)
    const counters = createCounters(1)
    const turn = (): void => serveBatches({ socket: near, respond: reverse, counters, control: () => true })
    return { far, counters, turn }
  }

  it('is dropped and counted, and receiving goes on', () => {
    const { far, counters, turn } = pipe()
    const room = sendWhileRoom(far, full, 1_000)
    turn()
    expect(counters[slot.drops.send_failed]).toBe(0)
    // Nobody has read the answers, so there is no room for others.
    expect(sendWhileRoom(far, full, room)).toBe(room)
    turn()
    expect(counters[slot.drops.send_failed]).toBe(room)
    expect(takeMessages(far, 1_000)).toBe(room)
    expect(sendWhileRoom(far, full, room)).toBe(room)
    turn()
    expect(counters[slot.drops.send_failed]).toBe(room)
    expect(takeMessages(far, 1_000)).toBe(room)
  })

  it('is only the rest of a batch of which the kernel takes a part', () => {
    const { far, counters, turn } = pipe()
    const room = sendWhileRoom(far, full, 1_000)
    turn()
    const read = Math.floor(room / 2)
    expect(takeMessages(far, read)).toBe(read)
    sendWhileRoom(far, full, room)
    turn()
    expect(counters[slot.drops.send_failed]).toBe(room - read)
    expect(takeMessages(far, 1_000)).toBe(room)
  })

  const raw = rawUdp()
  it.skipIf(raw === null)(
    'costs nobody else of the batch an answer: a sender without a port cannot be answered',
    async () => {
      onTestFinished(() => raw?.close())
      const counters = createCounters(1)
      const ports: number[] = []
      const respond: Respond = (bytes, length, client) => {
        ports.push(client.port)
        return reverse(bytes, length, client)
      }
      const door = await opened(kind, respond, [{ address: '127.0.0.1', port: 0 }], counters)
      const client = await talking(kind, door.bound[0])
      client.send(Buffer.from('ab'))
      raw?.send(0, door.bound[0], Buffer.from('xy'))
      client.send(Buffer.from('cd'))
      expect((await client.receive()).toString()).toBe('ba')
      expect((await client.receive()).toString()).toBe('dc')
      expect(ports).toEqual([client.port, 0, client.port])
      expect(counters[slot.drops.send_failed]).toBe(1)
    },
  )
})

it('says which call failed on a socket that is of no use', () => {
  const socket = openSync('/dev/null', 'r')
  onTestFinished(() => closeSync(socket))
  const settings = { socket, respond: reverse, counters: createCounters(1), control: () => false }
  expect(() => serveBatches(settings)).toThrow(SystemCallError)
  expect(() => serveBatches(settings)).toThrow('recvmmsg: ENOTSOCK')
})

it('stops within its time while queries keep coming', async () => {
  const { near, far, close } = datagramPair()
  onTestFinished(close)
  let answered = 0
  const respond: Respond = () => {
    answered++
    sendWhileRoom(far, Buffer.from('query'), 1)
    return 0
  }
  sendWhileRoom(far, Buffer.from('query'), 1)
  const startMs = performance.now()
  serveBatches({ socket: near, respond, counters: createCounters(1), control: () => true })
  expect(performance.now() - startMs).toBeLessThan(5_000)
  expect(answered).toBeGreaterThan(1)
})

function burst({ bound: [to] }: Door): UdpBurst {
  const client = new UdpBurst(to)
  onTestFinished(() => client.close())
  return client
}

function bytesTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
