// Ranks of every (service, cell), each distinct one once, and the groups' rendezvous rows, as columns. Knows no DNS and no health.
import type { Config } from '../config/config.ts'
import { NearcastError } from '../errors.ts'
import type { RankColumns } from '../scheduler/columns.ts'
import type { Group } from '../scheduler/group.ts'
import { rankGroups, rankKey, type RankEntry } from '../scheduler/rank.ts'
import { compileWindows } from './windows.ts'
import { GroupRows } from './rows.ts'
import { cellFacts, poolFacts, type Directory, type PoolFacts } from './directory.ts'

/** Groups of up to this many nodes are searched whole: that costs no more than reading a row. */
const rowlessMembers = 4

/** One rank, with what it stands for. */
export interface DistinctRank {
  /** Index into the configuration's pools. */
  readonly pool: number
  /** A cell that has it, and how many cells do. */
  readonly cell: number
  readonly cells: number
  readonly entries: readonly RankEntry[]
}

export interface Ranked {
  readonly columns: Omit<RankColumns, 'nodeFamilies' | 'nodeSlot'>
  readonly ranks: readonly DistinctRank[]
  /** By pool. */
  readonly pools: readonly PoolFacts[]
}

type Distance = (from: readonly [number, number], to: readonly [number, number]) => number

/** Compiles them. */
export function compileRanks(config: Config, directory: Directory, distanceKm: Distance): Ranked {
  const pools = poolFacts(config, directory)
  const { ranks, rankOfPool } = rankPools(config, directory, pools, distanceKm)
  const groups = pools.flatMap((pool) => pool.groups)
  const firstGroup = firstGroups(pools)
  const rows = new GroupRows(config.nodes, groups)
  const services = config.services
  const poolIndex = new Map(config.pools.map(({ key }, index) => [key, index]))
  const cells = directory.cells.length
  const rankOf = new Uint32Array(services.length * cells)
  for (const [index, { pool }] of services.entries()) {
    const column = rankOfPool[poolIndex.get(pool) ?? 0]
    rankOf.set(column, index * cells)
  }
  return {
    ranks,
    pools,
    columns: {
      serviceAnswers: Uint8Array.from(services, ({ answers }) => answers),
      serviceCopies: Uint8Array.from(services, ({ locality, copies }) => (locality === 'stream' ? copies : 0)),
      serviceSpreadMs: Float32Array.from(services, ({ spreadMs }) => spreadMs),
      serviceFamilyGapMs: Float32Array.from(services, ({ familyGapMs }) => familyGapMs),
      serviceSteadySeconds: Uint32Array.from(services, ({ ttl }) => ttl.steadySeconds),
      serviceChangingSeconds: Uint32Array.from(services, ({ ttl }) => ttl.changingSeconds),
      rankOf,
      ...layOutRanks(ranks, firstGroup),
      ...layOutGroups(groups, rows),
      ...compileWindows(config, ranks, firstGroup, rows),
    },
  }
}

/** Ranks each pool for each cell; cells that rank alike share a rank, and a pool's ranks are numbered in a row. */
function rankPools(
  config: Config,
  directory: Directory,
  pools: readonly PoolFacts[],
  distanceKm: Distance,
): { ranks: DistinctRank[]; rankOfPool: Uint32Array[] } {
  const ranks: DistinctRank[] = []
  const kinds = cellKinds(config, directory)
  const rankOfPool = pools.map(({ groups, rules }, pool) => {
    const first = ranks.length
    for (const { cell, cells } of kinds.distinct) {
      const entries = rankGroups(groups, cellFacts(config, directory, cell), rules, config.scoring, distanceKm)
      ranks.push({ pool, cell, cells, entries })
    }
    return kinds.kindOf.map((kind) => first + kind)
  })
  return { ranks, rankOfPool }
}

/** Cells that rank alike in every pool are of one kind, known by the first of them. */
function cellKinds(
  config: Config,
  directory: Directory,
): { distinct: { readonly cell: number; cells: number }[]; kindOf: Uint32Array } {
  const named = distinctCarriers(config)
  const distinct: { readonly cell: number; cells: number }[] = []
  const known = new Map<string, number>()
  const kindOf = Uint32Array.from(directory.cells, ({ place }, cell) => {
    const key = rankKey(cellFacts(config, directory, cell), place, named)
    const kind = known.get(key) ?? distinct.length
    if (kind === distinct.length) {
      distinct.push({ cell, cells: 0 })
      known.set(key, kind)
    }
    distinct[kind].cells++
    return kind
  })
  return { distinct, kindOf }
}

/** Carriers that change a rank by more than their tier. */
function distinctCarriers(config: Config): Set<string> {
  const onNet = config.nodes.flatMap(({ carriers }) => carriers)
  const steered = config.steering.flatMap(({ clients }) => clients.carriers ?? [])
  return new Set([...onNet, ...steered])
}

/** By pool: the number of its first group among all groups. */
function firstGroups(pools: readonly PoolFacts[]): number[] {
  const firstGroup: number[] = []
  let total = 0
  for (const { groups } of pools) {
    firstGroup.push(total)
    total += groups.length
  }
  if (total > 0xffff) {
    throw new NearcastError(
      'NC_CONFIG',
      `the pools have ${total} groups of nodes that score alike, 65535 are the most; use fewer distinct prices and labels`,
    )
  }
  return firstGroup
}

function layOutRanks(ranks: readonly DistinctRank[], firstGroup: readonly number[]) {
  const entries = ranks.reduce((sum, rank) => sum + rank.entries.length, 0)
  const rankStart = new Uint32Array(ranks.length + 1)
  const entryGroup = new Uint16Array(entries)
  const entryScoreMs = new Float32Array(entries)
  const entryScale = new Float32Array(entries)
  let next = 0
  for (const [index, rank] of ranks.entries()) {
    rankStart[index] = next
    for (const { group, scoreMs, weight } of rank.entries) {
      entryGroup[next] = firstGroup[rank.pool] + group
      entryScoreMs[next] = scoreMs
      entryScale[next] = 1 / weight
      next++
    }
  }
  rankStart[ranks.length] = next
  return { rankStart, entryGroup, entryScoreMs, entryScale }
}

function layOutGroups(groups: readonly Group[], made: GroupRows) {
  const groupStart = new Uint32Array(groups.length + 1)
  const groupWidth = new Uint8Array(groups.length)
  const groupRows = new Uint32Array(groups.length)
  const rows = groups.map(({ members }, index) => (members.length <= rowlessMembers ? null : made.ofAll(index)))
  const rowTotal = rows.reduce((sum, row) => sum + (row?.nodes.length ?? 0), 0)
  const rowNodes = new Uint16Array(rowTotal)
  const rowCosts = new Float32Array(rowTotal)
  let nextRow = 0
  let nextMember = 0
  for (const [index, row] of rows.entries()) {
    groupStart[index] = nextMember
    nextMember += groups[index].members.length
    if (row === null) continue
    groupWidth[index] = row.width
    groupRows[index] = nextRow
    rowNodes.set(row.nodes, nextRow)
    rowCosts.set(row.costs, nextRow)
    nextRow += row.nodes.length
  }
  groupStart[groups.length] = nextMember
  const groupMembers = Uint16Array.from(groups.flatMap(({ members }) => members))
  const groupState = new Int32Array(groups.length)
  const { nodeHash, nodeWeight } = made
  return { nodeHash, nodeWeight, groupState, groupStart, groupMembers, groupWidth, groupRows, rowNodes, rowCosts }
}
