// Reads each database slot, in whatever format it is, into ranges of places or carriers. Knows no cells.
import type { PlaceTable } from '../places.ts'
import type { FamilyRanges } from '../ranges.ts'
import { readAsnV4, readAsnV6 } from './asn-csv.ts'
import { builtin, type DatabaseFile, type Slot } from './files.ts'
import { openMmdb, type Mmdb } from './mmdb.ts'
import { flatten } from './mmdb-tree.ts'
import { asnOf, coordinatesOf, countryOf } from './records.ts'

/** What was read, for people. */
export interface SourceDescription extends DatabaseFile {
  readonly type: string
  /** ISO 8601, or null when the file does not say. */
  readonly builtAt: string | null
  /** Prefixes or rows that say something. */
  readonly records: number
}

export interface DatabaseSource {
  readonly ranges: FamilyRanges
  readonly descriptions: readonly SourceDescription[]
}

/** Places by the country database; with its coordinates, when it has them, parts of wide countries. */
export function readCountries(setting: string, places: PlaceTable): Promise<DatabaseSource> {
  return readMmdb('country', setting === 'builtin' ? builtin.country : setting, ({ records }, at) => {
    const country = countryOf(records, at)
    return country === null ? null : places.ofCoordinates(country, coordinatesOf(records, at))
  })
}

/** Places by the coordinates of a city database, the unknown one where it has none. */
export function readCity(file: string, places: PlaceTable): Promise<DatabaseSource> {
  return readMmdb('city', file, ({ records }, at) => {
    const coordinates = coordinatesOf(records, at)
    const country = coordinates === null ? null : countryOf(records, at)
    return country === null ? null : places.ofCoordinates(country, coordinates)
  })
}

/**
 * Carriers by the ASN database, numbered from 1.
 * @param carrierOf number of the carrier an ASN belongs to, 0 for none
 */
export async function readCarriers(setting: string, carrierOf: (asn: number) => number): Promise<DatabaseSource> {
  if (setting !== 'builtin') {
    return readMmdb('asn', setting, ({ records }, at) => {
      const asn = asnOf(records, at)
      return asn === null ? null : carrierOf(asn)
    })
  }
  const v4 = await readAsnV4(builtin.asnV4, carrierOf)
  const v6 = await readAsnV6(builtin.asnV6, carrierOf)
  const description = { slot: 'asn', type: 'ip-location-db asn', builtAt: null } as const
  return {
    ranges: { v4: v4.ranges, v6: v6.ranges },
    descriptions: [
      { ...description, file: builtin.asnV4, records: v4.records },
      { ...description, file: builtin.asnV6, records: v6.records },
    ],
  }
}

const wanted: Readonly<Record<Slot, string>> = {
  country: 'a country or city database, with country.iso_code, country_code or country in its records',
  city: 'a city database, with a country and location.latitude, location.longitude or latitude, longitude in its records',
  asn: 'an ASN database, with autonomous_system_number or asn in its records',
}

/** @param valueOf null when a record lacks what the slot needs */
async function readMmdb(
  slot: Slot,
  file: string,
  valueOf: (db: Mmdb, at: number) => number | null,
): Promise<DatabaseSource> {
  const db = await openMmdb(slot, file)
  let isOfUse = false
  let example: string[] = []
  const { v4, v6, records } = flatten(db, (at) => {
    const value = valueOf(db, at)
    if (value !== null) isOfUse = true
    else if (!isOfUse && example.length === 0) example = db.records.names(at)
    return value ?? 0
  })
  if (!isOfUse) {
    const found = example.length === 0 ? 'without any fields' : `with ${example.join(', ')}`
    db.refuse(`this is a database of type "${db.type}" ${found}; expected ${wanted[slot]}`)
  }
  return { ranges: { v4, v6 }, descriptions: [{ slot, file, type: db.type, builtAt: db.builtAt, records }] }
}
