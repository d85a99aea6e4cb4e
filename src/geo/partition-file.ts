// A partition as bytes for the disk, so that an unchanged world is not compiled again. Knows no paths and no databases.
//
//   ┌ SHA-256 of the rest, 32 bytes ┬ columns (memory/sections) ┐
//
// Little-endian, as every machine that runs this.
import { hash } from 'node:crypto'
import { attach, pack, type Columns } from '../memory/sections.ts'
import type { Cell, Partition } from './partition.ts'

/** Raised whenever the columns change, or the same input would give another partition: older files are then ignored. */
export const partitionVersion = 1

const digestSize = 32

const schema = {
  starts4: 'u32',
  depths4: 'u8',
  cells4: 'u16',
  highs6: 'u32',
  lows6: 'u32',
  depths6: 'u8',
  cells6: 'u16',
  /** One element each cell, like the next two. */
  cellPlaces: 'u16',
  cellCarriers: 'i32',
  /** Where a cell's networks end in `networks`; they begin where the cell's before it end. */
  cellNetworks: 'u32',
  networks: 'u32',
  /** JSON of places and sources. */
  texts: 'u8',
} as const

/** The bytes of a partition; the inverse of decodePartition. */
export function encodePartition({ v4, v6, cells, places, sources }: Partition): Uint8Array {
  let end = 0
  const packed = pack(schema, partitionVersion, {
    starts4: v4.starts,
    depths4: v4.depths,
    cells4: v4.cells,
    highs6: v6.startsHigh,
    lows6: v6.startsLow,
    depths6: v6.depths,
    cells6: v6.cells,
    cellPlaces: Uint16Array.from(cells, ({ place }) => place),
    cellCarriers: Int32Array.from(cells, ({ carrier }) => carrier),
    cellNetworks: Uint32Array.from(cells, ({ networks }) => (end += networks.length)),
    networks: Uint32Array.from(cells.flatMap(({ networks }) => networks)),
    texts: new TextEncoder().encode(JSON.stringify({ places, sources })),
  })
  return Buffer.concat([hash('sha256', packed, 'buffer'), packed])
}

/** The partition of encodePartition's bytes, or null when they are damaged, cut off or of another version. */
export function decodePartition(bytes: Uint8Array): Partition | null {
  if (bytes.length < digestSize) return null
  const packed = new Uint8Array(bytes.subarray(digestSize))
  if (hash('sha256', packed, 'buffer').compare(bytes, 0, digestSize) !== 0) return null
  const columns = attach(schema, partitionVersion, packed.buffer)
  if (columns === null) return null
  const { starts4, depths4, cells4, highs6, lows6, depths6, cells6 } = columns
  const texts: Pick<Partition, 'places' | 'sources'> = JSON.parse(new TextDecoder().decode(columns.texts))
  return {
    v4: { starts: starts4, depths: depths4, cells: cells4 },
    v6: { startsHigh: highs6, startsLow: lows6, depths: depths6, cells: cells6 },
    cells: cellsOf(columns),
    ...texts,
  }
}

function cellsOf({ cellPlaces, cellCarriers, cellNetworks, networks }: Columns<typeof schema>): Cell[] {
  return Array.from(cellPlaces, (place, i) => ({
    place,
    carrier: cellCarriers[i],
    networks: Array.from(networks.subarray(i === 0 ? 0 : cellNetworks[i - 1], cellNetworks[i])),
  }))
}
