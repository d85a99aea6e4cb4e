// Single words: durations and rates with their units, and what was perhaps meant.
import { describe, expect, it } from 'vitest'
import { nearest } from '../../../src/config/nearest.ts'
import { parseDuration, parseRate } from '../../../src/config/units.ts'

describe('durations', () => {
  it.each([
    ['150ms', 150],
    ['20s', 20_000],
    ['1.5h', 5_400_000],
    ['14d', 1_209_600_000],
    ['0', 0],
    ['-30ms', -30],
    ['0ms', 0],
    ['-0', 0],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  it.each(['', '20', '20 s', '2m30s', 's', '1e3s', '--1s', '+1s', '20S', '.5s', '5.s', '１s'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull()
  })
})

describe('rates', () => {
  it.each([
    ['40Gbps', 40],
    ['800Mbps', 0.8],
    ['1.2Tbps', 1200],
    ['50kbps', 0.00005],
  ])('%s is %d Gbps', (text, gbps) => {
    expect(parseRate(text)).toBeCloseTo(gbps, 12)
  })

  it.each(['', '40', '40gbps', '40 Gbps', '-1Gbps', 'Gbps'])('%j is none', (text) => {
    expect(parseRate(text)).toBeNull()
  })
})

describe('the nearest word', () => {
  const known = ['steering', 'server', 'services', 'sites', 'HK', 'CX']

  it.each([
    ['stering', 'steering'],
    ['steernig', 'steering'],
    ['SITES', 'sites'],
    ['service', 'services'],
    ['hk', 'HK'],
  ])('to %s is %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant)
  })

  it.each(['colour', 'XX', '', 'x'.repeat(100)])('to %j is none', (word) => {
    expect(nearest(word, known)).toBeNull()
  })
})
