// What an answer costs as the world grows, one dimension at a time. Knows no reports.
import { Clients, Questions, usualMix } from './questions.ts'
import { sizedConfig, usual } from './fleet.ts'
import { time, type Bench, type Effort } from './harness.ts'
import { answerBench, Rooms } from './micro.ts'
import { syntheticPartition } from './synthetic.ts'
import { makeWorld, worldPartition, type World } from './world.ts'

export interface Curve {
  readonly name: string
  readonly points: readonly { readonly size: number; readonly medianNs: number; readonly p90Ns: number }[]
  /** Nanoseconds at the last size by those at the first. */
  readonly ratio: number
}

export interface Sizes {
  readonly nodes: readonly number[]
  readonly names: readonly number[]
  readonly blocks: readonly number[]
  readonly cells: readonly number[]
}

export const wholeSizes: Sizes = {
  nodes: [10, 100, 1_000, 10_000],
  names: [100, 10_000, 1_000_000],
  blocks: [1_000, 30_000, 1_000_000, 3_000_000],
  cells: [10, 1_000, 32_000],
}

/** Enough for a smoke test. */
export const smallSizes: Sizes = {
  nodes: [10, 1_000],
  names: [100, 10_000],
  blocks: [1_000, 100_000],
  cells: [10, 1_000],
}

/** Blocks and cells of the curves that grow something else but are made up. */
const usualBlocks = 1_000_000
/** So few that the smallest partition has them all. */
const cellsOfBlocks = 500

type Make = (size: number) => Promise<Grown>

interface Grown {
  readonly world: World
  readonly names: number
}

/** The four curves; what does not grow is as in the micro benches. */
export async function* growth(sizes: Sizes, effort: Effort): AsyncGenerator<Curve> {
  const config = await sizedConfig(usual)
  const world = await worldPartition(config)
  const made = (blocks: number, cells: number): Grown => ({
    world: makeWorld(config, syntheticPartition(blocks, cells, config.carriers.length)),
    names: usual.names,
  })
  const sized = async (nodes: number, names: number): Promise<Grown> => ({
    world: makeWorld(await sizedConfig({ nodes, names }), world),
    names,
  })
  yield await curve('nodes', sizes.nodes, effort, (nodes) => sized(nodes, usual.names))
  yield await curve('names', sizes.names, effort, (names) => sized(usual.nodes, names))
  yield await curve('blocks', sizes.blocks, effort, async (blocks) => made(blocks, cellsOfBlocks))
  yield await curve('cells', sizes.cells, effort, async (cells) => made(usualBlocks, cells))
}

async function curve(name: string, sizes: readonly number[], effort: Effort, make: Make): Promise<Curve> {
  const rooms = new Rooms()
  const benches: Bench[] = []
  for (const size of sizes) {
    const { world, names } = await make(size)
    benches.push(
      answerBench(`${size} ${name}`, world, rooms, new Questions(new Clients(world.partition, 7), names, usualMix, 11)),
    )
  }
  const timings = time(benches, effort)
  const points = timings.map(({ medianNs, p90Ns }, i) => ({ size: sizes[i], medianNs, p90Ns }))
  return { name, points, ratio: (points.at(-1)?.medianNs ?? 0) / points[0].medianNs }
}
