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
  'windowOf' | 'windowState' | 'windowBounds' | 'windowStart' | 'windowGroups' | 'windowWidth' | 'windowRows'
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
  const all = findWindows(config, ranks, firstGroup, rows)
  const found = [...all].toSorted((a, b) => b.cells - a.cells).slice(0, mostWindows)
  const column = new Uint16Array(config.services.length * 2 * ranks.length).fill(noWindow)
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
): Iterable<Found> {
  const found = new Map<string, Found>()
  for (const [service, { pool, spreadMs, familyGapMs }] of config.services.entries()) {
    const poolIndex = config.pools.findIndex(({ key }) => key === pool)
    const first = firstGroup[poolIndex]
    for (const [rank, { pool: ofPool, entries, cells }] of ranks.entries()) {
      if (ofPool !== poolIndex) continue
      for (const family of [4, 6] as const) {
        const window = windowOf(entries, (group) => rows.familiesOf(first + group), spreadMs, familyGapMs, family)
        if (window === null) continue
        const key = `${family} ${first} ${window.leader} ${window.cap} ${window.groups.join()} ${window.scales.join()}`
        const known = found.get(key) ?? { window: numbered(window, first), cells: 0, users: [] }
        found.set(key, known)
        known.cells += cells
        known.users.push((service * 2 + (family === 6 ? 1 : 0)) * ranks.length + rank)
      }
    }
  }
  return found.values()
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
