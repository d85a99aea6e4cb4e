// What is made of the DS records a parent publishes, each beside the keys it may name. No server is asked.
import { describe, expect, it } from 'vitest'
import { compareParent } from '../../../src/cli/delegation/parent.ts'
import type { Published } from '../../../src/cli/delegation/published.ts'
import { wantedOf, type Wanted } from '../../../src/cli/delegation/wanted.ts'
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
