// Steered answers of a signed zone: handed over whole while a signature is missing, and signed by whoever made the table. Knows no sockets.
import { describe, expect, it } from 'vitest'
import { allUp, Verdict } from '../../../src/fleet/availability.ts'
import { answer, needsSignature, Transport } from '../../../src/server/answer.ts'
import { Client } from '../../../src/server/client.ts'
import type { State } from '../../../src/server/state.ts'
import { slot } from '../../../src/telemetry/counters.ts'
import { ask, query, type Asked } from '../../support/ask.ts'
import { goodSignatures, newKey, signedWorld, startSeconds } from '../../support/signed.ts'
import { name, node, records, service, zone } from '../../support/world.ts'

const A = 1
const CNAME = 5
const AAAA = 28
const HTTPS = 65
const keys = [newKey()]
const hongKong = { subnet: '198.51.100.0/24', dnssecOk: true }
const plain: Asked = { name: 'plain.live.example.net', ...hongKong }

/** What `answer` makes of a query, and what lies in the room afterwards. */
function attempt(state: State, asked: Asked): { result: number; left: Uint8Array; sent: Uint8Array } {
  const sent = query(asked)
  const room = new Uint8Array(1536)
  room.set(sent)
  const client = new Client()
  client.setFromText('192.0.2.200', 5353)
  const result = answer(room, sent.length, client, Transport.udp, state)
  return { result, left: room.subarray(0, sent.length), sent }
}

function verified(bytes: Uint8Array, type: number, by = keys, now = startSeconds) {
  return goodSignatures(bytes, type, by, now)
}

describe('a missing signature', () => {
  it.each([
    ['of a steered name', plain],
    ['under a wildcard', { name: 'Show1.Play.live.example.net', ...hongKong }],
    ['behind an alias, which is written before it is missed', { name: 'watch.live.example.net', ...hongKong }],
    ['of an HTTPS record', { ...plain, name: 'x.play.live.example.net', type: 'HTTPS', nsid: true }],
  ])('%s has the query handed on as it came', (_what, asked) => {
    const { door, made } = signedWorld(keys)
    const { result, left, sent } = attempt(door, asked)
    expect(result).toBe(needsSignature)
    expect(Buffer.from(left)).toEqual(Buffer.from(sent))
    expect(made).toEqual([])
    expect([door.counters[slot.signature_lookups.miss], door.counters[slot.answers.NOERROR]]).toEqual([1, 0])
  })

  it('is nobody else’s business: without DO, and of static names, answers are what they were', () => {
    const { door, state } = signedWorld(keys)
    for (const asked of [
      { ...plain, dnssecOk: false },
      { name: 'plain.live.example.net' },
      { name: 'a.b.c.live.example.net', type: 'TXT' },
    ]) {
      expect(Buffer.from(ask(door, asked).bytes)).toEqual(Buffer.from(ask(state, asked).bytes))
    }
    expect(door.counters[slot.signature_lookups.miss]).toBe(0)
  })

  it('is SERVFAIL with an extended error where it cannot be made', () => {
    const { signing, signer } = signedWorld(keys)
    signer.setZones([null])
    const reply = ask(signing, plain)
    expect([reply.rcode, reply.answers.length, reply.scope]).toEqual(['SERVFAIL', 0, 0])
    expect(reply.opt?.options.map(({ code }) => Number(code))).toContain(15)
  })

  it('behind an alias of an unsigned zone has the query handed on as it came, and nothing of the one before', () => {
    const apex = 'example.org'
    const unsigned = {
      ...zone,
      name: apex,
      apex: name(apex),
      steeredNames: [],
      staticRRsets: [
        records(apex, 2, 3600, 'ns.example.com.'),
        records(`www.${apex}`, CNAME, 300, 'show9.play.live.example.net.'),
      ],
    }
    const { door, signing } = signedWorld(keys, { zones: [zone, unsigned] })
    const asked = { name: `www.${apex}`, subnet: '192.0.2.0/24', cookie: 'bbbbbbbbbbbbbbbb', dnssecOk: true }
    for (const before of [null, { ...plain, subnet: '203.0.113.0/24', cookie: 'aaaaaaaaaaaaaaaa' }]) {
      if (before !== null) expect(attempt(door, before).result).toBe(needsSignature)
      const { result, left, sent } = attempt(door, asked)
      expect(result).toBe(needsSignature)
      expect(Buffer.from(left)).toEqual(Buffer.from(sent))
    }
    const reply = ask(signing, asked)
    expect(reply.answers.map(({ type }) => type)).toEqual(['CNAME', 'A', 'A', 'RRSIG'])
  })

  it('stays missing in a query that is too long to be kept', () => {
    const { door } = signedWorld(keys)
    const sent = query(plain)
    // Padding behind the last record is ignored, but it is part of the message.
    const room = new Uint8Array(65_535)
    room.set(sent)
    const client = new Client()
    client.setFromText('192.0.2.200', 5353)
    const length = answer(room, 2000, client, Transport.tcp, door)
    expect(length).toBeGreaterThan(0)
    expect(room[3] & 15).toBe(2)
  })
})

describe('the signer', () => {
  it.each([['ecdsap256'], ['ed25519']] as const)('signs with %s what then every door answers', (algorithm) => {
    const own = [newKey(algorithm)]
    const { door, signing, made } = signedWorld(own)
    const asked = ask(signing, plain)
    expect(verified(asked.bytes, A, own)).toMatchObject([{ labels: 4, originalTtlSeconds: 30, sentTtl: 30 }])
    expect(verified(asked.bytes, A, [newKey(algorithm)])).toEqual([])
    expect(Buffer.from(ask(door, plain).bytes)).toEqual(Buffer.from(asked.bytes))
    expect(made).toEqual(['asked'])
    expect(door.counters[slot.signature_lookups.hit]).toBe(1)
  })

  it('signs A, AAAA and HTTPS, each record set by itself', () => {
    const { signing, made, words, slotOf } = signedWorld(keys)
    const name = 'one.play.live.example.net'
    for (const [type, number] of [
      ['A', A],
      ['AAAA', AAAA],
      ['HTTPS', HTTPS],
    ] as const) {
      expect(verified(ask(signing, { name, type, ...hongKong }).bytes, number)).toHaveLength(1)
    }
    // Other rdata, another signature: now h3 is proven.
    for (const node of ['hkg-1', 'hkg-2']) words[slotOf(node) * 2] |= Verdict.quic
    expect(verified(ask(signing, { name, type: 'HTTPS', ...hongKong }).bytes, HTTPS)).toHaveLength(1)
    expect(made).toHaveLength(4)
  })

  it('signs under the wildcard, so that one signature is everybody’s who gets the same nodes', () => {
    const { door, signing, made } = signedWorld(keys)
    const picks = new Set<string>()
    for (let i = 0; i < 2000; i++) {
      const asked = { name: `random-${i}.play.live.example.net`, ...hongKong }
      if (attempt(door, asked).result === needsSignature) ask(signing, asked)
      const reply = ask(door, asked)
      picks.add(
        reply.answers
          .flatMap((record) => (record.type === 'A' ? [record.data] : []))
          .toSorted()
          .join(),
      )
      expect(verified(reply.bytes, A)).toMatchObject([{ labels: 4 }])
    }
    expect(made).toHaveLength(picks.size)
  })

  it('signs the alias’s target by its own name', () => {
    const { signing } = signedWorld(keys)
    const { bytes } = ask(signing, { name: 'watch.live.example.net', ...hongKong })
    expect(verified(bytes, A)).toMatchObject([{ labels: 4 }])
    expect(verified(bytes, CNAME).length).toBeLessThanOrEqual(1)
  })

  it('signs the CNAME of a service that answers with names, for every type alike, and what it leads to in our zones', () => {
    const apex = 'live.example.net'
    const { signing, made } = signedWorld(keys, {
      nodes: [
        node('hkg-1', 'hkg', { target: 'hkg.cdn.example.org.' }),
        node('fra-1', 'fra', { target: `edge.${apex}.`, v6: '2001:db8:e::2' }),
      ],
      services: [service('cdn', 'edges', { target: true, answers: 1 })],
      zones: [
        {
          ...zone,
          steeredNames: [{ owner: name(`*.cdn.${apex}`), service: 'cdn' }],
          staticRRsets: [...zone.staticRRsets, records(`edge.${apex}`, A, 600, '192.0.2.200')],
        },
      ],
    })
    for (const type of ['A', 'TXT', 'CNAME', 'HTTPS']) {
      const { bytes } = ask(signing, { name: `show1.cdn.${apex}`, type, ...hongKong })
      expect(verified(bytes, CNAME)).toMatchObject([{ labels: 4, originalTtlSeconds: 30 }])
    }
    expect(made).toEqual(['asked'])
    const { bytes } = ask(signing, { name: `show1.cdn.${apex}`, subnet: '192.0.2.0/25', dnssecOk: true })
    expect(verified(bytes, CNAME)).toHaveLength(1)
    expect(verified(bytes, A)).toMatchObject([{ labels: 4, originalTtlSeconds: 600 }])
  })

  it.each(['plain', '*.play', 'show1.play'])(
    'leaves the NSEC of %s to itself where a service answers with names',
    (owner) => {
      const { signing, tables } = signedWorld(keys, {
        nodes: [node('hkg-1', 'hkg', { target: 'hkg.cdn.example.org.' })],
        services: [
          service('play', 'edges', { target: true, answers: 1 }),
          service('plain', 'edges', { target: true, answers: 1 }),
        ],
      })
      const asked: Asked = { name: `${owner}.live.example.net`, type: 'NSEC', ...hongKong }
      const NSEC = 47
      expect(verified(ask(signing, asked).bytes, NSEC)).toHaveLength(1)
      expect(verified(ask(signing, asked).bytes, CNAME)).toEqual([])
      tables.zoneKeySet[0] = 0
      expect(ask(signing, { ...asked, dnssecOk: false }).answers).toMatchObject([{ type: 'CNAME' }])
    },
  )

  it('signs the steady TTL whatever is sent', () => {
    const { signing, made, setVerdict } = signedWorld(keys)
    expect(verified(ask(signing, plain).bytes, A)).toMatchObject([{ originalTtlSeconds: 30, sentTtl: 30 }])
    setVerdict('hkg-1', allUp | Verdict.movingV4)
    const changing = ask(signing, plain)
    expect(changing.answers.map((record) => (record as { ttl?: number }).ttl)).toEqual([10, 10, 10])
    expect(verified(changing.bytes, A)).toMatchObject([{ originalTtlSeconds: 30, sentTtl: 10 }])
    expect(made).toEqual(['asked'])
  })

  it('makes another signature when a verdict changes the pick', () => {
    const { door, signing, made, setVerdict } = signedWorld(keys)
    ask(signing, plain)
    setVerdict('hkg-1', 0)
    expect(attempt(door, plain).result).toBe(needsSignature)
    const alone = ask(signing, plain)
    expect(alone.data.filter((data) => data.includes('.'))).toEqual(['192.0.2.2'])
    expect(verified(alone.bytes, A)).toHaveLength(1)
    expect(made).toHaveLength(2)
    setVerdict('hkg-1', allUp)
    expect(verified(ask(door, plain).bytes, A)).toHaveLength(1)
  })

  it('signs with both keys while they roll, and knows no signature of an earlier set of keys', () => {
    const { door, signing, setKeys } = signedWorld(keys)
    ask(signing, plain)
    const both = [...keys, newKey('ed25519')]
    setKeys(both)
    expect(attempt(door, plain).result).toBe(needsSignature)
    const reply = ask(signing, plain)
    expect(both.map((key) => verified(reply.bytes, A, [key]).length)).toEqual([1, 1])
    setKeys(both.slice(1))
    const after = ask(signing, plain)
    expect(both.map((key) => verified(after.bytes, A, [key]).length)).toEqual([0, 1])
  })

  it('truncates an answer whose signatures do not fit, and sends it whole over TCP', () => {
    const both = [...keys, newKey('ed25519')]
    const { signing } = signedWorld(both)
    const name = `${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(60)}.play.live.example.net`
    const asked = { ...hongKong, name, type: 'HTTPS', udpSize: 512, nsid: true }
    const cut = ask(signing, asked)
    expect([cut.packet.flag_tc, cut.answers.length]).toEqual([true, 0])
    const whole = ask(signing, { ...asked, tcp: true })
    expect(verified(whole.bytes, HTTPS, both)).toHaveLength(2)
  })
})
