// Whether a node may be handed to one block. Knows the words and the blocks' lots, no windows.
import { forEveryBlock, isAvailable, isPartlyAvailable, type AvailabilityWords } from '../fleet/availability.ts'
import { mix } from '../ip/hash.ts'
import type { RankColumns } from './columns.ts'

/** A block's lot for a node, 0-254: which blocks a ramping node serves first, and which a drain moves first. */
export function lotOf(nodeHash: number, blockHash: number): number {
  return (mix(nodeHash ^ blockHash) >>> 8) % 255
}

/**
 * Whether a node has an address of the family and is up for the block.
 * @param words null: every node with an address is
 * @param anyLot a node that is up for some blocks is
 */
export function available(
  columns: RankColumns,
  words: AvailabilityWords | null,
  anyLot: boolean,
  node: number,
  family: number,
  blockHash: number,
): boolean {
  if ((columns.nodeFamilies[node] & (1 << ((family >> 1) & 1))) === 0) return false
  if (words === null) return true
  if (anyLot) return isPartlyAvailable(words, columns.nodeSlot[node], family)
  const slot = columns.nodeSlot[node]
  const whole = forEveryBlock(words, slot, family)
  return whole < 0 ? isAvailable(words, slot, family, lotOf(columns.nodeHash[node], blockHash)) : whole === 1
}
