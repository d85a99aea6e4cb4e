// The choice among a rank's nodes for one query: window, rendezvous, copies, fail open. Allocates nothing; knows no DNS bytes.
//
//   rank, best first   ── groups with an available node within `spread` of the best such group ──▶ the window
//   window             ── cheapest nodes in the bucket of the stream (or of the block) ──▶ candidates
//   candidates         ── cheapest in the bucket of the block ──▶ the answer
//
// Windows are compiled as they are when all is up, so that mostly one row says who the candidates are; else the rank is walked.
//
// A family asked for is answered only where it is not much worse than the other: IPv6 farther than spread + familyGap
// behind the best available node of either family is withheld. IPv4 never is: viewers without IPv6 have nothing else
// (docs/decisions/0003).
import type { AvailabilityWords } from '../fleet/availability.ts'
import { mix } from '../ip/hash.ts'
import { bucketCost, bucketCount } from './bucket.ts'
import { noWindow, WindowState, type RankColumns } from './columns.ts'
import { available } from './lots.ts'
import { insert, type Picked } from './picked.ts'
import { walk } from './walk.ts'
import { noNode } from './window.ts'

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
  const copies = columns.serviceCopies[service]
  const answers = columns.serviceAnswers[service]
  const wanted = copies === 0 ? answers : copies
  const hash = copies === 0 ? blockHash : streamHash
  const window = columns.windowOf[columns.serviceWindows[service] + rank * 2 + ((family >> 1) & 1)]
  picked.failedOpen = false
  if (window === noWindow || !takeRow(columns, words, window, family, wanted, hash, blockHash, picked)) {
    walk(columns, words, service, rank, family, wanted, hash, blockHash, picked)
  }
  if (picked.count > answers) narrow(columns, blockHash, answers, picked)
  return picked.count
}

/** Takes the cheapest nodes of a window; false when it is not as compiled, or too few nodes of its row are available. */
function takeRow(
  columns: RankColumns,
  words: AvailabilityWords,
  window: number,
  family: number,
  wanted: number,
  hash: number,
  blockHash: number,
  picked: Picked,
): boolean {
  const state = columns.windowState[window]
  if ((state & WindowState.holds) === 0) return false
  const { windowRows } = columns
  const width = columns.windowWidth[0]
  const row = (window * bucketCount + (hash & (bucketCount - 1))) * width
  let count = 0
  let last = false
  for (let i = row; i < row + width && count < wanted && !last; i++) {
    const node = windowRows[i]
    last = node === noNode
    if (!last && available(columns, words, false, node, family, blockHash)) picked.nodes[count++] = node
  }
  picked.count = count
  picked.moving = (state & WindowState.moving) !== 0
  return count === wanted || last
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
