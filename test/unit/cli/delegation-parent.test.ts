// What is made of the DS records a parent publishes, each beside the keys it may name. No server is asked.
import { describe, expect, it } from 'vitest'
import { compareParent } from '../../../src/cli/delegation/parent.ts'
import type { Published } from '../../../src/cli/delegation/published.ts'
import { wantedOf, type Wanted } from '../../../src/cli/delegation/wanted.ts'
import { Type } from '../../../src/wire/constants.ts'
import { formatRdata } from '../../../src/wire/rdata.ts'
import { Digest, dnskeyRdata, dsRdata } from '../../../src/zone/signing/dnskey.ts'
import type { StoredKey } from '../../../src/zone/signing/key-file.ts'
import type { Dnssec } from '../../../src/zone/model.ts'
import { combined, dnssec, storedKey, zone } from '../../support/signed-world.ts'

const now = 1_800_000_000
const day = 86_400

const wantedWith = (keys: readonly StoredKey[], settings: Partial<Dnssec> | null = {}): Wanted =>
  wantedOf({ ...zone, dnssec: settings === null ? null : dnssec(settings) }, [], keys, now)
const dsOf = ({ key }: StoredKey, digest: (typeof Digest)[keyof typeof Digest] = Digest.sha256): Uint8Array =>
  dsRdata(zone.apex, dnskeyRdata(key), digest)
/** What a parent that has the right servers is found to have wrong. */
const findings = (wanted: Wanted, ds: readonly Uint8Array[], dsTtlSeconds: number | null = day) => {
  const servers = wanted.servers.map(({ name }) => name)
  const published: Published = { from: '192.0.2.1:53', servers, glue: null, ds, dsTtlSeconds }
  return compareParent(wanted, published, true)
}

describe('how long servers answer with a key before its DS is given', () => {
  const wait = (keys: readonly StoredKey[]) => wantedWith(keys).entryKeys.map(({ waitSeconds }) => waitSeconds)
  const at = (publish: number, syncPublish: number | null, syncDelete: number | null = null): StoredKey =>
    storedKey('ecdsap256', combined, { publish, syncPublish, syncDelete })

  it('is as long as it is published before CDS names it, and of a successor not less than of the key before it', () => {
    expect(wait([at(0, 9 * day)])).toEqual([9 * day])
    // Rolled before any DS was given, while caches still have unsigned answers: those count from the first reload.
    expect(wait([at(0, 9 * day, 9 * day), at(8 * day, 9 * day)])).toEqual([9 * day, 9 * day])
    expect(wait([at(0, 9 * day, 20 * day), at(19 * day, 20 * day)])).toEqual([9 * day, 9 * day])
    expect(wait([at(0, 1, 20 * day), at(11 * day, 20 * day)])).toEqual([1, 9 * day])
    expect(wait([at(0, 9 * day, 20 * day), at(29 * day, 30 * day)])).toEqual([9 * day, day])
  })

  it('is not known of keys whose times do not say', () => {
    expect(wait([at(0, null), at(5, 5)])).toEqual([null, null])
    expect(wait([at(0, null, day), at(0, day)])).toEqual([null, day])
  })
})

describe('the TTL of the DS at the parent', () => {
  const key = storedKey('ecdsap256', combined, { syncPublish: 0 })

  it('is told where it is longer than the one that rolls reckon with', () => {
    expect(findings(wantedWith([key], { parentDsTtlSeconds: 300 }), [dsOf(key)], 172_800)).toEqual([
      {
        code: 'ds_ttl',
        where: ['192.0.2.1:53'],
        found: 'DS with TTL 172800',
        expected: 'TTL 300 at most, as `parentDsTtl` of live.example.net says',
        advice:
          'set `parentDsTtl: 172800s`, or longer, before a key is retired: it would go while caches still hold its DS',
      },
    ])
  })

  it('may be as long, or shorter as caches have it', () => {
    for (const ttl of [300, 7, 0])
      expect(findings(wantedWith([key], { parentDsTtlSeconds: 300 }), [dsOf(key)], ttl)).toEqual([])
  })

  it('says nothing where there is no DS, nor of a zone that is not signed', () => {
    const early = storedKey('ecdsap256', combined, { syncPublish: now + 1 })
    expect(findings(wantedWith([early]), [], null)).toEqual([])
    expect(findings(wantedWith([], null), [dsOf(key)], 172_800).map(({ code }) => code)).toEqual(['ds'])
  })
})

describe('the digest of a DS', () => {
  const key = storedKey('ecdsap256', combined, { syncPublish: 0 })
  const wanted = wantedWith([key])
  const right = formatRdata(Type.DS, dsOf(key))
  const { keyTag } = key.key
  /** Of our key, with a digest that cannot be made here. */
  const unknown = Uint8Array.of(keyTag >> 8, keyTag, key.key.algorithm, 5, ...new Uint8Array(32))

  it('is SHA-256 or SHA-384', () => {
    for (const digest of [Digest.sha256, Digest.sha384]) expect(findings(wanted, [dsOf(key, digest)])).toEqual([])
  })

  it('is not SHA-1: one with SHA-256 is to take its place', () => {
    const old = dsOf(key, Digest.sha1)
    const finding = {
      code: 'ds',
      where: ['192.0.2.1:53'],
      found: `DS ${formatRdata(Type.DS, old)}`,
      expected: `digest type 2 for key ${keyTag}: type 1 is SHA-1, which must not be used (RFC 8624)`,
    }
    expect(findings(wanted, [old])).toEqual([
      { ...finding, advice: `give the registrar this in its place: DS ${right}` },
    ])
    expect(findings(wanted, [old, dsOf(key)])).toEqual([
      { ...finding, advice: 'take it away at the registrar: the right one is there' },
    ])
  })

  it('is said to be unverified where it cannot be made here', () => {
    expect(findings(wanted, [unknown])).toMatchObject([
      {
        found: `DS ${formatRdata(Type.DS, unknown)}`,
        expected: `digest type 2 for key ${keyTag}: type 5 is none that can be verified here, nor by most resolvers`,
        advice: `give the registrar this in its place: DS ${right}`,
      },
    ])
  })

  it('matters less than that the key is over', () => {
    const gone = storedKey('ecdsap256', combined, { syncPublish: 0, delete: now })
    expect(findings(wantedWith([gone, key]), [dsOf(gone, Digest.sha1), dsOf(key)])).toMatchObject([
      { expected: `no DS of key ${gone.key.keyTag}: its time is over` },
    ])
  })
})

describe('a DS of a key that CDS never names', () => {
  it('is not to be there, and not asked for', () => {
    const key = storedKey('ecdsap256', combined, { syncPublish: 0 })
    const rolled = storedKey('ecdsap256', combined, { syncPublish: 5, syncDelete: 5 })
    const wanted = wantedWith([rolled, key])
    expect(findings(wanted, [dsOf(key)])).toEqual([])
    expect(findings(wanted, [dsOf(rolled), dsOf(key)])).toMatchObject([
      { expected: `no DS of key ${rolled.key.keyTag}: CDS never names it` },
    ])
  })
})

describe('a DS of no key of ours', () => {
  const foreign = dsOf(storedKey('ecdsap256', combined))
  const key = storedKey('ecdsap256', combined, { syncPublish: 0 })
  const gone = storedKey('ecdsap256', combined, { syncPublish: 0, delete: now })
  const expected = (wanted: Wanted): unknown => findings(wanted, [foreign])[0]

  it('is held against the keys whose DS may be there now', () => {
    expect(expected(wantedWith([gone, key]))).toMatchObject({
      expected: `only DS of our keys: ${key.key.keyTag}`,
      advice:
        'take it away at the registrar, once the right one is there; or put the key it names into the key directory',
    })
  })

  it('is to go at once where none may be there', () => {
    const early = storedKey('ecdsap256', combined, { syncPublish: now + 1 })
    expect(expected(wantedWith([gone, early]))).toMatchObject({
      expected: 'no DS now',
      advice: 'take it away at the registrar; or put the key it names into the key directory',
    })
    expect(expected(wantedWith([key], { leave: true }))).toMatchObject({
      expected: 'no DS, as `leave` says',
      advice: 'take it away at the registrar',
    })
  })
})
