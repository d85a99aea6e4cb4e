// One row of the node table in the API's words. Must not know where its parts come from.
import type { Node, Site } from '../fleet/model.ts'
import type { NodeOverride } from '../fleet/overrides.ts'
import type { FamilyHealth, NodeHealth } from '../health/watched.ts'
import type { FamilyStatus, NodeStatus } from './ports.ts'

interface NodeTable {
  readonly nodes: readonly Node[]
  readonly sites: readonly Site[]
  readonly restRegion: string
}

/** Every row of the table, in its order; a node that health does not know yet is `unknown`. */
export function nodeStatuses(
  { nodes, sites, restRegion }: NodeTable,
  health: ReadonlyMap<string, NodeHealth>,
  overrideOf: (node: string) => NodeOverride | null,
): NodeStatus[] {
  const regions = new Map(sites.map(({ key, region }) => [key, region]))
  return nodes.map(({ name, site, role, v4, v6 }) => ({
    name,
    site,
    region: regions.get(site) ?? restRegion,
    role,
    v4: v4 === null ? null : familyStatus(v4, health.get(name)?.v4),
    v6: v6 === null ? null : familyStatus(v6, health.get(name)?.v6),
    override: overrideOf(name),
  }))
}

/** Health over one family in a few words, e.g. `up` or `down: edge: connection refused`; null when nothing probes it. */
export function healthInWords(health: FamilyHealth): string | null {
  if (health.probes.length === 0) return null
  return [health.verdict, ...reasons(health).slice(0, 1)].join(': ')
}

function familyStatus(address: string, health: FamilyHealth | null | undefined): FamilyStatus {
  if (!health || health.verdict === 'unknown') return { address, verdict: 'unknown', since: null, reasons: [] }
  return { address, verdict: health.verdict, since: health.since, reasons: reasons(health) }
}

/** What the probes whose last try failed said, newest first. */
function reasons({ probes }: FamilyHealth): string[] {
  return probes
    .flatMap(({ probe, last }) => (last === null || last.ok ? [] : [{ probe, ...last }]))
    .toSorted((a, b) => b.at - a.at)
    .map(({ probe, detail, reason }) => `${probe}: ${detail === '' ? reason : detail}`)
}
