// The portable UDP door: the promises of every door, and datagrams. Knows no DNS.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { openUdpPortable } from '../../../src/server/udp-portable.ts'
import { describeDoor, opened, reverse, talking, type Kind, type Talk } from './door-contract.ts'

const kind: Kind = { open: openUdpPortable, protocol: 'UDP', room: 4096, talk }

describeDoor('the portable UDP door', kind)

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

it('cuts off what no query needs', async () => {
  const door = await opened(kind, (bytes, length) => {
    bytes[0] = length >>> 8
    bytes[1] = length & 255
    return 2
  })
  const client = await talking(kind, door.bound[0])
  client.send(Buffer.alloc(9000))
  expect((await client.receive()).readUInt16BE()).toBe(4096)
})

async function talk(to: { address: string; port: number }): Promise<Talk> {
  const socket = createSocket(to.address.includes(':') ? 'udp6' : 'udp4')
  socket.connect(to.port, to.address)
  await once(socket, 'connect')
  const answers: Buffer[] = []
  const waiting: ((answer: Buffer) => void)[] = []
  socket.on('message', (message) => {
    const next = waiting.shift()
    if (next) next(message)
    else answers.push(message)
  })
  return {
    port: socket.address().port,
    send: (message) => socket.send(message),
    receive: () => {
      const answer = answers.shift()
      return answer ? Promise.resolve(answer) : new Promise((resolve) => waiting.push(resolve))
    },
    close: async () => {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
