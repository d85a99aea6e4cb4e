// Fuzzes the readers of databases: whatever a file holds, it is read or refused by its name. Knows no cells.
import { NearcastError } from '../../src/errors.ts'
import { readAsnV4, readAsnV6 } from '../../src/geo/sources/asn-csv.ts'
import { flatten } from '../../src/geo/sources/mmdb-tree.ts'
import { openMmdb } from '../../src/geo/sources/mmdb.ts'
import { asnOf, coordinatesOf, countryOf } from '../../src/geo/sources/records.ts'
import { mmdb, type MmdbOptions } from '../support/mmdb-writer.ts'
import { damage, damageText, onceIn, pickOf, tellingOctet } from './random-bytes.ts'
import { scratchFile } from './scratch-file.ts'
import type { Target } from './target.ts'

const place = { country: { iso_code: 'HK' }, location: { latitude: 22.3, longitude: 114.2 } }
const databases: readonly MmdbOptions[] = [
  { type: 'Country', records: { '198.51.100.0/24': place, '2001:db8::/32': { country_code: 'DE' } }, recordBits: 24 },
  { type: 'City', records: { '203.0.113.0/25': { country: 'US', lat: '39.1', lng: '-77.2' } }, recordBits: 28 },
  { type: 'ASN', records: { '192.0.2.0/24': { autonomous_system_number: 64500 } }, recordBits: 32, ipVersion: 4 },
  { type: 'ASN', records: { '2001:db8:1::/48': { asn: 'AS64501' }, '198.51.100.64/26': { asn: 64502 } } },
  { type: 'Alias', records: { '198.51.100.0/24': place }, aliases: ['::ffff:0:0/96', '2002::/16'] },
]

export function mmdbTarget(): Target {
  const file = scratchFile('fuzzed.mmdb')
  const sound = databases.map((options) => mmdb(options))
  const bytes = Buffer.alloc(65_536)
  return {
    make: (random) => {
      const base = pickOf(random, sound)
      bytes.set(base)
      if (onceIn(random, 2)) return bytes.subarray(0, damage(bytes, base.length, random, 1 + random.below(6)))
      // The tree is most of the file, and what lies behind it is where a reader may run round in circles.
      for (let left = 1 + random.below(4); left > 0; left--) {
        bytes[base.length - 1 - random.below(Math.min(base.length, 300))] = tellingOctet(random)
      }
      return bytes.subarray(0, base.length)
    },
    check: async (input) => {
      file.write(input)
      return await refusedOrRead(async () => {
        const db = await openMmdb('country', file.path)
        const { records } = db
        flatten(db, (at) => {
          const known = [countryOf(records, at), coordinatesOf(records, at), asnOf(records, at)]
          return known.some((one) => one !== null) ? 1 : records.names(at).length
        })
      })
    },
    close: () => file.remove(),
  }
}

const v4 = [
  '3221225984,3221226239,64500,Example',
  '3325256704,3325256959,64501,"Example, Inc."',
  '3405803776,3405804031,64502,',
]
const v6 = ['2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,64500,Example', '2001:db8:1::,2001:db8:1::ff,64501,"E, F"']
const words = [
  '',
  ',',
  '0',
  '4294967295',
  '4294967296',
  '-1',
  '1e9',
  '::',
  '::ffff:192.0.2.1',
  '2001:db8::1',
  '"',
  '\r',
  ' ',
  '\0',
]

/** An input is one octet, even for IPv4, then the table. */
export function asnCsvTarget(): Target {
  const file = scratchFile('fuzzed.csv')
  return {
    make: (random) => {
      const family = random.below(2)
      const text = damageText((family === 0 ? v4 : v6).join('\n') + '\n', random, 1 + random.below(4), words)
      return Buffer.concat([Buffer.of(family), Buffer.from(text)])
    },
    check: async (input) => {
      file.write(input.subarray(1))
      const read = (input[0] ?? 0) % 2 === 0 ? readAsnV4 : readAsnV6
      return await refusedOrRead(async () => void (await read(file.path, (asn) => asn & 0xff)))
    },
    close: () => file.remove(),
  }
}

/** Null where the file is read, or refused as a database that is of no use. */
async function refusedOrRead(read: () => Promise<void>): Promise<string | null> {
  try {
    await read()
    return null
  } catch (error) {
    if (error instanceof NearcastError && error.code === 'NC_DATABASE') return null
    throw error
  }
}
