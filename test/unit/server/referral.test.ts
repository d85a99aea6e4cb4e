// What the spine answers at and below a zone cut, read back with dns-packet. Knows no sockets.
import { describe, expect, it } from 'vitest'
import { slot } from '../../../src/telemetry/counters.ts'
import { Type } from '../../../src/wire/constants.ts'
import type { StaticRRset, Zone } from '../../../src/zone/model.ts'
import { ask, type Reply } from '../../support/ask.ts'
import { makeWorld, name, records, zone } from '../../support/world.ts'

const apex = 'live.example.net'
const digest = 'ab'.repeat(32)

/** The small world's zone with more records in it. */
function world(...sets: StaticRRset[]) {
  return makeWorld({ zones: [{ ...zone, staticRRsets: [...zone.staticRRsets, ...sets] }] })
}

const cut = [
  records(`sub.${apex}`, Type.NS, 7200, `ns1.sub.${apex}.`, `ns1.${apex}.`, 'ns.example.org.'),
  records(`sub.${apex}`, Type.DS, 600, `4711 13 2 ${digest}`),
  records(`ns1.sub.${apex}`, Type.A, 300, '192.0.2.7'),
  records(`ns1.sub.${apex}`, Type.AAAA, 300, '2001:db8::7'),
]

/** More servers than a datagram has room for with their addresses. */
const servers = Array.from({ length: 13 }, (_, i) => `ns${i}.a-rather-long-label.sub.${apex}`)
const wideCut = [
  records(`sub.${apex}`, Type.NS, 60, ...servers.map((server) => `${server}.`)),
  ...servers.flatMap((server, i) => [
    records(server, Type.A, 60, `192.0.2.${i}`),
    records(server, Type.AAAA, 60, `2001:db8::${i}`),
  ]),
]

const shape = ({ packet }: Reply) => ({
  aa: packet.flag_aa,
  tc: packet.flag_tc,
  answers: (packet.answers ?? []).map(({ name, type }) => `${name} ${type}`),
  authority: (packet.authorities ?? []).map(({ name, type }) => `${name} ${type}`),
  additional: (packet.additionals ?? [])
    .filter(({ type }) => type !== 'OPT')
    .map(({ name, type }) => `${name} ${type}`),
})

const referral = {
  aa: false,
  tc: false,
  answers: [],
  authority: [`sub.${apex} NS`, `sub.${apex} NS`, `sub.${apex} NS`],
  additional: [`ns1.sub.${apex} A`, `ns1.sub.${apex} AAAA`, `ns1.${apex} A`, `ns1.${apex} AAAA`],
}

describe('a zone cut', () => {
  it.each([
    ['itself', `sub.${apex}`, 'A'],
    ['its NS', `sub.${apex}`, 'NS'],
    ['its SOA', `sub.${apex}`, 'SOA'],
    ['anything of it', `sub.${apex}`, 'ANY'],
    ['a name below', `www.sub.${apex}`, 'AAAA'],
    ['a name far below', `a.b.c.d.e.f.sub.${apex}`, 'TXT'],
    ['an address that is glue', `ns1.sub.${apex}`, 'A'],
    ['DS below it', `x.sub.${apex}`, 'DS'],
    ['a name in other case', `WWW.SUB.${apex}`, 'A'],
  ])('refers those who ask for %s to its servers, with glue', (_, asked, type) => {
    const { state } = world(...cut)
    const reply = ask(state, { name: asked, type })
    const { authority, ...rest } = shape(reply)
    expect({ ...rest, authority: authority.map((line) => line.toLowerCase().replace(' ns', ' NS')) }).toEqual(referral)
    expect(reply.rcode).toBe('NOERROR')
    expect(state.counters[slot.outcomes.referral]).toBe(1)
  })

  it('has its DS beside NS for those who ask for DNSSEC, and scope 0 for those who send a subnet', () => {
    const { state } = world(...cut)
    const reply = ask(state, { name: `www.sub.${apex}`, dnssecOk: true, subnet: '198.51.100.0/24' })
    expect(shape(reply)).toEqual({ ...referral, authority: [...referral.authority, `sub.${apex} DS`] })
    expect(reply.scope).toBe(0)
  })

  it('has its DS answered by the zone above', () => {
    const { state } = world(...cut, records(`plain-cut.${apex}`, Type.NS, 60, 'ns.example.org.'))
    const signed = ask(state, { name: `sub.${apex}`, type: 'DS' })
    expect(shape(signed)).toMatchObject({ aa: true, answers: [`sub.${apex} DS`], authority: [] })
    const unsigned = ask(state, { name: `plain-cut.${apex}`, type: 'DS' })
    expect(shape(unsigned)).toMatchObject({ aa: true, answers: [], authority: [`${apex} SOA`] })
  })

  it('is not reached over by a wildcard, and makes the names above it exist', () => {
    const { state } = world(
      records(`deep.under.${apex}`, Type.NS, 60, 'ns.example.org.'),
      records(`*.${apex}`, Type.TXT, 60, '"any"'),
      records(`*.under.${apex}`, Type.TXT, 60, '"under"'),
    )
    expect(shape(ask(state, { name: `x.deep.under.${apex}`, type: 'TXT' })).authority).toEqual([
      `deep.under.${apex} NS`,
    ])
    expect(ask(state, { name: `x.under.${apex}`, type: 'TXT' }).data).toEqual(['under'])
    expect(shape(ask(state, { name: `under.${apex}`, type: 'TXT' })).authority).toEqual([`${apex} SOA`])
  })

  it('ends a chain of CNAMEs, whose first name we are an authority for, with the referral', () => {
    const { state } = world(...cut, records(`alias.${apex}`, Type.CNAME, 60, `www.sub.${apex}.`))
    const reply = ask(state, { name: `alias.${apex}` })
    expect(shape(reply)).toEqual({ ...referral, aa: true, answers: [`alias.${apex} CNAME`] })
  })

  it('is left out behind a CNAME where it does not fit, for the answer is whole without', () => {
    const { state } = world(...wideCut, records(`alias.${apex}`, Type.CNAME, 60, `www.sub.${apex}.`))
    const answers = [`alias.${apex} CNAME`]
    const udp = shape(ask(state, { name: `alias.${apex}`, udpSize: 1232, edns: true }))
    expect(udp).toEqual({ aa: true, tc: false, answers, authority: [], additional: [] })
    const tcp = shape(ask(state, { name: `alias.${apex}`, tcp: true }))
    expect([tcp.answers, tcp.authority.length, tcp.additional.length]).toEqual([answers, 13, 26])
  })

  it('is left out behind a CNAME as a whole where its servers do not fit and their glue would', () => {
    const elsewhere = Array.from({ length: 20 }, (_, i) => `ns${i}.a-rather-long-label.example.org.`)
    const { state } = world(
      records(`sub.${apex}`, Type.NS, 60, `ns.sub.${apex}.`, ...elsewhere),
      records(`ns.sub.${apex}`, Type.A, 60, '192.0.2.7'),
      records(`alias.${apex}`, Type.CNAME, 60, `www.sub.${apex}.`),
    )
    const reply = shape(ask(state, { name: `alias.${apex}`, udpSize: 512, edns: true }))
    expect(reply).toEqual({ aa: true, tc: false, answers: [`alias.${apex} CNAME`], authority: [], additional: [] })
  })

  it('is truncated when the glue in it does not fit, and whole over TCP', () => {
    const { state } = world(...wideCut)
    const udp = ask(state, { name: `www.sub.${apex}`, udpSize: 1232, edns: true })
    expect(shape(udp)).toEqual({ aa: false, tc: true, answers: [], authority: [], additional: [] })
    const tcp = shape(ask(state, { name: `www.sub.${apex}`, tcp: true }))
    expect([tcp.tc, tcp.authority.length, tcp.additional.length]).toEqual([false, 13, 26])
  })

  it('leaves out what does not fit of other glue', () => {
    const servers = Array.from({ length: 13 }, (_, i) => `ns${i}.a-rather-long-label.${apex}`)
    const { state } = world(
      records(`sub.${apex}`, Type.NS, 60, ...servers.map((server) => `${server}.`)),
      ...servers.map((server, i) => records(server, Type.AAAA, 60, `2001:db8::${i}`)),
    )
    const udp = shape(ask(state, { name: `www.sub.${apex}` }))
    expect([udp.tc, udp.authority.length, udp.additional.length]).toEqual([true, 0, 0])
    const larger = shape(ask(state, { name: `www.sub.${apex}`, udpSize: 1232, edns: true }))
    expect([larger.tc, larger.authority.length, larger.additional.length]).toEqual([false, 13, 0])
  })
})

it('what would come along in more octets than a message has stays away', () => {
  const many = (host: string) =>
    records(host, Type.A, 60, ...Array.from({ length: 3000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`))
  const { state } = makeWorld({
    zones: [
      {
        ...zone,
        staticRRsets: [
          ...zone.staticRRsets,
          records(`mail.${apex}`, Type.MX, 60, `1 mx1.${apex}.`, `2 mx2.${apex}.`),
          many(`mx1.${apex}`),
          many(`mx2.${apex}`),
        ],
      },
    ],
  })
  expect(shape(ask(state, { name: `mail.${apex}`, type: 'MX', tcp: true }))).toEqual({
    aa: true,
    tc: false,
    answers: [`mail.${apex} MX`, `mail.${apex} MX`],
    authority: [],
    additional: [],
  })
})

describe('a zone below that is served here too', () => {
  const below: Zone = {
    ...zone,
    name: `a.below.${apex}`,
    apex: name(`a.below.${apex}`),
    staticRRsets: [records(`a.below.${apex}`, Type.NS, 86400, 'ns.example.org.')],
    steeredNames: [],
  }

  it.each([
    ['above first', false],
    ['below first', true],
  ])('answers for itself, the zone above for its DS (%s)', (_, reversed) => {
    const above = {
      ...zone,
      staticRRsets: [
        ...zone.staticRRsets,
        records(`a.below.${apex}`, Type.NS, 60, 'elsewhere.example.org.'),
        records(`a.below.${apex}`, Type.DS, 60, `4711 13 2 ${digest}`),
      ],
    }
    const { state } = makeWorld({ zones: reversed ? [below, above] : [above, below] })
    expect(ask(state, { name: `a.below.${apex}`, type: 'NS' }).data).toEqual(['ns.example.org'])
    expect(shape(ask(state, { name: `x.a.below.${apex}` }))).toMatchObject({
      aa: true,
      authority: [`a.below.${apex} SOA`],
    })
    expect(shape(ask(state, { name: `a.below.${apex}`, type: 'DS' })).answers).toEqual([`a.below.${apex} DS`])
    expect(shape(ask(state, { name: `below.${apex}` }))).toMatchObject({ aa: true, authority: [`${apex} SOA`] })
  })

  it('holds its addresses itself, whatever the zone above has for glue', () => {
    const glue = records(`ns.a.below.${apex}`, Type.A, 60, '192.0.2.7')
    const mail = records(`post.${apex}`, Type.MX, 60, `10 ns.a.below.${apex}.`)
    const above = { ...zone, staticRRsets: [...zone.staticRRsets, glue, mail] }
    for (const zones of [
      [below, above],
      [above, below],
    ]) {
      const { state } = makeWorld({ zones })
      expect(ask(state, { name: `ns.a.below.${apex}` }).rcode).toBe('NXDOMAIN')
      expect(shape(ask(state, { name: `post.${apex}`, type: 'MX' })).additional).toEqual([])
    }
  })

  it('is no child of a zone that delegates what lies between', () => {
    const between = records(`below.${apex}`, Type.NS, 60, 'ns.example.org.')
    const { state } = makeWorld({ zones: [{ ...zone, staticRRsets: [...zone.staticRRsets, between] }, below] })
    const referred = { aa: false, answers: [], authority: [`below.${apex} NS`] }
    expect(shape(ask(state, { name: `below.${apex}` }))).toMatchObject(referred)
    expect(shape(ask(state, { name: `x.below.${apex}` }))).toMatchObject(referred)
    // Who is asked for it and knows only the zone below says what that knows (RFC 4035 section 3.1.4.1).
    const ds = ask(state, { name: `a.below.${apex}`, type: 'DS' })
    expect(shape(ds)).toMatchObject({ aa: true, authority: [`a.below.${apex} SOA`] })
  })

  it('has no DS by the word of the zone above', () => {
    const { state } = makeWorld({ zones: [below, zone] })
    const reply = ask(state, { name: `a.below.${apex}`, type: 'DS' })
    expect(shape(reply)).toMatchObject({ aa: true, answers: [], authority: [`${apex} SOA`] })
    expect(shape(ask(state, { name: apex, type: 'DS' })).authority).toEqual([`${apex} SOA`])
  })
})
