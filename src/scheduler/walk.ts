// The walk along a rank, for windows that are not compiled or not as compiled: group by group, word by word. Allocates nothing.
//
// Where nobody is available for the block, whoever is for other blocks is taken, and where nobody is at all, everybody.
import type { AvailabilityWords } from '../fleet/availability.ts'
import { bucketCost, bucketCount } from './bucket.ts'
import { GroupState, type RankColumns } from './columns.ts'
import { available } from './lots.ts'
import { insert, type Picked } from './picked.ts'

/** Finds the window of a rank and its `wanted` cheapest nodes. */
export function walk(
  columns: RankColumns,
  words: AvailabilityWords,
  service: number,
  rank: number,
  family: number,
  wanted: number,
  hash: number,
  blockHash: number,
  picked: Picked,
): void {
  const first = columns.rankStart[rank]
  const last = columns.rankStart[rank + 1]
  picked.moving = false
  const other = collect(columns, words, false, service, first, last, family, wanted, hash, blockHash, picked)
  if (picked.count !== 0 || other) return
  // Nodes in slow start or half drained have blocks yet to take: better all of them than a node that is down.
  const partly = collect(columns, words, true, service, first, last, family, wanted, hash, blockHash, picked)
  if (picked.count !== 0 || partly) return
  collect(columns, null, false, service, first, last, family, wanted, hash, blockHash, picked)
  picked.failedOpen = picked.count !== 0
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
    if (!available(columns, words, anyLot, node, family, blockHash) || (width !== 0 && holds(picked, node))) continue
    insert(picked, node, (bucketCost(columns.nodeHash[node], bucket) / columns.nodeWeight[node]) * scale, wanted)
    found++
  }
  return found !== 0
}

function holds(picked: Picked, node: number): boolean {
  for (let i = 0; i < picked.count; i++) if (picked.nodes[i] === node) return true
  return false
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
