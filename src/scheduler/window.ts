// Whole windows compiled: for each of 2,048 buckets, the cheapest nodes of all groups in it, so that a pick reads one row. Knows no
// health: a window is what it is while the groups that bound it are up, and the control plane says whether they are.
//
//   rank    A 12 ms │ B 15 ms │ C 20 ms │ D 40 ms        spread 15 ms, all with IPv4
//   window  A leads: A, B and C are within 15 ms of it
//   row     the cheapest nodes of A, B and C together, in the order of their costs
import { bucketCount, type Rows } from './bucket.ts'
import type { RankEntry } from './rank.ts'

/** The groups that a pick takes nodes from, as long as `leader` and `cap` are available to everyone. */
export interface Window {
  readonly family: 4 | 6
  /** Groups of the rank up to the end of the window, best first, with or without nodes of the family. */
  readonly groups: readonly number[]
  /** What the costs of each group's nodes are multiplied with. */
  readonly scales: readonly number[]
  /** The best group with nodes of the family: the window ends `spread` after it. -1: there is none near enough. */
  readonly leader: number
  /** For IPv6: the group that is better than the leader but has IPv4 only, behind which IPv6 may lie so far. -1: there is none. */
  readonly cap: number
}

/** No node: what a row holds after its last. */
export const noNode = 0xffff

/**
 * The window of a rank when all its nodes are up: what `pick` would walk through.
 * @param families by group: bit 0 some node has IPv4, bit 1 some node has IPv6
 * @returns null when no node of the rank has the family, nor IPv4
 */
export function windowOf(
  entries: readonly RankEntry[],
  families: (group: number) => number,
  spreadMs: number,
  familyGapMs: number,
  family: 4 | 6,
): Window | null {
  const groups: number[] = []
  const scales: number[] = []
  let leader = -1
  let cap = -1
  let limit = Infinity
  for (const { group, scoreMs, weight } of entries) {
    const score = Math.fround(scoreMs)
    if (score > limit) break
    groups.push(group)
    scales.push(Math.fround(1 / weight))
    const has = families(group)
    if ((has & (family === 4 ? 1 : 2)) !== 0) {
      if (leader < 0) {
        leader = group
        limit = Math.min(limit, score + Math.fround(spreadMs))
      }
    } else if (family === 6 && leader < 0 && cap < 0 && (has & 1) !== 0) {
      cap = group
      limit = score + Math.fround(spreadMs) + Math.fround(familyGapMs)
    }
  }
  return leader < 0 && cap < 0 ? null : { family, groups, scales, leader, cap }
}

/**
 * Writes a window's rows: for each bucket as many nodes as `nodes` has room for, cheapest first, noNode after the last.
 * @param rowsOf a group's rows of the window's family; null when it has no such node
 */
export function fillWindowRows(
  { groups, scales }: Window,
  rowsOf: (group: number) => Rows | null,
  nodes: Uint16Array,
): void {
  const found = groups.map(rowsOf)
  const costs = new Float64Array(nodes.length / bucketCount)
  nodes.fill(noNode)
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    for (let i = 0; i < costs.length; i++) costs[i] = Infinity
    for (let i = 0; i < found.length; i++) {
      const rows = found[i]
      if (rows !== null) mergeRow(rows, bucket, scales[i], nodes, costs)
    }
  }
}

/** Sorts a group's row into the window's, dearest out. */
function mergeRow(row: Rows, bucket: number, scale: number, nodes: Uint16Array, costs: Float64Array): void {
  const base = bucket * costs.length
  for (let from = bucket * row.width; from < (bucket + 1) * row.width; from++) {
    const cost = row.costs[from] * scale
    let at = costs.length - 1
    if (cost >= costs[at]) return
    for (; at > 0 && costs[at - 1] > cost; at--) {
      costs[at] = costs[at - 1]
      nodes[base + at] = nodes[base + at - 1]
    }
    costs[at] = cost
    nodes[base + at] = row.nodes[from]
  }
}
