// Finds names in the final content of all zones as the server does (RFC 1034 section 4.3.2, RFC 4592). Knows no data of a record.
import { Type } from '../wire/constants.ts'
import { parentOf } from './zone-owner.ts'
import type { Owner } from './zone-owner.ts'

/** A zone as it will be served. */
export interface ServedZone {
  /** Its apex with the final dot, lower case. */
  readonly text: string
  readonly owners: ReadonlyMap<string, Owner>
  /** Nothing was wrong with it: what seems to be missing is not just in something that was refused. */
  readonly whole: boolean
}

/** Where a name leads: out of our zones, to another's server, to nothing we could answer with, or to an owner. */
export type Found =
  | { readonly as: 'outside' | 'delegated' }
  | { readonly as: 'nothing'; readonly zone: ServedZone }
  | { readonly as: 'exact' | 'wildcard'; readonly zone: ServedZone; readonly owner: Owner }

export class ServedNames {
  readonly zones: readonly ServedZone[]
  readonly #byApex: ReadonlyMap<string, NamesOfZone>

  constructor(zones: readonly ServedZone[]) {
    this.zones = zones
    this.#byApex = new Map(zones.map((zone) => [zone.text, new NamesOfZone(zone)]))
  }

  /** @param name with the final dot, lower case */
  find(name: string): Found {
    for (let apex = name; apex !== ''; apex = parentOf(apex)) {
      const zone = this.#byApex.get(apex)
      if (zone !== undefined) return zone.find(name)
    }
    return { as: 'outside' }
  }
}

/** One zone, and what is worked out of it when it is first asked for. */
class NamesOfZone {
  readonly #zone: ServedZone
  #cuts: ReadonlySet<string> | null = null
  #empty: ReadonlySet<string> | null = null

  constructor(zone: ServedZone) {
    this.#zone = zone
  }

  /** @param name of the zone and of none below it that is served here too */
  find(name: string): Found {
    const zone = this.#zone
    this.#cuts ??= cutsOf(zone)
    for (let at = name; at !== zone.text; at = parentOf(at)) if (this.#cuts.has(at)) return { as: 'delegated' }
    const exact = zone.owners.get(name)
    if (exact !== undefined) return { as: 'exact', zone, owner: exact }
    this.#empty ??= emptyNonTerminals(zone)
    if (name === zone.text || this.#empty.has(name)) return { as: 'nothing', zone }
    // The closest encloser is the first name above that exists; no other wildcard than its own applies.
    let encloser = parentOf(name)
    while (encloser !== zone.text && !zone.owners.has(encloser) && !this.#empty.has(encloser)) {
      encloser = parentOf(encloser)
    }
    const wildcard = zone.owners.get(`*.${encloser}`)
    return wildcard === undefined ? { as: 'nothing', zone } : { as: 'wildcard', zone, owner: wildcard }
  }
}

function cutsOf({ text, owners }: ServedZone): Set<string> {
  const cuts = new Set<string>()
  for (const [name, { sets }] of owners) if (name !== text && sets.has(Type.NS)) cuts.add(name)
  return cuts
}

/** Names that exist only because others lie below them (RFC 4592 section 2.2.2). */
function emptyNonTerminals({ text, owners }: ServedZone): Set<string> {
  const empty = new Set<string>()
  for (const name of owners.keys()) {
    if (name === text) continue
    for (let at = parentOf(name); at !== text && !owners.has(at) && !empty.has(at); at = parentOf(at)) empty.add(at)
  }
  return empty
}
