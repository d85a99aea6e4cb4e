// From `health` to the settings of the guards. Knows no probe and no verdict.
import type { HealthSettings, Reference } from '../health/model.ts'
import { parseEndpoint } from './formats.ts'
import type { Resolving } from './resolving.ts'
import { inMilliseconds } from './units.ts'

export function resolveHealth(from: Resolving): HealthSettings {
  const { removalBudget, slowStart, flapping } = from.raw.health
  const { suppressAbove, reuseBelow } = flapping
  if (reuseBelow >= suppressAbove) {
    from.report.problem(
      from.at('health', 'flapping', 'reuseBelow'),
      `reuseBelow: ${reuseBelow} is not below suppressAbove, ${suppressAbove}, expected less: a node that is held out must come back`,
    )
  }
  return {
    references: resolveReferences(from),
    removalBudget: { share: removalBudget.share, perMs: inMilliseconds(removalBudget.per) },
    slowStartMs: inMilliseconds(slowStart),
    flapping: { halfLifeMs: inMilliseconds(flapping.halfLife), suppressAbove, reuseBelow },
  }
}

function resolveReferences(from: Resolving): Reference[] {
  const references: Reference[] = []
  for (const [index, key] of from.raw.health.references.entries()) {
    const endpoint = parseEndpoint(key.slice('tcp://'.length))
    if (endpoint === null) continue
    if (references.some(({ address, port }) => address === endpoint.address && port === endpoint.port)) {
      from.report.problem(from.at('health', 'references', index), `references: ${key} is written twice`)
      continue
    }
    references.push({ key, family: endpoint.address.includes(':') ? 6 : 4, ...endpoint })
  }
  if (references.length === 0) warnOfNone(from)
  return references
}

/** Only where there is something to probe: nobody is removed without. */
function warnOfNone(from: Resolving): void {
  const probed = Object.values(from.raw.nodes).some(
    ({ site, probes }) => (probes ?? from.raw.sites[site]?.nodeDefaults.probes ?? []).length > 0,
  )
  if (!probed || !from.whole) return
  from.report.warning(
    from.at('health', 'references'),
    'health.references names no address: if this machine loses its own network, every node looks dead and is removed; ' +
      'name two or more beyond the fleet that always answer, such as tcp://192.0.2.1:443',
  )
}
