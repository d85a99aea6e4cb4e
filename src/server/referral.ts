// Answers at and below a zone cut: a referral to the servers of the zone below, or its DS. Knows no steering.
import { slot } from '../telemetry/counters.ts'
import { Rcode, Type } from '../wire/constants.ts'
import { findSet } from '../zone/name-table.ts'
import { denyDs, putProofs, wantsProof } from './denial.ts'
import { finish, fits, putExtra, putNegative, putSet, putSigned } from './reply.ts'
import type { State } from './state.ts'

/**
 * Refers to the servers that a cut names (RFC 1034 section 4.3.2 step 3b): not authoritative, NS and with DO also DS in the
 * authority section, and glue. In-domain glue that does not fit truncates the answer (RFC 9471 section 3.1). DS at the cut
 * itself is the parent's to answer (RFC 4035 section 3.1.4.1). A CNAME whose target lies there comes with the referral where
 * that fits: the answer is whole without it.
 * @param links CNAMEs followed so far
 * @returns the length of the answer
 */
export function refer(bytes: Uint8Array, links: number, state: State): number {
  const { tables, match, query, reply, counters, denial } = state
  const { entry } = match
  if (query.type === Type.DS && match.wildLabels === 0) return answerDs(bytes, state)
  counters[slot.outcomes.referral]++
  const cut = reply.owner + query.nameLength - (tables.entries[entry] & 255)
  const servers = findSet(tables, entry, Type.NS)
  const { at } = reply
  const proofs = denial.count
  putAuthority(bytes, servers, cut, state)
  if (query.dnssecOk) putSecurity(bytes, cut, state)
  putGlue(bytes, servers, state)
  if (links > 0 && reply.truncated) {
    reply.at = at
    reply.truncated = false
    reply.authorities = 0
    reply.additionals = 0
    denial.count = proofs
    putProofs(bytes, state)
  } else putExtra(bytes, servers, state)
  return finish(bytes, state, Rcode.NOERROR, links > 0)
}

/** At an apex, has the zone above say that there is no DS, where that is served here too. */
export function askParent({ tables, match }: State): void {
  const parent = tables.zoneParent[match.zone]
  const atApex = (tables.entries[match.entry] & 255) === tables.zoneApexLength[match.zone]
  if (atApex && parent >= 0) match.zone = parent
}

function answerDs(bytes: Uint8Array, state: State): number {
  const signer = findSet(state.tables, state.match.entry, Type.DS)
  if (signer >= 0) {
    state.counters[slot.outcomes.static]++
    putSet(bytes, signer, state)
  } else {
    state.counters[slot.outcomes.nodata]++
    putNegative(bytes, state)
    if (wantsProof(state)) denyDs(state)
  }
  // An alias that led here may have needed some as well.
  putProofs(bytes, state)
  return finish(bytes, state, Rcode.NOERROR, true)
}

/** Adds an RRset to the authority section. */
function putAuthority(bytes: Uint8Array, set: number, owner: number, state: State): void {
  state.reply.authorities += putSigned(bytes, set, owner, state)
}

/** Adds the DS of a cut, or in a signed zone the proof that it has none; and what an alias that led here needs to be proved. */
function putSecurity(bytes: Uint8Array, owner: number, state: State): void {
  const signer = findSet(state.tables, state.match.entry, Type.DS)
  if (signer >= 0) putAuthority(bytes, signer, owner, state)
  else if (wantsProof(state)) denyDs(state)
  putProofs(bytes, state)
}

/** Adds the glue that must be there: without room for it the reply is truncated. */
function putGlue(bytes: Uint8Array, set: number, state: State): void {
  const { tables, reply } = state
  const length = tables.setGlueLength[set]
  if (!fits(state, length)) return
  const { recordBytes } = tables
  const start = tables.setStart[set] + tables.setLength[set]
  for (let i = 0; i < length; i++) bytes[reply.at + i] = recordBytes[start + i]
  reply.at += length
  reply.additionals += tables.setGlueCount[set]
}
