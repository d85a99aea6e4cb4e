// Names a partition by everything it depends on, so that a cached one is found only while it is right. Knows no paths of caches.
import { createHash } from 'node:crypto'
import { countries } from './countries.ts'
import { loadParts } from './parts.ts'
import type { PartitionInput } from './partition.ts'
import { partitionVersion } from './partition-file.ts'
import { databaseFiles, readDatabase } from './sources/files.ts'

/**
 * The SHA-256 of the databases' bytes, the settings that shape blocks, the ASNs of carriers and the networks, as 64 hex digits.
 * @throws NearcastError NC_DATABASE when a file cannot be read
 */
export async function partitionKey({ settings, carriers, networks }: PartitionInput): Promise<string> {
  const hash = createHash('sha256')
  const { parts, v4, v6 } = await loadParts()
  const told = {
    version: partitionVersion,
    finestScope: settings.finestScope,
    overrides: settings.overrides.map(({ prefix, country, carrier }) => [prefix, country, carrier]),
    carriers: carriers.map(({ key, asns }) => [key, asns]),
    networks,
    countries: [...countries],
    parts,
  }
  hash.update(JSON.stringify(told))
  for (const column of [v4.starts, v4.part, v6.startsHigh, v6.startsLow, v6.part]) hash.update(column)
  for (const database of databaseFiles(settings)) {
    const bytes = await readDatabase(database)
    hash.update(`${database.slot} ${database.file} ${bytes.length}\n`)
    hash.update(bytes)
  }
  return hash.digest('hex')
}
