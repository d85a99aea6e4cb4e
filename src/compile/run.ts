// Compiles aside: starts the compile process, waits for its word, takes what it made into shared memory. Knows no rules of compiling.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { NearcastError } from '../errors.ts'
import type { ZoneKeys } from '../server/tables.ts'
import type { Directory } from './directory.ts'
import { roomless } from './room.ts'
import { resultFiles, type Findings, type FromChild, type Job, type Timings } from './messages.ts'

const childScript = new URL('./child.ts', import.meta.url)
/** Far longer than the largest world takes; a child that hangs is ended. */
const longestMs = 10 * 60_000
/** How much of the child's last words goes into the error when it dies. */
const complaintLength = 2_000

export interface CompileOptions {
  readonly configPath: string
  /** null: nothing is kept. */
  readonly cacheDirectory: string | null
  readonly epoch: number
  /** The blocks of the snapshot in use: taken over when the new one has the same. */
  readonly held?: Blocks | null
  /** What the snapshot in use was made from. */
  readonly source?: string | null
  /** That is signed anew as it is; where it is gone the configuration is read after all. */
  readonly renew?: boolean
  /** Keeps what the result is made from: for who is going to use it. */
  readonly keep?: boolean
  /** Which step begins, and what share of all lies behind, 0 to 1. */
  readonly onProgress?: (step: string, share: number) => void
  /** Ends the child; the outcome is then a failure. */
  readonly signal?: AbortSignal
  /** Waits already for its job, from forkCompiler; else one is started. */
  readonly child?: ChildProcess
}

/** Blocks in shared memory; those of one key are the same. */
export interface Blocks {
  readonly key: string
  readonly buffer: SharedArrayBuffer
}

/** All that a snapshot is made of; the tables have no node slots yet. */
export interface Compiled extends Findings {
  readonly ok: true
  readonly epoch: number
  /** The zones without their names and records, which are in the tables. */
  readonly config: Config
  readonly directory: Directory
  readonly blocks: Blocks
  readonly tables: SharedArrayBuffer
  /** By zone: where the keys lie that sign it. */
  readonly keys: readonly (ZoneKeys | null)[]
  /** When it is to be compiled again for its signatures' sake, in Unix seconds; null for never. */
  readonly renewAt: number | null
  /** For the `source` of CompileOptions. */
  readonly source: string | null
  /** For keyStateOf. */
  readonly keyState: string
  /** It was signed anew and is otherwise as it was. */
  readonly renewed: boolean
  readonly timings: Timings & { readonly totalMs: number }
}

/** Why there is no snapshot. */
export interface Refused extends Findings {
  readonly ok: false
  /** `file:line:column: message` each; empty when something else failed. */
  readonly problems: readonly string[]
  /** NC_CONFIG with all problems in its message, or what else failed. */
  readonly error: NearcastError
}

/**
 * Starts the compile process before there is a job: it loads its code meanwhile, and ends with this process.
 * @param script what it runs: `child`, or its stand-in in a test
 */
export function forkCompiler(script: URL = childScript): ChildProcess {
  // The flags of this process are not the child's business.
  return fork(script, [], { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
}

/**
 * Compiles a configuration in a process of its own. Never throws: whatever happens to that process is an outcome.
 * @param script as for forkCompiler
 */
export async function compileAside(options: CompileOptions, script?: URL): Promise<Compiled | Refused> {
  const startedAtMs = performance.now()
  const readFromMs = Date.now()
  const configPath = resolve(options.configPath)
  const held = options.held ?? null
  let workDirectory: string | undefined
  try {
    workDirectory = await mkdtemp(join(tmpdir(), 'nearcast-'))
    const { cacheDirectory, epoch, source = null, renew = false, keep = false } = options
    const heldBlocks = held?.key ?? null
    const job: Job = { configPath, cacheDirectory, workDirectory, epoch, heldBlocks, source, renew, keep }
    const word = await lastWordOf(job, options, script)
    if (word.type !== 'done') return refusal(word, configPath)
    const { type: _type, blocksKey, timings, ...done } = word
    const tables = readShared(join(workDirectory, resultFiles.tables))
    const blocks =
      held?.key === blocksKey ? held : { key: blocksKey, buffer: readShared(join(workDirectory, resultFiles.blocks)) }
    const totalMs = Math.round(performance.now() - startedAtMs)
    return { ok: true, epoch, blocks, tables, timings: { ...timings, totalMs }, ...done }
  } catch (error) {
    const message = roomless(error) ?? (error instanceof Error ? error.message : String(error))
    const wrapped = new NearcastError('NC_INTERNAL', `${configPath} could not be compiled: ${message}`, {
      cause: error,
    })
    return { ok: false, problems: [], error: wrapped, files: [configPath], readFromMs, warnings: [], notes: [] }
  } finally {
    if (workDirectory !== undefined) await rm(workDirectory, { recursive: true, force: true })
  }
}

type LastWord = Exclude<FromChild, { type: 'progress' }>

/** What the child said last; rejects when it ended without a word. */
async function lastWordOf(job: Job, options: CompileOptions, script?: URL): Promise<LastWord> {
  const { onProgress, signal, child = forkCompiler(script) } = options
  signal?.throwIfAborted()
  const complaint = collect(child)
  const end = (): void => void child.kill('SIGKILL')
  const hurry = setTimeout(end, longestMs)
  signal?.addEventListener('abort', end)
  let word: LastWord | undefined
  child.on('message', (message: FromChild) => {
    if (message.type === 'progress') onProgress?.(message.step, message.share)
    else word = message
  })
  try {
    // Without a process there is no channel either: the reason is on its way.
    if (child.pid === undefined) await once(child, 'close')
    // A child that cannot be told its job is about to close.
    child.send(job, () => {})
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    signal?.throwIfAborted()
    if (word) return word
    throw new Error(`the compile process ended (${killedBy ?? `code ${code}`}) without a result${complaint()}`)
  } finally {
    clearTimeout(hurry)
    signal?.removeEventListener('abort', end)
  }
}

/** The end of what the child writes to its stderr, for the error when it dies. */
function collect({ stderr }: ChildProcess): () => string {
  let text = ''
  stderr?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-complaintLength)))
  return () => (text === '' ? '' : `:\n${text.trimEnd()}`)
}

function refusal(word: Exclude<LastWord, { type: 'done' }>, configPath: string): Refused {
  const { files, readFromMs, warnings, notes } = word
  const problems = word.type === 'refused' ? word.problems : []
  const error =
    word.type === 'failed'
      ? new NearcastError(word.code, word.message)
      : new NearcastError('NC_CONFIG', problems.join('\n'))
  // Also when the child did not come to reading it, the main file is what to watch.
  return { ok: false, problems, error, files: files.length > 0 ? files : [configPath], readFromMs, warnings, notes }
}

/** A file's bytes in memory that threads share. */
function readShared(path: string): SharedArrayBuffer {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = new Uint8Array(new SharedArrayBuffer(size))
    let at = 0
    while (at < size) {
      const count = readSync(file, bytes, at, size - at, at)
      if (count === 0) throw new Error(`${path} ends after ${at} of ${size} bytes`)
      at += count
    }
    return bytes.buffer
  } finally {
    closeSync(file)
  }
}
