// What holds of flapping and slow start along every path: who stays well is back in time, who falls again and again is not.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterFall, afterTime, fallPoints, heldOutUntilMs, noPenalty, pointsAt } from '../../src/health/flapping.ts'
import type { FlappingSettings } from '../../src/health/model.ts'
import { firstShare, shareAt } from '../../src/health/slow-start.ts'
import { advance, beginState, isServing, type FamilyState } from '../../src/health/verdict.ts'
import { observation, tcpProbe } from '../unit/health/probes.ts'

const settings: fc.Arbitrary<FlappingSettings> = fc
  .record({
    halfLifeMs: fc.integer({ min: 1_000, max: 600_000 }),
    suppressAbove: fc.integer({ min: 2, max: 10_000 }),
    part: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
  })
  .map(({ halfLifeMs, suppressAbove, part }) => {
    return { halfLifeMs, suppressAbove, reuseBelow: Math.max(1, Math.floor(suppressAbove * part)) }
  })
const gaps = fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 40 })

describe('the flapping penalty', () => {
  it('holds out only above its threshold, and lets back at the time it says, no sooner', () => {
    fc.assert(
      fc.property(settings, gaps, (flapping, pauses) => {
        let penalty = noPenalty
        let now = 0
        for (const pause of pauses) {
          now += pause
          penalty = afterFall(afterTime(penalty, flapping, now), flapping, now)
          const until = heldOutUntilMs(penalty, flapping)
          if (until === null) {
            expect(penalty.points).toBeLessThanOrEqual(flapping.suppressAbove)
            continue
          }
          expect(afterTime(penalty, flapping, until - 1).heldOut).toBe(
            penalty.points >= flapping.reuseBelow && until - 1 >= now,
          )
          expect(afterTime(penalty, flapping, until + 1).heldOut).toBe(false)
        }
      }),
    )
  })

  it('is bounded, so that nobody is held out longer than two half-lives and what the thresholds add', () => {
    fc.assert(
      fc.property(settings, gaps, (flapping, pauses) => {
        let penalty = noPenalty
        let now = 0
        for (const pause of pauses) penalty = afterFall(penalty, flapping, (now += pause))
        const { halfLifeMs, suppressAbove, reuseBelow } = flapping
        const longestMs = halfLifeMs * Math.log2((4 * suppressAbove) / reuseBelow)
        expect((heldOutUntilMs(penalty, flapping) ?? now) - now).toBeLessThanOrEqual(longestMs + 1e-6)
      }),
    )
  })

  it('halves in a half-life and never grows by itself, whatever the clock does', () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: -1e6, max: 1e6 }), (flapping, after) => {
        const penalty = { points: fallPoints, atMs: 1e6, heldOut: false }
        expect(pointsAt(penalty, flapping, 1e6 + flapping.halfLifeMs)).toBeCloseTo(fallPoints / 2, 6)
        expect(pointsAt(penalty, flapping, 1e6 + after)).toBeLessThanOrEqual(fallPoints)
      }),
    )
  })
})

/** A node with one probe, fall and rise 1, fed one result a second. */
function walk(results: readonly boolean[], flapping: FlappingSettings | null): FamilyState[] {
  let state = beginState([tcpProbe({ fall: 1, rise: 1 })], 0)
  return results.map((ok, at) => {
    const nowMs = at * 1_000
    state = advance(state, observation(ok, { startedMs: nowMs }), nowMs, { flapping, mayFall: true })
    return state
  })
}

describe('a node that flaps', () => {
  const flapping = { halfLifeMs: 120_000, suppressAbove: 2_000, reuseBelow: 750 }
  const results = fc.array(fc.boolean(), { minLength: 1, maxLength: 400 })

  it('is handed out only while its probes pass, and withheld while they pass only when held out', () => {
    fc.assert(
      fc.property(results, (oks) => {
        const [free, held] = [walk(oks, null), walk(oks, flapping)]
        oks.forEach((_, at) => {
          expect(held[at].found).toBe(free[at].verdict)
          expect(isServing(held[at].verdict)).toBe(isServing(free[at].verdict) && !held[at].penalty.heldOut)
        })
      }),
    )
  })

  it('leaves service at most three times in two minutes however it flaps', () => {
    fc.assert(
      fc.property(results, (oks) => {
        const falls = walk(oks, flapping).flatMap(({ fellAtMs }, at) => (fellAtMs === at * 1_000 ? [at] : []))
        for (const at of falls) {
          expect(falls.filter((other) => other > at - 120 && other <= at).length).toBeLessThanOrEqual(3)
        }
      }),
    )
  })

  it('is back by the time its penalty says when it stays well', () => {
    fc.assert(
      fc.property(results, (oks) => {
        const end = walk(oks, flapping).at(-1)
        if (end === undefined) return
        const nowMs = oks.length * 1_000
        const backMs = Math.max(heldOutUntilMs(end.penalty, flapping) ?? 0, nowMs) + 1
        const well = advance(end, observation(true, { startedMs: backMs }), backMs, { flapping, mayFall: true })
        expect(well.verdict).toBe('up')
      }),
    )
  })
})

describe('slow start', () => {
  const time = fc.integer({ min: 0, max: 1e6 })

  it('begins with a tenth, never shrinks, and is over when it says', () => {
    fc.assert(
      fc.property(time, time, time, fc.integer({ min: 1, max: 3_600_000 }), (roseAtMs, a, b, slowStartMs) => {
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)]
        const shares = [sooner, later].map((after) => shareAt(roseAtMs, roseAtMs + after, slowStartMs))
        expect(shares[0]).toBeGreaterThanOrEqual(firstShare)
        expect(shares[1]).toBeGreaterThanOrEqual(shares[0])
        expect(shareAt(roseAtMs, roseAtMs + slowStartMs, slowStartMs)).toBe(1)
      }),
    )
  })

  it('is over, as a penalty is, when the clock was set back by longer than it takes', () => {
    const dayMs = 86_400_000
    expect(shareAt(dayMs, 0, 60_000)).toBe(1)
    const flapping = { halfLifeMs: 120_000, suppressAbove: 3_000, reuseBelow: 1_500 }
    const penalty = { points: 12_000, atMs: dayMs, heldOut: true }
    expect(afterTime(penalty, flapping, 0).heldOut).toBe(false)
  })

  it('is not for a node that never left', () => {
    expect([shareAt(null, 5, 100), shareAt(5, 5, 0), shareAt(5, 5, 100)]).toEqual([1, 1, firstShare])
  })
})
