// A partition of address space → the block index's columns, packed for sharing. Knows no ranks and no names.
import type { PrefixLengths } from '../geo/model.ts'
import type { Partition } from '../geo/partition.ts'
import { buildTrie } from '../ip/block-index.ts'
import { pack } from '../memory/sections.ts'
import { BlocksMeta, blockSchema, blocksVersion } from '../server/tables.ts'

/** Packs blocks by blockSchema. */
export function encodeBlocks({ v4, v6 }: Partition, coarsest: PrefixLengths): Uint8Array<ArrayBuffer> {
  const meta = new Uint32Array(BlocksMeta.size)
  meta[BlocksMeta.coarsest4] = coarsest.v4
  meta[BlocksMeta.coarsest6] = coarsest.v6
  return pack(blockSchema, blocksVersion, {
    meta,
    trie4: buildTrie(v4.depths, v4.cells),
    trie6: buildTrie(v6.depths, v6.cells),
  })
}
