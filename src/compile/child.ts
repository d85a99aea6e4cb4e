// The compile process: one job in, files and one message out, then it ends. Knows no health, no sockets and no snapshot in use.
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import type { GeoSettings } from '../geo/model.ts'
import { DatabaseError } from '../geo/sources/files.ts'
import type { Advice } from './advice.ts'
import { Cache } from './cache.ts'
import { compileTables } from './compile.ts'
import { steeringNetworks } from './directory.ts'
import { geographyOf, type Geography } from './geography.ts'
import { keyStateOf } from './key-state.ts'
import { keep, recall, type Source } from './kept.ts'
import { openSigners, renewalOf } from './signing.ts'
import { roomless } from './room.ts'
import { resultFiles, type Findings, type FromChild, type Job, type Timings } from './messages.ts'

/** Files of each kind that stay: all those of a large configuration. */
const kept = { tree: 1000, zone: 1000 }

const withoutSource =
  'what is signed can be kept nowhere, as there is no cache: while a configuration is refused, no signature is made anew'

interface Collected extends Findings {
  readonly files: string[]
  readonly warnings: string[]
  readonly notes: string[]
}

// Only under a parent that speaks: started by hand it does nothing.
if (process.send) {
  process.once('message', (job) => void run(job as Job))
  process.once('disconnect', () => process.kill(process.pid))
}

async function run(job: Job): Promise<void> {
  // A daemon that answers goes first; one that starts has nothing to do but wait.
  if (job.heldBlocks !== null) yieldToOthers()
  const findings: Collected = { files: [], readFromMs: Date.now(), warnings: [], notes: [] }
  const word = await compile(job, findings).catch((error: unknown) => failure(error, findings))
  // A directory of the world is more than a pipe takes at once, and disconnecting cuts off what it has not taken yet.
  await new Promise((sent) => process.send?.(word, sent))
  process.removeAllListeners('disconnect')
  process.disconnect()
}

async function compile(job: Job, findings: Collected): Promise<FromChild> {
  const note = (message: string): void => void findings.notes.push(message)
  const cache = job.cacheDirectory === null ? null : Cache.open(job.cacheDirectory, note)
  const clock = new Clock()

  const recalled = job.renew ? await recallOf(job, cache, note) : null
  const read = recalled ?? (await readConfig(job, cache, findings))
  if ('type' in read) return read
  const { config, files } = read
  findings.files.push(...files)
  const directory = dirname(job.configPath)
  const keyState = keyStateOf(config)
  const signing = openSigners(config, Math.floor(Date.now() / 1000))
  findings.files.push(...signing.files)
  findings.warnings.push(...signing.warnings.map((advice) => formatAdvice(advice, directory)))
  if (signing.problems.length > 0) return refusalOf(signing.problems, directory, findings)
  const configMs = clock.lap()

  const geography = recalled ? { ...recalled, key: recalled.blocksKey, cached: true } : await locate(config, job, cache)
  if ('at' in geography) return refusalOf([geography], directory, findings)
  const { key: blocksKey, world, cached } = geography
  const geographyMs = clock.lap()

  progress('ranking nodes for every cell', 0.9)
  const tables = compileTables(config, world, job.epoch, signing.signers)
  findings.warnings.push(...tables.warnings.map((advice) => formatAdvice(advice, directory)))
  if (tables.problems.length > 0) return refusalOf(tables.problems, directory, findings)
  const tablesMs = clock.lap()

  await writeFile(join(job.workDirectory, resultFiles.tables), tables.bytes)
  await cache?.keep('tree', kept.tree)
  await cache?.keep('zone', kept.zone)
  let source = recalled === null ? null : job.source
  if (recalled === null && job.keep && signing.signers.some((signer) => signer !== null)) {
    if (cache !== null) source = await keep(cache, { config, world, blocksKey, files }, job.source)
    if (source === null) note(withoutSource)
  }
  const timings: Timings = { configMs, geographyMs, tablesMs, writeMs: clock.lap(), geographyCached: cached }
  return {
    type: 'done',
    config: withoutRecords(config),
    directory: tables.directory,
    blocksKey,
    timings,
    keys: signing.keys,
    renewAt: renewalOf(signing.signers),
    source,
    keyState,
    renewed: recalled !== null,
    ...findings,
  }
}

async function recallOf(job: Job, cache: Cache | null, note: (message: string) => void): Promise<Source | null> {
  const recalled = cache && job.source !== null ? await recall(cache, job.source, job.heldBlocks) : null
  if (recalled === null)
    note('what the snapshot in use was made from is not kept, so it is signed anew as the files are now')
  return recalled
}

async function readConfig(
  { configPath }: Job,
  cache: Cache | null,
  findings: Collected,
): Promise<Pick<Source, 'config' | 'files'> | FromChild> {
  progress('reading the configuration', 0)
  const { config, problems, warnings, files } = await loadConfig(configPath, { cache: cache ?? undefined })
  findings.warnings.push(...warnings.map((warning) => formatProblem(warning)))
  if (config === null) {
    findings.files.push(...files)
    return refusal(
      problems.map((problem) => formatProblem(problem)),
      findings,
    )
  }
  return { config, files }
}

/** The world of a configuration and its blocks; or why there is none. */
async function locate(config: Config, job: Job, cache: Cache | null): Promise<Geography | Advice> {
  const input = {
    settings: config.geo,
    carriers: config.carriers,
    networks: steeringNetworks(config),
    onProgress: (step: string, share: number): void => progress(step, 0.05 + share * 0.8),
  }
  const blocksPath = join(job.workDirectory, resultFiles.blocks)
  const { coarsestScope: coarsest } = config.geo
  const made = geographyOf({ input, coarsest, cache, heldKey: job.heldBlocks, blocksPath })
  return await made.catch((error: unknown) => unfit(error, config.geo))
}

/**
 * On Linux a priority is a thread's, and V8 has several. Not the lowest: beside threads that are always busy, as in a flood, that is a
 * seventieth of a core, and a reload would seem to hang. This is a tenth.
 */
function yieldToOthers(): void {
  try {
    const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0]
    for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A sandbox may forbid it; then the kernel shares the time evenly.
  }
}

/** A database that turned out to be of another kind, at the place that names it; anything else goes on as it came. */
function unfit(error: unknown, { at }: GeoSettings): Advice {
  if (error instanceof DatabaseError) return { at: at[error.slot], message: error.message }
  throw error
}

/** A million names would take the daemon's thread a while to receive, and only the tables need them. */
function withoutRecords(config: Config): Config {
  return { ...config, zones: config.zones.map((zone) => ({ ...zone, staticRRsets: [], steeredNames: [] })) }
}

function refusal(problems: readonly string[], findings: Findings): FromChild {
  return { type: 'refused', problems, ...findings }
}

function refusalOf(advices: readonly Advice[], directory: string, findings: Findings): FromChild {
  return refusal(
    advices.map((advice) => formatAdvice(advice, directory)),
    findings,
  )
}

function failure(error: unknown, findings: Findings): FromChild {
  if (error instanceof NearcastError) return { type: 'failed', code: error.code, message: error.message, ...findings }
  const message = roomless(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
  return { type: 'failed', code: 'NC_INTERNAL', message: `compiling failed: ${message}`, ...findings }
}

/** Rules know where they stand from the main file's directory; people read it from theirs. */
function formatAdvice({ at, message }: Advice, directory: string): string {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(at) ?? []
  if (file === undefined) return `${at}: ${message}`
  return formatProblem({ file: resolve(directory, file), line: Number(line), column: Number(column), message })
}

function progress(step: string, share: number): void {
  tell({ type: 'progress', step, share })
}

function tell(message: FromChild): void {
  process.send?.(message)
}

/** Times one step after the other. */
class Clock {
  #from = performance.now()

  /** Milliseconds since the last lap. */
  lap(): number {
    const from = this.#from
    this.#from = performance.now()
    return Math.round(this.#from - from)
  }
}
