// What both UDP doors promise about datagrams, as one suite. Knows no DNS.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCounters, slot } from '../../../src/telemetry/counters.ts'
import { opened, reverse, talking, type Kind } from './door-contract.ts'

export function describeUdpDoor(name: string, kind: Kind): void {
  describe(`${name}, as every UDP door,`, () => {
    it('sends nothing when there is nothing to answer', async () => {
      const door = await opened(kind, (bytes, length, client) => (bytes[0] === 0 ? 0 : reverse(bytes, length, client)))
      const client = await talking(kind, door.bound[0])
      client.send(Buffer.from([0, 1]))
      client.send(Buffer.from([2, 3]))
      // Loopback keeps the order: an answer to the first would have come first.
      expect(await client.receive()).toEqual(Buffer.from([3, 2]))
    })

    it('takes an empty datagram as a message without bytes', async () => {
      const lengths: number[] = []
      const door = await opened(kind, (_bytes, length) => lengths.push(length))
      const client = await talking(kind, door.bound[0])
      client.send(Buffer.alloc(0))
      await client.receive()
      expect(lengths).toEqual([0])
    })

    it('drops and counts what is longer than its room, which it would answer half read', async () => {
      const counters = createCounters(1)
      const lengths: number[] = []
      const door = await opened(
        kind,
        (_bytes, length) => {
          lengths.push(length)
          return 1
        },
        undefined,
        counters,
      )
      const client = await talking(kind, door.bound[0])
      for (const length of [kind.room + 1, 9000, kind.room]) client.send(Buffer.alloc(length, 7))
      expect(await client.receive()).toEqual(Buffer.from([7]))
      expect(lengths).toEqual([kind.room])
      expect([counters[slot.drops.too_long], counters[slot.queries.udp]]).toEqual([2, 2])
    })

    it('answers from the address that was asked, of several on one port', async () => {
      const [first] = (await opened(kind, reverse, [{ address: '127.0.0.1', port: 0 }])).bound
      const others = ['127.0.0.2', '127.0.0.3', '::1'].map((address) => ({ ...first, address }))
      await opened(kind, reverse, others)
      for (const { address, port } of [...others, first]) {
        const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
        onTestFinished(() => void socket.close())
        socket.send('abc', port, address)
        const [answer, from] = (await once(socket, 'message')) as [Buffer, { address: string; port: number }]
        expect([answer.toString(), from]).toMatchObject(['cba', { address, port }])
      }
    })
  })
}
