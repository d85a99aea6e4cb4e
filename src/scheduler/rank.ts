// The rank: every group of a pool ordered by score for a cell, whole. Knows no health, no DNS, and cuts nothing off.
import type { Group } from './group.ts'
import type { Rule, Scoring } from './model.ts'
import { matchesCell, scoreTerms, steer, totalMs, type CellFacts } from './score.ts'

/** One place in a rank. */
export interface RankEntry {
  /** Index into the pool's groups. */
  readonly group: number
  readonly scoreMs: number
  /** What steering multiplies the members' weights with in this cell; greater than 0. */
  readonly weight: number
}

/**
 * The rank of a cell, best first; groups that steering excludes are not in it. Equal scores keep the pool's order, so
 * that every site ranks alike.
 */
export function rankGroups(
  groups: readonly Group[],
  cell: CellFacts,
  rules: readonly Rule[],
  scoring: Scoring,
  distanceKm: (from: readonly [number, number], to: readonly [number, number]) => number,
): RankEntry[] {
  const matching = rules.filter((rule) => matchesCell(rule.clients, cell))
  const rank: RankEntry[] = []
  for (const [index, group] of groups.entries()) {
    const { weight, biasMs, excludedBy } = steer(matching, (rule) => group.rules.has(rule))
    if (excludedBy) continue
    const scoreMs = totalMs(scoreTerms(scoring, cell, group.facts, biasMs, distanceKm))
    rank.push({ group: index, scoreMs, weight })
  }
  return rank.sort((a, b) => a.scoreMs - b.scoreMs || a.group - b.group)
}

/**
 * What of a cell its rank depends on: cells with equal keys rank alike, so each distinct key is ranked once.
 * A carrier that no node reaches on-net and no rule names counts by its tier only.
 */
export function rankKey(cell: CellFacts, place: number, distinctCarriers: ReadonlySet<string>): string {
  const carrier = cell.carrier !== null && distinctCarriers.has(cell.carrier) ? cell.carrier : ''
  return `${place}|${carrier}|${cell.tier ?? 0}|${cell.networks.join()}`
}
