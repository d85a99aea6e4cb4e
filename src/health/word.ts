// Writes a verdict down as bits: what the next packet reads of a node's health. Knows no counting and no memory.
import { shareShift, Verdict as bits } from '../fleet/availability.ts'
import { passedMs } from './passed.ts'
import { shareAt } from './slow-start.ts'
import { isServing, type FamilyState } from './verdict.ts'

const wholeShare = 255

/** Spans of time that words depend on. */
export interface WordSpans {
  /** How long after a fall answers that still name the node may be cached. */
  readonly steadyTtlMs: number
  readonly slowStartMs: number
}

/** A node's verdict word; the bits of a family without address (null) are 0. */
export function verdictWord(v4: FamilyState | null, v6: FamilyState | null, nowMs: number, spans: WordSpans): number {
  let word = 0
  if (v4 !== null && isServing(v4.verdict)) word |= bits.upV4 | (shareByte(v4, nowMs, spans) << shareShift.v4)
  if (v6 !== null && isServing(v6.verdict)) word |= bits.upV6 | (shareByte(v6, nowMs, spans) << shareShift.v6)
  if (v4 !== null && isMoving(v4, nowMs, spans)) word |= bits.movingV4
  if (v6 !== null && isMoving(v6, nowMs, spans)) word |= bits.movingV6
  if (answersQuic(v4) && answersQuic(v6) && (v4 ?? v6) !== null) word |= bits.quic
  return word
}

/** Rounded down, so that the last of the blocks come when the ramp is over; a tenth is 25 of 255. */
function shareByte({ roseAtMs }: FamilyState, nowMs: number, { slowStartMs }: WordSpans): number {
  return Math.floor(shareAt(roseAtMs, nowMs, slowStartMs) * wholeShare)
}

function isMoving({ verdict, fellAtMs, roseAtMs }: FamilyState, nowMs: number, spans: WordSpans): boolean {
  if (verdict === 'suspect' || verdict === 'probation') return true
  if (fellAtMs !== null && passedMs(fellAtMs, nowMs) < spans.steadyTtlMs) return true
  return isServing(verdict) && shareAt(roseAtMs, nowMs, spans.slowStartMs) < 1
}

/** A family without address has nothing to say against it. */
function answersQuic(state: FamilyState | null): boolean {
  if (state === null) return true
  const asked = state.probes.filter(({ probe }) => probe.type === 'quic')
  return asked.length > 0 && asked.every(({ verdict }) => isServing(verdict))
}
