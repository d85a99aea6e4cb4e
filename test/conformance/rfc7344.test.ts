// RFC 7344 and RFC 8078: what the zone asks of its parent by CDS and CDNSKEY.
import { describe, expect, it } from 'vitest'
import { ask, type Reply } from '../support/ask.ts'
import { apex, combined, dnssec, makeSignedWorld, storedKey, zone } from '../support/signed-world.ts'
import { makeWorld } from '../support/world.ts'
import { Flags } from '../../src/zone/signing/dnskey.ts'
import { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'

const now = Math.floor(Date.now() / 1000)
const secure = { name: apex, dnssecOk: true, tcp: true }
const covered = ({ answers }: Reply): string[] =>
  answers.flatMap((one) => (one.type === 'RRSIG' ? [`${one.data.typeCovered} by ${one.data.keyTag}`] : []))
/** What an RRset of an unknown type holds, in hex. */
const held = ({ answers }: Reply): string[] =>
  answers.flatMap((one) => ('data' in one && Buffer.isBuffer(one.data) ? [one.data.toString('hex')] : []))

describe('section 4.1: CDS and CDNSKEY', () => {
  const entry = storedKey('ecdsap256', combined, { syncPublish: now - 10 })
  const later = storedKey('ecdsap256', combined, { syncPublish: now + 1000, activate: null })
  const zoneKey = storedKey('ecdsap256', Flags.zone)
  const { state } = makeSignedWorld([entry, later, zoneKey], now)

  it('are at the apex, signed by the key that the DS names and its successor, never by a zone-signing key', () => {
    for (const type of ['CDS', 'CDNSKEY']) {
      const signed = covered(ask(state, { ...secure, type }))
      expect(signed.toSorted()).toEqual([entry, later].map(({ key }) => `${type} by ${key.keyTag}`).toSorted())
    }
  })

  it('name only keys whose time for a DS has come', () => {
    const [cds] = held(ask(state, { ...secure, type: 'CDS' }))
    expect(cds).toMatch(new RegExp(`^${entry.key.keyTag.toString(16).padStart(4, '0')}0d02[0-9a-f]{64}$`))
    expect(held(ask(state, { ...secure, type: 'CDNSKEY' }))).toEqual([expect.stringMatching(/^0101030d[0-9a-f]{128}$/)])
  })

  it('are not there while no key is to have a DS', () => {
    const fresh = makeSignedWorld([storedKey('ecdsap256', combined, { syncPublish: now + 1000 })], now)
    for (const type of ['CDS', 'CDNSKEY']) expect(ask(fresh.state, { ...secure, type }).answers).toEqual([])
  })
})

describe('RFC 8078: a zone that leaves', () => {
  it('asks for the DS to be removed, whatever its keys say, and stays signed', () => {
    const keys = [storedKey('ecdsap256', combined, { syncPublish: now - 10 })]
    const signer = new ZoneSigner(zone, dnssec({ leave: true }), keys, now)
    const { state } = makeWorld({ zones: [zone] }, 7, [signer])
    const cds = ask(state, { ...secure, type: 'CDS' })
    expect([held(cds), covered(cds)]).toEqual([['0000000000'], [`CDS by ${keys[0].key.keyTag}`]])
    expect(held(ask(state, { ...secure, type: 'CDNSKEY' }))).toEqual(['0000030000'])
    expect(ask(state, { ...secure, type: 'DNSKEY' }).answers.map(({ type }) => type)).toEqual(['DNSKEY', 'RRSIG'])
  })
})
