// Writes a verdict down as bits: what the next packet reads of a node's health. Knows no probes and no memory.
import { shareShift, Verdict as bits } from '../fleet/availability.ts'
import { isServing, type FamilyState } from './verdict.ts'

const wholeShare = 255

/**
 * A node's verdict word; the bits of a family without address (null) are 0.
 * @param steadyTtlMs how long after a fall answers that still name the node may be cached
 */
export function verdictWord(
  v4: FamilyState | null,
  v6: FamilyState | null,
  nowMs: number,
  steadyTtlMs: number,
): number {
  let word = 0
  if (v4 !== null && isServing(v4.verdict)) word |= bits.upV4 | (wholeShare << shareShift.v4)
  if (v6 !== null && isServing(v6.verdict)) word |= bits.upV6 | (wholeShare << shareShift.v6)
  if (v4 !== null && isMoving(v4, nowMs, steadyTtlMs)) word |= bits.movingV4
  if (v6 !== null && isMoving(v6, nowMs, steadyTtlMs)) word |= bits.movingV6
  return word
}

function isMoving({ verdict, fellAtMs }: FamilyState, nowMs: number, steadyTtlMs: number): boolean {
  if (verdict === 'suspect' || verdict === 'probation') return true
  return fellAtMs !== null && nowMs - fellAtMs < steadyTtlMs
}
