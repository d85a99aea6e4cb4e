// Whether every country is there with a continent and a sane centre, and damage is refused. Must not know parts or databases.
import { describe, expect, it } from 'vitest'
import { NearcastError } from '../../../src/errors.ts'
import { countries, parseCountries } from '../../../src/geo/countries.ts'
import { distanceKm } from '../../../src/geo/distance.ts'

const continents = new Set(['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'])

describe('countries', () => {
  it('are those of ISO 3166-1 and Kosovo', () => {
    expect(countries.size).toBe(250)
    for (const code of ['HK', 'SG', 'DE', 'US', 'MO', 'TW', 'AQ', 'XK']) expect(countries.has(code)).toBe(true)
  })

  it('each have a name and a continent', () => {
    const without = [...countries].filter(([, { name, continent }]) => name === '' || !continents.has(continent))
    expect(without).toEqual([])
  })

  it('are never at (0, 0), which would be an unknown place taken for a known one', () => {
    const atZero = [...countries].filter(([, { at }]) => at !== null && distanceKm(at, [0, 0]) < 100)
    expect(atZero).toEqual([])
  })

  it.each([
    ['HK', [22.32, 114.17], 20],
    ['SG', [1.35, 103.82], 20],
    ['DE', [51.1, 10], 250],
    ['FJ', [-18, 178.4], 100],
    ['NZ', [-39, 175], 300],
  ] as const)('%s has its centre where its people are', (code, at, withinKm) => {
    expect(distanceKm(countries.get(code)?.at ?? [0, 0], at)).toBeLessThan(withinKm)
  })
})

describe('a damaged file of countries', () => {
  it.each([
    ['no JSON', '{"HK":'],
    ['no object', '[]'],
    ['a code in lower case', '{ "hk": { "name": "Hong Kong", "continent": "AS", "at": null } }'],
    ['an unknown continent', '{ "HK": { "name": "Hong Kong", "continent": "XX", "at": null } }'],
    ['no centre', '{ "HK": { "name": "Hong Kong", "continent": "AS" } }'],
    ['a latitude beyond the pole', '{ "HK": { "name": "Hong Kong", "continent": "AS", "at": [91, 0] } }'],
    ['a centre of text', '{ "HK": { "name": "Hong Kong", "continent": "AS", "at": ["22", "114"] } }'],
  ])('is refused by name: %s', (_what, text) => {
    const parsing = (): unknown => parseCountries(text, 'countries.json')
    expect(parsing).toThrow(NearcastError)
    expect(parsing).toThrow(expect.objectContaining({ code: 'NC_DATABASE' }))
    expect(parsing).toThrow(/^countries\.json: /)
  })
})
