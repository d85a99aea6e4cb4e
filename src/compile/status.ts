// What is said of a snapshot: its number, and what compiling it gave, counted for the admin API. Knows no table.
import type { SnapshotStatus } from '../admin/ports.ts'
import type { Compiled } from './run.ts'

/**
 * @param epoch of the snapshot that is published
 * @param compiledAt Unix time in milliseconds
 */
export function snapshotStatus(
  { config, directory, files }: Compiled,
  epoch: number,
  compiledAt: number,
): SnapshotStatus {
  return {
    epoch,
    compiledAt,
    zones: config.zones.map(({ name }) => name),
    services: config.services.map(({ key }) => key),
    cells: directory.cells.length,
    blocks: directory.blocks.v4 + directory.blocks.v6,
    sources: directory.sources,
    configFiles: files,
  }
}

/** The number of the next snapshot, which is the SOA serial too: the time, as operators expect, and always greater than the last. */
export function epochAfter(last = 0): number {
  return Math.max(last + 1, Math.floor(Date.now() / 1000))
}

/** How much it holds, for the log. */
export function snapshotSizes({ config, directory }: Compiled): Record<'zones' | 'nodes' | 'cells' | 'blocks', number> {
  const { v4, v6 } = directory.blocks
  return { zones: config.zones.length, nodes: config.nodes.length, cells: directory.cells.length, blocks: v4 + v6 }
}

/** The same as numbers, in seconds. */
export function snapshotGauges(
  { epoch, cells, blocks, compiledAt }: SnapshotStatus,
  { timings }: Compiled,
): Record<'epoch' | 'cells' | 'blocks' | 'compiledAt' | 'compileSeconds', number> {
  return { epoch, cells, blocks, compiledAt: Math.round(compiledAt / 1000), compileSeconds: timings.totalMs / 1000 }
}
