// The windows of every (service, rank, family), each distinct one once, as columns. Knows no DNS and no health.
import type { Config } from '../config/config.ts'
import { bucketCount } from '../scheduler/bucket.ts'
import { noWindow, type RankColumns } from '../scheduler/columns.ts'
import type { RankEntry } from '../scheduler/rank.ts'
import { fillWindowRows, windowOf, type Window } from '../scheduler/window.ts'
import type { GroupRows } from './rows.ts'

/** A window's rows are 16 or 32 KB. Where there are more windows, those of the fewest cells are left to be walked. */
const mostWindows = 1024
/** A row names more nodes than a query wants, so that it serves as well when some are down; 4 entries are 8 bytes. */
const rowWidths = { narrow: 4, wide: 8 }

type WindowColumns = Pick<
  RankColumns,
  | 'serviceWindows'
  | 'windowOf'
  | 'windowState'
  | 'windowBounds'
  | 'windowStart'
  | 'windowGroups'
  | 'windowWidth'
  | 'windowRows'
>

/** What windows are made of. */
interface Rank {
  /** Index into the configuration's pools. */
  readonly pool: number
  /** How many cells have it. */
  readonly cells: number
  readonly entries: readonly RankEntry[]
}

interface Found {
  readonly window: Window
  cells: number
  /** Places in `windowOf`. */
  readonly users: number[]
}

/**
 * Compiles them.
 * @param firstGroup by pool: the number of its first group among all groups
 */
export function compileWindows(
  config: Config,
  ranks: readonly Rank[],
  firstGroup: readonly number[],
  rows: GroupRows,
): WindowColumns {
  const { all, serviceWindows, places } = findWindows(config, ranks, firstGroup, rows)
  const found = [...all].toSorted((a, b) => b.cells - a.cells).slice(0, mostWindows)
  const column = new Uint16Array(places).fill(noWindow)
  const most = Math.max(
    ...config.services.map(({ locality, copies, answers }) => (locality === 'stream' ? copies : answers)),
  )
  const width = most < rowWidths.narrow ? rowWidths.narrow : rowWidths.wide
  const size = bucketCount * width
  const windowRows = new Uint16Array(found.length * size)
  for (const [index, { window, users }] of found.entries()) {
    for (const user of users) column[user] = index
    const own = windowRows.subarray(index * size, (index + 1) * size)
    fillWindowRows(window, (group) => rows.ofFamily(group, window.family), own)
  }
  let end = 0
  return {
    serviceWindows,
    windowOf: column,
    windowState: new Int32Array(found.length),
    windowBounds: Int32Array.from(found.flatMap(({ window: { family, leader, cap } }) => [family, leader, cap])),
    windowStart: Uint32Array.from([0, ...found.map(({ window }) => (end += window.groups.length))]),
    windowGroups: Uint16Array.from(found.flatMap(({ window }) => window.groups)),
    windowWidth: Uint8Array.of(width),
    windowRows,
  }
}

function findWindows(
  config: Config,
  ranks: readonly Rank[],
  firstGroup: readonly number[],
  rows: GroupRows,
): { all: Iterable<Found>; serviceWindows: Int32Array; places: number } {
  const found = new Map<string, Found>()
  const serviceWindows = new Int32Array(config.services.length)
  const poolIndexes = new Map(config.pools.map(({ key }, index) => [key, index]))
  const firstRank = firstRanks(config.pools.length, ranks)
  let places = 0
  for (const [service, { pool, spreadMs, familyGapMs }] of config.services.entries()) {
    const poolIndex = poolIndexes.get(pool) ?? 0
    const first = firstGroup[poolIndex]
    const base = places - firstRank[poolIndex] * 2
    serviceWindows[service] = base
    places += (firstRank[poolIndex + 1] - firstRank[poolIndex]) * 2
    for (let rank = firstRank[poolIndex]; rank < firstRank[poolIndex + 1]; rank++) {
      const { entries, cells } = ranks[rank]
      for (const family of [4, 6] as const) {
        const window = windowOf(entries, (group) => rows.familiesOf(first + group), spreadMs, familyGapMs, family)
        if (window === null) continue
        const key = `${family} ${first} ${window.leader} ${window.cap} ${window.groups.join()} ${window.scales.join()}`
        const known = found.get(key) ?? { window: numbered(window, first), cells: 0, users: [] }
        found.set(key, known)
        known.cells += cells
        known.users.push(base + rank * 2 + (family === 6 ? 1 : 0))
      }
    }
  }
  return { all: found.values(), serviceWindows, places }
}

/** By pool, and one more: the number of its first rank; those of a pool stand in a row. */
function firstRanks(pools: number, ranks: readonly Rank[]): number[] {
  const first = Array.from({ length: pools + 1 }, () => 0)
  for (const { pool } of ranks) first[pool + 1]++
  for (let pool = 0; pool < pools; pool++) first[pool + 1] += first[pool]
  return first
}

/** The window with groups as all pools together number them. */
function numbered(window: Window, first: number): Window {
  const { leader, cap, groups } = window
  return {
    ...window,
    groups: groups.map((group) => first + group),
    leader: leader < 0 ? -1 : first + leader,
    cap: cap < 0 ? -1 : first + cap,
  }
}
