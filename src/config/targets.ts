// Where services that answer with names may stand, and where their names may lead. Knows no pick and no record.
import { checkCircles } from './circles.ts'
import type { ServiceTarget } from './circles.ts'
import type { Config } from './config.ts'
import type { Resolving } from './resolving.ts'
import type { ServedNames } from './served-names.ts'

/** Says where a CNAME would stand beside SOA and NS, and which names lead to nothing or back to where they came from. */
export function checkTargetNames(
  from: Resolving,
  names: ServedNames,
  { services, pools, nodes }: Pick<Config, 'services' | 'pools' | 'nodes'>,
): void {
  const targets = new Map<string, ServiceTarget>()
  for (const { name: node, target } of nodes) {
    if (target === null) continue
    const place = from.at('nodes', node, 'target')
    targets.set(node, { name: target, place })
    const found = names.find(target)
    if (found.as !== 'nothing' || !found.zone.whole) continue
    const zone = found.zone.text.slice(0, -1)
    from.report.problem(
      place,
      `target: ${target} lies in zone ${zone}, where nothing answers it, expected a name with records there`,
    )
  }
  const members = new Map(pools.map((pool) => [pool.key, pool.nodes]))
  const ofServices = services
    .filter(({ target }) => target)
    .map(({ key, pool }) => [key, (members.get(pool) ?? []).flatMap((node) => targets.get(node) ?? [])] as const)
  checkApexes(from, names, new Set(ofServices.map(([key]) => key)))
  checkCircles(names, new Map(ofServices), from.report)
}

function checkApexes(from: Resolving, { zones }: ServedNames, services: ReadonlySet<string>): void {
  for (const { text, owners } of zones) {
    const service = owners.get(text)?.steered?.name.service
    if (service === undefined || !services.has(service)) continue
    from.report.problem(
      from.keyAt('services', service, 'target'),
      `${text} is the apex of a zone, where a CNAME stands beside SOA and NS: steer it by addresses`,
    )
  }
}
