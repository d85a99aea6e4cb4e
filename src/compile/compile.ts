// Checked configuration + what geography tells apart → the tables of a snapshot. A pure function; knows no files, processes or health.
import type { Config } from '../config/config.ts'
import { distanceKm } from '../geo/distance.ts'
import type { World } from '../geo/partition.ts'
import { pack } from '../memory/sections.ts'
import { tablesSchema, tablesVersion, TablesMeta } from '../server/tables.ts'
import { compileNames } from '../zone/compile-names.ts'
import { describe, type Directory } from './directory.ts'
import { compileLabels } from './labels.ts'
import { compileHttps, compileNodes, compileTargets } from './records.ts'
import { compileRanks } from './ranks.ts'
import { advise, type Advice } from './advice.ts'
import { steeredTypes, type Signers } from './signing.ts'

export interface CompiledTables {
  /** Packed by tablesSchema; node slots and group states are filled in by the daemon. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly directory: Directory
  /** Rules that cannot be served as written: the snapshot must not be used. */
  readonly problems: readonly Advice[]
  /** Rules that do nothing. */
  readonly warnings: readonly Advice[]
}

/**
 * Compiles the tables.
 * @param epoch the snapshot's number, SOA serial of every zone
 * @param signers by zone; without them none is signed
 */
export function compileTables(
  config: Config,
  world: World,
  epoch: number,
  signers: Signers['signers'] = [],
): CompiledTables {
  const directory = describe(config, world)
  const ranked = compileRanks(config, directory, distanceKm)
  const serviceIndex = new Map(config.services.map(({ key }, index) => [key, index]))
  const types = steeredTypes(config)
  const names = compileNames(config.zones, epoch, (key) => serviceIndex.get(key) ?? missing(key), {
    signers,
    steeredTypes: (service) => types[service],
  })
  const meta = new Uint32Array(TablesMeta.size)
  meta[TablesMeta.epoch] = epoch
  meta[TablesMeta.cells] = directory.cells.length
  meta[TablesMeta.debug] = Number(config.zones.some(({ debug }) => debug))
  const bytes = pack(tablesSchema, tablesVersion, {
    meta,
    ...names,
    ...ranked.columns,
    ...compileNodes(config.nodes),
    ...compileHttps(config.services),
    ...compileTargets(config.nodes, config.services),
    ...compileLabels(config, directory),
    cellRegion: Uint8Array.from(directory.cells, ({ region }) => region),
  })
  return { bytes, directory, ...advise(config, directory, ranked) }
}

function missing(key: string): never {
  throw new Error(`a steered name is bound to the service ${key}, which does not exist`)
}
