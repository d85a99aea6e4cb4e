// Partitions of any size, for the growth curves: so many blocks, so many cells. Knows no databases.
import { countries } from '../src/geo/countries.ts'
import type { Partition } from '../src/geo/partition.ts'
import { Random } from './random.ts'

const finest = { 4: 24, 6: 48 } as const

/**
 * Half of the blocks are IPv4's, half IPv6's: all space, or 2000::/3, cut in two again and again, a block drawn with equal
 * chances each time, none finer than the default floor. Each lies in a cell drawn with equal chances; cell 0 is nowhere.
 */
export function syntheticPartition(blocks: number, cells: number, carriers: number): Partition {
  const random = new Random(blocks + cells)
  const half = Math.max(8, Math.floor(blocks / 2))
  const v4 = cut([{ start: 0, depth: 0 }], half, finest[4], random)
  // What lies beside 2000::/3 is one block each.
  const beside = [0, 2 ** 62, 2 ** 63].map((start, i) => ({ start, depth: [3, 2, 1][i] }))
  const v6 = [...beside, ...cut([{ start: 2 ** 61, depth: 3 }], half - 3, finest[6], random)]
  v6.sort((a, b) => a.start - b.start)
  const cell = (): number => (cells === 1 ? 0 : 1 + random.below(cells - 1))
  const places = [...countries].map(([code, { name, continent, at }]) => ({
    id: code,
    name,
    country: code,
    continent,
    at,
  }))
  return {
    v4: {
      starts: Uint32Array.from(v4, ({ start }) => start / 2 ** 32),
      depths: Uint8Array.from(v4, ({ depth }) => depth),
      cells: Uint16Array.from(v4, cell),
    },
    v6: {
      startsHigh: Uint32Array.from(v6, ({ start }) => start / 2 ** 32),
      startsLow: Uint32Array.from(v6, ({ start }) => start % 2 ** 32),
      depths: Uint8Array.from(v6, ({ depth }) => depth),
      cells: Uint16Array.from(v6, cell),
    },
    cells: Array.from({ length: cells }, (_, i) => ({
      place: i === 0 ? 0 : 1 + (i % places.length),
      carrier: i === 0 ? -1 : Math.floor(i / places.length) % carriers,
      networks: [],
    })),
    places: [{ id: '', name: 'unknown', country: null, continent: null, at: null }, ...places],
    sources: [],
    blocks: { v4: v4.length, v6: v6.length },
  }
}

/** A prefix of 64 bits, its start as a number that is exact down to a /53. */
interface Block {
  readonly start: number
  readonly depth: number
}

function cut(blocks: Block[], count: number, floor: number, random: Random): Block[] {
  while (blocks.length < count) {
    const at = random.below(blocks.length)
    const { start, depth } = blocks[at]
    if (depth === floor) continue
    blocks[at] = { start, depth: depth + 1 }
    blocks.push({ start: start + 2 ** (63 - depth), depth: depth + 1 })
  }
  return blocks.toSorted((a, b) => a.start - b.start)
}
