// Answers a steered name: address → cell → rank → pick → records, with the block's scope. Knows no health beyond the words.
import { Verdict } from '../fleet/availability.ts'
import { hashBytes, hashStart, mix } from '../ip/hash.ts'
import { nodeSlot, regionSlot, single, slot } from '../telemetry/counters.ts'
import { Class, Type } from '../wire/constants.ts'
import { putU16, putU32 } from '../wire/header.ts'
import { pick } from '../scheduler/pick.ts'
import type { Picked } from '../scheduler/picked.ts'
import type { Client } from './client.ts'
import { denyType, wantsProof } from './denial.ts'
import { locate } from './locate.ts'
import { Ede, fits, putNegative } from './reply.ts'
import { keepQuery, putSignatures } from './signatures.ts'
import type { State } from './state.ts'
import { aaaaRecordLength, aRecordLength, nodeRecordsLength, type Tables } from './tables.ts'

const ipv4Hint = 4
const ipv6Hint = 6
/** Counter of each Origin. */
const originCounters = [slot.ecs.none, slot.ecs.opt_out, slot.ecs.v4, slot.ecs.v6, slot.ecs.unmapped]

/** Whether a service makes records of this type itself. */
export function isSteeredType(tables: Tables, service: number, type: number): boolean {
  return type === Type.A || type === Type.AAAA || (type === Type.HTTPS && tables.httpsLength[service * 2] !== 0)
}

/**
 * Writes the answer of a service to the reply; NODATA where the family is withheld or missing.
 * @returns false when it has to be signed and there is no signature yet: what was written is of no use
 */
export function answerSteered(bytes: Uint8Array, service: number, client: Client, state: State): boolean {
  const { query, picked, pickedV6, counters } = state
  place(client, state)
  const stream = streamHash(state)
  picked.count = 0
  pickedV6.count = 0
  if (query.type !== Type.AAAA) choose(state, service, 4, stream, picked)
  if (query.type !== Type.A) choose(state, service, 6, stream, pickedV6)
  if (picked.count + pickedV6.count === 0) {
    counters[slot.outcomes.nodata]++
    putNegative(bytes, state)
    if (wantsProof(state)) denyType(state, query.type)
    return true
  }
  return answerPicked(bytes, service, state)
}

/** Finds the cell of a client, whose block is the scope of the answer. */
export function place(client: Client, { blocks, tables, query, located, reply, counters }: State): void {
  locate(blocks, query.ecs, client, located)
  counters[originCounters[located.origin]]++
  counters[regionSlot(tables.cellRegion[located.cell])]++
  reply.scope = located.scope
  reply.steered = true
}

/**
 * Writes the records of what was picked, with their signatures where they are wanted.
 * @returns as answerSteered does
 */
export function answerPicked(bytes: Uint8Array, service: number, state: State): boolean {
  const { tables, query, picked, pickedV6, reply, counters } = state
  const signs = wantsProof(state)
  if (signs) keepQuery(bytes, state)
  counters[slot.outcomes.steered]++
  const changing = (picked.count > 0 && unsteady(picked)) || (pickedV6.count > 0 && unsteady(pickedV6))
  if ((picked.count > 0 && picked.failedOpen) || (pickedV6.count > 0 && pickedV6.failedOpen)) {
    counters[single.failOpen]++
    reply.ede = Ede.failedOpen
  }
  const steady = tables.serviceSteadySeconds[service]
  const ttl = changing ? Math.min(tables.serviceChangingSeconds[service], steady) : steady
  const start = reply.at
  if (query.type === Type.A) putAddresses(bytes, picked, 0, aRecordLength, ttl, state)
  else if (query.type === Type.AAAA) putAddresses(bytes, pickedV6, aRecordLength, aaaaRecordLength, ttl, state)
  else putHttps(bytes, service, ttl, state)
  return !signs || putSignatures(bytes, start, query.type, steady, ttl, state)
}

export function choose(state: State, service: number, family: number, stream: number, picked: Picked): void {
  const { located } = state
  pick(state.tables, state.words, state.cells, service, located.cell, family, located.blockHash, stream, picked)
}

export function unsteady(picked: Picked): boolean {
  return picked.moving || picked.failedOpen
}

/** The hash of the labels that stand for the stream: those a wildcard stands for, else the whole name. */
export function streamHash({ query, match }: State): number {
  const { wildLabels } = match
  return wildLabels === 0 ? match.stream : mix(hashBytes(hashStart, query.name, 0, query.labelOffsets[wildLabels]))
}

/** Writes a record for each picked node, from its pre-encoded one. */
export function putAddresses(
  bytes: Uint8Array,
  picked: Picked,
  offset: number,
  length: number,
  ttl: number,
  state: State,
): void {
  const { tables, counters, reply } = state
  if (!fits(state, picked.count * length)) return
  const { nodeRecords } = tables
  for (let i = 0; i < picked.count; i++) {
    const node = picked.nodes[i]
    const from = node * nodeRecordsLength + offset
    const at = reply.at
    for (let j = 2; j < length; j++) bytes[at + j] = nodeRecords[from + j]
    putU16(bytes, at, 0xc000 | reply.owner)
    putU32(bytes, at + 6, ttl)
    reply.at = at + length
    counters[nodeSlot(tables.nodeSlot[node])]++
  }
  reply.answers += picked.count
}

/** Writes one HTTPS record (RFC 9460) whose hints are the addresses that A and AAAA would give. */
function putHttps(bytes: Uint8Array, service: number, ttl: number, state: State): void {
  const { tables, picked, pickedV6, reply } = state
  const variant = service * 2 + (allAnswerQuic(state, picked) && allAnswerQuic(state, pickedV6) ? 1 : 0)
  const fixed = tables.httpsLength[variant]
  const hints4 = picked.count === 0 ? 0 : 4 + picked.count * 4
  const hints6 = pickedV6.count === 0 ? 0 : 4 + pickedV6.count * 16
  if (!fits(state, 12 + fixed + hints4 + hints6)) return
  let at = putU16(bytes, reply.at, 0xc000 | reply.owner)
  at = putU16(bytes, at, Type.HTTPS)
  at = putU16(bytes, at, Class.IN)
  at = putU32(bytes, at, ttl)
  at = putU16(bytes, at, fixed + hints4 + hints6)
  const start = tables.httpsStart[variant]
  for (let i = 0; i < fixed; i++) bytes[at++] = tables.httpsBytes[start + i]
  at = putHints(bytes, at, ipv4Hint, picked, 12, 4, state)
  at = putHints(bytes, at, ipv6Hint, pickedV6, aRecordLength + 12, 16, state)
  reply.at = at
  reply.answers++
}

function putHints(
  bytes: Uint8Array,
  start: number,
  key: number,
  picked: Picked,
  offset: number,
  length: number,
  state: State,
): number {
  if (picked.count === 0) return start
  const { nodeRecords, nodeSlot: slots } = state.tables
  let at = putU16(bytes, putU16(bytes, start, key), picked.count * length)
  for (let i = 0; i < picked.count; i++) {
    const from = picked.nodes[i] * nodeRecordsLength + offset
    for (let j = 0; j < length; j++) bytes[at++] = nodeRecords[from + j]
    state.counters[nodeSlot(slots[picked.nodes[i]])]++
  }
  return at
}

function allAnswerQuic({ tables, words }: State, picked: Picked): boolean {
  for (let i = 0; i < picked.count; i++) {
    if ((words[tables.nodeSlot[picked.nodes[i]] * 2] & Verdict.quic) === 0) return false
  }
  return true
}
