// Every country with its continent and centre, read from geo-data/countries.json. Must not know addresses or databases.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NearcastError } from '../errors.ts'

const continents = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'] as const

export type Continent = (typeof continents)[number]

export interface Country {
  /** In English. */
  readonly name: string
  readonly continent: Continent
  /** Where its addresses are on average: latitude and longitude in degrees; null when unknown, never (0, 0). */
  readonly at: readonly [number, number] | null
}

/** By ISO 3166-1 alpha-2 code in upper case, and XK as the databases use it for Kosovo. */
export const countries: ReadonlyMap<string, Country> = readShipped(
  new URL('../../geo-data/countries.json', import.meta.url),
)

/**
 * Checks what a file of countries says.
 * @param file what errors call it
 * @throws NearcastError NC_DATABASE
 */
export function parseCountries(text: string, file: string): ReadonlyMap<string, Country> {
  const fail = (problem: string): never => {
    throw new NearcastError('NC_DATABASE', `${file}: ${problem}; it came with Nearcast: install it again`)
  }
  let table: unknown
  try {
    table = JSON.parse(text)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new NearcastError('NC_DATABASE', `${file}: ${problem}; it came with Nearcast: install it again`, {
      cause: error,
    })
  }
  if (!isRecord(table)) return fail('expected an object of country codes')
  const parsed = new Map<string, Country>()
  for (const [code, country] of Object.entries(table)) {
    if (!/^[A-Z]{2}$/.test(code)) fail(`'${code}' is not a country code of two capital letters`)
    if (!isCountry(country)) return fail(`${code} is not { name, continent, at: [latitude, longitude] or null }`)
    parsed.set(code, { name: country.name, continent: country.continent, at: country.at })
  }
  return parsed
}

function readShipped(url: URL): ReadonlyMap<string, Country> {
  const file = fileURLToPath(url)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new NearcastError('NC_DATABASE', `${file} cannot be read; it came with Nearcast: install it again`, {
      cause: error,
    })
  }
  return parseCountries(text, file)
}

function isCountry(value: unknown): value is Country {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    continents.some((continent) => continent === value.continent) &&
    (value.at === null || isPoint(value.at))
  )
}

function isPoint(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((degrees) => typeof degrees === 'number') &&
    Math.abs(value[0]) <= 90 &&
    Math.abs(value[1]) <= 180
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
