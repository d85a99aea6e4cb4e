// A good configuration in numbers, for `nearcast check`. Knows no cell and no block: the compiler counts those.
import type { Config } from './config.ts'

export interface Summary {
  readonly zones: number
  /** Steered names and owners of static records. */
  readonly names: number
  readonly services: number
  readonly nodes: number
  readonly sites: number
  readonly carriers: number
  readonly asns: number
  readonly regions: number
  readonly rules: number
  readonly probes: number
}

/** Counts what a configuration defines. */
export function summary(config: Config): Summary {
  const { zones, services, nodes, sites, carriers, regions, steering, probes } = config
  return {
    zones: zones.length,
    names: zones.reduce((total, zone) => total + namesOf(zone), 0),
    services: services.length,
    nodes: nodes.length,
    sites: sites.length,
    carriers: carriers.length,
    asns: carriers.reduce((total, { asns }) => total + asns.length, 0),
    regions: regions.length,
    rules: steering.length,
    probes: probes.length,
  }
}

function namesOf({ staticRRsets, steeredNames }: Config['zones'][number]): number {
  const owners = [...staticRRsets, ...steeredNames].map(({ owner }) => Buffer.from(owner).toString('latin1'))
  return new Set(owners).size
}
