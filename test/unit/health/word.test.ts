// The bits a verdict becomes. The layout itself is the fleet's.
import { expect, it } from 'vitest'
import { allUp, createWords, isAvailable, shareShift, Verdict as bits } from '../../../src/fleet/availability.ts'
import { beginState, type FamilyState, type Verdict } from '../../../src/health/verdict.ts'
import { verdictWord } from '../../../src/health/word.ts'

const spans = { steadyTtlMs: 30_000, slowStartMs: 100_000 }
const v4Share = 255 << shareShift.v4

function family(verdict: Verdict, fellAtMs: number | null = null): FamilyState {
  return { ...beginState([], 0), verdict, fellAtMs }
}

it.each([
  ['unknown', 0],
  ['up', bits.upV4 | v4Share],
  ['suspect', bits.upV4 | v4Share | bits.movingV4],
  ['down', 0],
  ['probation', bits.movingV4],
] as const)('%s over IPv4 alone leaves the bits of IPv6 clear', (verdict, word) => {
  expect(verdictWord(family(verdict), null, 0, spans)).toBe(word)
})

it('is all up when both families are', () => {
  expect(verdictWord(family('up'), family('up'), 0, spans)).toBe(allUp)
})

it('keeps the families apart', () => {
  const words = createWords(1)
  words[0] = verdictWord(family('suspect'), family('down', 0), 0, spans)
  expect([isAvailable(words, 0, 4, 254), isAvailable(words, 0, 6, 0)]).toEqual([true, false])
  expect(words[0] & (bits.movingV4 | bits.movingV6)).toBe(bits.movingV4 | bits.movingV6)
})

it('moves for one steady TTL after a fall, whatever became of the node', () => {
  for (const verdict of ['down', 'up'] as const) {
    expect(verdictWord(null, family(verdict, 1_000), 30_999, spans) & bits.movingV6).not.toBe(0)
    expect(verdictWord(null, family(verdict, 1_000), 31_000, spans) & bits.movingV6).toBe(0)
  }
})

it('hands out a growing share after a return, and moves until it is whole', () => {
  const rose = { ...family('up'), roseAtMs: 50_000 }
  const seen = [50_000, 100_000, 149_999, 150_000].map((nowMs) => {
    const word = verdictWord(rose, null, nowMs, spans)
    return [(word >> shareShift.v4) & 255, (word & bits.movingV4) !== 0]
  })
  expect(seen).toEqual([
    [25, true],
    [140, true],
    [254, true],
    [255, false],
  ])
})

it('does not move for as long as a clock was set back', () => {
  const fell = { ...family('down'), fellAtMs: 86_400_000 }
  expect(verdictWord(fell, null, 0, spans) & bits.movingV4).toBe(0)
})

it('gives the share of a suspect in its ramp, and none to a node in probation', () => {
  const word = verdictWord({ ...family('suspect'), roseAtMs: 0 }, { ...family('probation'), roseAtMs: 0 }, 0, spans)
  expect([(word >> shareShift.v4) & 255, (word >> shareShift.v6) & 255]).toEqual([25, 0])
})
