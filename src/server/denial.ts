// Proofs that something does not exist (RFC 4035 section 3.1.3): finds the NSEC records and writes them at the end of the
// authority section. Allocates nothing, signs nothing; all of it is compiled.
//
// Proofs are collected while an answer is made, because a chain of CNAMEs puts records into the answer section after the first
// link needed one, and because one NSEC often proves two things. A name is looked for by its sort key (zone/chain.ts) in its zone's
// chain: the last link that is not after it is the name's own NSEC, or the one that covers it.
import { Type } from '../wire/constants.ts'
import { getU16, putU16 } from '../wire/header.ts'
import { Field, findSet } from '../zone/name-table.ts'
import { copyRecords, fits, putNegative, putSet } from './reply.ts'
import { mostProofs, type Denial, type State } from './state.ts'
import type { Tables } from './tables.ts'

const pointerBits = 0xc000
/** The last place that a pointer reaches (RFC 1035 section 4.1.4). */
const farthest = 0x3fff
const recordHead = 10
const star = 0x2a

/** Whether the client asked for proofs and the zone that was matched has them. */
export function wantsProof({ query, tables, match }: State): boolean {
  return query.dnssecOk && tables.zoneKeySet[match.zone] !== 0
}

/** That the name does not exist, nor a wildcard that would have answered (RFC 4035 section 3.1.3.2). */
export function denyName(state: State): void {
  const { match } = state
  prove(state, 0, false, Type.NSEC)
  prove(state, match.wildLabels, true, Type.NSEC)
}

/** That the name, or the wildcard it stands for, has no such type (RFC 4035 sections 3.1.3.1 and 3.1.3.4). */
export function denyType(state: State, type: number): void {
  const { match } = state
  if (match.wildLabels !== 0) {
    prove(state, 0, false, Type.NSEC)
    prove(state, match.wildLabels, true, type)
  } else prove(state, 0, false, type)
}

/** After an answer that a wildcard gave: that the name itself does not exist (RFC 4035 section 3.1.3.3). */
export function proveWildcard(state: State): void {
  if (state.match.wildLabels !== 0) prove(state, 0, false, Type.NSEC)
}

/** That the cut which was matched has no DS (RFC 4035 section 3.1.4). */
export function denyDs(state: State): void {
  prove(state, state.match.wildLabels, false, Type.DS)
}

/**
 * Notes the link for the name that begins `label` labels into the question's, or for the wildcard under that.
 * @param type what the link must not have
 */
function prove(state: State, label: number, wildcard: boolean, type: number): void {
  const { tables, match, query, reply, denial } = state
  makeKey(state, label, wildcard)
  const link = findLink(state)
  const variant = withheld(type)
  // What a name lacks is said by its own NSEC. One that only covers it says nothing of the type, and must not deny it to its owner.
  const without = variant < 0 || !isOwn(tables, link, denial) ? -1 : tables.chainVariants[link * 3 + variant]
  let at = 0
  while (at < denial.count && denial.links[at] !== link) at++
  if (at === mostProofs) return
  // An owner has one NSEC in an answer: the variant proves all that the other does.
  if (at === denial.count || without >= 0) denial.sets[at] = without >= 0 ? without : tables.chainSet[link]
  if (at < denial.count) return
  denial.links[at] = link
  denial.ownLengths[at] = (tables.entries[tables.chainEntry[link]] & 255) - tables.zoneApexLength[match.zone]
  denial.apexes[at] = reply.owner + query.nameLength - tables.zoneApexLength[match.zone]
  denial.count++
}

/** Which variant of an NSEC lacks a type that steering may withhold, or -1. */
function withheld(type: number): number {
  return type === Type.A ? 0 : type === Type.AAAA ? 1 : type === Type.HTTPS ? 2 : -1
}

/** The sort key of a name below the apex: labels from the last to the first, each ended by a 0. */
function makeKey({ tables, match, query, denial }: State, label: number, wildcard: boolean): void {
  const { key } = denial
  const apex = query.nameLength - tables.zoneApexLength[match.zone]
  let length = 0
  for (let i = query.labelCount - 1; i >= label; i--) {
    const from = query.labelOffsets[i]
    if (from >= apex) continue
    for (let at = from + 1; at <= from + query.name[from]; at++) {
      const octet = query.name[at]
      if (octet <= 1) {
        key[length++] = 1
        key[length++] = octet + 1
      } else key[length++] = octet
    }
    key[length++] = 0
  }
  if (wildcard) {
    key[length++] = star
    key[length++] = 0
  }
  denial.keyLength = length
}

/** The last link of the zone whose key is not after the one that was made; the apex has the empty key and is always there. */
function findLink({ tables, match, denial }: State): number {
  let low = tables.zoneChainStart[match.zone]
  let high = tables.zoneChainStart[match.zone + 1] - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (isAfter(tables.chainKeys, tables.chainKeyStart[middle], tables.chainKeyStart[middle + 1], denial))
      high = middle - 1
    else low = middle
  }
  return low
}

function isAfter(keys: Uint8Array, from: number, end: number, { key, keyLength }: Denial): boolean {
  const length = end - from
  const common = length < keyLength ? length : keyLength
  for (let i = 0; i < common; i++) {
    if (keys[from + i] !== key[i]) return keys[from + i] > key[i]
  }
  return length > keyLength
}

/** Whether a link is that of the name whose key was made. */
function isOwn({ chainKeys, chainKeyStart }: Tables, link: number, { key, keyLength }: Denial): boolean {
  const from = chainKeyStart[link]
  if (chainKeyStart[link + 1] - from !== keyLength) return false
  for (let i = 0; i < keyLength; i++) if (chainKeys[from + i] !== key[i]) return false
  return true
}

/** Writes the proofs that were noted, each NSEC with its signatures; without room for all the reply is truncated. */
export function putProofs(bytes: Uint8Array, state: State): void {
  const { denial } = state
  for (let proof = 0; proof < denial.count; proof++) putProof(bytes, proof, state)
  denial.count = 0
}

function putProof(bytes: Uint8Array, proof: number, state: State): void {
  const { tables, reply, denial } = state
  const { recordBytes } = tables
  const set = denial.sets[proof]
  const own = denial.ownLengths[proof]
  const apex = denial.apexes[proof]
  const start = tables.setStart[set]
  const length = 2 + recordHead + getU16(recordBytes, start + recordHead)
  const signatures = tables.setSignatures[set]
  // A pointer reaches 14 bits far; behind that each record has the owner's labels of its own.
  const near = own === 0 || reply.at <= farthest
  const owners = near ? own : own * (1 + signatures)
  if (!fits(state, owners + tables.setLength[set] + tables.setSignaturesLength[set])) return
  const owner = own === 0 ? apex : reply.at
  putOwned(bytes, start, length, proof, state)
  if (near) copyRecords(bytes, start + length, signatures, owner, state)
  else {
    let from = start + length
    for (let i = 0; i < signatures; i++) {
      const size = 2 + recordHead + getU16(recordBytes, from + recordHead)
      putOwned(bytes, from, size, proof, state)
      from += size
    }
  }
  reply.authorities += 1 + signatures
}

/** Copies a record that begins with an owner pointer, with the labels of a proof's owner in its place. */
function putOwned(bytes: Uint8Array, start: number, length: number, proof: number, state: State): void {
  const { tables, reply, denial } = state
  const { entries, recordBytes } = tables
  const own = denial.ownLengths[proof]
  const name = tables.chainEntry[denial.links[proof]] + Field.name
  let at = reply.at
  for (let i = 0; i < own; i++) bytes[at++] = (entries[name + (i >> 2)] >>> ((i & 3) * 8)) & 255
  at = putU16(bytes, at, pointerBits | denial.apexes[proof])
  for (let i = 2; i < length; i++) bytes[at++] = recordBytes[start + i]
  reply.at = at
}

/**
 * What ANY and RRSIG get in a signed zone: one RRset with its signatures (RFC 8482 section 4.1), or those alone. It is the NSEC, which
 * every name with records has; a name without gets the proof of that.
 */
export function putOneSigned(bytes: Uint8Array, state: State): void {
  const { tables, match, query, reply } = state
  const set = findSet(tables, match.entry, Type.NSEC)
  if (set < 0) {
    putNegative(bytes, state)
    if (wantsProof(state)) denyType(state, query.type)
  } else if (query.type === Type.ANY) putSet(bytes, set, state)
  else if (fits(state, tables.setSignaturesLength[set])) {
    copyRecords(bytes, tables.setStart[set] + tables.setLength[set], tables.setSignatures[set], reply.owner, state)
    reply.answers += tables.setSignatures[set]
  }
}
