// The door of this room: a path in, a checked Config or every problem out. Knows the order of the steps, none of their rules.
import { dirname, resolve } from 'node:path'
import { checkTree } from './check.ts'
import type { Config } from './config.ts'
import { resolveAdmin, resolveServer } from './doors.ts'
import { checkDatabases, databasesOf, resolveCarriers, resolveGeo, resolveRegions } from './geography.ts'
import { resolveHealth } from './health.ts'
import { Includer } from './include.ts'
import { resolveNodes, resolvePools, resolveSites } from './machines.ts'
import { namesIn } from './names.ts'
import { inReadingOrder, Report, workingDirectory } from './problem.ts'
import type { Problem } from './problem.ts'
import { resolveProbes } from './probes.ts'
import { Resolving } from './resolving.ts'
import { resolveScoring, resolveServices, resolveSteering } from './rules.ts'
import { configSchema } from './schema.ts'
import type { Schema } from './schema-words.ts'
import { checkSecrets } from './secrets.ts'
import type { ParseCache } from './tree-cache.ts'
import { ZoneFiles } from './zone-files.ts'
import type { ZoneFileContent } from './zone-files.ts'
import { resolveZones } from './zones.ts'

export interface Loaded {
  /** null when there are problems. */
  readonly config: Config | null
  readonly problems: Problem[]
  readonly warnings: Problem[]
  /** Absolute paths of all files read or wanted, the main one first, for watching. */
  readonly files: string[]
}

/**
 * Reads a configuration with all it includes and checks all of it. Nothing in a file makes it reject.
 * @param path of the main file
 * @param options.cache keeps parse results by content, so that an unchanged file is not parsed again
 * @param options.reader from which directory places inside messages are told; that of the process by default
 */
export async function loadConfig(path: string, options: { cache?: ParseCache; reader?: string } = {}): Promise<Loaded> {
  const file = resolve(path)
  const report = new Report(dirname(file), options.reader ?? workingDirectory())
  const includer = new Includer(file, report, options.cache)
  const tree = await includer.read(configSchema as Schema)
  const files = [...new Set(includer.files)]
  let config: Config | null = null
  if (tree !== null) {
    // Names that a broken or missing file defines are not unknown: references wait until all files are read.
    const names = includer.complete ? namesIn(tree) : null
    const { value: raw, kept } = checkTree(tree, configSchema, names, report)
    if (raw !== undefined) {
      const from = new Resolving(raw, tree, kept, report)
      const zoneFiles = new ZoneFiles(file, report, options.cache)
      config = resolveConfig(from, await zoneFiles.read(from))
      files.push(...zoneFiles.files.filter((wanted) => !files.includes(wanted)), ...databasesOf(from))
      await checkDatabases(from)
      await checkSecrets(from)
    }
  }
  const problems = inReadingOrder(report.problems, files)
  return {
    config: problems.length === 0 ? config : null,
    problems,
    warnings: inReadingOrder(report.warnings, files),
    files,
  }
}

/** Every reference resolved, every unit a number; null without an address for the admin interface. */
function resolveConfig(from: Resolving, zoneFiles: ReadonlyMap<string, ZoneFileContent>): Config | null {
  const server = resolveServer(from)
  const admin = resolveAdmin(from, server.listen)
  const geo = resolveGeo(from)
  const { regions, rest } = resolveRegions(from)
  const carriers = resolveCarriers(from)
  const sites = resolveSites(from, regions, rest)
  const nodes = resolveNodes(from)
  const pools = resolvePools(from, nodes)
  const steering = resolveSteering(from)
  const scoring = resolveScoring(from)
  const probes = resolveProbes(from)
  const health = resolveHealth(from)
  const services = resolveServices(from, pools, nodes)
  const zones = resolveZones(from, zoneFiles, { services, pools, nodes })
  if (admin === null) return null
  return {
    server,
    admin,
    geo,
    regions,
    restRegion: rest,
    carriers,
    sites,
    nodes,
    pools,
    steering,
    scoring,
    probes,
    health,
    services,
    zones,
  }
}
