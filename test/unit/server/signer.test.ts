// How the signer keeps its table: renewed in time while somebody wants it, forgotten otherwise, never larger than it may be, and filled
// ahead with what is likely. Knows no sockets and no threads.
import { describe, expect, it } from 'vitest'
import { answer, needsSignature, Transport } from '../../../src/server/answer.ts'
import { Client } from '../../../src/server/client.ts'
import { attachSignatures, createSignatures, ways } from '../../../src/server/signature-table.ts'
import { Signer } from '../../../src/server/signer.ts'
import { keySetOf } from '../../../src/zone/signing/key-set.ts'
import { signAhead } from '../../../src/server/signing-ahead.ts'
import { ask, query, type Asked } from '../../support/ask.ts'
import { goodSignatures, newKey, signedWorld, signingOf, startSeconds, type SignedWorld } from '../../support/signed.ts'
import { name, node, records, service, zone } from '../../support/world.ts'

const A = 1
const day = 86_400
const keys = [newKey('ed25519')]
const plain: Asked = { name: 'plain.live.example.net', subnet: '198.51.100.0/24', dnssecOk: true }
const other: Asked = { ...plain, subnet: '203.0.113.0/24' }

function isMissing({ door }: SignedWorld, asked: Asked): boolean {
  const sent = query(asked)
  const room = new Uint8Array(1536)
  room.set(sent)
  const client = new Client()
  client.setFromText('192.0.2.200', 5353)
  return answer(room, sent.length, client, Transport.udp, door) === needsSignature
}

/** Does all the steps; how many there were. */
function through(steps: Generator<void>): number {
  let count = 0
  while (steps.next().done !== true) count++
  return count
}

function expiration({ door, clock }: SignedWorld, asked: Asked): number | undefined {
  return goodSignatures(ask(door, asked).bytes, A, keys, clock.now).at(0)?.expiration
}

describe('a signature', () => {
  it('is made from an hour ago, for the validity less some jitter', () => {
    const world = signedWorld(keys)
    const [signature] = goodSignatures(ask(world.signing, plain).bytes, A, keys, startSeconds)
    expect(signature).toMatchObject({
      inception: startSeconds - 3600,
      expiration: startSeconds + 14 * day - Math.floor(14 * day * 0.05),
    })
  })

  it('that is asked for is renewed before it ends; once nobody asks any more it is forgotten', () => {
    const world = signedWorld(keys)
    const { signer, signing, clock, made } = world
    ask(signing, plain)
    ask(signing, other)
    const first = expiration(world, plain) ?? 0
    signer.observe()
    clock.now += 8 * day
    through(signer.renewing())
    expect(made).toEqual(['asked', 'asked'])
    clock.now += day
    through(signer.renewing())
    expect(made).toEqual(['asked', 'asked', 'renewed', 'renewed'])
    expect(expiration(world, plain)).toBe(first + 9 * day)
    signer.observe()
    clock.now += 9 * day
    through(signer.renewing())
    expect(made).toEqual(['asked', 'asked', 'renewed', 'renewed', 'renewed'])
    expect(expiration(world, plain)).toBe(first + 18 * day)
    clock.now += 5 * day
    through(signer.renewing())
    expect([isMissing(world, other), isMissing(world, plain), signer.size]).toEqual([true, false, 1])
  })

  it('that ended is not given to anybody, also before it is removed', () => {
    const world = signedWorld(keys)
    const { signing, door, clock, made } = world
    ask(signing, plain)
    for (const seconds of [13 * day, 13.2 * day]) {
      door.clock.set((startSeconds + seconds) * 1000, 0)
      expect(isMissing(world, plain)).toBe(false)
    }
    clock.now += 14 * day
    for (const { clock } of [signing, door]) clock.set(world.clock.now * 1000, 0)
    expect(isMissing(world, plain)).toBe(true)
    expect(goodSignatures(ask(signing, plain).bytes, A, keys, clock.now)).toHaveLength(1)
    expect(isMissing(world, plain)).toBe(false)
    expect(made).toEqual(['asked', 'asked'])
  })

  it('that has not begun, for the clock was set back, is made anew or forgotten', () => {
    const world = signedWorld(keys)
    const { signer, signing, clock, made } = world
    ask(signing, plain)
    ask(signing, other)
    signer.observe()
    clock.now -= 3_600
    through(signer.renewing())
    expect(made).toEqual(['asked', 'asked'])
    clock.now -= 1
    through(signer.renewing())
    expect(made).toEqual(['asked', 'asked', 'renewed', 'renewed'])
    expect(goodSignatures(ask(world.door, plain).bytes, A, keys, clock.now)).toHaveLength(1)
    signer.observe()
    clock.now -= 8 * 3_600
    through(signer.renewing())
    expect(made).toEqual(['asked', 'asked', 'renewed', 'renewed', 'renewed'])
    expect(goodSignatures(ask(world.door, plain).bytes, A, keys, clock.now)).toHaveLength(1)
    expect([isMissing(world, other), signer.size]).toEqual([true, 1])
  })

  it('by keys that are gone is forgotten', () => {
    const world = signedWorld(keys)
    ask(world.signing, plain)
    world.setKeys([newKey()])
    through(world.signer.renewing())
    expect(world.signer.size).toBe(0)
  })

  it('is forgotten by a signer that takes over a table, which nobody else would renew', () => {
    const table = createSignatures(4)
    attachSignatures(table).tags.fill(5)
    const signer = new Signer({ table, now: () => 0, random: () => 0, onSigned: () => {} })
    expect(signer.size).toBe(0)
    expect([...new Set(attachSignatures(table).tags)]).toEqual([0])
  })
})

describe('the table', () => {
  const many = Array.from({ length: 40 }, (_, i) => node(`hkg-${i + 1}`, 'hkg', { v4: `192.0.2.${i + 1}` }))
  const crowd = {
    nodes: many,
    services: [service('play', 'edges', { locality: 'stream' }), service('plain', 'edges')],
    pools: [{ key: 'edges', nodes: many.map(({ name }) => name) }],
  }

  it('is never fuller than three quarters, and what was used last stays', () => {
    const world = signedWorld(keys, crowd, 2)
    const { signing, signer, made } = world
    ask(signing, plain)
    for (let i = 0; made.length < 100; i++) {
      ask(signing, { ...plain, name: `show${i}.play.live.example.net` })
      isMissing(world, plain)
      signer.observe()
    }
    expect(signer.size).toBeLessThanOrEqual(2 * ways * 0.75)
    expect(signer.size).toBeGreaterThan(ways)
    expect(isMissing(world, plain)).toBe(false)
  })

  it('is filled ahead with what comes, the likeliest first, and no further than allowed', () => {
    const world = signedWorld(keys, crowd)
    const { signing, signer, made } = world
    signer.reason = 'ahead'
    through(signAhead(signing, new Uint8Array(1536), () => signer.made < 50))
    expect(made).toEqual(Array.from({ length: 50 }, () => 'ahead'))
    through(signAhead(signing, new Uint8Array(1536), () => signer.made < 700))
    expect(isMissing(world, plain)).toBe(false)
    const missing = Array.from({ length: 300 }, (_, i) =>
      isMissing(world, { ...plain, name: `show${i}.play.live.example.net` }),
    ).filter(Boolean).length
    // 40 nodes make 780 pairs, and not all of them come up.
    expect(missing).toBeLessThan(200)
  })

  it('filled ahead without a limit leaves nothing to be asked for, of any type', () => {
    const world = signedWorld(keys)
    const { signing } = world
    through(signAhead(signing, new Uint8Array(1536), () => true))
    for (const type of ['A', 'AAAA', 'HTTPS']) {
      for (const subnet of ['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/25', '192.0.2.128/25', '2001:db8:2::/48']) {
        for (let i = 0; i < 50; i++) {
          expect(isMissing(world, { ...plain, name: `show${i}.play.live.example.net`, type, subnet })).toBe(false)
        }
        expect(isMissing(world, { ...plain, type, subnet })).toBe(false)
      }
    }
  })
})

it('two zones with the same keys are renewed each with its own name', () => {
  const apex = 'example.org'
  const second = {
    ...zone,
    name: apex,
    apex: name(apex),
    steeredNames: [{ owner: name(`play.${apex}`), service: 'play' }],
    staticRRsets: [records(apex, 2, 3600, 'ns.example.com.')],
  }
  const { signing, signer, clock, tables } = signedWorld(keys, { zones: [zone, second] })
  signing.tables.zoneKeySet[1] = tables.zoneKeySet[1] = keySetOf(second.apex, keys)
  signer.setZones([signingOf(keys), { ...signingOf(keys), apex: second.apex, keySet: keySetOf(second.apex, keys) }])
  const names = [plain, { ...plain, name: `play.${apex}` }]
  const good = (): number[] =>
    names.map((asked) => goodSignatures(ask(signing, asked).bytes, A, keys, clock.now).length)
  expect(good()).toEqual([1, 1])
  signer.observe()
  clock.now += 12 * day
  through(signer.renewing())
  expect(good()).toEqual([1, 1])
})

it('signs ahead the CNAME of a service that answers with names, and nothing else', () => {
  const world = signedWorld(keys, {
    nodes: [
      node('hkg-1', 'hkg', { target: 'hkg.cdn.example.org.' }),
      node('fra-1', 'fra', { target: 'fra.cdn.example.org.', v6: '2001:db8:e::2' }),
    ],
    services: [service('cdn', 'edges', { target: true, answers: 1 })],
    zones: [{ ...zone, steeredNames: [{ owner: name('cdn.live.example.net'), service: 'cdn' }] }],
  })
  through(signAhead(world.signing, new Uint8Array(1536), () => true))
  expect(world.signer.size).toBe(2)
  for (const subnet of ['198.51.100.0/24', '192.0.2.0/25'])
    expect(isMissing(world, { ...plain, name: 'cdn.live.example.net', subnet })).toBe(false)
})

it('begins to sign ahead at once, however many names a service has', () => {
  const steeredNames = Array.from({ length: 40_000 }, (_, i) => ({
    owner: name(`n${i}.live.example.net`),
    service: 'plain',
  }))
  const { signing, signer } = signedWorld(keys, { zones: [{ ...zone, steeredNames }] })
  signer.reason = 'ahead'
  through(signAhead(signing, new Uint8Array(1536), () => signer.made < 10))
  expect(signer.made).toBe(10)
})

it('a zone without readable keys is not signed', () => {
  const world = signedWorld(keys)
  world.signer.setZones([{ ...signingOf(keys), keys: [] }])
  expect(ask(world.signing, plain).rcode).toBe('SERVFAIL')
})
