// Slow start: the share of client blocks that a node which came back is given, growing with time. Pure.
import { passedMs } from './passed.ts'

/** What a node begins with. */
export const firstShare = 0.1

/**
 * The share at a time, 0.1 to 1, growing evenly; never less than it was. Blocks are taken up in the order of their lots, so a
 * block that was given the node keeps it.
 * @param roseAtMs when it came back; null when it never left
 */
export function shareAt(roseAtMs: number | null, nowMs: number, slowStartMs: number): number {
  if (roseAtMs === null || slowStartMs <= 0) return 1
  const passed = passedMs(roseAtMs, nowMs) / slowStartMs
  return passed >= 1 ? 1 : firstShare + (1 - firstShare) * passed
}
