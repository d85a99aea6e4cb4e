// What a pick has found so far, cheapest first. Knows no ranks and no health.
import { maximumAnswers } from './columns.ts'

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

/** Keeps the pick sorted by cost, at most `wanted` long. */
export function insert(picked: Picked, node: number, cost: number, wanted: number): void {
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
