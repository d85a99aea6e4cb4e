// Adds a steered RRset's signatures to an answer, or says that there are none yet. Allocates nothing; signs nothing itself.
import { slot } from '../telemetry/counters.ts'
import { Class, Type } from '../wire/constants.ts'
import { putU16, putU32 } from '../wire/header.ts'
import { Field } from '../zone/name-table.ts'
import { fits } from './reply.ts'
import { hashSet } from './set-hash.ts'
import { Signed, signatureBytes, signatureWords, takeSignatures } from './signature-table.ts'
import type { State } from './state.ts'

/** Octets of RRSIG rdata before the signer's name (RFC 4034 section 3.1), and of a record before its rdata. */
const fixedLength = 18
const recordHead = 12

/**
 * Keeps what an answer will be written over, so that the query can be handed on whole. Called before the first record is written of
 * whatever may yet come to a signature: also of an alias in a zone without any.
 */
export function keepQuery(bytes: Uint8Array, state: State): void {
  const { query, reply, kept } = state
  if (reply.at !== query.questionEnd || query.length > kept.length) return
  const length = query.length - query.questionEnd
  for (let i = 0; i < length; i++) kept[i] = bytes[query.questionEnd + i]
  reply.kept = true
}

/** Undoes what was written of an answer. False when the query was not kept, being too long to be handed on. */
export function restoreQuery(bytes: Uint8Array, { query, reply, kept }: State): boolean {
  if (!reply.kept) return false
  const length = query.length - query.questionEnd
  for (let i = 0; i < length; i++) bytes[query.questionEnd + i] = kept[i]
  return true
}

/**
 * Signs the RRset that was just written.
 * @param start where its records begin; they end where the reply does
 * @param originalTtlSeconds what the signature says, which the TTL sent may lie below
 * @param sentTtlSeconds
 * @returns false when there is no signature
 */
export function putSignatures(
  bytes: Uint8Array,
  start: number,
  type: number,
  originalTtlSeconds: number,
  sentTtlSeconds: number,
  state: State,
): boolean {
  const { tables, match, reply, setHash, signatures, signer, signed, counters } = state
  if (reply.truncated) return true
  if (signatures === null) return false
  const keys = tables.zoneKeySet[match.zone]
  hashSet(setHash, tables.entries, match.entry, type, originalTtlSeconds, keys, bytes, start, reply.at)
  if (takeSignatures(signatures, setHash.low, setHash.high, signed) && isGood(state))
    counters[slot.signature_lookups.hit]++
  else {
    counters[slot.signature_lookups.miss]++
    if (signer === null || !signer.sign(state, bytes, start, reply.at, type, originalTtlSeconds)) return false
    if (!takeSignatures(signatures, setHash.low, setHash.high, signed)) return false
  }
  for (let i = 0; i < signed[Signed.count]; i++) putSignature(bytes, i, type, originalTtlSeconds, sentTtlSeconds, state)
  return true
}

/** The signer removes what ended when nothing else is to be done. */
function isGood({ signed, clock }: State): boolean {
  return ((signed[Signed.expiration] - clock.seconds) | 0) > 0
}

function putSignature(
  bytes: Uint8Array,
  index: number,
  type: number,
  originalTtlSeconds: number,
  sentTtlSeconds: number,
  state: State,
): void {
  const { tables, match, query, reply, signed } = state
  const signerLength = tables.zoneApexLength[match.zone]
  if (!fits(state, recordHead + fixedLength + signerLength + signatureBytes)) return
  let at = putU16(bytes, reply.at, 0xc000 | reply.owner)
  at = putU16(bytes, at, Type.RRSIG)
  at = putU16(bytes, at, Class.IN)
  at = putU32(bytes, at, sentTtlSeconds)
  at = putU16(bytes, at, fixedLength + signerLength + signatureBytes)
  at = putU16(bytes, at, type)
  const key = signed[Signed.keys + index]
  bytes[at++] = key >>> 16
  bytes[at++] = signedLabels(state)
  at = putU32(bytes, at, originalTtlSeconds)
  at = putU32(bytes, at, signed[Signed.expiration])
  at = putU32(bytes, at, signed[Signed.inception])
  at = putU16(bytes, at, key & 0xffff)
  const apex = query.nameLength - signerLength
  for (let i = 0; i < signerLength; i++) bytes[at++] = query.name[apex + i]
  const first = Signed.first + index * signatureWords
  for (let i = 0; i < signatureWords; i++) at = putU32(bytes, at, signed[first + i])
  reply.at = at
  reply.answers++
}

/** The labels of the owner that was signed, without a leading `*` (RFC 4034 section 3.1.3). */
function signedLabels({ tables, match, query }: State): number {
  // A wildcard's entry has its own name; what it stood for is not signed.
  if (match.wildLabels !== 0) return query.labelCount - match.wildLabels
  const first = tables.entries[match.entry + Field.name]
  return query.labelCount - ((first & 0xffff) === 0x2a01 ? 1 : 0)
}
