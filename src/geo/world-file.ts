// What a partition says beside its blocks, as bytes for the disk, so that an unchanged world is not compiled again. Knows no paths
// and no databases. Little-endian, as every machine that runs this; whoever keeps the bytes sees to it that they stay whole.
import { attach, pack, type Columns } from '../memory/sections.ts'
import type { Cell, World } from './partition.ts'

/** Raised whenever the columns change, or the same input would give another partition: older files are then ignored. */
export const worldVersion = 2

const schema = {
  /** How many there are of IPv4, and of IPv6. */
  blocks: 'u32',
  /** One element each cell, like the next two. */
  cellPlaces: 'u16',
  cellCarriers: 'i32',
  /** Where a cell's networks end in `networks`; they begin where the cell's before it end. */
  cellNetworks: 'u32',
  networks: 'u32',
  /** JSON of places and sources. */
  texts: 'u8',
} as const

/** The inverse of decodeWorld. */
export function encodeWorld({ blocks, cells, places, sources }: World): Uint8Array {
  let end = 0
  return pack(schema, worldVersion, {
    blocks: Uint32Array.of(blocks.v4, blocks.v6),
    cellPlaces: Uint16Array.from(cells, ({ place }) => place),
    cellCarriers: Int32Array.from(cells, ({ carrier }) => carrier),
    cellNetworks: Uint32Array.from(cells, ({ networks }) => (end += networks.length)),
    networks: Uint32Array.from(cells.flatMap(({ networks }) => networks)),
    texts: new TextEncoder().encode(JSON.stringify({ places, sources })),
  })
}

/** The world of encodeWorld's bytes, or null when they are of another version. */
export function decodeWorld(bytes: Uint8Array): World | null {
  const columns = attach(schema, worldVersion, new Uint8Array(bytes).buffer)
  if (columns === null) return null
  const [v4, v6] = columns.blocks
  const texts: Pick<World, 'places' | 'sources'> = JSON.parse(new TextDecoder().decode(columns.texts))
  return { blocks: { v4, v6 }, cells: cellsOf(columns), ...texts }
}

function cellsOf({ cellPlaces, cellCarriers, cellNetworks, networks }: Columns<typeof schema>): Cell[] {
  return Array.from(cellPlaces, (place, i) => ({
    place,
    carrier: cellCarriers[i],
    networks: Array.from(networks.subarray(i === 0 ? 0 : cellNetworks[i - 1], cellNetworks[i])),
  }))
}
