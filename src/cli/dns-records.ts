// The records of a message with their data as octets, names in it written out, so that they can be compared and verified. Knows no socket.
import { Type, typeName } from '../wire/constants.ts'
import { getU16, getU32 } from '../wire/header.ts'
import { decodeName, lowerName, skipName } from '../wire/name.ts'
import { formatRdata } from '../wire/rdata.ts'
import { headerLength } from '../wire/triage.ts'
import { canonicalRdatas } from '../zone/signing/canonical.ts'

export interface WireRecord {
  /** The owner in wire form, its case kept. */
  readonly name: Uint8Array
  /** In lower-case wire form. */
  readonly owner: Uint8Array
  readonly type: number
  readonly ttlSeconds: number
  /** Uncompressed, its case kept. */
  readonly rdata: Uint8Array
}

export interface Sections {
  readonly answers: readonly WireRecord[]
  readonly authorities: readonly WireRecord[]
  readonly additionals: readonly WireRecord[]
}

/** Types whose data may hold compressed names (RFC 3597 section 4): octets before them, then how many. */
const compressible: ReadonlyMap<number, readonly [before: number, names: number]> = new Map([
  [Type.NS, [0, 1]],
  [Type.CNAME, [0, 1]],
  [Type.PTR, [0, 1]],
  [Type.SOA, [0, 2]],
  [Type.MX, [2, 1]],
  // Not well-known when names were compressed, and compressed by some all the same (RFC 2782).
  [Type.SRV, [6, 1]],
])

/** Reads the records of a message. What comes after a record that cannot be read is left out. */
export function readRecords(bytes: Uint8Array): Sections {
  const sections: [WireRecord[], WireRecord[], WireRecord[]] = [[], [], []]
  const [answers, authorities, additionals] = sections
  const read = { answers, authorities, additionals }
  let at = headerLength
  for (let left = getU16(bytes, 4); left > 0; left--) {
    at = skipName(bytes, at, bytes.length)
    if (at < 0 || at + 4 > bytes.length) return read
    at += 4
  }
  for (const [index, section] of sections.entries()) {
    for (let left = getU16(bytes, 6 + 2 * index); left > 0; left--) {
      const record = readRecord(bytes, at)
      if (record === null) return read
      section.push(record.record)
      at = record.next
    }
  }
  return read
}

function readRecord(bytes: Uint8Array, at: number): { record: WireRecord; next: number } | null {
  const owner = decodeName(bytes, at)
  if (owner === null || owner.next + 10 > bytes.length) return null
  const fixed = owner.next
  const next = fixed + 10 + getU16(bytes, fixed + 8)
  const type = getU16(bytes, fixed)
  const rdata = next > bytes.length ? null : writtenOut(bytes, type, fixed + 10, next)
  if (rdata === null) return null
  const ttlSeconds = getU32(bytes, fixed + 4)
  return { record: { name: owner.name, owner: lowerName(owner.name), type, ttlSeconds, rdata }, next }
}

function writtenOut(bytes: Uint8Array, type: number, start: number, end: number): Uint8Array | null {
  const [before, names] = compressible.get(type) ?? [end - start, 0]
  const parts: Uint8Array[] = [bytes.slice(start, start + before)]
  let at = start + before
  for (let left = names; left > 0; left--) {
    const name = decodeName(bytes, at)
    if (name === null || name.next > end) return null
    parts.push(name.name)
    at = name.next
  }
  return Uint8Array.from(Buffer.concat([...parts, bytes.slice(at, end)]))
}

/** The data of all records of one owner and type. */
export function rdatasOf(records: readonly WireRecord[], owner: Uint8Array, type: number): Uint8Array[] {
  return records.filter((each) => each.type === type && sameBytes(each.owner, owner)).map(({ rdata }) => rdata)
}

/** A set of records as words that are the same for the same set: `NS a. b.`; `nothing` for none. */
export function inWords(type: number, rdatas: readonly Uint8Array[]): string {
  if (rdatas.length === 0) return 'nothing'
  const texts = canonicalRdatas(type, rdatas).map((rdata) => formatRdata(type, rdata))
  return `${typeName(type)} ${texts.toSorted().join(', ')}`
}

/** Whether two runs of octets are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
