// Answers a steered name with a CNAME to the name of one node, for every type alike. Knows no addresses.
import { nodeSlot, single, slot } from '../telemetry/counters.ts'
import { Class, Type } from '../wire/constants.ts'
import { putU16, putU32 } from '../wire/header.ts'
import type { Picked } from '../scheduler/picked.ts'
import type { Client } from './client.ts'
import { Ede, fits, putNegative } from './reply.ts'
import { wantsProof } from './denial.ts'
import { keepQuery, putSignatures } from './signatures.ts'
import type { State } from './state.ts'
import { choose, place, streamHash, unsteady } from './steered.ts'

/** What answering came to, when there is no target to go on with. */
export const NoTarget = { answered: -1, unsigned: -2 } as const

const recordHead = 12

/**
 * Writes the CNAME. The type asked for has no part in the pick: a name has one CNAME whoever asks for what, and caches keep it by
 * name and scope alone. IPv4 decides where the pool has it, else IPv6.
 * @returns where the target lies in the packet, for a type that it may have; else a member of NoTarget
 */
export function answerTarget(bytes: Uint8Array, service: number, client: Client, state: State): number {
  const { picked, pickedV6, counters } = state
  place(client, state)
  const stream = streamHash(state)
  picked.count = 0
  pickedV6.count = 0
  choose(state, service, 4, stream, picked)
  if (picked.count === 0) choose(state, service, 6, stream, pickedV6)
  const chosen = picked.count === 0 ? pickedV6 : picked
  if (chosen.count === 0) {
    counters[slot.outcomes.nodata]++
    putNegative(bytes, state)
    return NoTarget.answered
  }
  return answerChosen(bytes, service, chosen, state)
}

/** Writes the CNAME to the node that was chosen, with its signatures where they are wanted. Returns what answerTarget does. */
export function answerChosen(bytes: Uint8Array, service: number, chosen: Picked, state: State): number {
  const { tables, query, reply, counters } = state
  if (query.dnssecOk) keepQuery(bytes, state)
  counters[slot.outcomes.steered]++
  if (chosen.failedOpen) {
    counters[single.failOpen]++
    reply.ede = Ede.failedOpen
  }
  const steady = tables.serviceSteadySeconds[service]
  const ttl = unsteady(chosen) ? Math.min(tables.serviceChangingSeconds[service], steady) : steady
  const start = reply.at
  if (!putCname(bytes, chosen.nodes[0], ttl, state)) return NoTarget.answered
  if (wantsProof(state) && !putSignatures(bytes, start, Type.CNAME, steady, ttl, state)) return NoTarget.unsigned
  // ANY takes the CNAME for what it asked for (RFC 1034 section 4.3.2 step 3a).
  return query.type === Type.CNAME || query.type === Type.ANY ? NoTarget.answered : start + recordHead
}

function putCname(bytes: Uint8Array, node: number, ttl: number, state: State): boolean {
  const { tables, reply, counters } = state
  const from = tables.targetStart[node]
  const length = tables.targetStart[node + 1] - from
  if (!fits(state, recordHead + length)) return false
  let at = putU16(bytes, reply.at, 0xc000 | reply.owner)
  at = putU16(bytes, at, Type.CNAME)
  at = putU16(bytes, at, Class.IN)
  at = putU32(bytes, at, ttl)
  at = putU16(bytes, at, length)
  for (let i = 0; i < length; i++) bytes[at++] = tables.targetBytes[from + i]
  counters[nodeSlot(tables.nodeSlot[node])]++
  reply.at = at
  reply.answers++
  return true
}
