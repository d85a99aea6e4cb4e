// Signatures of steered RRsets, shared by every thread: one writes, all read, nobody waits. Knows no keys and no records.
//
//   hash of the RRset ── upper half ─▶ set of 16 ways ── lower half ─▶ way ─▶ record: 40 words
//
//   tags     a word each way: the lower half, 0 for none; the 16 of a set are one cache line
//   used     a word each way, set by readers
//   records  sequence · hash, two words · inception · expiration · signatures, 1 or 2 · a key each · 16 words each
//
// The writer makes the sequence odd, changes the record and makes it even again; a reader that saw the same even number before
// and after has a whole record. Every access is atomic, so that holds on every processor.

/** A power of two: 65,536 signed RRsets are 11 MB of memory, touched only as it fills. */
const tableSets = 4096
export const ways = 16

/** Words of a record, before the signatures: their places. */
export const Signed = {
  sequence: 0,
  low: 1,
  high: 2,
  inception: 3,
  expiration: 4,
  count: 5,
  keys: 6,
  first: 8,
} as const

/** ECDSA P-256 and Ed25519 alike (RFC 6605 section 4, RFC 8080 section 4). */
export const signatureBytes = 64
export const signatureWords: number = signatureBytes / 4
/** While keys roll, an RRset may have a signature of each. */
export const mostSignatures = 2
export const recordWords: number = Signed.first + mostSignatures * signatureWords

/** A writer that is in the middle of a record is done in less than this; else what is asked for counts as missing. */
const tries = 64

export interface SignatureTable {
  readonly tags: Int32Array<SharedArrayBuffer>
  readonly used: Int32Array<SharedArrayBuffer>
  readonly records: Int32Array<SharedArrayBuffer>
}

/** An empty table, for the life of the process. */
export function createSignatures(sets: number = tableSets): SharedArrayBuffer {
  return new SharedArrayBuffer(sets * ways * (2 + recordWords) * 4)
}

/** Views of a table's buffer. */
export function attachSignatures(buffer: SharedArrayBuffer): SignatureTable {
  const slots = buffer.byteLength / ((2 + recordWords) * 4)
  return {
    tags: new Int32Array(buffer, 0, slots),
    used: new Int32Array(buffer, slots * 4, slots),
    records: new Int32Array(buffer, slots * 8, slots * recordWords),
  }
}

/**
 * Copies the record of an RRset, all of it or nothing.
 * @param low lower half of the RRset's hash, never 0
 * @param record of recordWords, written over
 * @returns whether there is one
 */
export function takeSignatures(table: SignatureTable, low: number, high: number, record: Int32Array): boolean {
  const { tags, used } = table
  const first = firstOf(table, high)
  for (let slot = first; slot < first + ways; slot++) {
    if (Atomics.load(tags, slot) !== low || !copyRecord(table, slot, record)) continue
    if (record[Signed.low] !== low || record[Signed.high] !== high) continue
    // Written only once, so that readers do not take the line from each other.
    if (Atomics.load(used, slot) === 0) Atomics.store(used, slot, 1)
    return true
  }
  return false
}

function copyRecord({ records }: SignatureTable, slot: number, record: Int32Array): boolean {
  const at = slot * recordWords
  for (let turn = 0; turn < tries; turn++) {
    const sequence = Atomics.load(records, at)
    if ((sequence & 1) !== 0) continue
    for (let i = 1; i < Signed.first; i++) record[i] = Atomics.load(records, at + i)
    const end = record[Signed.count] === 1 ? Signed.first + signatureWords : recordWords
    for (let i = Signed.first; i < end; i++) record[i] = Atomics.load(records, at + i)
    if (Atomics.load(records, at) === sequence) return true
  }
  return false
}

/** The first of the slots that an RRset may lie in. */
export function firstOf({ tags }: SignatureTable, high: number): number {
  return (high & (tags.length / ways - 1)) * ways
}

/** The slot that holds an RRset, or -1. */
export function slotOf(table: SignatureTable, low: number, high: number): number {
  const first = firstOf(table, high)
  for (let slot = first; slot < first + ways; slot++) {
    const at = slot * recordWords
    if (table.tags[slot] === low && table.records[at + Signed.low] === low && table.records[at + Signed.high] === high)
      return slot
  }
  return -1
}

/** A free slot for an RRset, or -1. */
export function freeSlot(table: SignatureTable, high: number): number {
  const first = firstOf(table, high)
  for (let slot = first; slot < first + ways; slot++) if (table.tags[slot] === 0) return slot
  return -1
}

/** Writes a record; the one writer alone calls it. */
export function storeSignatures({ tags, used, records }: SignatureTable, slot: number, record: Int32Array): void {
  const at = slot * recordWords
  const sequence = begin(records, at)
  for (let i = 1; i < recordWords; i++) Atomics.store(records, at + i, record[i])
  Atomics.store(records, at, sequence)
  Atomics.store(used, slot, 0)
  Atomics.store(tags, slot, record[Signed.low])
}

/** Empties a slot; the one writer alone calls it. */
export function removeSignatures({ tags, records }: SignatureTable, slot: number): void {
  Atomics.store(tags, slot, 0)
  const at = slot * recordWords
  const sequence = begin(records, at)
  for (let i = 1; i < Signed.first; i++) Atomics.store(records, at + i, 0)
  Atomics.store(records, at, sequence)
}

/** Makes the sequence odd, also where a writer died and left it so. Returns what it will be. */
function begin(records: Int32Array, at: number): number {
  const odd = Atomics.load(records, at) | 1
  Atomics.store(records, at, odd)
  return (odd + 1) | 0
}
