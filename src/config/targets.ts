// Where services that answer with names may stand, and where their names may lead. Knows no pick and no record.
import { formatName } from '../wire/name.ts'
import type { Zone } from '../zone/model.ts'
import type { Config } from './config.ts'
import type { Resolving } from './resolving.ts'
import { parentOf } from './zone-owner.ts'

/** Says where a CNAME would stand beside SOA and NS, and where one leads to a name that is answered with names again. */
export function checkTargetNames(
  from: Resolving,
  zones: readonly Zone[],
  { services, nodes }: Pick<Config, 'services' | 'nodes'>,
): void {
  const withTarget = new Set(services.filter(({ target }) => target).map(({ key }) => key))
  if (withTarget.size === 0) return
  const steered = new Map<string, string>()
  for (const { apex, steeredNames } of zones) {
    for (const { owner, service } of steeredNames) {
      if (!withTarget.has(service)) continue
      const name = formatName(owner)
      steered.set(name, service)
      if (name === formatName(apex)) {
        const place = from.keyAt('services', service, 'target')
        from.report.problem(
          place,
          `${name} is the apex of a zone, where a CNAME stands beside SOA and NS: steer it by addresses`,
        )
      }
    }
  }
  for (const { name, target } of nodes) {
    if (target === null) continue
    const again = steered.get(target) ?? steered.get(`*.${parentOf(target)}`)
    if (again === undefined) continue
    const place = from.at('nodes', name, 'target')
    from.report.problem(
      place,
      `target: ${target} is answered by service ${again}, with names again: they go round in a circle`,
    )
  }
}
