// What main and its compile process say to each other. Knows no processes.
import type { Config } from '../config/config.ts'
import type { ErrorCode } from '../errors.ts'
import type { ZoneKeys } from '../server/tables.ts'
import type { Directory } from './directory.ts'

/** One compilation. */
export interface Job {
  /** Absolute. */
  readonly configPath: string
  /** null: nothing is kept. */
  readonly cacheDirectory: string | null
  /** Where results are put; it exists and is empty. */
  readonly workDirectory: string
  readonly epoch: number
  /** Key of the blocks main holds already, which are then not written again; null for none. */
  readonly heldBlocks: string | null
  /** Name of what the snapshot in use was made from, as its job said it; null for none. */
  readonly source: string | null
  /** That is signed anew, and the configuration not read. */
  readonly renew: boolean
  /** The result is going to be in use: what it is made from is kept. */
  readonly keep: boolean
}

/** Milliseconds each step took, and whether the partition needed not be made. */
export interface Timings {
  readonly configMs: number
  readonly geographyMs: number
  readonly tablesMs: number
  readonly writeMs: number
  readonly geographyCached: boolean
}

/** What is known whatever became of it. */
export interface Findings {
  /** Every file that was read, absolute, for watching. */
  readonly files: readonly string[]
  /** When the first of them began to be read, in Unix milliseconds. */
  readonly readFromMs: number
  /** `file:line:column: message`, like problems. */
  readonly warnings: readonly string[]
  /** What was wrong with the cache; the result does not suffer from it. */
  readonly notes: readonly string[]
}

export type FromChild =
  | { readonly type: 'progress'; readonly step: string; readonly share: number }
  | ({ readonly type: 'refused'; readonly problems: readonly string[] } & Findings)
  | ({ readonly type: 'failed'; readonly code: ErrorCode; readonly message: string } & Findings)
  | ({
      readonly type: 'done'
      /** The zones without their names and records, which only the tables need. */
      readonly config: Config
      readonly directory: Directory
      /** Names the blocks; those of one key are the same bytes. */
      readonly blocksKey: string
      readonly timings: Timings
      /** By zone: where the keys lie that sign it; null where it is not signed. */
      readonly keys: readonly (ZoneKeys | null)[]
      /** When signatures are to be made anew or keys change, in Unix seconds; null for never. */
      readonly renewAt: number | null
      /** Names what it was made from, for another job; null where nothing is signed, or nothing could be kept. */
      readonly source: string | null
      /** Stands for the key files as they were: see key-state.ts. */
      readonly keyState: string
      /** It was made from such a source, and nothing else is new than signatures and keys. */
      readonly renewed: boolean
    } & Findings)

/** Names of the results in the work directory; `blocks` only when main does not hold them. */
export const resultFiles = { blocks: 'blocks', tables: 'tables' } as const
