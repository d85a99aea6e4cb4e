// What the admin API says of a snapshot: counted from what compiling it gave. Knows no table.
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
