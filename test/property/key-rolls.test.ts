// The life of keys over months: whatever of it lies in caches together, a resolver that validates takes it for secure or insecure, never bogus.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Type } from '../../src/wire/constants.ts'
import type { StaticRRset } from '../../src/zone/model.ts'
import { parseDnskey } from '../../src/zone/signing/dnskey.ts'
import type { StoredKey } from '../../src/zone/signing/key-file.ts'
import { planFirst, planRetire, planRoll } from '../../src/zone/signing/rollover.ts'
import { verifyRRset } from '../../src/zone/signing/rrsig.ts'
import { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'
import { chanceOf, Clock, day, type Span } from '../support/key-life.ts'
import { isPunctual, Operator, type Following } from '../support/key-operator.ts'
import { combined, dnssec, storedKey, zone } from '../support/signed-world.ts'
import { records } from '../support/world.ts'

const hour = 3600
const start = 1_800_000_000

const life = fc.record({
  chance: fc.integer(),
  following: fc.constantFrom<Following>('replaced', 'added', 'cds', 'never'),
  split: fc.boolean(),
  keyTtlSeconds: fc.constantFrom(60, hour, day, 3 * day),
  zoneTtlSeconds: fc.constantFrom(60, hour, day, 7 * day),
  parentDsTtlSeconds: fc.constantFrom(300, hour, day, 2 * day),
  propagationSeconds: fc.constantFrom(60, hour, 12 * hour),
  validitySeconds: fc.constantFrom(2 * day, 14 * day, 90 * day),
})
type Drawn = typeof life extends fc.Arbitrary<infer T> ? T : never

/** More of them, and others: `KEY_LIVES=5000 KEY_SEED=2`. */
const [runs, seed] = [Number(process.env.KEY_LIVES ?? 150), Number(process.env.KEY_SEED ?? 1)]

/** What was wrong at any time, and the story that led there. */
function live({ chance, following, split, zoneTtlSeconds, validitySeconds, ...drawn }: Drawn): string[] {
  const clock = new Clock(start)
  const timings = { ...drawn, longestTtlSeconds: Math.max(zoneTtlSeconds, drawn.keyTtlSeconds) }
  const operator = new Operator({ clock, chance: chanceOf(chance), timings, validitySeconds, following, split })
  clock.runUntil(start + 150 * day)
  const { servers, parent, told } = operator
  const keySets = servers.flatMap((server) => kept(server.keySets.spans, timings.keyTtlSeconds))
  const signers = servers.flatMap((server) => kept(server.signers.spans, timings.longestTtlSeconds))
  const dss = parent.servers.flatMap(({ spans }) => kept(spans, timings.parentDsTtlSeconds))
  const wrong = servers.flatMap(({ expired }) => expired)
  /** Whoever has this DS, whichever else it has beside. */
  const judge = (what: string, ds: Span<readonly string[]>): void => {
    for (const keys of keySets.filter((one) => overlap(ds, one))) {
      const { published, signers: by } = keys.value
      const isTrusted = ds.value.some((key) => published.includes(key) && by.includes(key))
      if (!isTrusted) wrong.push(`${what} ${spanOf(ds)} trusts no key of ${spanOf(keys)}`)
      for (const records of signers.filter((one) => overlap(ds, keys, one))) {
        if (!records.value.some((key) => published.includes(key)))
          wrong.push(`with ${what} ${spanOf(ds)} signatures of ${spanOf(records)} fit no key of ${spanOf(keys)}`)
      }
    }
  }
  for (const ds of dss) if (ds.value.length > 0) judge('DS', ds)
  // A parent may follow CDS in the moment in which it reads it.
  for (const server of servers) {
    for (const { value, ...span } of isPunctual(following) ? server.cds.spans : []) {
      for (const tag of value ?? []) {
        const name = keySets.flatMap((one) => one.value.published).find((key) => key.endsWith(`/${tag}`))
        judge('CDS', { ...span, value: [name ?? `0/${tag}`] })
      }
    }
    // RFC 6840 section 5.11.
    for (const keys of server.keySets.spans) {
      const algorithms = algorithmsOf(keys.value.published)
      const others = server.signers.spans.filter((one) => overlap(keys, one)).map(({ value }) => algorithmsOf(value))
      for (const by of [algorithmsOf(keys.value.signers), ...others])
        if (by !== algorithms) wrong.push(`keys of ${spanOf(keys)} sign by algorithms ${by}`)
    }
  }
  return wrong.length === 0 ? [] : [...told, ...wrong.slice(0, 5)]
}

/** The same for as long as a cache may have it. */
function kept<T>(spans: readonly Span<T>[], ttlSeconds: number): Span<T>[] {
  return spans.map(({ from, to, value }) => ({ from, to: to + ttlSeconds, value }))
}

function overlap(...spans: readonly Span<unknown>[]): boolean {
  return Math.max(...spans.map(({ from }) => from)) < Math.min(...spans.map(({ to }) => to))
}

function spanOf({ from, to, value }: Span<unknown>): string {
  return `${JSON.stringify(value)} from ${from} to ${to}`
}

function algorithmsOf(keys: readonly string[]): string {
  return [...new Set(keys.map((key) => key.split('/')[0]))].join()
}

function verifies(set: StaticRRset, rrsig: Uint8Array, dnskey: Uint8Array, at: number): boolean {
  const key = parseDnskey(dnskey)
  return key !== null && verifyRRset(set, rrsig, key, at)
}

/** A combined key and its successor with true signatures, at every moment of a roll at which something changes. */
function trueRoll(): { readonly at: number; readonly signer: ZoneSigner }[] {
  const timings = { keyTtlSeconds: hour, parentDsTtlSeconds: day, propagationSeconds: hour, longestTtlSeconds: day }
  const at = (now: number, keys: readonly StoredKey[]) => ({
    at: now,
    signer: new ZoneSigner(zone, dnssec(), keys, now),
  })
  const old = storedKey('ecdsap256', combined, planFirst(timings, start))
  const rolls = start + 2 * day
  const roll = planRoll([old], old, timings, rolls)
  if ('refused' in roll) throw new Error(roll.refused)
  const both = [{ ...old, times: roll.oldTimes }, storedKey('ecdsap256', combined, roll.successorTimes)]
  const named = rolls + 2 * hour
  const retires = named + 2 * hour
  const end = planRetire(both, both[0], timings, retires)
  if ('refused' in end) throw new Error(end.refused)
  const last = [
    { ...both[0], times: end.oldTimes },
    { ...both[1], times: end.successorTimes },
  ]
  const gone = retires + day + hour
  return [at(start, [old]), at(rolls, both), at(named, both), at(retires, last), at(gone - 1, last), at(gone, last)]
}

describe('the life of keys', () => {
  it('is told rightly by tags: what signs is what verifies', () => {
    const soa = records(zone.name, Type.SOA, day, 'a. b. 1 2 3 4 5')
    const moments = trueRoll()
    const verified = moments.map(({ at, signer }) => {
      const [rrsig, ...more] = signer.sign(soa)
      expect(more).toEqual([])
      return moments.map(({ signer: { sets } }) =>
        sets[0].rdatas.some((rdata) => verifies(soa, rrsig, rdata, at)) ? 1 : 0,
      )
    })
    // A row each moment's signature, a column each moment's keys.
    expect(verified.map((row) => row.join(''))).toEqual(['111110', '111110', '111110', '011111', '011111', '011111'])
    for (const { at, signer } of moments) {
      const [keys] = signer.sets
      const signatures = signer.sign(keys)
      const by = keys.rdatas.map((rdata) => signatures.some((one) => verifies(keys, one, rdata, at)))
      expect(by).toEqual(keys.rdatas.map(() => true))
    }
  })

  it('has no moment at which a resolver takes an answer for bogus', () => {
    fc.assert(
      fc.property(life, (drawn) => {
        expect(live(drawn)).toEqual([])
      }),
      { numRuns: runs, seed },
    )
  })
})
