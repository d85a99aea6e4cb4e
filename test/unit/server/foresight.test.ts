// Foresight: the block it looks up is the one the answer will be located in, and nothing a query says can harm it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Client } from '../../../src/server/client.ts'
import { foresee } from '../../../src/server/foresight.ts'
import { locate, Located } from '../../../src/server/locate.ts'
import { Query, parseQuery } from '../../../src/wire/query.ts'
import { encodeQuery, encodeSubnet } from '../../support/dns-query.ts'
import { makeWorld } from '../../support/world.ts'

const { blocks } = makeWorld().state
const roomBytes = 1536

function ask(subnet: string): Buffer {
  const option = { code: 8, data: encodeSubnet(subnet) }
  const edns = { udpSize: 1232, version: 0, dnssecOk: false, options: [option], records: 1 }
  return encodeQuery({ name: 'show1.play.live.example.net', type: 1, edns })
}

/** The message in a room of the door, with what an earlier one left behind it. */
function inRoom(message: Uint8Array): Uint8Array {
  const room = new Uint8Array(roomBytes).fill(0xaa)
  room.set(message)
  return room
}

function cellOf(message: Buffer): number {
  const query = new Query()
  const located = new Located()
  parseQuery(inRoom(message), message.length, query)
  locate(blocks, query.ecs, new Client(), located)
  return located.cell
}

test.each([
  '198.51.100.0/24',
  '203.0.113.0/24',
  '198.18.0.0/17',
  '2001:db8:1::/48',
  '2001:db8:2::/48',
  '2001:db8:1:ff00::/56',
])('looks up the block that %s is answered from', (subnet) => {
  const message = ask(subnet)
  expect(foresee(inRoom(message), message.length, blocks) & 0xffff).toBe(cellOf(message))
  expect(cellOf(message)).not.toBe(0)
})

test('looks nothing up without a subnet at the end', () => {
  const plain = encodeQuery({ name: 'play.live.example.net', type: 1 })
  expect(foresee(inRoom(plain), plain.length, blocks)).toBe(0)
})

test('writes nothing and throws at nothing, whatever was received', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: roomBytes }), fc.constantFrom(3, 6, 7), (message, octets) => {
      // Most likely to be believed: an option that ends where the message ends.
      const at = message.length - octets - 8
      if (at >= 0) message.set([0, 8, 0, octets + 4, 0, octets === 3 ? 1 : 2], at)
      const room = inRoom(message)
      const before = room.slice()
      expect(foresee(room, message.length, blocks)).toBeGreaterThanOrEqual(0)
      expect(room).toEqual(before)
    }),
  )
})
