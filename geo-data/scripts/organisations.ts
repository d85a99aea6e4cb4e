// Puts networks of one organisation together and tells which are access networks. Must not know tiers or file formats.
import { carriersByHand, mainlandOperators, transitFree } from './carriers-by-hand.ts'
import type { City } from './city.ts'
import { add, largest, type Network, type Networks } from './networks.ts'
import { shortName, slug, stem } from './organisation-name.ts'
import { hasNoViewers } from './without-viewers.ts'

/** An access network is in as many places, or in a quarter of its country's; a company or a campus seldom is. */
const fewestPlaces = 10
/** Less than this share in its largest country, and a network is leased out address by address. */
const leastShare = 0.5

export interface Organisation {
  /** Chosen by hand, or made of the name; not unique. */
  readonly key: string
  readonly name: string
  readonly byHand: boolean
  readonly country: string
  /** IPv4 addresses. */
  readonly v4: number
  /** Ascending. */
  readonly asns: readonly number[]
  /** Whether people sit behind it. */
  readonly access: boolean
  /** One of its ASNs is transit-free. */
  readonly transitFree: boolean
  /** Mostly in mainland China, or an arm of an operator from there. */
  readonly mainland: boolean
}

/** Every network is in exactly one organisation; largest first. */
export function organise(networks: Networks, city: City): Organisation[] {
  const placesOf = countPlaces(city)
  const { named, rest } = takeByHand(siblings(networks.all))
  return [
    ...named.map(({ key, name, members }) => judge(members, placesOf, { key, name })),
    ...rest.map((members) => judge(members, placesOf, null)),
  ].toSorted((a, b) => b.v4 - a.v4 || (a.asns[0] ?? 0) - (b.asns[0] ?? 0))
}

/** Siblings: the same stem of the name, mostly in the same country. */
function siblings(networks: readonly Network[]): Network[][] {
  const groups = new Map<string, Network[]>()
  for (const network of networks) {
    const key = `${stem(network.organisation)}|${network.country}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [network])
    else group.push(network)
  }
  return [...groups.values()]
}

interface Named {
  readonly key: string
  readonly name: string
  readonly members: Network[]
}

/** @throws Error when the databases do not know an ASN written by hand, or it stands in two carriers. */
function takeByHand(groups: readonly Network[][]): { named: Named[]; rest: Network[][] } {
  const groupOf = new Map<number, Network[]>()
  for (const group of groups) for (const network of group) groupOf.set(network.asn, group)
  const taken = new Map<Network[], string>()
  const named = carriersByHand.map(([key, name, ...asns]) => {
    const members = new Set<Network>()
    for (const asn of asns) {
      const group = groupOf.get(asn)
      if (group === undefined) throw new Error(`AS${asn} of ${key} is in no database`)
      const other = taken.get(group) ?? key
      if (other !== key) throw new Error(`AS${asn} is in ${other} and in ${key}`)
      taken.set(group, key)
      for (const network of group) members.add(network)
    }
    return { key, name, members: [...members] }
  })
  return { named, rest: groups.filter((group) => !taken.has(group)) }
}

function judge(
  members: readonly Network[],
  placesOf: ReadonlyMap<string, number>,
  byHand: { key: string; name: string } | null,
): Organisation {
  const v4 = new Map<string, number>()
  const places = new Set<number>()
  for (const network of members) {
    for (const [in4, count] of network.v4) add(v4, in4, count)
    for (const place of network.places) places.add(place)
  }
  const total = sum(v4)
  const country = v4.size > 0 ? largest(v4) : (members[0]?.country ?? '')
  const main = members.reduce((best, network) => (sum(network.v4) > sum(best.v4) ? network : best))
  const wide = places.size >= Math.min(fewestPlaces, (placesOf.get(country) ?? 0) / 4)
  return {
    key: byHand?.key ?? slug(shortName(main.organisation)),
    name: byHand?.name ?? shortName(main.organisation),
    byHand: byHand !== null,
    country,
    v4: total,
    asns: members.map(({ asn }) => asn).toSorted((a, b) => a - b),
    access:
      byHand !== null ||
      (wide && (v4.get(country) ?? 0) >= leastShare * total && !hasNoViewers(main.organisation) && total > 0),
    transitFree: members.some(({ asn }) => transitFree.has(asn)),
    mainland: country === 'CN' || members.some(({ asn }) => mainlandOperators.has(asn)),
  }
}

function countPlaces(city: City): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { country } of city.places) add(counts, country, 1)
  return counts
}

function sum(by: ReadonlyMap<string, number>): number {
  let total = 0
  for (const count of by.values()) total += count
  return total
}
