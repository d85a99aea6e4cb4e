// What the records of the usual databases say: country, coordinates, ASN. Knows layouts, not what is made of the values.
//
//            MaxMind (and DB-IP's own files)            flat (IPinfo, ip-location-db)
//   country  country.iso_code, registered_country       country_code, or country with two letters
//   place    location.latitude, location.longitude      latitude and longitude, or lat and lng; numbers or text
//   ASN      autonomous_system_number                   asn: 64500 or 'AS64500'
import type { MmdbValues } from './mmdb-values.ts'

/** ISO 3166-1 alpha-2 in upper case, or null. */
export function countryOf(values: MmdbValues, at: number): string | null {
  const flat = values.field(at, 'country_code')
  const country = values.field(at, 'country')
  return (
    codeAt(values, flat) ??
    codeAt(values, country) ??
    codeAt(values, values.field(country, 'iso_code')) ??
    codeAt(values, values.field(values.field(at, 'registered_country'), 'iso_code'))
  )
}

/** Latitude and longitude in degrees, or null; (0, 0) is how some files say that they do not know. */
export function coordinatesOf(values: MmdbValues, at: number): readonly [number, number] | null {
  const location = values.field(at, 'location')
  const from = location < 0 ? at : location
  const latitude = degreesAt(values, from, 'latitude') ?? degreesAt(values, from, 'lat')
  const longitude = degreesAt(values, from, 'longitude') ?? degreesAt(values, from, 'lng')
  if (latitude === null || longitude === null || (latitude === 0 && longitude === 0)) return null
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null
}

/** An autonomous system number, or null. */
export function asnOf(values: MmdbValues, at: number): number | null {
  const number = values.number(values.field(at, 'autonomous_system_number'))
  if (number !== null) return number
  const flat = values.field(at, 'asn')
  const text = values.text(flat)
  if (text === null) return values.number(flat)
  const digits = /^(?:AS)?(\d{1,10})$/i.exec(text)
  return digits === null ? null : Number(digits[1])
}

function codeAt(values: MmdbValues, at: number): string | null {
  const text = values.text(at)
  return text !== null && /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : null
}

function degreesAt(values: MmdbValues, at: number, name: string): number | null {
  const field = values.field(at, name)
  const text = values.text(field)
  const degrees = text === null ? values.number(field) : text.trim() === '' ? Number.NaN : Number(text)
  return degrees !== null && Number.isFinite(degrees) ? degrees : null
}
