// The built-in country data as disjoint prefixes, no finer than Nearcast answers for, and a copy of them in the layout of
// MaxMind's files. Knows no server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countries } from '../../src/geo/countries.ts'
import { cutLeaves, type Leaves } from '../../src/geo/leaves.ts'
import { builtin } from '../../src/geo/sources/files.ts'
import { flatten } from '../../src/geo/sources/mmdb-tree.ts'
import { openMmdb } from '../../src/geo/sources/mmdb.ts'
import { countryOf } from '../../src/geo/sources/records.ts'
import { formatPrefix } from '../../src/ip/prefix.ts'
import { nearestSites } from './sites.ts'

/** Nearcast's own `geo.finestScope`. */
const finestV4 = 24
const finestV6 = 48
const most = 2_000_000
const writer = fileURLToPath(new URL('./write-mmdb.pl', import.meta.url))

/** A prefix of one country. */
export interface CountryPrefix {
  readonly family: 4 | 6
  /** The first 64 bits; IPv4 addresses are the upper word. */
  readonly high: number
  readonly low: number
  readonly length: number
  readonly country: string
  /** Index into `sites`: the nearest to the country. */
  readonly site: number
}

/** Every prefix that lies in a country. */
export async function readCountryPrefixes(): Promise<CountryPrefix[]> {
  const codes = ['']
  const numbers = new Map<string, number>()
  const database = await openMmdb('country', builtin.country)
  const { v4, v6 } = flatten(database, (at) => {
    const code = countryOf(database.records, at)
    if (code === null || !countries.has(code)) return 0
    const number = numbers.get(code) ?? codes.push(code) - 1
    numbers.set(code, number)
    return number
  })
  const nearest = codes.map((code) => nearestSites(code)[0])
  const prefixes = (family: 4 | 6, leaves: Leaves): CountryPrefix[] =>
    Array.from({ length: leaves.length }, (_, i): CountryPrefix => {
      const number = leaves.cells[i]
      return {
        family,
        high: leaves.highs[i],
        low: leaves.lows[i],
        length: leaves.depths[i],
        country: codes[number],
        site: nearest[number],
      }
    }).filter((prefix) => prefix.country !== '' && !carriesV4(prefix))
  return [...prefixes(4, cutLeaves(v4, finestV4, [], most)), ...prefixes(6, cutLeaves(v6, finestV6, [], most))]
}

/** Teredo and 6to4, which gdnsd refuses in its `nets`. */
function carriesV4({ family, high }: CountryPrefix): boolean {
  return family === 6 && (high === 0x20010000 || high >>> 16 === 0x2002)
}

/** As `192.0.2.0/24`. */
export function prefixText({ family, high, low, length }: CountryPrefix): string {
  const bytes = new Uint8Array(family === 4 ? 4 : 16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, high)
  if (family === 6) view.setUint32(4, low)
  return formatPrefix({ family, bytes, length })
}

/**
 * The copy, made once for each version of the data.
 * @param directory where it is kept
 * @returns its path
 */
export async function mmdbCopy(prefixes: readonly CountryPrefix[], directory: string): Promise<string> {
  const { mtimeMs, size } = await stat(builtin.country)
  const file = join(directory, `country-${size}-${Math.trunc(mtimeMs)}.mmdb`)
  if (existsSync(file)) return file
  await mkdir(directory, { recursive: true })
  const unfinished = `${file}.${process.pid}`
  const perl = spawn('perl', [writer, unfinished], { stdio: ['pipe', 'inherit', 'inherit'] })
  for (let from = 0; from < prefixes.length; from += 10_000) {
    const some = prefixes.slice(from, from + 10_000)
    const lines = some.map(
      (one) => `${prefixText(one)} ${one.country} ${countries.get(one.country)?.continent ?? ''}\n`,
    )
    if (!perl.stdin.write(lines.join(''))) await once(perl.stdin, 'drain')
  }
  perl.stdin.end()
  const [code] = (await once(perl, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${writer} ended with ${code}`)
  await rename(unfinished, file)
  return file
}
