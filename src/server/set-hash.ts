// Names an RRset as signing sees it, from the records that were just written into an answer. Knows no keys and no signatures.
//
// Owner (a wildcard's own name), type, original TTL, the zone's keys and the rdatas, in 64 bits: all that a signature depends on
// but the time. The rdatas' hashes are added up, so their order does not matter, as it does not to a signature (RFC 4034
// section 6.3), and nothing has to be sorted.
import { mix } from '../ip/hash.ts'
import { getU16 } from '../wire/header.ts'
import { Field } from '../zone/name-table.ts'

const lowPrime = 0x9e3779b1
const highPrime = 0x85ebca77
/** Where the rdata length and the rdata of a record lie whose owner is a pointer. */
const lengthAt = 10
const rdataAt = 12

/** A hash in two halves; one object a thread, reused. */
export class SetHash {
  /** Never 0 once it is finished. */
  low = 0
  high = 0
}

/**
 * Hashes the records in `bytes` from `start` to `end`, each with a pointer for its owner.
 * @param entries of the name table
 * @param entry the name that answered: the owner that signatures cover
 * @param ttlSeconds the original TTL, whatever the records were sent with
 * @param keys stands for the keys that sign the zone
 */
export function hashSet(
  hash: SetHash,
  entries: Int32Array,
  entry: number,
  type: number,
  ttlSeconds: number,
  keys: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  hash.low = keys | 0
  hash.high = type
  add(hash, ttlSeconds | 0)
  const octets = entries[entry] & 255
  add(hash, (octets << 16) | type)
  const name = entry + Field.name
  const afterName = name + ((octets + 3) >> 2)
  for (let word = name; word < afterName; word++) add(hash, entries[word])
  const { low, high } = hash
  let lowSum = 0
  let highSum = 0
  for (let at = start; at < end;) {
    const length = getU16(bytes, at + lengthAt)
    hash.low = low
    hash.high = high
    addOctets(hash, bytes, at + rdataAt, length)
    lowSum = (lowSum + mix(hash.low)) | 0
    highSum = (highSum + mix(hash.high)) | 0
    at += rdataAt + length
  }
  hash.low = mix(lowSum) || 1
  hash.high = mix(highSum)
}

function add(hash: SetHash, word: number): void {
  hash.low = Math.imul(((hash.low << 5) | (hash.low >>> 27)) ^ word, lowPrime)
  hash.high = Math.imul(((hash.high << 13) | (hash.high >>> 19)) ^ word, highPrime)
}

function addOctets(hash: SetHash, bytes: Uint8Array, from: number, length: number): void {
  const end = from + length
  let at = from
  for (; at + 4 <= end; at += 4) {
    add(hash, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24))
  }
  for (; at < end; at++) add(hash, bytes[at])
  add(hash, length)
}
