// Names a partition by everything it depends on, so that a cached one is found only while it is right. Knows no paths of caches.
import { createHash } from 'node:crypto'
import { countries } from './countries.ts'
import { readParts } from './parts.ts'
import type { PartitionInput } from './partition.ts'
import { databaseFiles, hashDatabase } from './sources/files.ts'
import { worldVersion } from './world-file.ts'

/**
 * The SHA-256 of the databases' bytes, the settings that shape blocks, the ASNs of carriers and the networks, as 64 hex digits.
 * @throws NearcastError NC_DATABASE when a file cannot be read
 */
export async function partitionKey({ settings, carriers, networks }: PartitionInput): Promise<string> {
  const hash = createHash('sha256')
  const told = {
    version: worldVersion,
    finestScope: settings.finestScope,
    overrides: settings.overrides.map(({ prefix, country, carrier }) => [prefix, country, carrier]),
    carriers: carriers.map(({ key, asns }) => [key, asns]),
    networks,
    countries: [...countries],
  }
  hash.update(JSON.stringify(told))
  for (const bytes of await readParts()) {
    hash.update(`parts ${bytes.length}\n`)
    hash.update(bytes)
  }
  for (const database of databaseFiles(settings)) {
    hash.update(`${database.slot} ${database.file}\n`)
    hash.update(`${hashDatabase(database, hash)} bytes\n`)
  }
  return hash.digest('hex')
}
