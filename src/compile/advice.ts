// What the compiled ranks say about the rules: those that leave clients no node, and those that change nothing. Knows no bytes.
import type { Config } from '../config/config.ts'
import type { Rule } from '../scheduler/model.ts'
import { matchesCell, steer } from '../scheduler/score.ts'
import { cellFacts, describeCell, type Directory } from './directory.ts'
import type { DistinctRank, Ranked } from './ranks.ts'

/** One finding. */
export interface Advice {
  /** `file:line:column` of the rule or service it is about. */
  readonly at: string
  readonly message: string
}

/** Judges every rule against every rank. */
export function advise(
  config: Config,
  directory: Directory,
  ranked: Ranked,
): { problems: Advice[]; warnings: Advice[] } {
  return {
    problems: emptyRanks(config, directory, ranked),
    warnings: [...idleRules(config, directory, ranked), ...passedPools(config, ranked)],
  }
}

/** Cells that a set of rules leaves without any node: one problem a set. A pool whose nodes have no weight was refused before. */
function emptyRanks(config: Config, directory: Directory, ranked: Ranked): Advice[] {
  const found = new Map<string, { rules: Rule[]; pool: string; cells: number; example: string }>()
  for (const rank of ranked.ranks) {
    if (rank.entries.length > 0) continue
    const rules = excludingRules(config, directory, ranked, rank)
    const pool = config.pools[rank.pool].key
    const key = `${pool} ${rules.map(({ at }) => at).join()}`
    const known = found.get(key)
    if (known) known.cells += rank.cells
    else found.set(key, { rules, pool, cells: rank.cells, example: describeCell(config, directory, rank.cell) })
  }
  return [...found.values()].map(({ rules, pool, cells, example }) => {
    const others = rules.slice(0, -1).map(({ at }) => at)
    const who = others.length === 0 ? 'this rule leaves' : `this rule, with ${others.join(' and ')}, leaves`
    return {
      at: rules[rules.length - 1].at,
      message:
        `${who} ${cells} ${cells === 1 ? 'cell' : 'cells'} of clients (such as ${example}) no node of pool ${pool}, even when all are up; ` +
        'leave them at least one, or use bias instead of weight 0 or only',
    }
  })
}

function excludingRules(config: Config, directory: Directory, ranked: Ranked, rank: DistinctRank): Rule[] {
  const facts = cellFacts(config, directory, rank.cell)
  const { groups, rules } = ranked.pools[rank.pool]
  const matching = rules.filter((rule) => matchesCell(rule.clients, facts))
  const excluding = new Set<Rule>()
  for (const group of groups) {
    const { excludedBy } = steer(matching, (rule) => group.rules.has(rule))
    if (excludedBy) excluding.add(excludedBy)
  }
  return matching.filter((rule) => excluding.has(rule))
}

/** Rules that match no client or no node, and weights that never meet other nodes inside a window. */
function idleRules(config: Config, directory: Directory, ranked: Ranked): Advice[] {
  const warnings: Advice[] = []
  const facts = ranked.ranks.map(({ cell }) => cellFacts(config, directory, cell))
  for (const rule of config.steering) {
    if (rule.weight === 1 && rule.biasMs === 0 && !rule.only) {
      warnings.push({
        at: rule.at,
        message: 'weight 1 and bias 0 are what nodes have without a rule; it changes nothing',
      })
      continue
    }
    const cells = ranked.ranks.filter((_, index) => matchesCell(rule.clients, facts[index]))
    if (cells.length === 0) {
      warnings.push({ at: rule.at, message: 'no client address matches this rule; it changes nothing' })
    } else if (!ranked.pools.some(({ groups }) => groups.some((group) => group.rules.has(rule)))) {
      warnings.push({ at: rule.at, message: 'no node of any pool matches this rule; it changes nothing' })
    } else if (
      rule.weight !== 1 &&
      rule.weight !== 0 &&
      !cells.some((rank) => splitsWindow(config, ranked, rank, rule))
    ) {
      warnings.push({
        at: rule.at,
        message:
          `weight ${rule.weight} changes nothing: for the clients it matches, its nodes never share a window with others ` +
          '(weight shares load inside a window; use bias to move nodes into or out of it)',
      })
    }
  }
  return warnings
}

/** Pools that an `only` does not restrict because it names none of their nodes, though it does restrict others. */
function passedPools(config: Config, { pools }: Ranked): Advice[] {
  return config.steering.flatMap((rule) => {
    if (!rule.only || !pools.some(({ rules }) => rules.includes(rule))) return []
    const services = (pool: string): string[] =>
      config.services.filter((service) => service.pool === pool).map(({ key }) => key)
    const passed = config.pools.filter(({ key }, at) => !pools[at].rules.includes(rule) && services(key).length > 0)
    return passed.map(({ key }) => ({
      at: rule.at,
      message:
        `only names no node of pool ${key}, so it does not restrict what is answered from there (${services(key).join(', ')}); ` +
        'name one of its nodes too if it should',
    }))
  })
}

/** With every node up, some window of the rank holds both nodes the rule is about and others. */
function splitsWindow(config: Config, ranked: Ranked, { pool, entries }: DistinctRank, rule: Rule): boolean {
  const { groups } = ranked.pools[pool]
  const spreads = config.services.filter((service) => service.pool === config.pools[pool].key).map((s) => s.spreadMs)
  const limit = (entries[0]?.scoreMs ?? 0) + Math.max(0, ...spreads)
  let inside = false
  let outside = false
  for (const { group, scoreMs } of entries) {
    if (scoreMs > limit) break
    if (groups[group].rules.has(rule)) inside = true
    else outside = true
  }
  return inside && outside
}
