// The flapping penalty: every fall adds points that decay; a node with too many is held out until few are left. Pure.
//
//   points ▲      fall   fall   fall
//  suppressAbove ──────────────╱╲──────────────  above: held out
//          │        ╱╲   ╱│╲  ╱  ╲___
//  reuseBelow ─────╱──╲_╱─┴─╲╱───────╲_______    below: let back
//
// Held out at the cap of four times `suppressAbove`, a node that stays well is back after at most
// halfLife × log2(4 × suppressAbove ÷ reuseBelow): under seven minutes with the defaults.
import type { FlappingSettings } from './model.ts'
import { passedMs } from './passed.ts'

export interface Penalty {
  readonly points: number
  /** When there were so many; they have decayed since. */
  readonly atMs: number
  readonly heldOut: boolean
}

export const noPenalty: Penalty = { points: 0, atMs: 0, heldOut: false }

/** What one fall costs. */
export const fallPoints = 1000
const capOverSuppress = 4

/** The points left at a time. */
export function pointsAt({ points, atMs }: Penalty, { halfLifeMs }: FlappingSettings, nowMs: number): number {
  return points * 2 ** (-passedMs(atMs, nowMs) / halfLifeMs)
}

/** The penalty after one more fall. */
export function afterFall(penalty: Penalty, settings: FlappingSettings, nowMs: number): Penalty {
  const { suppressAbove } = settings
  const points = Math.min(pointsAt(penalty, settings, nowMs) + fallPoints, suppressAbove * capOverSuppress)
  return { points, atMs: nowMs, heldOut: penalty.heldOut || points > suppressAbove }
}

/** The penalty as time leaves it: itself, or one that holds out no more. */
export function afterTime(penalty: Penalty, settings: FlappingSettings, nowMs: number): Penalty {
  if (!penalty.heldOut || pointsAt(penalty, settings, nowMs) >= settings.reuseBelow) return penalty
  return { ...penalty, heldOut: false }
}

/** Until when a node is held out if it falls no more; null when it is not. */
export function heldOutUntilMs(penalty: Penalty, { halfLifeMs, reuseBelow }: FlappingSettings): number | null {
  if (!penalty.heldOut) return null
  return penalty.atMs + halfLifeMs * Math.max(0, Math.log2(penalty.points / reuseBelow))
}
