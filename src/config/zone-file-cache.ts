// A parsed zone file as bytes, kept by content, so that an unchanged file is not parsed again. Knows no syntax.
import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import type { Flaw } from './master-file.ts'
import type { Begin, FileInclude, FileRecord, ParsedFile } from './zone-file.ts'

/** Change it with the layout below, or when the same text is to be read otherwise. */
const layout = 'zone-3'

/** Records as columns: three numbers each (offset, type, TTL or -1), and where its owner and data end among the octets. */
interface Packed {
  readonly numbers: Float64Array
  readonly ends: Uint32Array
  readonly octets: Uint8Array
  readonly includes: readonly FileInclude[]
  readonly warnings: readonly Flaw[]
}

/** Where a file that begins so is kept; short and safe as a file name. */
export function zoneFileKey(bytes: Uint8Array, { origin, ttlSeconds }: Begin): string {
  const hash = createHash('sha256').update(`${ttlSeconds} ${origin.length} `).update(origin).update(bytes)
  return `${layout}-${hash.digest('hex')}`
}

/** A file without problems as bytes. */
export function packZoneFile({ records, includes, warnings }: ParsedFile): Buffer {
  const numbers = new Float64Array(records.length * 3)
  const ends = new Uint32Array(records.length * 2)
  const parts: Uint8Array[] = []
  let end = 0
  for (const [i, { at, owner, type, ttlSeconds, rdata }] of records.entries()) {
    numbers.set([at, type, ttlSeconds ?? -1], i * 3)
    ends[i * 2] = end += owner.length
    ends[i * 2 + 1] = end += rdata.length
    parts.push(owner, rdata)
  }
  return serialize({
    numbers,
    ends,
    octets: Uint8Array.from(Buffer.concat(parts)),
    includes,
    warnings,
  } satisfies Packed)
}

/** What packZoneFile was given; null when they are not such bytes. */
export function unpackZoneFile(bytes: Buffer): ParsedFile | null {
  try {
    const { numbers, ends, octets, includes, warnings } = deserialize(bytes) as Packed
    const records = Array.from({ length: numbers.length / 3 }, (_, i): FileRecord => {
      const ttlSeconds = numbers[i * 3 + 2]
      return {
        at: numbers[i * 3],
        owner: octets.slice(i === 0 ? 0 : ends[i * 2 - 1], ends[i * 2]),
        type: numbers[i * 3 + 1],
        ttlSeconds: ttlSeconds < 0 ? null : ttlSeconds,
        rdata: octets.slice(ends[i * 2], ends[i * 2 + 1]),
      }
    })
    return { records, includes: [...includes], problems: [], warnings: [...warnings] }
  } catch {
    return null
  }
}
