// Every name we are an authority for, in one flat hash over lower-case wire bytes. Knows no geography and no packets.
//
//   entries   one for each owner, each empty non-terminal (RFC 4592 section 2.2.2) and each apex
//   buckets   open addressing: hash ──▶ entry, -1 ends the search; at most half full
//   sets      an entry's RRsets, pre-encoded as whole records whose owner is the two bytes C0 0C
//
// A look-up walks from the root towards the full name and stops at the first label that does not exist, so a flood of long
// random names costs no more than the depth of what exists.
import { hashBytes, hashStart } from '../ip/hash.ts'
import type { Columns, Schema } from '../memory/sections.ts'

/** Order is the format. */
export const nameSchema = {
  buckets: 'i32',
  entryHash: 'u32',
  /** By entry: where its wire-form name lies in `nameBytes`; its length is that of the name, root label included. */
  entryName: 'u32',
  entryLength: 'u8',
  /** By entry: the zone it is in. */
  entryZone: 'u16',
  /** By entry: EntryFlags bits. */
  entryFlags: 'u8',
  /** By entry: a service, or noService. */
  entryService: 'u16',
  /** By entry: the entry of its child `*`, or -1. */
  entryWildcard: 'i32',
  /** By entry, and one more: where its RRsets begin. */
  entrySets: 'u32',
  nameBytes: 'u8',
  setType: 'u16',
  /** By RRset: records in it, and where their bytes lie in `recordBytes`. */
  setCount: 'u16',
  setStart: 'u32',
  setLength: 'u32',
  /** By RRset: records for the additional section (glue), with their owners written out. */
  setExtraCount: 'u16',
  setExtraStart: 'u32',
  setExtraLength: 'u32',
  recordBytes: 'u8',
  /** By zone: the wire length of its apex, and the SOA record as negative answers carry it. */
  zoneApexLength: 'u8',
  zoneSoaStart: 'u32',
  zoneSoaLength: 'u32',
} as const satisfies Schema

export type NameColumns = Columns<typeof nameSchema>

export const EntryFlags = { apex: 1 } as const

/** entryService of a name that no service answers. */
export const noService = 0xffff

/** How a look-up ended. */
export const Found = { outside: 0, exact: 1, wildcard: 2, missing: 3 } as const

/** What a look-up found; one object a thread, reused. */
export class NameMatch {
  /** The entry that answers: the name's own, or the wildcard's. -1 when the name is missing or outside. */
  entry = -1
  zone = 0
  /** For a wildcard match: how many labels of the name stand left of the closest encloser. */
  wildLabels = 0
}

/**
 * Finds a name.
 * @param name lower-case wire form
 * @param offsets where each of its labels begins
 * @param labels how many there are, the root not counted
 * @param length the name's wire length
 * @returns a member of Found
 */
export function findName(
  columns: NameColumns,
  name: Uint8Array,
  offsets: Uint16Array,
  labels: number,
  length: number,
  match: NameMatch,
): number {
  let hash = hashStart
  let encloser = -1
  let label = labels - 1
  match.entry = -1
  match.wildLabels = 0
  for (; label >= 0; label--) {
    const from = offsets[label]
    hash = hashBytes(hash, name, from, from + name[from] + 1)
    const entry = findEntry(columns, hash, name, from, length)
    if (entry >= 0) encloser = entry
    else if (encloser >= 0) break
  }
  if (encloser < 0) return Found.outside
  match.zone = columns.entryZone[encloser]
  if (label < 0) {
    match.entry = encloser
    return Found.exact
  }
  match.entry = columns.entryWildcard[encloser]
  match.wildLabels = label + 1
  return match.entry < 0 ? Found.missing : Found.wildcard
}

function findEntry(columns: NameColumns, hash: number, name: Uint8Array, from: number, length: number): number {
  const { buckets, entryHash, entryLength, entryName, nameBytes } = columns
  const mask = buckets.length - 1
  const wanted = hash >>> 0
  for (let bucket = spread(hash) & mask; ; bucket = (bucket + 1) & mask) {
    const entry = buckets[bucket]
    if (entry < 0) return -1
    if (entryHash[entry] !== wanted || entryLength[entry] !== length - from) continue
    const start = entryName[entry]
    let i = from
    while (i < length && nameBytes[start + i - from] === name[i]) i++
    if (i === length) return entry
  }
}

/** FNV's low bits alone are weak for short names. */
export function spread(hash: number): number {
  return hash ^ (hash >>> 15)
}

/** The RRset of a type at an entry, or -1. */
export function findSet(columns: NameColumns, entry: number, type: number): number {
  const end = columns.entrySets[entry + 1]
  for (let set = columns.entrySets[entry]; set < end; set++) if (columns.setType[set] === type) return set
  return -1
}
