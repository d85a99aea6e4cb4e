// Which cell a query is answered for, and for how much address space that answer holds. Knows no names and no nodes.
import { findBlock } from '../ip/block-index.ts'
import { mix } from '../ip/hash.ts'
import type { Ecs } from '../wire/ecs.ts'
import type { Client } from './client.ts'
import { BlocksMeta, type Blocks } from './tables.ts'

/** Where the deciding address came from: indexes of the counters' `ecs` family are looked up by these names. */
export const Origin = { none: 0, optOut: 1, v4: 2, v6: 3, unmapped: 4 } as const

/** The cell of addresses that no source maps. */
const unmappedCell = 0

/** One a thread, reused. */
export class Located {
  cell = 0
  /** Hash of the block: the deciding address cut to the scope of its own block. */
  blockHash = 0
  /** Scope prefix-length of the answer in the family that was sent; 0 when no subnet was. */
  scope = 0
  origin: number = Origin.none
}

const mappedPrefixWord = 0xffff
const nat64Word = 0x0064ff9b
const sixToFour = 0x2002

/**
 * Finds the cell. The client's subnet decides where it is sent and mapped; else the resolver's address does, and the scope
 * is still that of the block asked for, so that no cache gives the answer to other subnets (RFC 7871 section 7.3.1).
 */
export function locate(blocks: Blocks, ecs: Ecs, client: Client, located: Located): void {
  located.scope = 0
  if (ecs.present && ecs.source !== 0) {
    const family4 = ecs.family === 1
    located.origin = family4 ? Origin.v4 : Origin.v6
    const { address: a } = ecs
    if (family4) byV4(blocks, wordAt(a, 0), 0, located)
    else byV6(blocks, wordAt(a, 0), wordAt(a, 4), wordAt(a, 8), wordAt(a, 12), ecs.source, located)
    if (located.cell !== unmappedCell) return
    located.origin = Origin.unmapped
  } else located.origin = ecs.present ? Origin.optOut : Origin.none
  const scope = located.scope
  const { words } = client
  if (client.family === 4) byV4(blocks, words[0] | 0, 0, located)
  else byV6(blocks, words[0] | 0, words[1] | 0, words[2] | 0, words[3] | 0, 128, located)
  located.scope = scope
}

function byV4(blocks: Blocks, address: number, shift: number, located: Located): void {
  const block = findBlock(blocks.trie4, address, 0)
  const depth = block >>> 16
  const coarsest = blocks.meta[BlocksMeta.coarsest4]
  const scope = depth > coarsest ? depth : coarsest
  located.cell = block & 0xffff
  located.blockHash = mix(scope === 0 ? 0 : address & (-1 << (32 - scope)))
  located.scope = scope + shift
}

/**
 * IPv4 carried in IPv6 (mapped, 64:ff9b::/96, 6to4) is looked up as IPv4, with the scope moved by as many bits, when the
 * source prefix reaches the embedded address.
 */
function byV6(blocks: Blocks, a: number, b: number, c: number, d: number, source: number, located: Located): void {
  if (source > 96 && b === 0 && ((a === 0 && c === mappedPrefixWord) || (a === nat64Word && c === 0))) {
    return byV4(blocks, d, 96, located)
  }
  if (a >>> 16 === sixToFour && source > 16) return byV4(blocks, (a << 16) | (b >>> 16), 16, located)
  const block = findBlock(blocks.trie6, a, b)
  const depth = block >>> 16
  const coarsest = blocks.meta[BlocksMeta.coarsest6]
  const scope = depth > coarsest ? depth : coarsest
  const high = scope >= 32 ? a : a & maskOf(scope)
  const low = scope <= 32 ? 0 : scope >= 64 ? b : b & (-1 << (64 - scope))
  located.cell = block & 0xffff
  located.blockHash = mix(mix(high) ^ low)
  located.scope = scope
}

function maskOf(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length)
}

/** Four octets as a signed word: an unsigned one above 2^31 would be an allocation whenever it is passed on. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}
