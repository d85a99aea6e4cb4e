// Scope soundness, size limits and calm under hostile bytes, over the whole spine. Knows no sockets.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress } from '../../src/ip/address.ts'
import { ask, query, read, send } from '../support/ask.ts'
import { answer, Transport } from '../../src/server/answer.ts'
import { Client } from '../../src/server/client.ts'
import { parseQuery, Query } from '../../src/wire/query.ts'
import { makeWorld, rule, where } from '../support/world.ts'

const world = makeWorld({
  steering: [
    rule({ networks: ['198.51.100.64/26'] }, { nodes: ['fra-1'] }, { only: true }),
    rule({ networks: ['2001:db8:1:8000::/52'] }, { sites: ['iad'] }, { biasMs: -400 }),
    rule({ carriers: ['hkt'] }, { sites: ['hkg'] }, { weight: 5 }),
  ],
})

/** Addresses in and around what the small world tells apart. */
const someV4 = fc
  .tuple(fc.constantFrom(...Object.keys(where).filter((text) => !text.includes(':')), '10.0.0.0/8'), fc.nat(0xffff))
  .map(([text, low]) => {
    const bytes = Uint8Array.from(text.split('/')[0].split('.'), Number)
    bytes[3] ^= low & 255
    bytes[2] ^= (low >> 8) & 3
    return bytes
  })
const someV6 = fc.tuple(fc.nat(3), fc.integer({ min: 0, max: 0xffff }), fc.nat(0xffff)).map(([net, subnet, low]) => {
  const bytes = new Uint8Array(16)
  bytes.set([0x20, 1, 0x0d, 0xb8, 0, net, subnet >> 8, subnet & 255, low >> 8])
  return bytes
})

/** The same first `scope` bits, the rest random. */
function neighbour(address: Uint8Array, scope: number, random: readonly number[]): Uint8Array {
  return address.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, scope - i * 8))
    const mask = (0xff00 >> kept) & 0xff
    return (byte & mask) | (random[i] & ~mask & 0xff)
  })
}

const someName = fc.constantFrom('plain.live.example.net', 'show1.play.live.example.net', 'watch.live.example.net')

const transports = [Transport.udp, Transport.tcp] as const

type Below = (limit: number) => number

function lowRandom(seed: number): Below {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) % limit
  }
}

/** Fills a packet with noise, perhaps behind the header of a query. Returns its length. */
function scribble(packet: Uint8Array, random: Below, headed: boolean): number {
  const length = random(64)
  for (let i = 0; i < length; i++) packet[i] = random(256)
  if (headed) packet.set([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return length
}

/** One of these queries with up to three octets changed, sometimes up to thirty, perhaps cut. Returns its length. */
function mutate(packet: Uint8Array, random: Below, seeds: readonly Uint8Array[]): number {
  const query = seeds[random(seeds.length)]
  packet.set(query)
  for (let change = random(random(8) === 0 ? 31 : 4); change > 0; change--) packet[random(query.length)] = random(256)
  return random(10) === 0 ? random(query.length) : query.length
}

describe('answers', () => {
  it('are the same for every address inside the answered scope', () => {
    fc.assert(
      fc.property(
        fc.oneof(someV4, someV6),
        fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }),
        someName,
        fc.constantFrom('A', 'AAAA', 'HTTPS'),
        (address, random, name, type) => {
          const bits = address.length * 8
          const one = ask(world.state, { name, type, subnet: `${formatAddress(address)}/${bits}` })
          const other = neighbour(address, one.scope ?? 0, random)
          const two = ask(world.state, { name, type, subnet: `${formatAddress(other)}/${bits}` })
          expect(two.scope).toBe(one.scope)
          expect(two.data).toEqual(one.data)
          expect(two.rcode).toBe(one.rcode)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('to a million random and mutated packets never throw, hang or exceed the limit', () => {
    const seeds = [
      query({ name: 'show1.play.live.example.net', subnet: '198.51.100.0/24' }),
      query({ name: 'show1.play.live.example.net', type: 'AAAA', subnet: '2001:db8:1::/56' }),
      query({ name: 'big.live.example.net', type: 'TXT', edns: true, udpSize: 4096, nsid: true }),
      query({ name: 'middle.live.example.net', type: 'TXT', edns: true, udpSize: 700 }),
      query({ name: 'middle.live.example.net', type: 'TXT' }),
      query({ name: 'watch.live.example.net', type: 'HTTPS', dnssecOk: true }),
      query({ name: 'x.y.live.example.net' }),
      query({ name: 'live.example.net', type: 'NS' }),
    ]
    const room = new Uint8Array(65_535)
    const client = new Client()
    client.setFromText('198.51.100.1', 53)
    const asked = new Query()
    const answered = new Map(transports.map((transport) => [transport, 0]))
    for (const seed of [0x5eed, 0xbeef, 0xcafe, 0xf00d]) {
      const random = lowRandom(seed)
      for (let round = 0; round < 250_000; round++) {
        const length = round % 8 === 0 ? scribble(room, random, round % 16 === 0) : mutate(room, random, seeds)
        const transport = transports[random(2)]
        parseQuery(room, length, asked)
        // What the client takes, which is 512 octets without EDNS (RFC 6891 section 6.2.5), and never more than 1232 over UDP.
        const limit = transport === Transport.tcp ? 65_535 : Math.min(1232, asked.hasEdns ? asked.udpSize : 512)
        const size = answer(room, length, client, transport, world.state)
        if (size > limit) expect.fail(`an answer of ${size} bytes where ${limit} are the most`)
        if (size > 0 && (room[2] & 0x80) === 0) expect.fail('an answer without QR')
        if (size > 0) answered.set(transport, (answered.get(transport) ?? 0) + 1)
      }
    }
    for (const transport of transports) expect(answered.get(transport)).toBeGreaterThan(150_000)
  })

  it('to mutated queries can be read by an independent decoder', () => {
    const base = query({ name: 'show1.play.live.example.net', subnet: '198.51.100.0/24' })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 3 }), (changes) => {
        const packet = Buffer.from(base)
        for (const [at, value] of changes) packet[at] = value
        const reply = send(world.state, packet)
        if (reply === null) return
        expect(() => read(reply.bytes)).not.toThrow()
        expect(reply.packet.flag_qr).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})
