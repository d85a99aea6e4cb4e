// Makes countries.json: names and continents of countries-list, centres of addresses. Must not know parts or carriers.
import { countries } from 'countries-list'
import { centreOf, type Weighted } from './centre.ts'
import type { City } from './city.ts'
import { weigh } from './weights.ts'

/** Codes of countries-list that ISO 3166-1 only reserves, and that no database uses: Ascension and Tristan da Cunha. */
const notIso = new Set(['AC', 'TA'])

/** Where countries-list has it otherwise: three quarters of Russia's addresses are in Europe, as are its routes. */
const continentByHand: Readonly<Record<string, string>> = { RU: 'EU' }

/**
 * One line a country. Its centre is that of its viewers' IPv4 addresses; where there are none, of all its IPv4
 * addresses; where there are none either, of its IPv6 /48s; else null.
 * @param viewers weight of each place
 */
export function makeCountries(city: City, viewers: Float64Array): string {
  const sources = [viewers, weigh(city, city.v4), weigh(city, city.v6)].map((weights) => centresOf(city, weights))
  const lines = Object.entries(countries)
    .filter(([code]) => !notIso.has(code))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { name, continent }]) => {
      const at = sources.map((centres) => centres.get(code)).find((centre) => centre !== undefined) ?? null
      const shown = continentByHand[code] ?? continent
      return `  "${code}": { "name": ${JSON.stringify(name)}, "continent": "${shown}", "at": ${show(at)} }`
    })
  return `{\n${lines.join(',\n')}\n}\n`
}

function centresOf(city: City, weights: Float64Array): Map<string, [number, number]> {
  const points = new Map<string, Weighted[]>()
  city.places.forEach(({ country, at }, place) => {
    const weight = weights[place] ?? 0
    if (weight > 0) (points.get(country) ?? setNew(points, country)).push({ at, weight })
  })
  const centres = new Map<string, [number, number]>()
  for (const [country, weighted] of points) {
    const centre = centreOf(weighted)
    if (centre !== null) centres.set(country, centre)
  }
  return centres
}

function setNew(points: Map<string, Weighted[]>, country: string): Weighted[] {
  const none: Weighted[] = []
  points.set(country, none)
  return none
}

function show(at: readonly [number, number] | null): string {
  return at === null ? 'null' : `[${at[0]}, ${at[1]}]`
}
