// Answers the debug name of a steered name, `_nearcast` before it, with which nodes it would get and why (docs/decisions/0018).
// Allocates nothing: every text is compiled or a constant. Knows no health beyond the words.
//
//   "epoch=7" "service=play" "A=hkg-1:up,hkg-2:ramping" "AAAA=none" "scope=24" "cell=Hong Kong, carrier hkt"
//   "block=198.51.100.0/24 from=subnet"
import { Override, Verdict } from '../fleet/availability.ts'
import type { Picked } from '../scheduler/picked.ts'
import { slot } from '../telemetry/counters.ts'
import { Class, Type } from '../wire/constants.ts'
import { Ecs } from '../wire/ecs.ts'
import { ourUdpSize } from '../wire/edns.ts'
import { putBytes, putU16, putU32 } from '../wire/header.ts'
import { delegated, findName, Found } from '../zone/name-table.ts'
import type { Client } from './client.ts'
import { closeText, openText, putDecimal, putPrefix } from './debug-text.ts'
import { wantsProof } from './denial.ts'
import { locate, Located, Origin } from './locate.ts'
import { fits, putMinimalAny, putNegative, retarget } from './reply.ts'
import type { State } from './state.ts'
import { choose, place, streamHash, unsteady } from './steered.ts'

const nameAt = 12
const recordHead = 12
/** Whatever the client receives, so that no path between breaks it. */
const mostOctets = 512
/** Of those, what an extended error takes that tells of a stale table. */
const errorRoom = 40

const label = encode('\t_nearcast')
const texts = {
  epoch: encode('epoch='),
  service: encode('service='),
  a: encode('A='),
  aaaa: encode('AAAA='),
  cname: encode('CNAME='),
  scope: encode('scope='),
  cell: encode('cell='),
  block: encode('block='),
  fromSubnet: encode(' from=subnet'),
  fromResolver: encode(' from=resolver'),
  none: encode('none'),
  more: encode(',...'),
}
const states = {
  failedOpen: encode(':failed-open'),
  forced: encode(':forced-up'),
  draining: encode(':draining'),
  ramping: encode(':ramping'),
  moving: encode(':moving'),
  up: encode(':up'),
}
const longestState = states.failedOpen.length

/** The resolver's address, looked up as if it had been sent as a subnet: that gives the depth of its own block. */
const resolver = new Ecs()
const resolverLocated = new Located()

/**
 * Whether a debug name is asked for; then the steered name stands in its place in `state`. Who wants proofs in a signed zone is
 * told what the chain says: there is no such name.
 */
export function isDebugName(bytes: Uint8Array, state: State): boolean {
  const { query, tables, match } = state
  for (let i = 0; i < label.length; i++) if (query.name[i] !== label[i]) return false
  retarget(bytes, nameAt + label.length, state)
  const { name, nameWords, labelOffsets, labelCount, nameLength } = query
  const found = findName(tables, name, nameWords, labelOffsets, labelCount, nameLength, match)
  const steered = (found === Found.exact || found === Found.wildcard) && match.service < delegated
  // Below a wildcard the name is the wildcard's too, and so has its other types.
  const ours = found === Found.exact || query.type === Type.TXT
  if (steered && ours && tables.zoneDebug[match.zone] !== 0 && !wantsProof(state)) return true
  retarget(bytes, nameAt, state)
  return false
}

/** Writes what the debug name has of the type asked for, after isDebugName. */
export function answerDebug(bytes: Uint8Array, client: Client, state: State): void {
  const { query, reply, counters } = state
  if (query.type === Type.TXT) {
    counters[slot.outcomes.steered]++
    putReasons(bytes, client, state)
  } else if (query.type === Type.ANY) {
    counters[slot.outcomes.static]++
    reply.owner = nameAt
    putMinimalAny(bytes, state)
  } else {
    counters[slot.outcomes.nodata]++
    putNegative(bytes, state)
  }
}

/** One TXT record, the reasons in the order in which they are left out last. */
function putReasons(bytes: Uint8Array, client: Client, state: State): void {
  const { query, tables, match, reply } = state
  place(client, state)
  const received = reply.tcp ? bytes.length : Math.min(query.udpSize, ourUdpSize)
  const limit = reply.limit - Math.max(0, received - mostOctets) - (query.hasEdns ? errorRoom : 0)
  const start = reply.at
  let at = start + recordHead
  at = closeText(bytes, at, putDecimal(bytes, openText(bytes, at, texts.epoch), state.epoch), limit)
  const { service } = match
  const { cell } = state.located
  const { serviceLabels, serviceLabelStart, cellLabels, cellLabelStart } = tables
  let end = putLabel(bytes, openText(bytes, at, texts.service), serviceLabels, serviceLabelStart, service)
  at = closeText(bytes, at, end, limit)
  at = putPicks(bytes, at, limit, state)
  at = closeText(bytes, at, putDecimal(bytes, openText(bytes, at, texts.scope), reply.scope), limit)
  end = putLabel(bytes, openText(bytes, at, texts.cell), cellLabels, cellLabelStart, cell)
  at = closeText(bytes, at, end, limit)
  at = putBlock(bytes, at, limit, client, state)
  if (!fits(state, at - start)) return
  putU16(bytes, start, 0xc000 | nameAt)
  putU16(bytes, start + 2, Type.TXT)
  putU16(bytes, start + 4, Class.IN)
  putU32(bytes, start + 6, 0)
  putU16(bytes, start + 10, at - start - recordHead)
  reply.at = at
  reply.answers++
}

/** The nodes that A and AAAA would give, or the one whose name the CNAME would be. */
function putPicks(bytes: Uint8Array, start: number, limit: number, state: State): number {
  const { tables, match, picked, pickedV6 } = state
  const stream = streamHash(state)
  const named = tables.serviceTarget[match.service] !== 0
  picked.count = 0
  pickedV6.count = 0
  choose(state, match.service, 4, stream, picked)
  if (!named || picked.count === 0) choose(state, match.service, 6, stream, pickedV6)
  if (named) {
    const family = picked.count === 0 ? 6 : 4
    return putPick(bytes, start, limit, texts.cname, family, family === 6 ? pickedV6 : picked, state)
  }
  const at = putPick(bytes, start, limit, texts.a, 4, picked, state)
  return putPick(bytes, at, limit, texts.aaaa, 6, pickedV6, state)
}

function putPick(
  bytes: Uint8Array,
  start: number,
  limit: number,
  key: Uint8Array,
  family: number,
  picked: Picked,
  state: State,
): number {
  const { nodeLabels, nodeLabelStart } = state.tables
  const end = Math.min(limit, start + 256) - texts.more.length
  let at = openText(bytes, start, key)
  if (picked.count === 0) at = putBytes(bytes, at, texts.none, texts.none.length)
  for (let i = 0; i < picked.count; i++) {
    const node = picked.nodes[i]
    if (at + 1 + nodeLabelStart[node + 1] - nodeLabelStart[node] + longestState > end) {
      at = putBytes(bytes, at, texts.more, texts.more.length)
      break
    }
    if (i > 0) bytes[at++] = 0x2c
    at = putLabel(bytes, at, nodeLabels, nodeLabelStart, node)
    const words = stateOf(state, node, family, picked)
    at = putBytes(bytes, at, words, words.length)
  }
  return closeText(bytes, start, at, limit)
}

/** Why a node that was picked may be handed out. */
function stateOf({ tables, words }: State, node: number, family: number, picked: Picked): Uint8Array {
  if (picked.failedOpen) return states.failedOpen
  const at = tables.nodeSlot[node] * 2
  const mode = words[at + 1] & 3
  if (mode === Override.up) return states.forced
  if (mode === Override.drain) return states.draining
  const verdict = words[at]
  if (((verdict >>> (family === 4 ? 8 : 16)) & 255) !== 255) return states.ramping
  const moving = (verdict & (family === 4 ? Verdict.movingV4 : Verdict.movingV6)) !== 0
  return moving && unsteady(picked) ? states.moving : states.up
}

/** The block that decided, and whose address lies in it. */
function putBlock(bytes: Uint8Array, start: number, limit: number, client: Client, state: State): number {
  const { query, located } = state
  const bySubnet = located.origin === Origin.v4 || located.origin === Origin.v6
  let { ecs } = query
  let depth = located.scope
  if (!bySubnet) {
    ecs = resolver
    takeResolver(client)
    locate(state.blocks, resolver, client, resolverLocated)
    depth = resolverLocated.scope
  }
  let at = putPrefix(bytes, openText(bytes, start, texts.block), ecs.address, ecs.family, depth)
  const from = bySubnet ? texts.fromSubnet : texts.fromResolver
  at = putBytes(bytes, at, from, from.length)
  return closeText(bytes, start, at, limit)
}

function takeResolver({ family, words }: Client): void {
  resolver.present = true
  resolver.family = family === 4 ? 1 : 2
  resolver.source = family === 4 ? 32 : 128
  for (let i = 0; i < 4; i++) putU32(resolver.address, i * 4, words[i])
}

function putLabel(bytes: Uint8Array, start: number, labels: Uint8Array, starts: Uint32Array, index: number): number {
  let at = start
  for (let i = starts[index]; i < starts[index + 1]; i++) bytes[at++] = labels[i]
  return at
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
