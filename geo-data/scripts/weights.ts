// How many addresses each place has. Must not know what they are for.
import type { City } from './city.ts'
import type { Networks } from './networks.ts'
import type { Organisation } from './organisations.ts'
import { overlay, type Ranges } from './ranges.ts'

/** Address space of each place in `space`, one of the city's own families. */
export function weigh(city: City, space: Ranges): Float64Array {
  const weights = new Float64Array(city.places.length)
  space.values.forEach((place, i) => {
    weights[place] = (weights[place] ?? 0) + (space.ends[i] ?? 0) - (space.starts[i] ?? 0)
  })
  return weights
}

/** IPv4 addresses of each place that access networks announce: a measure of where viewers are, not data centres. */
export function weighViewers(city: City, networks: Networks, organisations: readonly Organisation[]): Float64Array {
  const access = new Set(organisations.flatMap((organisation) => (organisation.access ? organisation.asns : [])))
  const hasViewers = networks.all.map(({ asn }) => access.has(asn))
  const weights = new Float64Array(city.places.length)
  overlay(city.v4, networks.v4, (_start, count, place, network) => {
    if (hasViewers[network] === true) weights[place] = (weights[place] ?? 0) + count
  })
  return weights
}
