// What the spine answers in the small world, read back with dns-packet. Knows no sockets.
import { describe, expect, it } from 'vitest'
import { allUp, Override } from '../../../src/fleet/availability.ts'
import { tcpLimits } from '../../../src/server/tcp-limits.ts'
import { slot } from '../../../src/telemetry/counters.ts'
import { ask, query, send } from '../../support/ask.ts'
import { makeConfig, makeWorld, rule, service } from '../../support/world.ts'

const address = {
  'hkg-1': '192.0.2.1',
  'hkg-2': '192.0.2.2',
  'sin-1': '192.0.2.65',
  'fra-1': '192.0.2.129',
}

describe('steered names', () => {
  it('answers the nodes nearest to the client subnet, with the scope of its block', () => {
    const { state } = makeWorld()
    const hongKong = ask(state, { name: 'plain.live.example.net', subnet: '198.51.100.0/24' })
    expect(hongKong.rcode).toBe('NOERROR')
    expect(hongKong.packet.flag_aa).toBe(true)
    expect(hongKong.packet.flag_ra).toBe(false)
    expect(hongKong.data).toEqual([address['hkg-1'], address['hkg-2']])
    expect(hongKong.scope).toBe(24)
    const germany = ask(state, { name: 'plain.live.example.net', subnet: '192.0.2.0/25' })
    expect(germany.data).toContain(address['fra-1'])
    expect(germany.scope).toBe(25)
  })

  it('lets the resolver decide without ECS, with an opt-out and for unmapped subnets', () => {
    const { state } = makeWorld()
    const name = 'plain.live.example.net'
    const byResolver = ask(state, { name, resolver: '198.51.100.9' })
    expect(byResolver.scope).toBeNull()
    expect(byResolver.data).toEqual([address['hkg-1'], address['hkg-2']])
    const optOut = ask(state, { name, subnet: '0.0.0.0/0', resolver: '198.51.100.9' })
    expect([optOut.scope, optOut.data]).toEqual([0, byResolver.data])
    const unmapped = ask(state, { name, subnet: '10.1.2.0/24', resolver: '198.51.100.9' })
    expect(unmapped.data).toEqual(byResolver.data)
    expect(unmapped.scope).toBe(16)
    expect(state.counters[slot.ecs.unmapped]).toBe(1)
  })

  it('never answers for more space than the coarsest scope', () => {
    const { state } = makeWorld()
    expect(ask(state, { name: 'plain.live.example.net', subnet: '198.18.7.0/24' }).scope).toBe(16)
    expect(ask(state, { name: 'plain.live.example.net', subnet: '8.0.0.0/24' }).scope).toBe(16)
    expect(ask(state, { name: 'plain.live.example.net', subnet: '2001:db8:1::/48' }).scope).toBe(48)
    expect(ask(state, { name: 'plain.live.example.net', subnet: '3fff::/32' }).scope).toBe(32)
  })

  it.each([
    ['::ffff:198.51.100.0/120', 96 + 24],
    ['64:ff9b::198.51.100.0/120', 96 + 24],
    ['2002:c633:6400::/56', 16 + 24],
  ])('folds IPv4 carried in %s', (subnet, scope) => {
    const { state } = makeWorld()
    const reply = ask(state, { name: 'plain.live.example.net', subnet })
    expect(reply.data).toEqual([address['hkg-1'], address['hkg-2']])
    expect(reply.scope).toBe(scope)
  })

  it('does not fold when the source prefix stops short of the embedded address', () => {
    const { state } = makeWorld()
    const reply = ask(state, { name: 'plain.live.example.net', subnet: '::/56', resolver: '192.0.2.5' })
    expect(reply.data).toContain(address['fra-1'])
    expect(state.counters[slot.ecs.unmapped]).toBe(1)
  })

  it('gives a stream the same nodes for every client of a window, and streams different ones', () => {
    const many = Array.from({ length: 12 }, (_, i) => `hkg-${i + 1}`)
    const { state } = makeWorld({
      nodes: many.map((name, i) => ({ ...nodeAt(name), v4: `192.0.2.${i + 1}` })),
      pools: [{ key: 'edges', nodes: many }],
    })
    const picks = (name: string): string[] =>
      ['198.51.100.0/24', '198.51.101.0/24'].map((subnet) => ask(state, { name, subnet }).data.join())
    const streams = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const [one, other] = picks(`show${i}.play.live.example.net`)
      expect(one).toBe(other)
      streams.add(one)
    }
    expect(streams.size).toBeGreaterThan(5)
  })

  it('drops a failed node with the next packet and takes it back', () => {
    const { state, setVerdict } = makeWorld()
    const asked = { name: 'plain.live.example.net', subnet: '198.51.100.0/24' }
    setVerdict('hkg-1', 0)
    expect(ask(state, asked).data).toEqual([address['hkg-2']])
    setVerdict('hkg-1', allUp)
    expect(ask(state, asked).data).toEqual([address['hkg-1'], address['hkg-2']])
  })

  it('spills along the rank when a whole site is gone', () => {
    const { state, setVerdict } = makeWorld()
    setVerdict('hkg-1', 0)
    setVerdict('hkg-2', 0)
    expect(ask(state, { name: 'plain.live.example.net', subnet: '198.51.100.0/24' }).data).toContain(address['sin-1'])
  })

  it('fails open when nothing is available, and says so', () => {
    const { state, config, setVerdict } = makeWorld()
    for (const { name } of config.nodes) setVerdict(name, 0)
    const reply = ask(state, { name: 'plain.live.example.net', subnet: '198.51.100.0/24' })
    expect(reply.data).toEqual([address['hkg-1'], address['hkg-2']])
    expect(reply.answers.map((record) => (record as { ttl?: number }).ttl)).toEqual([10, 10])
    expect(reply.opt?.options.map(({ code }) => Number(code))).toContain(15)
  })

  it('lets an override beat the verdict', () => {
    const { state, words, slotOf, tables, setVerdict } = makeWorld()
    words[slotOf('hkg-1') * 2 + 1] = Override.down
    setVerdict('hkg-2', allUp)
    expect(tables.groupState.length).toBeGreaterThan(0)
    expect(ask(state, { name: 'plain.live.example.net', subnet: '198.51.100.0/24' }).data).toEqual([address['hkg-2']])
  })

  it('withholds IPv6 where IPv4 has nodes much nearer, but never IPv4', () => {
    const { state, setVerdict } = makeWorld()
    const name = 'plain.live.example.net'
    expect(ask(state, { name, type: 'AAAA', subnet: '198.51.100.0/24' }).data).toEqual(['2001:db8:e::1'])
    setVerdict('hkg-1', 0)
    const withheld = ask(state, { name, type: 'AAAA', subnet: '198.51.100.0/24' })
    expect(withheld.rcode).toBe('NOERROR')
    expect(withheld.data).toEqual([])
    expect(withheld.scope).toBe(24)
    expect(withheld.packet.authorities?.[0]?.type).toBe('SOA')
  })

  it('puts the addresses of A and AAAA into HTTPS hints, without h3 unless every node answers QUIC', () => {
    const { state, setVerdict } = makeWorld()
    const asked = { name: 'show1.play.live.example.net', subnet: '198.51.100.0/24' }
    const a = ask(state, asked)
    const rdata = httpsRdata(ask(state, { ...asked, type: 'HTTPS' }).bytes)
    expect(rdata.includes(Buffer.from([1, 0x02, 0x68]))).toBe(false)
    expect(rdata.includes(Buffer.from('\x02h2', 'latin1'))).toBe(true)
    expect(rdata.includes(Buffer.from('\x02h3', 'latin1'))).toBe(false)
    for (const text of a.data) expect(rdata.includes(Buffer.from(text.split('.').map(Number)))).toBe(true)
    setVerdict('hkg-1', allUp | 16)
    setVerdict('hkg-2', allUp | 16)
    expect(httpsRdata(ask(state, { ...asked, type: 'HTTPS' }).bytes).includes(Buffer.from('\x02h3', 'latin1'))).toBe(
      true,
    )
  })

  it('shortens the TTL while a node of the window is in motion', () => {
    const { state, setVerdict } = makeWorld()
    const asked = { name: 'plain.live.example.net', subnet: '198.51.100.0/24' }
    const ttl = (): unknown => (ask(state, asked).answers[0] as { ttl?: number }).ttl
    expect(ttl()).toBe(30)
    setVerdict('hkg-1', allUp | 4)
    expect(ttl()).toBe(10)
    setVerdict('fra-1', allUp | 4)
    setVerdict('hkg-1', allUp)
    expect(ttl()).toBe(30)
  })

  it('obeys steering: exclusion, only and bias', () => {
    const hongKong = { countries: ['HK'] }
    const subnet = '198.51.100.0/24'
    const name = 'plain.live.example.net'
    const excluded = makeWorld({ steering: [rule(hongKong, { sites: ['hkg'] }, { weight: 0 })] })
    expect(ask(excluded.state, { name, subnet }).data).toContain(address['sin-1'])
    const only = makeWorld({ steering: [rule(hongKong, { nodes: ['fra-1'] }, { only: true })] })
    expect(ask(only.state, { name, subnet }).data).toEqual([address['fra-1']])
    only.setVerdict('fra-1', 0)
    expect(ask(only.state, { name, subnet }).data).toEqual([address['fra-1']])
    const biased = makeWorld({ steering: [rule(hongKong, { sites: ['hkg'] }, { biasMs: 500 })] })
    expect(ask(biased.state, { name, subnet }).data).toContain(address['sin-1'])
  })

  it('counts who asked, what was answered and which node was handed out', () => {
    const { state } = makeWorld({ services: [service('play', 'edges'), service('plain', 'edges', { answers: 1 })] })
    ask(state, { name: 'plain.live.example.net', subnet: '198.51.100.0/24' })
    expect(state.counters[slot.queries.udp]).toBe(1)
    expect(state.counters[slot.questions.A]).toBe(1)
    expect(state.counters[slot.outcomes.steered]).toBe(1)
    expect(state.counters[slot.answers.NOERROR]).toBe(1)
    expect(state.counters.reduce((sum, count) => sum + count, 0)).toBe(7)
  })
})

describe('static names', () => {
  it('answers the apex with SOA, NS and glue', () => {
    const { state } = makeWorld({}, 1234)
    const soa = ask(state, { name: 'live.example.net', type: 'SOA' }).answers[0] as { data: { serial: number } }
    expect(soa.data.serial).toBe(1234)
    const ns = ask(state, { name: 'LIVE.example.net', type: 'NS', subnet: '198.51.100.0/24' })
    expect(ns.data).toEqual(['ns1.live.example.net', 'ns2.live.example.net'])
    expect(ns.packet.additionals?.filter(({ type }) => type !== 'OPT')).toHaveLength(3)
    expect(ns.scope).toBe(0)
  })

  it('keeps the case of the question', () => {
    const { state } = makeWorld()
    const reply = ask(state, { name: 'PlAiN.LiVe.example.net', subnet: '198.51.100.0/24' })
    expect(reply.packet.questions?.[0].name).toBe('PlAiN.LiVe.example.net')
    expect(reply.answers[0].name).toBe('PlAiN.LiVe.example.net')
  })

  it('says NODATA for empty non-terminals and NXDOMAIN below them, with the SOA at the negative TTL', () => {
    const { state } = makeWorld()
    for (const name of ['b.c.live.example.net', 'c.live.example.net']) {
      const reply = ask(state, { name, type: 'TXT' })
      expect([name, reply.rcode, reply.answers.length]).toEqual([name, 'NOERROR', 0])
    }
    const missing = ask(state, { name: 'x.b.c.live.example.net' })
    expect(missing.rcode).toBe('NXDOMAIN')
    const soa = missing.packet.authorities?.[0] as { name: string; ttl: number; data: { minimum: number } }
    expect([soa.name, soa.ttl, soa.data.minimum]).toEqual(['live.example.net', 5, 5])
  })

  it('synthesises wildcards under their owner, not above existing names', () => {
    const { state } = makeWorld()
    expect(ask(state, { name: 'a.b.wild.live.example.net', type: 'TXT' }).answers[0].name).toBe(
      'a.b.wild.live.example.net',
    )
    expect(ask(state, { name: 'wild.live.example.net', type: 'TXT' }).answers).toEqual([])
  })

  it('follows a CNAME inside its zones and leaves the rest to the resolver', () => {
    const { state } = makeWorld()
    const inside = ask(state, { name: 'watch.live.example.net', subnet: '198.51.100.0/24' })
    expect(inside.answers.map(({ type }) => type)).toEqual(['CNAME', 'A', 'A'])
    expect(inside.answers[1].name).toBe('show1.play.live.example.net')
    expect(inside.scope).toBe(24)
    const outside = ask(state, { name: 'status.live.example.net' })
    expect([outside.rcode, outside.data]).toEqual(['NOERROR', ['status.example.org']])
    expect(ask(state, { name: 'status.live.example.net', type: 'CNAME' }).data).toEqual(['status.example.org'])
  })

  it('truncates what does not fit and answers it whole over TCP', () => {
    const { state } = makeWorld()
    const asked = { name: 'big.live.example.net', type: 'TXT', udpSize: 4096, edns: true }
    const udp = ask(state, asked)
    expect(udp.packet.flag_tc).toBe(true)
    expect(udp.answers).toEqual([])
    expect(udp.length).toBeLessThanOrEqual(1232)
    expect(udp.opt).toBeDefined()
    const tcp = ask(state, { ...asked, tcp: true })
    expect(tcp.packet.flag_tc).toBe(false)
    expect(tcp.answers).toHaveLength(12)
  })

  it('answers ANY with one small record', () => {
    const { state } = makeWorld()
    const reply = ask(state, { name: 'live.example.net', type: 'ANY' })
    expect(reply.answers.map(({ type }) => type)).toEqual(['HINFO'])
  })
})

describe('what is not ours', () => {
  it('refuses other zones, classes and transfers', () => {
    const { state } = makeWorld()
    const outside = ask(state, { name: 'www.example.org', edns: true })
    expect([outside.rcode, outside.packet.flag_aa]).toEqual(['REFUSED', false])
    expect(outside.opt?.options.map(({ code }) => Number(code))).toEqual([15])
    expect(ask(state, { name: 'live.example.net', type: 'AXFR' }).rcode).toBe('REFUSED')
  })

  it('drops answers, fragments and source port 0', () => {
    const { state } = makeWorld()
    const packet = query({ name: 'live.example.net' })
    packet[2] |= 0x80
    expect(send(state, packet)).toBeNull()
    expect(send(state, packet.subarray(0, 11))).toBeNull()
    expect(state.counters[slot.drops.response]).toBe(1)
    expect(state.counters[slot.drops.short]).toBe(1)
  })

  it('answers the identity: NSID and id.server', () => {
    const { state } = makeWorld()
    const reply = ask(state, { name: 'live.example.net', type: 'SOA', nsid: true })
    const nsid = reply.opt?.options.find(({ code }) => Number(code) === 3) as unknown as { data: Buffer }
    expect(nsid.data.toString()).toBe('test-1')
    const chaos = query({ name: 'id.server', type: 'TXT' })
    chaos[chaos.length - 1] = 3
    expect(send(state, chaos)?.data).toEqual(['test-1'])
  })

  it('answers its version where it is configured, and refuses to tell where it is not', () => {
    const ofVersion = (name: string, version: string | null): unknown[] => {
      const { state } = makeWorld({ server: { ...makeConfig().server, version } })
      const chaos = query({ name, type: 'TXT', edns: true })
      // The class of the question, before the 11 octets of an OPT record.
      chaos[chaos.length - 12] = 3
      const reply = send(state, chaos)
      return [reply?.rcode, reply?.packet.flag_aa, reply?.data]
    }
    for (const name of ['version.bind', 'VERSION.Server']) {
      expect(ofVersion(name, 'Nearcast 1')).toEqual(['NOERROR', true, ['Nearcast 1']])
      expect(ofVersion(name, null)).toEqual(['REFUSED', false, []])
    }
    expect(ofVersion('authors.bind', 'Nearcast 1')).toEqual(['REFUSED', false, []])
  })

  it('tells a client over TCP that asks how long it may be idle (RFC 7828), and nobody over UDP', () => {
    const { state } = makeWorld()
    const asked = { name: 'plain.live.example.net', keepalive: Uint8Array.of() }
    const options = (reply: ReturnType<typeof ask>): unknown => reply.opt?.options
    expect(options(ask(state, { ...asked, tcp: true }))).toMatchObject([{ code: 11, timeout: tcpLimits.idleMs / 100 }])
    expect(options(ask(state, asked))).toEqual([])
    expect(options(ask(state, { ...asked, keepalive: undefined, edns: true, tcp: true }))).toEqual([])
  })

  it('refuses a client over TCP that names a timeout itself, and looks away over UDP', () => {
    const { state } = makeWorld()
    const asked = { name: 'plain.live.example.net', keepalive: Uint8Array.of(0, 50) }
    const refused = ask(state, { ...asked, tcp: true })
    expect([refused.rcode, refused.opt?.options]).toEqual(['FORMERR', []])
    expect(state.counters[slot.formerr.edns]).toBe(1)
    expect(ask(state, asked).rcode).toBe('NOERROR')
  })

  it('owes exactly one OPT to a query that had one, and none to others', () => {
    const { state } = makeWorld()
    const opts = (reply: ReturnType<typeof ask>): number =>
      reply.packet.additionals?.filter(({ type }) => type === 'OPT').length ?? 0
    expect(opts(ask(state, { name: 'plain.live.example.net' }))).toBe(0)
    expect(opts(ask(state, { name: 'plain.live.example.net', edns: true }))).toBe(1)
    expect(opts(ask(state, { name: 'nowhere.live.example.net', edns: true, dnssecOk: true }))).toBe(1)
  })
})

function nodeAt(name: string) {
  return {
    name,
    site: 'hkg',
    role: 'edge' as const,
    v4: null,
    v6: null,
    target: null,
    carriers: [],
    capacityGbps: null,
    price: 1,
    weight: 1,
    labels: [],
    probes: [],
  }
}

/** The rdata of the only answer, found by its fixed distance from the question's end. */
function httpsRdata(bytes: Uint8Array): Buffer {
  const question = bytes.indexOf(0, 12) + 5
  return Buffer.from(bytes.subarray(question + 12))
}
