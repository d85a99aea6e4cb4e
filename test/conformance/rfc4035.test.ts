// RFC 4035, protocol modifications: what a signed zone answers, judged by BIND's delv under a trust anchor of the test's own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isMissing } from '../peers/tools.ts'
import { ask, type Reply } from '../support/ask.ts'
import { openValidator, type Validator } from '../support/delv.ts'
import { apex, combined, makeSignedWorld, storedKey, zone } from '../support/signed-world.ts'
import { makeWorld, records } from '../support/world.ts'
import { Type } from '../../src/wire/constants.ts'
import { Flags } from '../../src/zone/signing/dnskey.ts'

const noDelv = isMissing('delv', { delv: 'bind9-dnsutils' })
const full = (name: string): string => (name === '@' ? apex : `${name}.${apex}`)

const answered = [
  ['@', 'SOA', 'the SOA with the epoch for its serial'],
  ['@', 'NS', 'the NS RRset of the apex'],
  ['@', 'DNSKEY', 'the keys'],
  ['@', 'CDS', 'what the parent is asked to publish'],
  ['@', 'CDNSKEY', 'the same as keys'],
  ['ns1', 'A', 'addresses of a name server in the zone'],
  ['a.b.c', 'TXT', 'a name below empty non-terminals'],
  ['status', 'A', 'an alias that leads out of the zone'],
  ['mixed', 'MX', 'rdata with a name in mixed case'],
  ['big', 'TXT', 'an RRset that needs TCP'],
  ['safe', 'DS', 'the DS of a delegation'],
  ['x.wild', 'TXT', 'what a wildcard gives (section 3.1.3.3)'],
  ['y.x.wild', 'TXT', 'what a wildcard gives several labels below it'],
  ['q.alias', 'TXT', 'a wildcard alias to a name that another wildcard answers'],
  ['play', 'NSEC', 'the NSEC of a steered name'],
] as const

const denied = [
  ['@', 'A', 'a type at the apex (section 3.1.3.1)'],
  ['a.b.c', 'A', 'a type of a name below empty non-terminals'],
  ['b.c', 'A', 'every type of an empty non-terminal'],
  ['wild', 'A', 'every type of an empty non-terminal above a wildcard'],
  ['nope', 'A', 'a name (section 3.1.3.2)'],
  ['deep.er.nope', 'A', 'a name several labels below what exists'],
  ['!', 'A', 'a name before all others'],
  ['zzz', 'A', 'a name after all others'],
  ['\\000', 'A', 'a name with an octet that sorts specially'],
  ['x.wild', 'A', 'a type of a wildcard (section 3.1.3.4)'],
  ['x.play', 'TXT', 'a type of a steered wildcard'],
  ['play', 'TXT', 'a type of a steered name'],
  ['plain', 'HTTPS', 'a type that a service never gives'],
  ['plain', 'AAAA', 'a family that is withheld'],
  ['x.play', 'AAAA', 'a family that is withheld under a wildcard'],
  ['open', 'DS', 'the DS of an unsigned delegation (section 3.1.4)'],
] as const

describe.skipIf(noDelv)('a signed zone', () => {
  const world = makeSignedWorld()
  let validator: Validator
  beforeAll(async () => void (validator = await openValidator(world, world.keys)))
  afterAll(() => validator.stop())

  it.each(answered)('section 3.1.1: %s %s is answered and validates: %s', async (name, type) => {
    const said = await validator.ask(full(name), type)
    expect(said).toContain('; fully validated')
    expect(said).toContain('RRSIG')
  })

  it.each(denied)('section 3.1.3: %s %s is denied and validates: %s', async (name, type) => {
    expect(await validator.ask(full(name), type)).toContain('; negative response, fully validated')
  })
})

describe.skipIf(noDelv)('section 2.2: a zone', () => {
  const forms = {
    'with one Ed25519 key': [storedKey('ed25519', combined)],
    'with a key-signing and a zone-signing key': [storedKey('ecdsap256', combined), storedKey('ecdsap256', Flags.zone)],
    'in the middle of a roll': [
      storedKey('ed25519', combined, { inactive: 1 }),
      storedKey('ed25519', combined),
      storedKey('ed25519', Flags.zone),
    ],
  }

  it.each(Object.entries(forms))('%s validates from its key-signing keys on', async (_, keys) => {
    const world = makeSignedWorld(keys)
    const validator = await openValidator(world, keys.slice(0, 1))
    try {
      expect(await validator.ask(apex, 'NS')).toContain('; fully validated')
      expect(await validator.ask(full('nope'))).toContain('; negative response, fully validated')
    } finally {
      await validator.stop()
    }
  })
})

const { state } = makeSignedWorld()
const { state: unsigned } = makeWorld({ zones: [zone] })
const types = (reply: Reply): string[] => (reply.packet.authorities ?? []).map(({ type }) => type)

/** Owners of the NSEC records in the authority section, and the types each has. */
function proofs({ packet }: Reply): Map<string, string[]> {
  const nsecs = (packet.authorities ?? []).flatMap((record) => (record.type === 'NSEC' ? [record] : []))
  expect(new Set(nsecs.map(({ name }) => name)).size).toBe(nsecs.length)
  return new Map(nsecs.map(({ name, data }) => [name, data.rrtypes]))
}

describe('section 3.1: without DO', () => {
  it.each([...answered, ...denied].filter(([, type]) => !['DNSKEY', 'CDS', 'CDNSKEY', 'NSEC'].includes(type)))(
    '%s %s is answered as if the zone were not signed',
    (name, type) => {
      for (const tcp of [false, true]) {
        const asked = { name: full(name), type, edns: true, tcp }
        expect(ask(state, asked).bytes).toEqual(ask(unsigned, asked).bytes)
      }
    },
  )
})

describe('section 3.1: with DO', () => {
  it('an unsigned zone is answered as before, but for the DO bit in the OPT record', () => {
    const asked = { name: full('nope'), type: 'A' }
    const plain = ask(unsigned, { ...asked, edns: true })
    const secure = ask(unsigned, { ...asked, dnssecOk: true })
    expect(secure.length).toBe(plain.length)
    expect(types(secure)).toEqual(['SOA'])
  })

  it('section 3.1.1: an RRset and its signatures that do not fit together set TC', () => {
    const small = ask(state, { name: full('a.b.c'), type: 'TXT', dnssecOk: true, udpSize: 512 })
    expect(small.packet.flag_tc).toBe(false)
    const big = ask(state, { name: full('big'), type: 'TXT', dnssecOk: true })
    expect([big.packet.flag_tc, big.answers.length]).toEqual([true, 0])
  })

  it('section 3.1.1: addresses that go with NS come with their signatures, or without where only they fit', () => {
    const extras = (udpSize: number): string[] => {
      const reply = ask(state, { name: apex, type: 'NS', dnssecOk: true, udpSize })
      expect(reply.packet.flag_tc).toBe(false)
      return (reply.packet.additionals ?? []).map((one) =>
        one.type === 'RRSIG' ? `RRSIG ${one.data.typeCovered}` : one.type,
      )
    }
    expect(extras(1232)).toEqual(['A', 'AAAA', 'A', 'RRSIG A', 'RRSIG AAAA', 'RRSIG A', 'OPT'])
    const whole = ask(state, { name: apex, type: 'NS', dnssecOk: true }).length
    expect(extras(whole)).toContain('RRSIG A')
    expect(extras(whole - 1)).toEqual(['A', 'AAAA', 'A', 'OPT'])
  })

  it('section 3.1.3.3: the proof of a wildcard stands in the authority section also where addresses follow', () => {
    const { state: other } = makeSignedWorld(undefined, undefined, [
      records(`*.up.${apex}`, Type.CNAME, 60, `${apex}.`),
    ])
    const { packet } = ask(other, { name: full('x.up'), type: 'NS', dnssecOk: true, tcp: true })
    const typesOf = (records: typeof packet.answers = []): string[] => records.map(({ type }) => type)
    expect(typesOf(packet.authorities)).toEqual(['NSEC', 'RRSIG'])
    expect(typesOf(packet.additionals)).toEqual(['A', 'AAAA', 'A', 'RRSIG', 'RRSIG', 'RRSIG', 'OPT'])
  })

  it('section 3.1.4: an alias that leads below a delegation comes with its DS, and where that does not fit with its own proof', () => {
    const { state: other } = makeSignedWorld(undefined, undefined, [
      records(`*.by.${apex}`, Type.CNAME, 60, `www.safe.${apex}.`),
    ])
    const typesOf = (records: Reply['packet']['answers'] = []): string[] => records.map(({ type }) => type)
    const referred = ask(other, { name: full('x.by'), dnssecOk: true, tcp: true }).packet
    expect(typesOf(referred.answers)).toEqual(['CNAME', 'RRSIG'])
    expect(typesOf(referred.authorities)).toEqual(['NS', 'DS', 'RRSIG', 'NSEC', 'RRSIG'])
    // Where the referral does not fit, the proof still does.
    const whole = ask(other, { name: full('x.by'), dnssecOk: true }).length
    const small = ask(other, { name: full('x.by'), dnssecOk: true, udpSize: whole - 1 }).packet
    expect([small.flag_tc, typesOf(small.authorities), typesOf(small.additionals)]).toEqual([
      false,
      ['NSEC', 'RRSIG'],
      ['OPT'],
    ])
  })

  it('section 3.1.1: a negative answer whose proofs do not fit sets TC', () => {
    const reply = ask(state, { name: full('nope'), dnssecOk: true, udpSize: 512 })
    expect(reply.packet.flag_tc).toBe(true)
    expect(types(reply)).toEqual([])
  })

  it('section 3.1.1: every answer to a question for a name or type is within 1,232 octets, or says TC', () => {
    for (const [name, type] of [...answered, ...denied]) {
      const reply = ask(state, { name: full(name), type, dnssecOk: true, udpSize: 4096 })
      expect(reply.length).toBeLessThanOrEqual(1232)
    }
  })

  it('section 3.1.3.2: one NSEC that proves both is there once', () => {
    const both = ask(state, { name: full('nope'), dnssecOk: true, tcp: true })
    expect([...proofs(both).keys()]).toEqual([full('mixed'), apex])
    const one = ask(state, { name: full('!'), dnssecOk: true, tcp: true })
    expect([...proofs(one).keys()]).toEqual([apex])
  })

  it('section 3.1.3.4: what is withheld has a proof without the type, of the same owner, once', () => {
    const asked = { name: full('x.play'), type: 'AAAA', dnssecOk: true, tcp: true }
    const reply = ask(state, { ...asked, subnet: '203.0.113.0/24' })
    expect(reply.data).toEqual([])
    expect(proofs(reply)).toEqual(new Map([[full('*.play'), ['A', 'RRSIG', 'NSEC', 'UNKNOWN_65']]]))
    const exact = ask(state, { ...asked, name: full('plain'), subnet: '203.0.113.0/24' })
    expect(proofs(exact)).toEqual(new Map([[full('plain'), ['A', 'RRSIG', 'NSEC']]]))
  })

  it('section 3.1.3.1: what an empty non-terminal lacks is denied by the NSEC that covers it, which denies its owner nothing', () => {
    // Before it in the chain stands a steered wildcard, whose NSEC has variants without A, AAAA and HTTPS.
    const { state: other } = makeSignedWorld(undefined, undefined, [
      records(`_tcp.q.${apex}`, Type.TXT, 300, '"below an empty non-terminal"'),
    ])
    for (const type of ['A', 'AAAA', 'HTTPS', 'TXT']) {
      const reply = ask(other, { name: full('q'), type, dnssecOk: true, tcp: true })
      const [[owner, listed]] = [...proofs(reply)]
      expect([reply.rcode, owner]).toEqual(['NOERROR', full('*.play')])
      expect(listed).toEqual(expect.arrayContaining(['A', 'AAAA', 'UNKNOWN_65']))
    }
  })

  it('section 3.1.3.3: proofs behind 16 kilobytes of answer name their owners in full', () => {
    const texts = Array.from({ length: 80 }, (_, i) => `"${String(i).padStart(3, '0')}${'x'.repeat(240)}"`)
    const { state: huge } = makeSignedWorld(undefined, undefined, [records(`*.huge.${apex}`, Type.TXT, 300, ...texts)])
    const reply = ask(huge, { name: full('a.huge'), type: 'TXT', dnssecOk: true, tcp: true })
    expect(reply.answers).toHaveLength(81)
    const owners = (reply.packet.authorities ?? []).map(({ name, type }) => `${name} ${type}`)
    expect(owners).toEqual([`${full('*.huge')} NSEC`, `${full('*.huge')} RRSIG`])
  })

  it('section 3.1.3.3: an alias of a wildcard that leads to a DS is proved like any other', () => {
    const { state: other } = makeSignedWorld(undefined, undefined, [
      records(`*.to.${apex}`, Type.CNAME, 300, `safe.${apex}.`),
    ])
    const reply = ask(other, { name: full('x.to'), type: 'DS', dnssecOk: true, tcp: true })
    expect(reply.answers.map(({ type }) => type)).toEqual(['CNAME', 'RRSIG', 'DS', 'RRSIG'])
    expect([...proofs(reply).keys()]).toEqual([full('*.to')])
  })

  it('section 3.1.4: a referral has DS and signature, or the proof that there is none, and NS unsigned', () => {
    const safe = ask(state, { name: full('www.safe'), dnssecOk: true, tcp: true })
    expect([types(safe), safe.packet.flag_aa]).toEqual([['NS', 'DS', 'RRSIG'], false])
    const open = ask(state, { name: full('www.open'), dnssecOk: true, tcp: true })
    expect(types(open)).toEqual(['NS', 'NS', 'NSEC', 'RRSIG'])
    expect(proofs(open)).toEqual(new Map([[full('open'), ['NS', 'RRSIG', 'NSEC']]]))
    expect(open.packet.additionals?.map(({ type }) => type)).toEqual(['AAAA', 'OPT'])
  })

  it('section 3.1: ANY and RRSIG get one RRset or its signature (RFC 8482 section 4.1)', () => {
    const any = ask(state, { name: full('a.b.c'), type: 'ANY', dnssecOk: true })
    expect(any.answers.map(({ type }) => type)).toEqual(['NSEC', 'RRSIG'])
    const rrsig = ask(state, { name: full('a.b.c'), type: 'RRSIG', dnssecOk: true })
    expect(rrsig.answers.map(({ type }) => type)).toEqual(['RRSIG'])
    const unasked = ask(state, { name: full('a.b.c'), type: 'RRSIG', edns: true })
    expect(unasked.answers).toEqual(rrsig.answers)
    const empty = ask(state, { name: full('b.c'), type: 'RRSIG', edns: true })
    expect([empty.rcode, empty.answers.length, types(empty)]).toEqual(['NOERROR', 0, ['SOA']])
    expect(ask(unsigned, { name: full('a.b.c'), type: 'RRSIG', edns: true }).answers).toEqual([])
    const nothing = ask(state, { name: full('b.c'), type: 'ANY', dnssecOk: true })
    expect([nothing.rcode, types(nothing)]).toEqual(['NOERROR', ['SOA', 'RRSIG', 'NSEC', 'RRSIG']])
    expect(ask(state, { name: full('a.b.c'), type: 'ANY', edns: true }).answers.map(({ type }) => type)).toEqual([
      'HINFO',
    ])
  })
})
