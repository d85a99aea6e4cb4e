// Reads what answering a batch will read from memory, for all of its queries at once. Decides nothing, and may be wrong.
import { findBlock } from '../ip/block-index.ts'
import type { Blocks } from './tables.ts'

/** What precedes the address in a client subnet option: code, length, family, source and scope. */
const headBytes = 8
const optionCode = 8
const v4Octets = 3
const longestV6Octets = 7
const shortestV6Octets = 6
/** A header and the shortest question. */
const shortest = 12 + 5 + headBytes
/** Beyond this it is no plain query, and not worth a guess. */
const longest = 512

/**
 * Looks up the block of a query's client subnet, where resolvers write it: at the end, IPv4 up to /24, IPv6 up to /48 or /56.
 * Done for a whole batch before any of it is answered, these look-ups wait for memory side by side; done while answering, each
 * would wait alone. Measured with world data: a tenth of the time spent outside the kernel.
 * @returns the block as findBlock does, to be used for something lest it is not looked up; 0 where there is no such subnet
 */
export function foresee(bytes: Uint8Array, length: number, blocks: Blocks): number {
  if (length < shortest || length > longest) return 0
  if (endsWith(bytes, length, v4Octets, 1)) {
    const at = length - v4Octets
    return findBlock(blocks.trie4, (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8), 0)
  }
  for (let octets = longestV6Octets; octets >= shortestV6Octets; octets--) {
    if (endsWith(bytes, length, octets, 2)) return findV6(bytes, length - octets, blocks)
  }
  return 0
}

/** Whether the last option looks like a subnet of this family with so many octets of address. */
function endsWith(bytes: Uint8Array, length: number, octets: number, family: number): boolean {
  const at = length - octets - headBytes
  return bytes[at + 1] === optionCode && bytes[at + 3] === octets + 4 && bytes[at + 5] === family
}

/** The seventh octet is not there for a /48, but so few blocks are deeper that the guess is good enough. */
function findV6(bytes: Uint8Array, at: number, blocks: Blocks): number {
  const high = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
  return findBlock(blocks.trie6, high, (bytes[at + 4] << 24) | (bytes[at + 5] << 16))
}
