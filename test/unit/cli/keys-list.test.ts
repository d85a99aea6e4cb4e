// What `nearcast keys list` says of keys in every state of a roll, held against what the zone publishes then. No file is read.
import { describe, expect, it } from 'vitest'
import { dsLine, formatKeys } from '../../../src/cli/keys-list.ts'
import { Type } from '../../../src/wire/constants.ts'
import { getU16 } from '../../../src/wire/header.ts'
import { Digest, dnskeyRdata, dsRdata, Flags } from '../../../src/zone/signing/dnskey.ts'
import type { StoredKey } from '../../../src/zone/signing/key-file.ts'
import type { KeyTimes } from '../../../src/zone/signing/key-times.ts'
import { formatDate, planRetire, planRoll } from '../../../src/zone/signing/rollover.ts'
import { ZoneSigner } from '../../../src/zone/signing/zone-signer.ts'
import { combined, dnssec, storedKey, zone as plain } from '../../support/signed-world.ts'

const now = 1_800_000_000
const hour = 3600
const timings = { ...dnssec(), longestTtlSeconds: 5 * hour }
const zone = { ...plain, dnssec: dnssec() }

const tag = ({ key }: StoredKey): number => key.keyTag
const row = (text: string, key: StoredKey): string =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${tag(key)} `))
    ?.replaceAll(/ {2,}/g, ' | ') ?? ''
const ds = ({ key }: StoredKey): string => dsLine(zone, dsRdata(zone.apex, dnskeyRdata(key), Digest.sha256))
/** Words before the DS of a key. */
const placeOf = (text: string, key: StoredKey): string =>
  text
    .split('\n')
    .find((line) => line.endsWith(ds(key)))
    ?.slice(0, -ds(key).length)
    .trim() ?? ''

/** A combined key and its successor, as `keys roll` leaves them at `now`. */
function rolled(flags = combined, others: readonly StoredKey[] = []): { old: StoredKey; fresh: StoredKey } {
  const old = storedKey('ed25519', flags, { syncPublish: flags === combined ? 0 : null })
  const plan = planRoll([old, ...others], old, timings, now)
  if ('refused' in plan) throw new Error(plan.refused)
  return { old: { ...old, times: plan.oldTimes }, fresh: storedKey('ed25519', flags, plan.successorTimes) }
}

function retired({ old, fresh }: { old: StoredKey; fresh: StoredKey }, at: number) {
  const plan = planRetire([old, fresh], old, timings, at)
  if ('refused' in plan) throw new Error(plan.refused)
  return { old: { ...old, times: plan.oldTimes }, fresh: { ...fresh, times: plan.successorTimes } }
}

describe('the list of keys', () => {
  it('shows a roll of a combined key from its begin to its end', () => {
    const begun = rolled()
    const { old, fresh } = begun
    const [o, f] = [tag(old), tag(fresh)]
    const ready = now + 2 * hour
    const before = formatKeys(zone, [old, fresh], now)
    expect(row(before, old)).toBe(`${o} | combined | published | everything | named`)
    expect(row(before, fresh)).toBe(`${f} | combined | published | DNSKEY and CDS | from ${formatDate(ready)}`)
    expect(before).toContain(
      `Key ${f} takes the place of key ${o}. Once every server of the parent shows the DS of key ${f} and no other:\n` +
        `  nearcast keys retire live.example.net ${o} --ds-replaced\n`,
    )
    expect(before).toContain(`${formatDate(ready)}  key ${o} is named by CDS no longer; key ${f} is named by CDS`)
    expect([placeOf(before, old), placeOf(before, fresh)]).toEqual(['now', `not before ${formatDate(ready)}`])

    const after = formatKeys(zone, [old, fresh], ready)
    expect(row(after, old)).toBe(`${o} | combined | published | everything | no longer named`)
    expect(row(after, fresh)).toBe(`${f} | combined | published | DNSKEY and CDS | named`)
    expect([placeOf(after, old), placeOf(after, fresh)]).toEqual(['no longer', 'now'])
    expect(after).toContain(`  nearcast keys retire live.example.net ${o} --ds-replaced\n`)

    const end = ready + 2 * hour
    const ended = retired(begun, end)
    const pair = [ended.old, ended.fresh]
    const gone = end + 25 * hour
    const text = formatKeys(zone, pair, end)
    expect(row(text, old)).toBe(`${o} | combined | published | DNSKEY and CDS | no longer named`)
    expect(row(text, fresh)).toBe(`${f} | combined | published | everything | named`)
    expect(text).toContain(`Key ${f} takes the place of key ${o}.\n`)
    expect(text).not.toContain('keys retire')
    expect(text).toContain(`${formatDate(gone)}  key ${o} is gone\n`)
    expect(row(formatKeys(zone, pair, gone), old)).toBe(
      `${o} | combined | gone since ${formatDate(gone)} | nothing | no longer named`,
    )
    expect(formatKeys(zone, pair, gone)).not.toContain('takes the place')
  })

  it('leaves the DS of a key at the parent whose successor is gone, whatever its times say', () => {
    const { old } = rolled()
    const ready = now + 2 * hour
    expect(placeOf(formatKeys(zone, [old], ready), old)).toBe('now')
    const entry = { syncPublish: 0, syncDelete: ready }
    const others: readonly Partial<KeyTimes>[] = [
      { syncPublish: ready + 1 },
      { publish: ready + 1, syncPublish: 0 },
      { syncPublish: 0, delete: ready },
      { syncPublish: 0, syncDelete: ready - 1 },
    ]
    for (const times of others) {
      const pair = [storedKey('ed25519', combined, entry), storedKey('ed25519', combined, times)]
      expect(placeOf(formatKeys(zone, pair, ready), pair[0])).toBe('now')
    }
    const zoneKey = storedKey('ed25519', Flags.zone)
    expect(placeOf(formatKeys(zone, [old, zoneKey], ready), old)).toBe('now')
    // One that others made has no times for CDS, and its DS is wanted as long as it is published.
    const bare = storedKey('ed25519', combined)
    expect(placeOf(formatKeys(zone, [old, bare], ready), old)).toBe('no longer')
  })

  it('shows a key that is rolled before its first DS is asked for as one that CDS never names', () => {
    const first = storedKey('ed25519', combined, { publish: now, syncPublish: now + 6 * hour })
    const plan = planRoll([first], first, timings, now + hour)
    if ('refused' in plan) throw new Error(plan.refused)
    const pair = [{ ...first, times: plan.oldTimes }, storedKey('ed25519', combined, plan.successorTimes)]
    const [old, fresh] = pair
    for (const at of [now + hour, now + 6 * hour, now + 40 * hour]) {
      const text = formatKeys(zone, pair, at)
      expect(row(text, old)).toMatch(/ \| never named$/)
      expect(placeOf(text, old)).toBe('never')
      expect(text).not.toContain(`key ${tag(old)} is named`)
      const cds = new ZoneSigner(zone, dnssec(), pair, at).sets.find(({ type }) => type === Type.CDS)
      expect(cds?.rdatas.map((rdata) => getU16(rdata, 0)) ?? []).toEqual(at < now + 6 * hour ? [] : [tag(fresh)])
    }
    expect(placeOf(formatKeys(zone, pair, now + hour), fresh)).toBe(`not before ${formatDate(now + 6 * hour)}`)
    expect(placeOf(formatKeys(zone, pair, now + 6 * hour), fresh)).toBe('now')
  })

  it('shows a roll of a zone-signing key, and what its times change', () => {
    const entry = storedKey('ed25519', combined, { syncPublish: 0 })
    const { old, fresh } = rolled(Flags.zone, [entry])
    const text = formatKeys(zone, [entry, old, fresh], now)
    expect(row(text, entry)).toBe(`${tag(entry)} | key-signing | published | DNSKEY and CDS | named`)
    expect(row(text, old)).toBe(`${tag(old)} | zone-signing | published | records | -`)
    expect(row(text, fresh)).toBe(`${tag(fresh)} | zone-signing | published | nothing | -`)
    expect(text).toContain(`Key ${tag(fresh)} takes the place of key ${tag(old)}.\n`)
    expect(text).toContain(
      `${formatDate(now + 2 * hour)}  key ${tag(old)} signs nothing; key ${tag(fresh)} signs records\n`,
    )
    expect(text).toContain(`${formatDate(now + 8 * hour)}  key ${tag(old)} is gone\n`)
    expect([placeOf(text, entry), text.split(' IN DS ').length]).toEqual(['now', 2])
  })

  it('shows the first key, of which no DS may be published yet', () => {
    const later = now + 6 * hour
    const key = storedKey('ed25519', combined, { publish: now, activate: now, syncPublish: later })
    const text = formatKeys(zone, [key], now)
    expect(row(text, key)).toBe(`${tag(key)} | combined | published | everything | from ${formatDate(later)}`)
    expect(placeOf(text, key)).toBe(`not before ${formatDate(later)}`)
  })

  it('shows that with `leave` CDS names no key and no DS belongs at the parent', () => {
    const key = storedKey('ed25519', combined, { syncPublish: 0 })
    const text = formatKeys({ ...zone, dnssec: dnssec({ leave: true }) }, [key], now)
    expect(row(text, key)).toBe(`${tag(key)} | combined | published | everything | not named`)
    const leaving =
      '`leave` is set: CDS names no key and asks the parent to remove every DS. `keys roll` and `keys retire` wait until it is taken out.\n'
    expect(text).toContain(leaving)
    // `keyTtl` + `propagation`, then `parentDsTtl`.
    expect(text).toContain('it is set everywhere for 2 hours and from then on the parent showed no DS for 24 hours.\n')
    expect(placeOf(text, key)).toBe('no longer')
    const { old, fresh } = rolled()
    const inRoll = formatKeys({ ...zone, dnssec: dnssec({ leave: true }) }, [old, fresh], now)
    expect(inRoll).toContain(`\n\n${leaving}`)
    expect(inRoll).not.toMatch(/takes the place|--ds-replaced/)
  })

  it('shows keys that others made, and ones that are not published', () => {
    const [bare, late, never] = [{}, { publish: now + hour }, { publish: null }].map((times) =>
      storedKey('ed25519', combined, times),
    )
    const text = formatKeys(zone, [bare, late, never], now)
    expect(row(text, bare)).toBe(`${tag(bare)} | combined | published | everything | not named`)
    expect(row(text, late)).toBe(`${tag(late)} | combined | from ${formatDate(now + hour)} | nothing | not named`)
    expect(row(text, never)).toBe(`${tag(never)} | combined | never | nothing | not named`)
    expect([bare, late, never].map((key) => placeOf(text, key))).toEqual([
      'now',
      'when the key is published',
      'when the key is published',
    ])
    expect(text).toContain(`${formatDate(now + hour)}  key ${tag(late)} is published, signs everything\n`)
  })

  it('says of CDS what the zone publishes, at every moment of a roll', () => {
    const begun = rolled()
    const ended = retired(begun, now + 4 * hour)
    const moments: (readonly [keys: StoredKey[], at: number])[] = [
      [[begun.old, begun.fresh], now],
      [[begun.old, begun.fresh], now + 2 * hour],
      [[ended.old, ended.fresh], now + 4 * hour],
      [[ended.old, ended.fresh], now + 40 * hour],
    ]
    for (const leave of [false, true])
      for (const [keys, at] of moments) {
        const settings = dnssec({ leave })
        const sets = new ZoneSigner(zone, settings, keys, at).sets
        const named = sets.find(({ type }) => type === Type.CDS)?.rdatas.map((rdata) => getU16(rdata, 0))
        const text = formatKeys({ ...zone, dnssec: settings }, keys, at)
        const told = keys.filter((key) => row(text, key).endsWith('| named')).map(tag)
        expect(told).toEqual(leave ? [] : named)
      }
  })
})
