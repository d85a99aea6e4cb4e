// Rolls of keys by RFC 7583: each time follows from a TTL and a delay, and what would break the chain is refused.
import { describe, expect, it } from 'vitest'
import { Flags } from '../../../src/zone/signing/dnskey.ts'
import type { StoredKey } from '../../../src/zone/signing/key-file.ts'
import { formatDate, planRetire, planRoll, successorOf } from '../../../src/zone/signing/rollover.ts'
import { combined, storedKey } from '../../support/signed-world.ts'

const now = 1_800_000_000
const timings = { keyTtlSeconds: 100, parentDsTtlSeconds: 1000, propagationSeconds: 10, longestTtlSeconds: 5000 }
const key = (flags: number, times = {}) => storedKey('ed25519', flags, times)

describe('a roll', () => {
  it('section 3.2.1: of a zone-signing key is decided at once', () => {
    const old = key(Flags.zone)
    expect(planRoll([old, key(combined)], old, timings, now)).toMatchObject({
      successorTimes: { publish: now, activate: now + 110, syncPublish: null },
      oldTimes: { inactive: now + 110, delete: now + 110 + 5010 },
    })
  })

  it('section 3.3.1: of a combined key asks the parent when caches know the successor, and retires after the DS', () => {
    const old = key(combined, { syncPublish: 0 })
    const plan = planRoll([old], old, timings, now)
    if ('refused' in plan) throw new Error(plan.refused)
    expect(plan).toMatchObject({
      successorTimes: { publish: now, activate: null, syncPublish: now + 110 },
      oldTimes: { inactive: null, delete: null, syncDelete: now + 110 },
    })
    const keys = [{ ...old, times: plan.oldTimes }, key(combined, { ...plan.successorTimes })]
    expect(planRetire(keys, keys[0], timings, now + 109)).toMatchObject({
      refused: expect.stringContaining('must stay'),
    })
    expect(planRetire(keys, keys[0], timings, now + 220)).toMatchObject({
      successor: keys[1],
      successorTimes: { activate: now + 220, syncDelete: null },
      oldTimes: { inactive: now + 220, delete: now + 220 + 5010 },
    })
    const split = [...keys, key(Flags.zone)]
    expect(planRetire(split, keys[0], timings, now + 220)).toMatchObject({ oldTimes: { delete: now + 220 + 1010 } })
    expect(planRoll(keys, keys[0], timings, now)).toMatchObject({ refused: expect.stringContaining('under way') })
    expect(planRoll(keys, keys[1], timings, now)).toMatchObject({
      refused: expect.stringContaining('does not sign yet'),
    })
  })

  it('ends only when no cache has CDS that name the old key: a parent that reads them would go back to its DS', () => {
    const [old, unnamed] = [0, now + 9999].map((syncPublish) => key(combined, { syncPublish }))
    const fresh = (syncPublish: number): StoredKey => key(combined, { publish: now, activate: null, syncPublish })
    const rolled = [{ ...old, times: { ...old.times, syncDelete: now + 110 } }, fresh(now + 110)]
    for (const at of [now + 110, now + 219]) {
      expect(planRetire(rolled, rolled[0], timings, at)).toMatchObject({
        refused: `must stay until ${formatDate(now + 220)}, for the parent may still read CDS that name it: retire key ${old.key.keyTag} then, with this command`,
      })
    }
    expect(planRetire(rolled, rolled[0], timings, now + 220)).not.toHaveProperty('refused')
    const never = [{ ...unnamed, times: { ...unnamed.times, syncDelete: now + 9999 } }, fresh(now + 9999)]
    expect(planRetire(never, never[0], timings, now + 9999)).not.toHaveProperty('refused')
  })

  it('is refused while the last one is not over, and a retirement without a successor always', () => {
    const old = key(combined)
    expect(planRetire([old, key(Flags.zone)], old, timings, now)).toMatchObject({
      refused: expect.stringContaining('has no successor'),
    })
    const gone = key(combined, { inactive: now - 5, delete: now + 5 })
    expect(planRoll([old, gone], old, timings, now)).toMatchObject({
      refused: expect.stringContaining('until it is gone'),
    })
    expect(planRoll([old, gone], old, timings, now + 5)).not.toHaveProperty('refused')
    expect(planRetire([old, gone], gone, timings, now)).toMatchObject({ refused: expect.stringContaining('already') })
    expect(planRetire([old, gone], old, timings, now)).toMatchObject({
      refused: expect.stringContaining('has no successor'),
    })
  })
  it('is ended with the tag of the old key alone, and says so while it is too early', () => {
    const old = key(combined, { syncPublish: 0 })
    const plan = planRoll([old], old, timings, now)
    if ('refused' in plan) throw new Error(plan.refused)
    const keys = [key(combined, { ...plan.successorTimes }), { ...old, times: plan.oldTimes }]
    const [fresh, tag] = [keys[0], old.key.keyTag]
    const swapped = `is the successor, and the zone would be left without one: the old key, to be retired, is ${tag}`
    for (const at of [now, now + 110, now + 9999])
      expect(planRetire(keys, fresh, timings, at)).toEqual({ refused: swapped })
    const early = planRetire(keys, keys[1], timings, now)
    expect(early).toMatchObject({ refused: expect.stringContaining(`retire key ${tag} then`) })
    expect(planRoll(keys, keys[1], timings, now)).toMatchObject({
      refused: expect.stringContaining(`retire key ${tag} first`),
    })
  })

  it('knows the old key by when it signed, where nothing else is decided', () => {
    const [first, second] = [key(combined, { activate: 5 }), key(combined, { activate: 6 })]
    expect(planRetire([second, first], second, timings, now)).toHaveProperty('refused')
    expect(planRetire([second, first], first, timings, now)).toMatchObject({ successor: second })
    const [early, late] = [key(Flags.zone, { publish: 5 }), key(Flags.zone, { publish: 6 })]
    expect(planRetire([early, late], late, timings, now)).toHaveProperty('refused')
    expect(planRetire([early, late], early, timings, now)).toMatchObject({ successor: late })
    expect(successorOf([first, second], first, now)).toBeNull()
  })

  it('shows who takes whose place, from the roll until the old key is gone', () => {
    for (const flags of [combined, Flags.zone]) {
      const old = key(flags, { syncPublish: flags === combined ? 0 : null })
      const plan = planRoll([old], old, timings, now)
      if ('refused' in plan) throw new Error(plan.refused)
      const fresh = key(flags, { ...plan.successorTimes })
      const rolled = { ...old, times: plan.oldTimes }
      const gone = { ...old, times: { ...plan.oldTimes, inactive: now, delete: now + 9 } }
      for (const one of [rolled, gone]) {
        expect(successorOf([fresh, one], one, now)).toBe(fresh)
        expect(successorOf([fresh, one], fresh, now)).toBeNull()
      }
      expect(successorOf([fresh, gone], gone, now + 9)).toBeNull()
    }
  })
})
