// From `geo`, `regions` and `carriers` to where clients are and whose. Knows no node and no database's inside.
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { countries } from '../geo/countries.ts'
import type { Carrier, GeoOverride, GeoSettings, Region } from '../geo/model.ts'
import { DatabaseError } from '../geo/sources/files.ts'
import { openMmdb } from '../geo/sources/mmdb.ts'
import { maximumRegions } from '../telemetry/counters.ts'
import { overlaps, ownNetwork } from './networks.ts'
import type { Network } from './networks.ts'
import type { Place } from './problem.ts'
import type { Resolving } from './resolving.ts'

type RawRegion = Exclude<Resolving['raw']['regions'][string], string>

export function resolveGeo(from: Resolving): GeoSettings {
  const { geo } = from.raw
  for (const family of ['v4', 'v6'] as const) {
    if (geo.coarsestScope[family] > geo.finestScope[family]) {
      from.report.problem(
        from.at('geo', 'coarsestScope', family),
        `${family}: coarsestScope /${geo.coarsestScope[family]} is finer than finestScope /${geo.finestScope[family]}, expected at most that`,
      )
    }
  }
  return {
    country: database(from, 'country', 'builtin') ?? 'builtin',
    asn: database(from, 'asn', 'builtin') ?? 'builtin',
    city: database(from, 'city', 'none'),
    coarsestScope: geo.coarsestScope,
    finestScope: geo.finestScope,
    overrides: resolveOverrides(from),
    at: {
      country: from.report.keep(from.at('geo', 'country')),
      asn: from.report.keep(from.at('geo', 'asn')),
      city: from.report.keep(from.at('geo', 'city')),
    },
  }
}

/** The absolute path of a database; null when the word that means none of one's own stands there. */
function database(from: Resolving, slot: 'country' | 'asn' | 'city', word: string): string | null {
  const written = from.raw.geo[slot]
  if (written === word) return null
  const place = from.at('geo', slot)
  const file = resolve(dirname(place.file), written)
  if (!existsSync(file))
    from.report.problem(place, `${slot}: there is no file ${file}, expected ${word} or the path of an .mmdb file`)
  return file
}

/** The paths of all databases that are not built in, whether something is there or not. */
export function databasesOf(from: Resolving): string[] {
  return ownDatabases(from).map(({ file }) => file)
}

/** Opens every database that is not built in: what is none is said together with everything else. */
export async function checkDatabases(from: Resolving): Promise<void> {
  for (const { slot, place, file } of ownDatabases(from)) {
    if (!existsSync(file)) continue
    try {
      await openMmdb(slot, file)
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error
      from.report.problem(place, error.message)
    }
  }
}

function ownDatabases(from: Resolving) {
  return (['country', 'asn', 'city'] as const).flatMap((slot) => {
    const written = from.raw.geo[slot]
    if (written === 'builtin' || written === 'none') return []
    const place = from.at('geo', slot)
    return [{ slot, place, file: resolve(dirname(place.file), written) }]
  })
}

function resolveOverrides(from: Resolving): GeoOverride[] {
  const overrides: GeoOverride[] = []
  const networks: Network[] = []
  for (const [text, { country, carrier, reason }] of Object.entries(from.raw.geo.overrides)) {
    const place = from.keyAt('geo', 'overrides', text)
    const network = ownNetwork(text, place, from.raw.geo.finestScope, from)
    if (network === null) continue
    if (country === undefined && carrier === undefined && from.whole) {
      from.report.problem(place, `${text} corrects nothing, expected a country, a carrier or both`)
    }
    networks.push(network)
    overrides.push({ prefix: network.text, country: country ?? null, carrier: carrier ?? null, reason: reason ?? null })
  }
  for (const [outer, inner] of overlaps(networks)) {
    const first = `${outer.text} at ${from.show(outer.place)}`
    if (outer.text === inner.text)
      from.report.problem(inner.place, `override ${inner.text} is written twice, first as ${first}`)
    else from.report.warning(inner.place, `override ${inner.text} lies inside ${first}: the longer one wins`)
  }
  return overrides
}

/** What stands beside `rest`, and the name that `rest` gives. */
function regionsOf(from: Resolving): { rest: string; regions: Readonly<Record<string, RawRegion>> } {
  const { rest, ...regions } = from.raw.regions
  return { rest: rest as string, regions: regions as Record<string, RawRegion> }
}

/** The regions, every known country in exactly one, and which of them is the rest. */
export function resolveRegions(from: Resolving): { regions: Region[]; rest: string } {
  const { rest, regions } = regionsOf(from)
  const names = Object.keys(regions)
  if (names.length > maximumRegions) {
    from.report.problem(from.at('regions'), `${names.length} regions, expected at most ${maximumRegions}`)
  }
  const named = claims(from, 'countries')
  const continents = claims(from, 'continents')
  const regionOf = (code: string, continent: string): string => named.get(code) ?? continents.get(continent) ?? rest
  const byRegion = Map.groupBy(countries, ([code, { continent }]) => regionOf(code, continent))
  return { rest, regions: names.map((name) => ({ name, countries: (byRegion.get(name) ?? []).map(([code]) => code) })) }
}

/** Which region claims which country, continent or site; two for the same one are a problem. */
export function claims(from: Resolving, kind: 'countries' | 'continents' | 'sites'): ReadonlyMap<string, string> {
  const claimed = new Map<string, { region: string; place: Place }>()
  for (const [region, raw] of Object.entries(regionsOf(from).regions)) {
    for (const [index, code] of raw[kind].entries()) {
      const place = from.at('regions', region, kind, index)
      const first = claimed.get(code)
      if (first === undefined) {
        claimed.set(code, { region, place })
        continue
      }
      const other = `first by region ${first.region} at ${from.show(first.place)}`
      from.report.problem(place, `${code} is claimed twice, ${other}`)
    }
  }
  return new Map([...claimed].map(([code, { region }]) => [code, region]))
}

export function resolveCarriers(from: Resolving): Carrier[] {
  const owners = new Map<number, { key: string; index: number }>()
  return Object.entries(from.raw.carriers).map(([key, { name, tier, asns }]) => {
    for (const [index, asn] of asns.entries()) {
      const first = owners.get(asn)
      if (first === undefined) {
        owners.set(asn, { key, index })
        continue
      }
      const other = from.show(from.at('carriers', first.key, 'asns', first.index))
      from.report.problem(
        from.at('carriers', key, 'asns', index),
        `AS${asn} belongs to carrier ${first.key} already, at ${other}: keep one`,
      )
    }
    return { key, name: name ?? key, tier: tier as Carrier['tier'], asns: [...new Set(asns)] }
  })
}
