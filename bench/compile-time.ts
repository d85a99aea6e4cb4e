// How long the tables and the block index take to compile as the configuration grows. Knows no processes and no reports.
import { encodeBlocks } from '../src/compile/blocks.ts'
import { compileTables } from '../src/compile/compile.ts'
import { sizedConfig, usual, type Size } from './fleet.ts'
import { worldPartition } from './world.ts'

export interface CompileTime {
  readonly what: string
  /** The median of the runs. */
  readonly ms: number
  readonly megabytes: number
}

export const wholeCompile: readonly Size[] = [usual, { nodes: 10_000, names: 1_000 }, { nodes: 200, names: 1_000_000 }]
export const smallCompile: readonly Size[] = [usual]

/** Compiles each size over the world's data with 2,000 carriers. */
export async function* compileTimes(sizes: readonly Size[], runs: number): AsyncGenerator<CompileTime> {
  const world = await sizedConfig(usual)
  const partition = await worldPartition(world)
  const blocks = partition.v4.depths.length + partition.v6.depths.length
  yield timed(`index of ${blocks.toLocaleString('en')} blocks`, runs, () =>
    encodeBlocks(partition, world.geo.coarsestScope),
  )
  for (const size of sizes) {
    const config = await sizedConfig(size)
    const what = `tables of ${size.nodes.toLocaleString('en')} nodes, ${size.names.toLocaleString('en')} names`
    yield timed(what, runs, () => compileTables(config, partition, 1).bytes)
  }
}

function timed(what: string, runs: number, make: () => Uint8Array): CompileTime {
  const taken: number[] = []
  let megabytes = 0
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now()
    megabytes = make().byteLength / 1e6
    taken.push(performance.now() - startedAt)
  }
  return { what, ms: taken.toSorted((a, b) => a - b)[Math.floor((runs - 1) / 2)], megabytes }
}
