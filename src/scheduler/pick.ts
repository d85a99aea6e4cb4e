// The choice among a rank's nodes for one query: window, rendezvous, copies, fail open. Allocates nothing; knows no DNS bytes.
//
//   rank, best first   ── groups with an available node within `spread` of the best such group ──▶ the window
//   window             ── cheapest nodes in the bucket of the stream (or of the block) ──▶ candidates
//   candidates         ── cheapest in the bucket of the block ──▶ the answer
//
// Where nobody is available for the block, whoever is for other blocks is taken, and where nobody is at all, everybody.
//
// A family asked for is answered only where it is not much worse than the other: IPv6 farther than spread + familyGap
// behind the best available node of either family is withheld. IPv4 never is: viewers without IPv6 have nothing else
// (docs/decisions/0003).
import { mix } from '../ip/hash.ts'
import { isAvailable, isPartlyAvailable, type AvailabilityWords } from '../fleet/availability.ts'
import { bucketCost, bucketCount } from './bucket.ts'
import { GroupState, maximumAnswers, type RankColumns } from './columns.ts'

/** What a pick found; one object a thread, reused. */
export class Picked {
  readonly nodes: Uint16Array = new Uint16Array(maximumAnswers)
  readonly costs: Float64Array = new Float64Array(maximumAnswers)
  count = 0
  /** A node of the window, or of a better group that has none available, is in motion: answer with the changing TTL. */
  moving = false
  /** Nothing was available in the whole rank, so every node was taken as if up. */
  failedOpen = false
}

/**
 * Picks nodes for a query into `picked`.
 * @returns how many; 0 when the family has no node or is withheld
 */
export function pick(
  columns: RankColumns,
  words: AvailabilityWords,
  cells: number,
  service: number,
  cell: number,
  family: number,
  blockHash: number,
  streamHash: number,
  picked: Picked,
): number {
  const rank = columns.rankOf[service * cells + cell]
  const first = columns.rankStart[rank]
  const last = columns.rankStart[rank + 1]
  const copies = columns.serviceCopies[service]
  const answers = columns.serviceAnswers[service]
  const wanted = copies === 0 ? answers : copies
  const hash = copies === 0 ? blockHash : streamHash
  picked.moving = false
  picked.failedOpen = false
  const other = collect(columns, words, false, service, first, last, family, wanted, hash, blockHash, picked)
  if (picked.count === 0 && !other) {
    // Nodes in slow start or half drained have blocks yet to take: better all of them than a node that is down.
    const partly = collect(columns, words, true, service, first, last, family, wanted, hash, blockHash, picked)
    if (picked.count === 0 && !partly) {
      picked.failedOpen = true
      collect(columns, null, false, service, first, last, family, wanted, hash, blockHash, picked)
      if (picked.count === 0) picked.failedOpen = false
    }
  }
  if (picked.count > answers) narrow(columns, blockHash, answers, picked)
  return picked.count
}

/**
 * Walks the rank, gathering the window's cheapest nodes.
 * @param words null: take every node with an address as up
 * @param anyLot take a node that is up for some blocks as up for this one
 * @returns whether IPv6 came out empty because IPv4 has nodes
 */
function collect(
  columns: RankColumns,
  words: AvailabilityWords | null,
  anyLot: boolean,
  service: number,
  first: number,
  last: number,
  family: number,
  wanted: number,
  hash: number,
  blockHash: number,
  picked: Picked,
): boolean {
  const up = family === 4 ? GroupState.upV4 : GroupState.upV6
  const moving = family === 4 ? GroupState.movingV4 : GroupState.movingV6
  const spread = columns.serviceSpreadMs[service]
  let limit = Infinity
  let other = false
  picked.count = 0
  for (let entry = first; entry < last; entry++) {
    const score = columns.entryScoreMs[entry]
    if (score > limit) break
    const group = columns.entryGroup[entry]
    const state = columns.groupState[group]
    if ((state & moving) !== 0) picked.moving = true
    if (words === null || (state & up) !== 0) {
      const found = gather(columns, words, anyLot, entry, group, family, wanted, hash, blockHash, picked)
      if (found && score + spread < limit) limit = score + spread
      if (found) continue
    }
    if (family === 6 && !other && picked.count === 0 && hasV4(columns, words, anyLot, group, state, blockHash)) {
      other = true
      limit = score + spread + columns.serviceFamilyGapMs[service]
    }
  }
  return other
}

/** Adds a group's cheapest available nodes to the pick, keeping the `wanted` cheapest of all. */
function gather(
  columns: RankColumns,
  words: AvailabilityWords | null,
  anyLot: boolean,
  entry: number,
  group: number,
  family: number,
  wanted: number,
  hash: number,
  blockHash: number,
  picked: Picked,
): boolean {
  const scale = columns.entryScale[entry]
  const width = columns.groupWidth[group]
  const bucket = hash & (bucketCount - 1)
  let found = 0
  if (width !== 0) {
    const row = columns.groupRows[group] + bucket * width
    for (let i = row; i < row + width && found < wanted; i++) {
      const node = columns.rowNodes[i]
      if (!available(columns, words, anyLot, node, family, blockHash)) continue
      insert(picked, node, columns.rowCosts[i] * scale, wanted)
      found++
    }
    if (found === wanted) return true
  }
  const end = columns.groupStart[group + 1]
  const begin = columns.groupStart[group]
  if (width !== 0 && end - begin === width) return found !== 0
  for (let i = begin; i < end; i++) {
    const node = columns.groupMembers[i]
    if (!available(columns, words, anyLot, node, family, blockHash) || holds(picked, node)) continue
    insert(picked, node, (bucketCost(columns.nodeHash[node], bucket) / columns.nodeWeight[node]) * scale, wanted)
    found++
  }
  return found !== 0
}

function holds(picked: Picked, node: number): boolean {
  for (let i = 0; i < picked.count; i++) if (picked.nodes[i] === node) return true
  return false
}

/** Keeps the pick sorted by cost, at most `wanted` long. */
function insert(picked: Picked, node: number, cost: number, wanted: number): void {
  const { nodes, costs } = picked
  let at = picked.count
  if (at === wanted) {
    if (cost >= costs[at - 1]) return
    at--
  } else picked.count++
  for (; at > 0 && costs[at - 1] > cost; at--) {
    costs[at] = costs[at - 1]
    nodes[at] = nodes[at - 1]
  }
  costs[at] = cost
  nodes[at] = node
}

/** Of more candidates than the answer may name, keeps those cheapest in the block's own bucket. */
function narrow(columns: RankColumns, blockHash: number, answers: number, picked: Picked): void {
  const { nodes, costs, count } = picked
  const bucket = mix(blockHash) & (bucketCount - 1)
  picked.count = 0
  for (let i = 0; i < count; i++) {
    const node = nodes[i]
    costs[i] = bucketCost(columns.nodeHash[node], bucket) / columns.nodeWeight[node]
  }
  for (let i = 0; i < count; i++) insert(picked, nodes[i], costs[i], answers)
}

function available(
  columns: RankColumns,
  words: AvailabilityWords | null,
  anyLot: boolean,
  node: number,
  family: number,
  blockHash: number,
): boolean {
  if ((columns.nodeFamilies[node] & (family === 4 ? 1 : 2)) === 0) return false
  if (words === null) return true
  if (anyLot) return isPartlyAvailable(words, columns.nodeSlot[node], family)
  return isAvailable(words, columns.nodeSlot[node], family, lotOf(columns.nodeHash[node], blockHash))
}

function hasV4(
  columns: RankColumns,
  words: AvailabilityWords | null,
  anyLot: boolean,
  group: number,
  state: number,
  blockHash: number,
): boolean {
  if (words !== null && (state & GroupState.upV4) === 0) return false
  const end = columns.groupStart[group + 1]
  for (let i = columns.groupStart[group]; i < end; i++) {
    if (available(columns, words, anyLot, columns.groupMembers[i], 4, blockHash)) return true
  }
  return false
}

/** A block's lot for a node, 0-254: which blocks a ramping node serves first, and which a drain moves first. */
export function lotOf(nodeHash: number, blockHash: number): number {
  return (mix(nodeHash ^ blockHash) >>> 8) % 255
}
