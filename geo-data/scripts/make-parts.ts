// Makes parts.json: the parts of wide countries, and which part each place is in. Must not know address ranges.
import { centreOf, type Weighted } from './centre.ts'
import type { City, Place } from './city.ts'
import { add, largest, type Networks } from './networks.ts'
import { split, weightOf, widthKm } from './split.ts'

const widestKm = 1500
/** A country with fewer viewers' addresses is not worth splitting. */
const fewestAddresses = 2 ** 20
/** Places this near are one spot: a tenth of a degree. */
const spotsPerDegree = 10

export interface Part {
  readonly id: string
  readonly name: string
  readonly country: string
  readonly at: readonly [number, number]
}

interface Spot extends Weighted {
  weight: number
  readonly places: number[]
}

/**
 * Parts by country, and in a country by weight. A part is named after the city that most networks are in: the one with
 * most addresses may be where one company has registered all of its own.
 * @param viewers weight of each place
 * @returns ofPlace: for each place 0, or k when it is in parts[k - 1]
 */
export function makeParts(
  city: City,
  networks: Networks,
  viewers: Float64Array,
): { parts: Part[]; ofPlace: Uint8Array } {
  const parts: Part[] = []
  const ofPlace = new Uint8Array(city.places.length)
  const networksIn = new Float64Array(city.places.length)
  for (const { places } of networks.all) for (const place of places) networksIn[place] = (networksIn[place] ?? 0) + 1
  for (const [country, spots] of [...spotsOf(city, viewers)].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (weightOf(spots) < fewestAddresses || widthKm(spots) <= widestKm) continue
    for (const [i, part] of split(spots, widestKm).entries()) {
      const places = part.flatMap((spot) => spot.places)
      const at = centreOf(part)
      if (at === null) throw new Error(`a part of ${country} has no address`)
      const name = `${country}: around ${busiestCity(places, city.places, networksIn)}`
      parts.push({ id: `${country}-${i + 1}`, name, country, at })
      for (const place of places) ofPlace[place] = parts.length
    }
  }
  if (parts.length > 255) throw new Error(`${parts.length} parts do not fit one byte`)
  return { parts, ofPlace }
}

/** One line a part. */
export function showParts(parts: readonly Part[]): string {
  const lines = parts.map(
    ({ id, name, country, at }) =>
      `  { "id": "${id}", "name": ${JSON.stringify(name)}, "country": "${country}", "at": [${at[0]}, ${at[1]}] }`,
  )
  return `[\n${lines.join(',\n')}\n]\n`
}

function spotsOf(city: City, viewers: Float64Array): Map<string, Spot[]> {
  const byCountry = new Map<string, Map<string, Spot>>()
  for (const [place, { country, at }] of city.places.entries()) {
    const spots = byCountry.get(country) ?? new Map<string, Spot>()
    byCountry.set(country, spots)
    const rounded = at.map((degrees) => Math.round(degrees * spotsPerDegree) / spotsPerDegree) as [number, number]
    const spot = spots.get(rounded.join()) ?? { at: rounded, weight: 0, places: [] }
    spots.set(rounded.join(), spot)
    spot.weight += viewers[place] ?? 0
    spot.places.push(place)
  }
  return new Map([...byCountry].map(([country, spots]) => [country, [...spots.values()]]))
}

function busiestCity(inPart: readonly number[], places: readonly Place[], networksIn: Float64Array): string {
  const sums = new Map<string, number>()
  for (const place of inPart) add(sums, places[place]?.city, networksIn[place] ?? 0)
  return largest(sums)
}
