// From the checked configuration to what health is told: whom to watch, how, and for how long an answer may be kept. Knows no verdict.
import type { Config } from '../config/config.ts'
import type { MonitorSettings } from '../health/monitor.ts'
import type { MonitorTarget } from '../health/watched.ts'

/** @param slots by node, in the order of the configuration */
export function watching(
  { nodes, sites, restRegion, probes, health, services }: Config,
  slots: readonly number[],
): { readonly targets: MonitorTarget[]; readonly settings: MonitorSettings } {
  const probeOf = new Map(probes.map((probe) => [probe.key, probe]))
  const regionOf = new Map(sites.map(({ key, region }) => [key, region]))
  const targets = nodes.map(({ name, v4, v6, site, role, weight, probes: keys }, index): MonitorTarget => {
    const asked = keys.flatMap((key) => probeOf.get(key) ?? [])
    return {
      name,
      v4,
      v6,
      site,
      region: regionOf.get(site) ?? restRegion,
      role,
      weight,
      slot: slots[index],
      probes: asked,
    }
  })
  const steadyTtlMs = Math.max(0, ...services.map(({ ttl }) => ttl.steadySeconds)) * 1000
  return { targets, settings: { health, steadyTtlMs } }
}
