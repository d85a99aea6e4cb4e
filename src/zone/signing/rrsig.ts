// Signs an RRset, and checks a signature. Pure: the times are given. Knows no zone beyond its name, and no answer.
import { verify } from 'node:crypto'
import { Class } from '../../wire/constants.ts'
import { getU16, getU32, putU16, putU32 } from '../../wire/header.ts'
import { lowerName } from '../../wire/name.ts'
import { importPublic, schemeOf } from './algorithm.ts'
import { canonicalRdatas, labelStarts } from './canonical.ts'
import { dnskeyRdata, keyTag, type PublicKey } from './dnskey.ts'
import type { SigningKey } from './key.ts'

/** Octets of RRSIG rdata before the signer's name (RFC 4034 section 3.1). */
const head = 18

/** An RRset as a signature covers it. */
export interface SignedSet {
  /** In wire form; a wildcard's own name (`*.play.…`) where the records are made from it. */
  readonly owner: Uint8Array
  readonly type: number
  /** The longest TTL the records may be sent with. */
  readonly originalTtlSeconds: number
  /** Uncompressed. */
  readonly rdatas: readonly Uint8Array[]
}

/** From when to when a signature holds, in Unix seconds. */
export interface Validity {
  readonly inception: number
  readonly expiration: number
}

/**
 * The RRSIG rdata for an RRset (RFC 4034 section 3.1.8.1).
 * @param zone apex of the zone that signs, in wire form
 */
export function signRRset(set: SignedSet, zone: Uint8Array, key: SigningKey, validity: Validity): Uint8Array {
  const signer = lowerName(zone)
  const fields = new Uint8Array(head + signer.length)
  putU16(fields, 0, set.type)
  fields[2] = key.algorithm
  fields[3] = signedLabels(set.owner)
  putU32(fields, 4, set.originalTtlSeconds)
  putU32(fields, 8, validity.expiration)
  putU32(fields, 12, validity.inception)
  putU16(fields, 16, key.keyTag)
  fields.set(signer, head)
  const signature = key.sign(signedData(set, fields))
  const rdata = new Uint8Array(fields.length + signature.length)
  rdata.set(fields)
  rdata.set(signature, fields.length)
  return rdata
}

/** The labels field: without the root and without a leading `*` (RFC 4034 section 3.1.3), so that a wildcard shows itself. */
function signedLabels(owner: Uint8Array): number {
  return labelStarts(owner).length - (isWildcard(owner) ? 1 : 0)
}

/** Whether a name begins with the label `*`. */
function isWildcard(name: Uint8Array): boolean {
  return name[0] === 1 && name[1] === 0x2a
}

/** What a signature says. */
export interface Signature extends Validity {
  readonly type: number
  readonly algorithm: number
  readonly labels: number
  readonly originalTtlSeconds: number
  readonly keyTag: number
  /** In wire form. */
  readonly signer: Uint8Array
  readonly signature: Uint8Array
}

/** The fields of RRSIG rdata; null when it is cut short. */
export function parseRrsig(rdata: Uint8Array): Signature | null {
  let end = head
  while (end < rdata.length && rdata[end] !== 0) end += rdata[end] + 1
  if (end++ >= rdata.length) return null
  return {
    type: getU16(rdata, 0),
    algorithm: rdata[2],
    labels: rdata[3],
    originalTtlSeconds: getU32(rdata, 4),
    expiration: getU32(rdata, 8),
    inception: getU32(rdata, 12),
    keyTag: getU16(rdata, 16),
    signer: rdata.slice(head, end),
    signature: rdata.slice(end),
  }
}

/**
 * Whether a signature over an RRset is good: made by this key, over these records, in force now (RFC 4035 section 5.3). The
 * set's original TTL is taken from the signature.
 * @param now in Unix seconds
 */
export function verifyRRset(
  set: Omit<SignedSet, 'originalTtlSeconds'>,
  rdata: Uint8Array,
  key: PublicKey,
  now: number,
): boolean {
  const rrsig = parseRrsig(rdata)
  const verifier = importPublic(key.algorithm, key.publicKey)
  if (rrsig === null || verifier === null) return false
  const fits =
    rrsig.type === set.type &&
    rrsig.algorithm === key.algorithm &&
    rrsig.keyTag === keyTag(dnskeyRdata(key)) &&
    rrsig.inception <= now &&
    now <= rrsig.expiration
  const owner = signedOwner(set.owner, rrsig.labels)
  if (!fits || owner === null) return false
  const fields = rdata.subarray(0, rdata.length - rrsig.signature.length)
  const data = signedData({ ...set, owner, originalTtlSeconds: rrsig.originalTtlSeconds }, fields)
  const digest = schemeOf(key.algorithm)?.digest ?? null
  return verify(digest, data, { key: verifier, dsaEncoding: 'ieee-p1363' }, rrsig.signature)
}

/** The name that was signed: the owner, or the wildcard it was made from (RFC 4035 section 5.3.2); null for too many labels. */
function signedOwner(owner: Uint8Array, labels: number): Uint8Array | null {
  const starts = labelStarts(owner)
  const real = signedLabels(owner)
  if (labels > real) return null
  if (labels === real) return owner
  const encloser = owner.subarray(labels === 0 ? owner.length - 1 : starts[starts.length - labels])
  return Buffer.concat([Uint8Array.of(1, 0x2a), encloser])
}

/** What is signed: the RRSIG without its signature, then each record in canonical form and order. */
function signedData({ owner, type, originalTtlSeconds, rdatas }: SignedSet, fields: Uint8Array): Uint8Array {
  const start = new Uint8Array(owner.length + 8)
  start.set(lowerName(owner))
  putU16(start, owner.length, type)
  putU16(start, owner.length + 2, Class.IN)
  putU32(start, owner.length + 4, originalTtlSeconds)
  const records = canonicalRdatas(type, rdatas).flatMap((rdata) => [start, u16(rdata.length), rdata])
  return Buffer.concat([fields, ...records])
}

function u16(number: number): Uint8Array {
  return Uint8Array.of(number >>> 8, number)
}
