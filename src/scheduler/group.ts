// Nodes of a pool that score alike in every cell form a group, scored once. Knows no clients, no health, no DNS.
import { matchesNode, type NodeFacts } from './score.ts'
import type { Rule } from './model.ts'

/** Nodes alike in site, carriers, price, labels and matching rules. */
export interface Group {
  /** What the members share, under the first member's name. */
  readonly facts: NodeFacts
  /** Indexes into the node table; weight 0 is left out, it never answers. */
  readonly members: readonly number[]
  /** The rules whose nodes include the members. */
  readonly rules: ReadonlySet<Rule>
}

/**
 * The groups of a pool, in the order of their first members.
 * @param pool indexes into the node table
 */
export function groupNodes(
  pool: readonly number[],
  nodes: readonly (NodeFacts & { readonly weight: number })[],
  rules: readonly Rule[],
): Group[] {
  const groups = new Map<string, { facts: NodeFacts; members: number[]; rules: Set<Rule> }>()
  const rulesOf = rulesByNode(pool, nodes, rules)
  for (const index of pool) {
    const node = nodes[index]
    if (node.weight === 0) continue
    const matching = rulesOf(node)
    const key = JSON.stringify([node.site, node.carriers, node.price, node.labels, matching])
    const group = groups.get(key)
    if (group) group.members.push(index)
    else groups.set(key, { facts: node, members: [index], rules: new Set(matching.map((rule) => rules[rule])) })
  }
  return [...groups.values()]
}

/** Which rules' nodes include a node, as indexes; rules that name nodes are indexed by name, so that 10,000 of them stay cheap. */
function rulesByNode(
  pool: readonly number[],
  nodes: readonly NodeFacts[],
  rules: readonly Rule[],
): (node: NodeFacts) => number[] {
  const named = new Map<string, number[]>(pool.map((index) => [nodes[index].name, []]))
  const general: number[] = []
  for (const [index, { nodes: selector }] of rules.entries()) {
    if (selector.nodes === null) general.push(index)
    else for (const name of selector.nodes) named.get(name)?.push(index)
  }
  return (node) => {
    const candidates = [...general, ...(named.get(node.name) ?? [])].sort((a, b) => a - b)
    return candidates.filter((rule) => matchesNode(rules[rule].nodes, node))
  }
}
