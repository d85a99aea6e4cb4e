// From `sites`, `nodes` and `pools` to the node table. Knows no client and no DNS.
import { countries } from '../geo/countries.ts'
import { distanceKm } from '../geo/distance.ts'
import type { Region } from '../geo/model.ts'
import { mostNodes, type Node, type Pool, type Site } from '../fleet/model.ts'
import { formatAddress, parseAddress } from '../ip/address.ts'
import { encodeName } from '../wire/name.ts'
import { claims } from './geography.ts'
import type { Place } from './problem.ts'
import { manyOrNull, sortedUnique } from './resolving.ts'
import type { Resolving } from './resolving.ts'
import { parseRate } from './units.ts'
import { textOf } from './zone-owner.ts'

/** Further than any place lies from the centre of its country. */
const farKm = 7000

/** @param rest the region of countries that no region names */
export function resolveSites(from: Resolving, regions: readonly Region[], rest: string): Site[] {
  const named = claims(from, 'sites')
  return Object.entries(from.raw.sites).map(([key, { country, at }]) => {
    const ofCountry = regions.find((region) => region.countries.includes(country))?.name
    return {
      key,
      country,
      at: coordinates(from, key, country, at ?? null),
      region: named.get(key) ?? ofCountry ?? rest,
    }
  })
}

function coordinates(from: Resolving, site: string, country: string, at: [number, number] | null): Site['at'] {
  if (at === null) return null
  const place = from.at('sites', site, 'at')
  if (at[0] === 0 && at[1] === 0) {
    from.report.warning(
      place,
      'at: [0, 0] lies in the sea off Africa and is taken as unknown: write [latitude, longitude] or leave it out',
    )
    return null
  }
  const centre = countries.get(country)?.at ?? null
  const far = centre === null ? 0 : distanceKm(at, centre)
  if (far > farKm) {
    from.report.warning(
      place,
      `at: [${at.join(', ')}] lies ${Math.round(far)} km from the middle of ${country}, expected [latitude, longitude]`,
    )
  }
  return at
}

export function resolveNodes(from: Resolving): Node[] {
  const owners = new Map<string, { node: string; place: Place }>()
  const nodes = Object.entries(from.raw.nodes).map(([name, raw]) => {
    const defaults = from.raw.sites[raw.site]?.nodeDefaults ?? {}
    const capacity = raw.capacity ?? defaults.capacity
    const capacityGbps = capacity === undefined ? null : parseRate(capacity)
    return {
      name,
      site: raw.site,
      role: raw.role ?? defaults.role ?? 'edge',
      ...resolveAddresses(from, name, raw.addresses, owners),
      target: raw.target === undefined ? null : textOf(encodeName(raw.target) ?? Uint8Array.of(0)),
      carriers: sortedUnique(raw.carriers ?? defaults.carriers ?? []),
      capacityGbps,
      price: raw.price ?? defaults.price ?? 0,
      weight: raw.weight ?? defaults.weight ?? capacityGbps ?? 1,
      labels: sortedUnique(raw.labels ?? defaults.labels ?? []),
      probes: [...new Set(raw.probes ?? defaults.probes)],
    }
  })
  if (nodes.length > mostNodes) {
    const over = from.keyAt('nodes', nodes[mostNodes].name)
    from.report.problem(over, `${nodes.length} nodes, expected ${mostNodes} at most: this is the first too many`)
  }
  warnOfUnprobed(from, nodes)
  return nodes
}

function resolveAddresses(
  from: Resolving,
  node: string,
  texts: readonly string[],
  owners: Map<string, { node: string; place: Place }>,
): { v4: string | null; v6: string | null } {
  const own: { v4: string | null; v6: string | null } = { v4: null, v6: null }
  for (const [index, text] of texts.entries()) {
    const bytes = parseAddress(text)
    if (bytes === null) continue
    const place = from.at('nodes', node, 'addresses', index)
    const address = formatAddress(bytes)
    const family = bytes.length === 4 ? 'v4' : 'v6'
    const owner = owners.get(address)
    if (owner !== undefined) {
      from.report.problem(
        place,
        `address ${address} belongs to node ${owner.node} already, at ${from.show(owner.place)}`,
      )
    } else if (own[family] !== null) {
      from.report.problem(
        place,
        `addresses: a second IP${family} address ${address} beside ${own[family]}, expected one of each family`,
      )
    } else own[family] = address
    owners.set(address, owner ?? { node, place })
  }
  return own
}

/** Without a probe a node stays in the answers when it fails: that is said once for all of them. */
function warnOfUnprobed(from: Resolving, nodes: readonly Node[]): void {
  const unprobed = nodes.filter(({ probes }) => probes.length === 0).map(({ name }) => name)
  if (unprobed.length === 0 || !from.whole) return
  const some =
    unprobed.length > 5 ? `${unprobed.slice(0, 5).join(', ')} and ${unprobed.length - 5} more` : unprobed.join(', ')
  from.report.warning(
    from.keyAt('nodes', unprobed[0]),
    `without probes a node stays in the answers when it fails: ${some}`,
  )
}

export function resolvePools(from: Resolving, nodes: readonly Node[]): Pool[] {
  return Object.entries(from.raw.pools).map(([key, { role, sites, labels, nodes: named }]) => {
    const [inSites, withLabels, byName] = [manyOrNull(sites), manyOrNull(labels), manyOrNull(named)]
    const members = nodes.filter((node) => {
      return (
        (role === undefined || node.role === role) &&
        (inSites === null || inSites.includes(node.site)) &&
        (withLabels === null || withLabels.some((label) => node.labels.includes(label))) &&
        (byName === null || byName.includes(node.name))
      )
    })
    if (members.length === 0 && from.whole) {
      from.report.problem(
        from.keyAt('pools', key),
        `pool ${key} has no nodes, expected at least one: no node matches all its keys`,
      )
    } else if (members.length > 0 && members.every(({ weight }) => weight === 0)) {
      from.report.problem(
        from.keyAt('pools', key),
        `pool ${key} has no node of a weight above 0, expected at least one: nothing could ever be answered from it`,
      )
    }
    return { key, nodes: members.map(({ name }) => name) }
  })
}
