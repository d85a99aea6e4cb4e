// Where a zone is cut: names below the apex that have NS records, and all that lies under them. Knows no entries and no packets.
import { Type } from '../wire/constants.ts'
import type { Zone } from './model.ts'

/** What a parent holds of its own at a cut; anything else there is glue (RFC 4035 section 2.5, RFC 9499 section 7). */
export const cutTypes: readonly number[] = [Type.NS, Type.DS]

/** A name in wire form as the key of a map. */
export function keyOf(name: Uint8Array): string {
  return Buffer.from(name).toString('latin1')
}

export class Cuts {
  readonly #cuts: Set<string>
  readonly #apexLength: number

  constructor({ apex, staticRRsets }: Pick<Zone, 'apex' | 'staticRRsets'>) {
    const delegations = staticRRsets.filter(({ type, owner }) => type === Type.NS && owner.length > apex.length)
    this.#cuts = new Set(delegations.map(({ owner }) => keyOf(owner)))
    this.#apexLength = apex.length
  }

  /** Adds the apex of a zone that is served here too: it is delegated whether there are NS records for it or not. */
  add(apex: Uint8Array): void {
    this.#cuts.add(keyOf(apex))
  }

  /** The cut at or above a name of the zone, the highest if there are several; null where the zone is authoritative. */
  above(name: Uint8Array): Uint8Array | null {
    if (this.#cuts.size === 0) return null
    let cut: Uint8Array | null = null
    for (let at = 0; name.length - at > this.#apexLength; at += name[at] + 1) {
      if (this.#cuts.has(keyOf(name.subarray(at)))) cut = name.subarray(at)
    }
    return cut
  }
}
