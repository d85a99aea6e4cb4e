// One row of the node table in the API's words. Must not know where its parts come from.
import type { Node, Site } from '../fleet/model.ts'
import type { HeldOverride } from '../fleet/overrides.ts'
import { isServing } from '../health/verdict.ts'
import type { FamilyHealth, NodeHealth } from '../health/watched.ts'
import type { NodeGauges } from '../telemetry/metrics.ts'
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
  overrideOf: (node: string) => HeldOverride | null,
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

/** One row's gauges. */
export function nodeGauges({ name, site, v4, v6, override }: NodeStatus, slot: number): NodeGauges {
  const up = (status: FamilyStatus | null): boolean | null => status && isServing(status.verdict)
  return { name, slot, site, upV4: up(v4), upV6: up(v6), override: override?.mode ?? null }
}

/** Health over one family in a few words, e.g. `up` or `down: edge: connection refused`; null when nothing probes it. */
export function familyInWords(node: NodeHealth | undefined, family: 4 | 6): string | null {
  const health = family === 4 ? node?.v4 : node?.v6
  if (!health || health.probes.length === 0) return null
  const { verdict, kept, heldOutUntil } = health
  const why = heldOutUntil === null ? reasons(health).slice(0, 1) : ['held out for flapping']
  return [kept === null ? verdict : `${verdict}, kept by ${kept}`, ...why].join(': ')
}

function familyStatus(address: string, health: FamilyHealth | null | undefined): FamilyStatus {
  if (!health || health.verdict === 'unknown') {
    return {
      address,
      verdict: 'unknown',
      since: null,
      reasons: [],
      share: 0,
      kept: null,
      heldOutUntil: null,
      stale: false,
    }
  }
  const { verdict, since, share, kept, heldOutUntil, stale } = health
  return { address, verdict, since, reasons: reasons(health), share, kept, heldOutUntil, stale }
}

/** What the probes whose last try failed said, newest first. */
function reasons({ probes }: FamilyHealth): string[] {
  return probes
    .flatMap(({ probe, last }) => (last === null || last.ok ? [] : [{ probe, ...last }]))
    .toSorted((a, b) => b.at - a.at)
    .map(({ probe, detail, reason }) => `${probe}: ${detail === '' ? reason : detail}`)
}
