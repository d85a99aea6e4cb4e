// Rolls of keys by RFC 7583: each time follows from a TTL and a delay, and what would break the chain is refused.
import { describe, expect, it } from 'vitest'
import { Flags } from '../../../src/zone/signing/dnskey.ts'
import { planRetire, planRoll } from '../../../src/zone/signing/rollover.ts'
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
    expect(planRetire(keys, keys[0], timings, now + 110)).toMatchObject({
      successor: keys[1],
      successorTimes: { activate: now + 110, syncDelete: null },
      oldTimes: { inactive: now + 110, delete: now + 110 + 5010 },
    })
    const split = [...keys, key(Flags.zone)]
    expect(planRetire(split, keys[0], timings, now + 110)).toMatchObject({ oldTimes: { delete: now + 110 + 1010 } })
    expect(planRoll(keys, keys[0], timings, now)).toMatchObject({ refused: expect.stringContaining('under way') })
    expect(planRoll(keys, keys[1], timings, now)).toMatchObject({
      refused: expect.stringContaining('does not sign yet'),
    })
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
})
