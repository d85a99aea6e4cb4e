// Every name we are an authority for, in one flat hash over lower-case wire bytes. Knows no geography and no packets.
//
//   slots    open addressing, pairs: hash, entry; entry -1 ends the search; at most half full
//   entries  one for each owner, each empty non-terminal (RFC 4592 section 2.2.2) and each apex: Field words, then the name's
//            a zone cut is the last entry on its way: what lies below it is not ours, and none of it has an entry
//   sets     an entry's RRsets, pre-encoded as whole records whose owner is the two bytes C0 0C
//
// A look-up begins with the whole name, which is what most queries ask for, and goes on label by label to the closest
// encloser. Whatever has more labels than any entry is not looked at, so a flood of long random names costs no more than the
// depth of what exists. A slot and an entry are a cache line each: with a million names, memory is what a look-up waits for.
import { mix } from '../ip/hash.ts'
import type { Columns, Schema } from '../memory/sections.ts'

/** Whether words in memory are as those of entries: their first octet low. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Order is the format. */
export const nameSchema = {
  slots: 'i32',
  /** An entry is known by where its words begin. */
  entries: 'i32',
  /** The labels of the shortest apex and of the longest entry. */
  labelRange: 'u8',
  setType: 'u16',
  /** By RRset: records in it, and where their bytes lie in `recordBytes`. */
  setCount: 'u16',
  setStart: 'u32',
  setLength: 'u32',
  /** By RRset: the addresses that a referral must not leave out, right after the RRset; owners are written out. */
  setGlueCount: 'u16',
  setGlueLength: 'u32',
  /** By RRset: its RRSIGs, right after it; 0 where the zone is not signed. */
  setSignatures: 'u8',
  setSignaturesLength: 'u16',
  /** By RRset: further records for the additional section, where they fit; owners are written out. */
  setExtraCount: 'u16',
  setExtraStart: 'u32',
  setExtraLength: 'u32',
  /** By RRset: the RRSIGs of those, right after them. */
  setExtraSignatures: 'u16',
  setExtraSignaturesLength: 'u32',
  recordBytes: 'u8',
  /** By zone: the wire length of its apex, and the SOA record as negative answers carry it. */
  zoneApexLength: 'u8',
  zoneSoaStart: 'u32',
  zoneSoaLength: 'u32',
  /** By zone: the RRSIGs of that SOA, right after it. */
  zoneSoaSignatures: 'u8',
  zoneSoaSignaturesLength: 'u16',
  /** By zone: stands for the keys that sign it; 0 when it is not signed. */
  zoneKeySet: 'i32',
  /** By zone, and one more: the first link of its NSEC chain; links are in canonical order. */
  zoneChainStart: 'u32',
  /** By link: the entry of its owner, its NSEC RRset, and three more of those, without A, AAAA, HTTPS, or -1. */
  chainEntry: 'i32',
  chainSet: 'u32',
  chainVariants: 'i32',
  /** By link, and one more: where its sort key begins in `chainKeys`; see zone/chain.ts. */
  chainKeyStart: 'u32',
  chainKeys: 'u8',
  /** By zone: the zone it lies in, if that is served here too, or -1. */
  zoneParent: 'i32',
} as const satisfies Schema

export type NameColumns = Columns<typeof nameSchema>

/** Words of an entry. */
export const Field = {
  /** Octets of the name in the low 8 bits, its zone above them. */
  lengthAndZone: 0,
  /** A service, noService or delegated. */
  service: 1,
  /** The entry of its child `*`, or -1; a cut's own, for it answers for all that lies below. */
  wildcard: 2,
  /** Hash of the whole name, for streams. */
  stream: 3,
  /** Its RRsets: the first, and the one after the last. */
  firstSet: 4,
  endOfSets: 5,
  /** The name, padded with zeros to whole words. */
  name: 6,
} as const

/** The service of a name that no service answers. */
export const noService = 0xffff
/** The service of a name at which the zone is cut: it and all below are another server's to answer. */
export const delegated = 0xfffe

/** How a look-up ended. */
export const Found = { outside: 0, exact: 1, wildcard: 2, missing: 3 } as const

/** What a look-up found; one object a thread, reused. */
export class NameMatch {
  /** The entry that answers: the name's own, or the wildcard's. -1 when the name is missing or outside. */
  entry = -1
  /** Its service, noService or delegated. */
  service = noService
  /** Hash of its whole name. */
  stream = 0
  zone = 0
  /** For a wildcard match or a missing name: how many labels of the name stand left of the closest encloser. */
  wildLabels = 0
}

/**
 * Finds a name.
 * @param name lower-case wire form
 * @param words the same bytes, four at a time
 * @param offsets where each of its labels begins
 * @param labels how many there are, the root not counted
 * @param length the name's wire length
 * @returns a member of Found
 */
export function findName(
  columns: NameColumns,
  name: Uint8Array,
  words: Int32Array,
  offsets: Uint16Array,
  labels: number,
  length: number,
  match: NameMatch,
): number {
  const { entries, labelRange } = columns
  const last = labels - labelRange[0]
  match.entry = -1
  match.wildLabels = 0
  for (let label = Math.max(0, labels - labelRange[1]); label <= last; label++) {
    const from = label === labels ? length - 1 : offsets[label]
    const encloser =
      from === 0 && littleEndian ? findWhole(columns, words, length) : findEntry(columns, name, from, length)
    if (encloser < 0) continue
    match.zone = entries[encloser] >>> 8
    const entry = label === 0 ? encloser : entries[encloser + Field.wildcard]
    match.wildLabels = label
    if (entry < 0) return Found.missing
    match.entry = entry
    match.service = entries[entry + Field.service]
    match.stream = entries[entry + Field.stream]
    return label === 0 ? Found.exact : Found.wildcard
  }
  return Found.outside
}

/**
 * The entry of the whole name, or -1: findEntry for names that lie on a word's boundary, as what is asked for does, at a third
 * of its time.
 */
function findWhole({ slots, entries }: NameColumns, words: Int32Array, length: number): number {
  const whole = length >> 2
  const left = length & 3
  const last = left === 0 ? 0 : words[whole] & ((1 << (left * 8)) - 1)
  let hash = length
  for (let i = 0; i < whole; i++) hash = step(hash, words[i])
  if (left !== 0) hash = step(hash, last)
  hash = mix(hash)
  const mask = slots.length - 1
  for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
    const entry = slots[slot + 1]
    if (entry < 0) return -1
    if (slots[slot] !== hash || (entries[entry] & 255) !== length) continue
    const at = entry + Field.name
    let same = 0
    while (same < whole && entries[at + same] === words[same]) same++
    if (same === whole && (left === 0 || entries[at + whole] === last)) return entry
  }
}

/** The entry of the name that begins at `from`, or -1. */
export function findEntry(
  { slots, entries }: Pick<NameColumns, 'slots' | 'entries'>,
  name: Uint8Array,
  from: number,
  length: number,
): number {
  const hash = hashName(name, from, length)
  const mask = slots.length - 1
  for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
    const entry = slots[slot + 1]
    if (entry < 0) return -1
    if (
      slots[slot] === hash &&
      (entries[entry] & 255) === length - from &&
      isName(entries, entry, name, from, length)
    ) {
      return entry
    }
  }
}

function isName(entries: Int32Array, entry: number, name: Uint8Array, from: number, length: number): boolean {
  let word = entry + Field.name
  let at = from
  for (; at + 4 <= length; at += 4) if (entries[word++] !== wordAt(name, at)) return false
  return at === length || entries[word] === lastWord(name, at, length)
}

/** The hash that names are found by: of the octets from `from` on, four at a time. */
export function hashName(name: Uint8Array, from: number, length: number): number {
  let hash = length - from
  let at = from
  for (; at + 4 <= length; at += 4) hash = step(hash, wordAt(name, at))
  if (at < length) hash = step(hash, lastWord(name, at, length))
  return mix(hash)
}

function step(hash: number, word: number): number {
  return Math.imul(((hash << 5) | (hash >>> 27)) ^ word, 0x9e3779b1)
}

/** Four octets as a word, the first in the low bits. */
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}

/** The one to three octets that are left, with zeros above them. */
export function lastWord(bytes: Uint8Array, from: number, end: number): number {
  let word = 0
  for (let at = end - 1; at >= from; at--) word = (word << 8) | bytes[at]
  return word
}

/** The name of an entry in wire form, made anew; not for the query path. */
export function nameOf({ entries }: Pick<NameColumns, 'entries'>, entry: number): Uint8Array {
  return Uint8Array.from({ length: entries[entry] & 255 }, (_, at) => {
    return (entries[entry + Field.name + (at >> 2)] >> ((at & 3) * 8)) & 255
  })
}

/** Whether an entry has static records: one without, and without a service, is an empty non-terminal. */
export function hasSets({ entries }: NameColumns, entry: number): boolean {
  return entries[entry + Field.firstSet] < entries[entry + Field.endOfSets]
}

/** The RRset of a type at an entry, or -1. */
export function findSet(columns: NameColumns, entry: number, type: number): number {
  const end = columns.entries[entry + Field.endOfSets]
  for (let set = columns.entries[entry + Field.firstSet]; set < end; set++) {
    if (columns.setType[set] === type) return set
  }
  return -1
}
