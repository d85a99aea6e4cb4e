// The operator's own networks: canonical, not deeper than makes sense, and which lies inside which. Knows no rule and no override.
import type { GeoSettings } from '../geo/model.ts'
import { formatPrefix, parsePrefix, prefixContains } from '../ip/prefix.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { Place } from './problem.ts'
import type { Resolving } from './resolving.ts'

/** A network as written somewhere. */
export interface Network {
  readonly prefix: Prefix
  /** Canonical. */
  readonly text: string
  readonly place: Place
}

/** A network that the schema has passed, with a warning when it is deeper than database leaves go. */
export function ownNetwork(
  text: string,
  place: Place,
  finest: GeoSettings['finestScope'],
  from: Resolving,
): Network | null {
  const prefix = parsePrefix(text)
  if ('error' in prefix) return null
  const most = prefix.family === 4 ? finest.v4 : finest.v6
  if (prefix.length > most) {
    const cost = 'resolvers that send less of the address cannot be told apart inside it'
    from.report.warning(place, `${text} is deeper than geo.finestScope /${most}: ${cost}`)
  }
  return { prefix, text: formatPrefix(prefix), place }
}

/** Pairs of networks of which the second lies in the first or equals it, each second one with its nearest first. */
export function overlaps<N extends Network>(networks: readonly N[]): [outer: N, inner: N][] {
  const sorted = networks.toSorted((a, b) => compare(a.prefix, b.prefix))
  const open: N[] = []
  const pairs: [N, N][] = []
  for (const network of sorted) {
    while (open.length > 0 && !prefixContains(open[open.length - 1].prefix, network.prefix)) open.pop()
    const outer = open.at(-1)
    if (outer !== undefined) pairs.push([outer, network])
    open.push(network)
  }
  return pairs
}

/** By family, then first address, then the wider first. */
function compare(a: Prefix, b: Prefix): number {
  return a.family - b.family || Buffer.compare(a.bytes, b.bytes) || a.length - b.length
}
