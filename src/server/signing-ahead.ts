// Signs what is likely to be asked for: draws clients and streams as they come, sees which picks come often, and has those signed for
// every steered name of the signed zones. Works in small steps; knows no keys and no clients.
import { delegated, Field } from '../zone/name-table.ts'
import { mix } from '../ip/hash.ts'
import { bucketCount } from '../scheduler/bucket.ts'
import { pick } from '../scheduler/pick.ts'
import { Type } from '../wire/constants.ts'
import { answerPicked, isSteeredType } from './steered.ts'
import type { State } from './state.ts'
import { answerChosen } from './target.ts'

/** Draws of one walk, shared among services and names and, by how many cells have them, among ranks. */
const draws = 131_072
/** Draws for a rank, at least: one where the name says which bucket it is. */
const fewestDraws = { named: 1, any: 16 }
/** Names that the stream of each decides for, at most; the others are signed when they are asked for. */
const mostNamed = 512
const drawsAStep = 64
/** Offset of an answer that nobody asked for: behind a header and a question of any length. */
const answerAt = 300

/** A steered name of a signed zone. */
interface Owner {
  readonly entry: number
  readonly zone: number
  readonly service: number
}

/** A client and a stream that stand for all that get the same pick. */
interface Draw {
  readonly cell: number
  readonly blockHash: number
  readonly streamHash: number
  /** How many cells' worth of draws came to it. */
  weight: number
}

/** Names of one service that get the same picks. */
interface Group {
  readonly service: number
  readonly owners: readonly Owner[]
  /** The stream's hash where it is the same for every query; null where it, or the block, may be any. */
  readonly stream: number | null
}

/**
 * Signs likely picks, the likeliest first. Each step takes well under a millisecond; it may be given up between steps.
 * @param state of the signer's own; its query, match and reply are written over
 * @param room for an answer
 * @param mayGoOn asked before each signature
 */
export function* signAhead(state: State, room: Uint8Array, mayGoOn: () => boolean): Generator<void> {
  const groups = groupsOf(state)
  const likely: { readonly draw: Draw; readonly owners: readonly Owner[] }[] = []
  for (const group of groups) {
    const found = new Map<string, Draw>()
    yield* drawPicks(state, group, draws / groups.length, found)
    for (const draw of found.values()) likely.push({ draw, owners: group.owners })
  }
  likely.sort((a, b) => b.draw.weight - a.draw.weight)
  for (const { draw, owners } of likely) {
    for (const owner of owners) {
      for (const type of typesOf(state, owner.service)) {
        if (!mayGoOn()) return
        answerDraw(state, owner, type, draw, room)
        yield
      }
    }
  }
}

function groupsOf(state: State): Group[] {
  const { entries, serviceCopies } = state.tables
  const any = new Map<number, Owner[]>()
  const named: Group[] = []
  for (const owner of signedOwners(state)) {
    const { entry, service } = owner
    // Where the stream decides, a single name has one bucket; a wildcard, and any name where blocks decide, has all of them.
    if (serviceCopies[service] === 0 || isWildcard(state, entry)) {
      const owners = any.get(service)
      if (owners) owners.push(owner)
      else any.set(service, [owner])
    } else if (named.length < mostNamed) {
      named.push({ service, owners: [owner], stream: entries[entry + Field.stream] })
    }
  }
  return [...[...any].map(([service, owners]) => ({ service, owners, stream: null })), ...named]
}

function signedOwners({ tables }: State): Owner[] {
  const { slots, entries, zoneKeySet } = tables
  const owners: Owner[] = []
  for (let slot = 0; slot < slots.length; slot += 2) {
    const entry = slots[slot + 1]
    if (entry < 0 || entries[entry + Field.service] >= delegated) continue
    const zone = entries[entry] >>> 8
    if (zoneKeySet[zone] !== 0) owners.push({ entry, zone, service: entries[entry + Field.service] })
  }
  return owners
}

/** What a service is asked for, and answers by itself. */
function typesOf({ tables }: State, service: number): number[] {
  if (tables.serviceTarget[service] !== 0) return [Type.CNAME]
  return [Type.A, Type.AAAA, Type.HTTPS].filter((type) => isSteeredType(tables, service, type))
}

function isWildcard({ tables }: State, entry: number): boolean {
  return (tables.entries[entry + Field.name] & 0xffff) === 0x2a01
}

/** Draws over all ranks of a service and tells apart what comes of it, into `found`. */
function* drawPicks(
  state: State,
  { service, stream }: Group,
  share: number,
  found: Map<string, Draw>,
): Generator<void> {
  const fewest = stream === null ? fewestDraws.any : fewestDraws.named
  const ranks = new Map<number, { readonly cell: number; cells: number }>()
  for (let cell = 0; cell < state.cells; cell++) {
    const rank = state.tables.rankOf[service * state.cells + cell]
    const known = ranks.get(rank)
    if (known) known.cells++
    else ranks.set(rank, { cell, cells: 1 })
  }
  let step = 0
  for (const { cell, cells } of ranks.values()) {
    const count = Math.min(bucketCount, Math.max(fewest, Math.ceil((share * cells) / state.cells)))
    for (let i = 0; i < count; i++) {
      // Every bucket comes up equally often; what decides besides it is spread by the hash.
      const bucket = Math.floor((i * bucketCount) / count)
      const draw = {
        cell,
        blockHash: (mix(i + 1) & -bucketCount) | bucket,
        streamHash: stream ?? bucket,
        weight: cells / count,
      }
      const key = pickFor(state, service, draw)
      const known = found.get(key)
      if (known) known.weight += draw.weight
      else found.set(key, draw)
      if (++step % drawsAStep === 0) yield
    }
  }
}

function pickFor(state: State, service: number, { cell, blockHash, streamHash }: Draw): string {
  const { tables, words, cells, picked, pickedV6 } = state
  pick(tables, words, cells, service, cell, 4, blockHash, streamHash, picked)
  pick(tables, words, cells, service, cell, 6, blockHash, streamHash, pickedV6)
  return `${picked.nodes.subarray(0, picked.count).join()} ${pickedV6.nodes.subarray(0, pickedV6.count).join()}`
}

/** Writes the answer that a draw comes to where nobody reads it, so that its signature is looked up, and made if it is missing. */
function answerDraw(state: State, { entry, zone, service }: Owner, type: number, draw: Draw, room: Uint8Array): void {
  const { query, match, reply, picked, pickedV6 } = state
  pickFor(state, service, draw)
  if (type === Type.A) pickedV6.count = 0
  if (type === Type.AAAA) picked.count = 0
  if (picked.count + pickedV6.count === 0) return
  query.type = type
  query.dnssecOk = true
  query.length = query.questionEnd = answerAt
  query.nameLength = query.name.length
  query.labelCount = 0
  match.entry = entry
  match.zone = zone
  match.service = service
  match.wildLabels = 0
  reply.at = answerAt
  reply.limit = room.length
  reply.truncated = false
  if (type === Type.CNAME) answerChosen(room, service, picked.count > 0 ? picked : pickedV6, state)
  else answerPicked(room, service, state)
}
