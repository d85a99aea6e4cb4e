// RFC 4033, what DNSSEC asks of a zone and its servers as a whole; the bits are in RFC 4034 and 4035. Signatures are judged by our own
// verifier, which theirs hold against others.
import { describe, expect, it } from 'vitest'
import { decodeName, formatName } from '../../src/wire/name.ts'
import { compareNames } from '../../src/zone/signing/canonical.ts'
import { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'
import { ask, type Reply } from '../support/ask.ts'
import { goodSignatures, keysIn, newKey, signedWorld, startSeconds } from '../support/signed.ts'
import { apex, combined, dnssec, makeSignedWorld, storedKey, zone, zoneText } from '../support/signed-world.ts'
import { makeWorld, name } from '../support/world.ts'

const A = 1
const SOA = 6
const DNSKEY = 48
const day = 86_400
const plain = { name: `plain.${apex}`, subnet: '198.51.100.0/24', dnssecOk: true }
const typesOf = ({ packet }: Reply): string[] =>
  [...(packet.answers ?? []), ...(packet.authorities ?? [])].map(({ type }) => type)

describe('section 3.1: data origin authentication', () => {
  it('keys are the zone’s and not a server’s: what any of its servers signs is good by them', () => {
    const keys = [newKey()]
    const answers = [signedWorld(keys), signedWorld(keys)].map(({ signing }) => ask(signing, plain).bytes)
    for (const bytes of answers) expect(goodSignatures(bytes, A, keys, startSeconds)).toHaveLength(1)
    const [stranger] = [newKey()]
    for (const bytes of answers) expect(goodSignatures(bytes, A, [stranger], startSeconds)).toEqual([])
  })

  it('the keys come with the signature that authenticates them', () => {
    const { state } = makeSignedWorld()
    const { bytes } = ask(state, { name: apex, type: 'DNSKEY', dnssecOk: true })
    const keys = keysIn(bytes)
    expect(keys).toHaveLength(1)
    expect(goodSignatures(bytes, DNSKEY, keys, Math.floor(Date.now() / 1000))).toHaveLength(1)
  })
})

describe('section 3.2: authenticated denial', () => {
  it('the chain of NSEC records passes every name once, in order, and ends where it began', () => {
    const nsec = /^(\S+) \d+ IN NSEC \\# \d+ ([0-9a-f]+)$/gm
    const next = new Map(
      [...zoneText(makeSignedWorld().tables).matchAll(nsec)].map(([, owner, rdata]) => {
        const decoded = decodeName(Buffer.from(rdata, 'hex'), 0)
        return [owner, decoded === null ? '' : formatName(decoded.name)]
      }),
    )
    const seen: string[] = []
    for (let at = `${apex}.`; !seen.includes(at); at = next.get(at) ?? '') seen.push(at)
    expect(new Set(seen)).toEqual(new Set(next.keys()))
    expect(next.get(seen[seen.length - 1])).toBe(`${apex}.`)
    expect(seen).toEqual(seen.toSorted((a, b) => compareNames(name(a), name(b))))
    // Steered names, wildcards and delegations stand in it like all others; what a delegation hides does not.
    for (const known of ['play', '*.play', 'plain', 'a.b.c', '*.wild', 'safe', 'open', 'ns1'])
      expect(seen).toContain(`${known}.${apex}.`)
    expect(seen).not.toContain(`ns.safe.${apex}.`)
  })
})

describe('section 8: time', () => {
  it('section 8.1: an answer’s TTL is the data’s own, and shorter than what is left of its signature', () => {
    const keys = [newKey()]
    const { signing, state } = signedWorld(keys)
    const signed = ask(signing, plain)
    const [rrsig] = goodSignatures(signed.bytes, A, keys, startSeconds)
    const [address] = signed.answers
    const [unsigned] = ask(state, { ...plain, dnssecOk: false }).answers
    expect([rrsig.sentTtl, 'ttl' in address && address.ttl]).toEqual(['ttl' in unsigned && unsigned.ttl, rrsig.sentTtl])
    expect(rrsig.expiration - startSeconds).toBeGreaterThan(rrsig.originalTtlSeconds)
  })

  it('section 8.2: signed anew, a zone has a greater serial and a good signature over it', () => {
    const stored = storedKey('ecdsap256', combined)
    const now = Math.floor(Date.now() / 1000)
    const serialAt = (epoch: number, seconds: number): number => {
      const { state } = makeWorld({ zones: [zone] }, epoch, [new ZoneSigner(zone, dnssec(), [stored], seconds)])
      const { bytes, answers } = ask(state, { name: apex, type: 'SOA', dnssecOk: true })
      expect(goodSignatures(bytes, SOA, [stored.key], seconds)).toHaveLength(1)
      const [soa] = answers.filter((record) => record.type === 'SOA')
      return soa.data.serial ?? 0
    }
    expect([serialAt(7, now), serialAt(8, now + 30 * day)]).toEqual([7, 8])
  })
})

describe('section 9: a name server', () => {
  const { state } = makeSignedWorld()
  const { state: unsigned } = makeWorld({ zones: [zone] })
  const asked = [
    { what: 'an answer', name: `a.b.c.${apex}`, type: 'TXT', has: ['TXT', 'RRSIG'] },
    { what: 'a wildcard’s answer', name: `x.wild.${apex}`, type: 'TXT', has: ['TXT', 'RRSIG', 'NSEC'] },
    { what: 'a name that is not', name: `nope.${apex}`, type: 'A', has: ['SOA', 'RRSIG', 'NSEC'] },
    { what: 'a type that is not', name: `plain.${apex}`, type: 'TXT', has: ['SOA', 'RRSIG', 'NSEC'] },
    { what: 'a signed delegation', name: `www.safe.${apex}`, type: 'A', has: ['NS', 'DS', 'RRSIG'] },
    { what: 'an unsigned delegation', name: `www.open.${apex}`, type: 'A', has: ['NS', 'NSEC', 'RRSIG'] },
  ]

  it.each(asked)('includes the records of DNSSEC with DO in $what, and none without', ({ has, ...question }) => {
    const types = typesOf(ask(state, { ...question, dnssecOk: true, tcp: true }))
    expect(new Set(types)).toEqual(new Set(has))
    const without = typesOf(ask(state, { ...question, edns: true, tcp: true }))
    expect(without.filter((type) => ['RRSIG', 'NSEC', 'DS', 'DNSKEY'].includes(type))).toEqual([])
    expect(typesOf(ask(unsigned, { name: apex, type: 'SOA', dnssecOk: true }))).not.toContain('RRSIG')
  })

  it.each([512, 600, 700, 900, 1232])(
    'stays within a UDP payload of %i octets, or says that it is truncated',
    (udpSize) => {
      for (const { has: _has, what: _what, ...question } of asked) {
        const reply = ask(state, { ...question, dnssecOk: true, udpSize })
        expect(reply.length).toBeLessThanOrEqual(udpSize)
        const whole = ask(state, { ...question, dnssecOk: true, tcp: true })
        expect(reply.packet.flag_tc).toBe(whole.length > udpSize)
      }
    },
  )
})
