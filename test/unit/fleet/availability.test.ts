// The two words of a node as readers see them, for every lot a block may draw. Knows no verdict and no operator.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createWords, isAvailable, isPartlyAvailable, Override, Verdict } from '../../../src/fleet/availability.ts'

const lots = Array.from({ length: 255 }, (_, lot) => lot)
const byte = fc.integer({ min: 0, max: 255 })
const pair = fc.record({
  verdict: fc.constantFrom(0, Verdict.upV4, Verdict.upV6, Verdict.upV4 | Verdict.upV6),
  shares: fc.tuple(byte, byte),
  mode: fc.constantFrom(...Object.values(Override)),
  drained: byte,
})

it('is partly available exactly when some lot is, whatever ramps and drains', () => {
  fc.assert(
    fc.property(pair, fc.constantFrom(4, 6), ({ verdict, shares: [v4, v6], mode, drained }, family) => {
      const words = createWords(2)
      words[2] = verdict | (v4 << 8) | (v6 << 16)
      words[3] = mode | (drained << 8)
      expect(isPartlyAvailable(words, 1, family)).toBe(lots.some((lot) => isAvailable(words, 1, family, lot)))
    }),
  )
})

it('gains blocks and loses none as a share grows', () => {
  const words = createWords(1)
  let before = 0
  for (let share = 0; share <= 255; share++) {
    words[0] = Verdict.upV4 | (share << 8)
    const served = lots.filter((lot) => isAvailable(words, 0, 4, lot))
    expect(served).toEqual(lots.slice(0, Math.max(before, served.length)))
    before = served.length
  }
  expect(before).toBe(255)
})
