// Addresses of name servers that go with their NS records (RFC 9471). Knows no entries and no packets.
import { Type } from '../wire/constants.ts'
import { lowerName } from '../wire/name.ts'
import { keyOf } from './cuts.ts'
import type { StaticRRset, Zone } from './model.ts'

const addressTypes: readonly number[] = [Type.A, Type.AAAA]

/** The address RRsets of a zone that its NS records lead to. */
export class Glue {
  readonly #addresses = new Map<string, StaticRRset[]>()

  constructor({ staticRRsets }: Pick<Zone, 'staticRRsets'>) {
    for (const { type, rdatas } of staticRRsets) {
      if (type === Type.NS) for (const server of rdatas) this.#addresses.set(keyOf(lowerName(server)), [])
    }
    for (const set of staticRRsets) {
      if (addressTypes.includes(set.type)) this.#addresses.get(keyOf(set.owner))?.push(set)
    }
  }

  /**
   * The addresses that go with an NS RRset, each server's once.
   * @returns of its servers at or below its own owner (in-domain), and of the others in the zone
   */
  of({ owner, rdatas }: StaticRRset): { inDomain: StaticRRset[]; others: StaticRRset[] } {
    const inDomain: StaticRRset[] = []
    const others: StaticRRset[] = []
    for (const server of rdatas.map(lowerName)) {
      const sets = this.#addresses.get(keyOf(server)) ?? []
      ;(endsWith(server, owner) ? inDomain : others).push(...sets)
    }
    return { inDomain, others }
  }
}

/** Whether a name is another one or lies below it, both in lower-case wire form. */
function endsWith(name: Uint8Array, above: Uint8Array): boolean {
  let at = 0
  while (name.length - at > above.length) at += name[at] + 1
  return Buffer.compare(name.subarray(at), above) === 0
}
