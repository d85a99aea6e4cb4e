// A partition of address space → the block index's columns, packed for sharing. Knows no ranks and no names.
import type { PrefixLengths } from '../geo/model.ts'
import type { Partition } from '../geo/partition.ts'
import { firstLevelOf, firstLevelOf6 } from '../ip/block-index.ts'
import { pack } from '../memory/sections.ts'
import { BlocksMeta, blockSchema, blocksVersion } from '../server/tables.ts'

/** Packs blocks by blockSchema. */
export function encodeBlocks({ v4, v6 }: Partition, coarsest: PrefixLengths): Uint8Array<ArrayBuffer> {
  const meta = new Uint32Array(BlocksMeta.size)
  meta[BlocksMeta.coarsest4] = coarsest.v4
  meta[BlocksMeta.coarsest6] = coarsest.v6
  return pack(blockSchema, blocksVersion, {
    meta,
    firstLevel4: firstLevelOf(v4.starts),
    starts4: v4.starts,
    depths4: v4.depths,
    cells4: v4.cells,
    firstLevel6: firstLevelOf6(v6.startsHigh, v6.startsLow),
    highs6: v6.startsHigh,
    lows6: v6.startsLow,
    depths6: v6.depths,
    cells6: v6.cells,
  })
}
