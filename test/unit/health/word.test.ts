// The bits a verdict becomes. The layout itself is the fleet's.
import { expect, it } from 'vitest'
import { allUp, createWords, isAvailable, shareShift, Verdict as bits } from '../../../src/fleet/availability.ts'
import { beginState, type FamilyState, type Verdict } from '../../../src/health/verdict.ts'
import { verdictWord } from '../../../src/health/word.ts'

const steadyTtlMs = 30_000
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
  expect(verdictWord(family(verdict), null, 0, steadyTtlMs)).toBe(word)
})

it('is all up when both families are', () => {
  expect(verdictWord(family('up'), family('up'), 0, steadyTtlMs)).toBe(allUp)
})

it('keeps the families apart', () => {
  const words = createWords(1)
  words[0] = verdictWord(family('suspect'), family('down', 0), 0, steadyTtlMs)
  expect([isAvailable(words, 0, 4, 254), isAvailable(words, 0, 6, 0)]).toEqual([true, false])
  expect(words[0] & (bits.movingV4 | bits.movingV6)).toBe(bits.movingV4 | bits.movingV6)
})

it('moves for one steady TTL after a fall, whatever became of the node', () => {
  for (const verdict of ['down', 'up'] as const) {
    expect(verdictWord(null, family(verdict, 1_000), 30_999, steadyTtlMs) & bits.movingV6).not.toBe(0)
    expect(verdictWord(null, family(verdict, 1_000), 31_000, steadyTtlMs) & bits.movingV6).toBe(0)
  }
})
