// Every place a client can be in: unknown, a country, or a part of a wide country. Knows no addresses.
import type { Country } from './countries.ts'
import { nearestPart, type Parts } from './parts.ts'

export interface Place {
  /** `HK`, `US-3`, or empty for the unknown one. */
  readonly id: string
  readonly name: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null
  readonly continent: string | null
  /** Latitude and longitude in degrees; null when unknown. */
  readonly at: readonly [number, number] | null
}

const unknown: Place = { id: '', name: 'unknown', country: null, continent: null, at: null }

export class PlaceTable {
  /** The unknown place, then the countries, then the parts. */
  readonly places: readonly Place[]
  /** The whole-country place that each place lies in. */
  readonly wholeOf: Uint16Array
  private readonly parts: Parts
  private readonly byCountry = new Map<string, number>()
  private readonly firstPart: number

  constructor(countries: ReadonlyMap<string, Country>, parts: Parts) {
    const places = [unknown]
    for (const [code, { name, continent, at }] of countries) {
      this.byCountry.set(code, places.push({ id: code, name, country: code, continent, at }) - 1)
    }
    this.firstPart = places.length
    for (const { id, name, country, at } of parts.parts) {
      places.push({ id, name, country, continent: countries.get(country)?.continent ?? null, at })
    }
    this.parts = parts
    this.places = places
    this.wholeOf = Uint16Array.from(places, ({ country }) => (country === null ? 0 : this.ofCountry(country)))
  }

  /** A whole country, or the unknown place for a code that is none. */
  ofCountry(code: string): number {
    return this.byCountry.get(code) ?? 0
  }

  /** A part as parts number them, 0 being none. */
  ofPart(part: number): number {
    return part === 0 ? 0 : this.firstPart + part - 1
  }

  /** Where coordinates lie: the nearest part of a wide country, else the whole country. */
  ofCoordinates(country: string, at: readonly [number, number] | null): number {
    const part = at === null ? 0 : nearestPart(this.parts, country, at)
    return part === 0 ? this.ofCountry(country) : this.ofPart(part)
  }
}
