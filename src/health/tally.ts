// Counts verdicts, for metrics. Keeps nothing.
import type { Verdict } from './verdict.ts'
import type { NodeHealth } from './watched.ts'

export interface Tally {
  readonly verdicts: Readonly<Record<Verdict, number>>
  /** What else is said of them; a verdict may have several marks. */
  readonly marked: Readonly<Record<'kept' | 'held_out' | 'slow_start' | 'stale', number>>
}

/** How many verdicts, one a node and family, are what. */
export function tally(nodes: readonly NodeHealth[]): Tally {
  const verdicts = { unknown: 0, up: 0, suspect: 0, down: 0, probation: 0 }
  const marked = { kept: 0, held_out: 0, slow_start: 0, stale: 0 }
  for (const { v4, v6 } of nodes) {
    for (const health of [v4, v6]) {
      if (health === null) continue
      verdicts[health.verdict] += 1
      if (health.kept !== null) marked.kept += 1
      if (health.heldOutUntil !== null) marked.held_out += 1
      if (health.share > 0 && health.share < 1) marked.slow_start += 1
      if (health.stale) marked.stale += 1
    }
  }
  return { verdicts, marked }
}
