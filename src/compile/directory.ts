// What the numbers of a snapshot mean: the lists behind its indexes, for the control plane. Knows no bytes.
import type { Config } from '../config/config.ts'
import { countries } from '../geo/countries.ts'
import type { World } from '../geo/partition.ts'
import type { Place } from '../geo/places.ts'
import { groupNodes, type Group } from '../scheduler/group.ts'
import type { Rule } from '../scheduler/model.ts'
import { matchesNode, type CellFacts, type NodeFacts } from '../scheduler/score.ts'

export interface DirectoryCell {
  /** Index into places. */
  readonly place: number
  /** Index into the configuration's carriers, -1 unknown. */
  readonly carrier: number
  /** Indexes into networks. */
  readonly networks: readonly number[]
  /** Index into regions. */
  readonly region: number
}

/** Plain data: it crosses from the compile process to the daemon. */
export interface Directory {
  readonly cells: readonly DirectoryCell[]
  readonly places: readonly Place[]
  /** Region names. */
  readonly regions: readonly string[]
  /** The networks steering tells apart, canonical prefixes. */
  readonly networks: readonly string[]
  /** By node, in the node table's order. */
  readonly nodes: readonly (NodeFacts & { readonly weight: number })[]
  readonly sources: World['sources']
  readonly blocks: { readonly v4: number; readonly v6: number }
}

/** The networks that steering names, each once, in the order of the rules. */
export function steeringNetworks(config: Config): string[] {
  return [...new Set(config.steering.flatMap(({ clients }) => clients.networks ?? []))]
}

/** Makes the lists; a compile process and a daemon make the same of the same input. */
export function describe(config: Config, world: World): Directory {
  const regions = config.regions.map(({ name }) => name)
  const regionOf = new Map(config.regions.flatMap((region, index) => region.countries.map((code) => [code, index])))
  const rest = regions.indexOf(config.restRegion)
  const regionOfPlace = world.places.map(({ country }) => (country === null ? rest : (regionOf.get(country) ?? rest)))
  const sites = new Map(config.sites.map((site) => [site.key, site]))
  return {
    cells: world.cells.map((cell) => ({ ...cell, region: regionOfPlace[cell.place] })),
    places: world.places,
    regions,
    networks: steeringNetworks(config),
    nodes: config.nodes.map(({ name, site, carriers, price, labels, weight }) => {
      const { region = config.restRegion, country = null, at = null } = sites.get(site) ?? {}
      const centroid = country === null ? null : (countries.get(country)?.at ?? null)
      return { name, site, carriers, price, labels, weight, region, at: at ?? centroid }
    }),
    sources: world.sources,
    blocks: world.blocks,
  }
}

/** What scoring knows of a cell. */
export function cellFacts(config: Config, directory: Directory, index: number): CellFacts {
  const cell = directory.cells[index]
  const place = directory.places[cell.place]
  const carrier = cell.carrier < 0 ? null : config.carriers[cell.carrier]
  return {
    country: place.country,
    at: place.at,
    region: directory.regions[cell.region],
    carrier: carrier?.key ?? null,
    tier: carrier?.tier ?? null,
    networks: cell.networks.map((network) => directory.networks[network]),
  }
}

/** A pool as the ranks see it. */
export interface PoolFacts {
  readonly groups: readonly Group[]
  /** The rules that apply to it, in their order: an `only` that names none of its nodes is about other pools. */
  readonly rules: readonly Rule[]
}

/** What the ranks need of each pool, in the order of the configuration's pools. */
export function poolFacts(config: Config, directory: Directory): PoolFacts[] {
  const indexes = new Map(config.nodes.map(({ name }, index) => [name, index]))
  return config.pools.map(({ nodes }) => {
    const members = nodes.flatMap((name) => indexes.get(name) ?? [])
    const rules = config.steering.filter(
      (rule) => !rule.only || members.some((member) => matchesNode(rule.nodes, directory.nodes[member])),
    )
    return { groups: groupNodes(members, directory.nodes, rules), rules }
  })
}

/** A cell in words. */
export function describeCell(config: Config, directory: Directory, index: number): string {
  const facts = cellFacts(config, directory, index)
  const place = directory.places[directory.cells[index].place]
  const parts = [place.country === null ? 'country unknown' : place.name]
  parts.push(facts.carrier === null ? 'carrier unknown' : `carrier ${facts.carrier}`)
  for (const network of facts.networks) parts.push(network)
  return parts.join(', ')
}
