// The NSEC chain over a zone's names, and the sorted keys by which the one that covers a name is found. Knows no keys and no packets.
import { Type } from '../wire/constants.ts'
import type { StaticRRset } from './model.ts'
import { compareNames, labelStarts } from './signing/canonical.ts'
import { nsecRdata } from './signing/nsec.ts'

/** Types that steering may withhold from one client and give to another; a variant of the NSEC leaves one of them out. */
const withheldTypes: readonly number[] = [Type.A, Type.AAAA, Type.HTTPS]

/** A name that has records, as the chain sees it. */
export interface ChainName {
  /** In lower-case wire form. */
  readonly name: Uint8Array
  /** Types of its RRsets, NSEC and RRSIG not among them. */
  readonly types: readonly number[]
  /** Types that its service can give. */
  readonly steered: readonly number[]
}

export interface Link {
  readonly nsec: StaticRRset
  /** By withheldTypes: the NSEC without that type, null where the name has it always or never. */
  readonly variants: readonly (StaticRRset | null)[]
}

/** Names in canonical order, which is the chain's. */
export function chainOrder<T extends Pick<ChainName, 'name'>>(names: readonly T[]): T[] {
  return names.toSorted((a, b) => compareNames(a.name, b.name))
}

/**
 * The NSEC records of a zone.
 * @param names in canonical order, the apex first
 */
export function makeChain(names: readonly ChainName[], ttlSeconds: number): Link[] {
  return names.map(({ name, types, steered }, index) => {
    const next = names[(index + 1) % names.length].name
    const all = new Set([...types, ...steered, Type.RRSIG, Type.NSEC])
    const set = (without: number | null): StaticRRset => ({
      owner: name,
      type: Type.NSEC,
      ttlSeconds,
      rdatas: [
        nsecRdata(
          next,
          [...all].filter((type) => type !== without),
        ),
      ],
    })
    return {
      nsec: set(null),
      variants: withheldTypes.map((type) => (steered.includes(type) && !types.includes(type) ? set(type) : null)),
    }
  })
}

/**
 * What stands for a name in a chain's sorted keys: its labels below the apex from the last to the first, each ended by a 0, so
 * that comparing octets gives the canonical order. Octets 0 and 1 in a label are written as 1 1 and 1 2.
 */
export function chainKey(name: Uint8Array, apexLength: number): Uint8Array {
  const key: number[] = []
  const own = labelStarts(name).filter((at) => at < name.length - apexLength)
  for (const at of own.toReversed()) {
    for (const octet of name.subarray(at + 1, at + 1 + name[at])) {
      if (octet <= 1) key.push(1, octet + 1)
      else key.push(octet)
    }
    key.push(0)
  }
  return Uint8Array.from(key)
}
