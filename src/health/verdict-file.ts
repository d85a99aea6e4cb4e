// The last verdicts on disk, for the next start: checked when read, written aside now and then. Knows no node and no word.
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { readState, writeStateAside } from '../fleet/state-file.ts'
import type { Logger } from '../telemetry/logger.ts'
import { RememberedSchema, type Remembered } from './remembered.ts'

/** Older verdicts say nothing of today's nodes: knowing nothing is better, since first results then decide at once. */
const forgetAfterMs = 3_600_000
/** Written no more often than this when verdicts change, and this often when they do not, so that the file stays young. */
const changedEveryMs = 5_000
const unchangedEveryMs = 60_000

const FileSchema = Type.Object(
  {
    version: Type.Literal(1),
    /** Unix milliseconds. */
    savedAtMs: Type.Number(),
    /** Of the verdicts as JSON, in hexadecimal. */
    sha256: Type.String(),
    verdicts: Type.Array(RememberedSchema),
  },
  { additionalProperties: false },
)

export interface VerdictFileOptions {
  readonly file: string
  /** Unix milliseconds. */
  readonly now: () => number
  readonly log: Logger
}

export class VerdictFile {
  readonly #options: VerdictFileOptions
  #changed = false
  #savedAtMs = 0
  #writing: Promise<void> | null = null

  constructor(options: VerdictFileOptions) {
    this.#options = options
  }

  /** What was saved last: nothing when it is missing, damaged (then set aside) or too old. The log is told. */
  load(): Remembered[] {
    const { file, now, log } = this.#options
    const lost = 'every node begins without a verdict'
    const { state, problem } = readState(file, FileSchema, now(), lost, ({ sha256, verdicts }) =>
      sha256 === digest(JSON.stringify(verdicts)) ? null : 'its checksum is another one',
    )
    if (problem !== null) log.error({ event: 'health.memory_damaged', problem })
    if (state === null) return []
    const ageMs = now() - state.savedAtMs
    // Saved later than now: a clock was set, and nobody knows how old they are.
    const tooOld = Math.abs(ageMs) > forgetAfterMs
    const seconds = Math.round(ageMs / 1000)
    const line = { event: 'health.remembered', verdicts: tooOld ? 0 : state.verdicts.length, seconds } as const
    if (tooOld) log.warn(line, 'the last verdicts are too old to start from')
    else log.info(line, 'starting from the last verdicts, each stale until a probe has confirmed it')
    return tooOld ? [] : state.verdicts
  }

  /** A verdict is not what it was. */
  changed(): void {
    this.#changed = true
  }

  /** Writes what `take` gives if it is time to, and resolves when that is done; call it about once a second. */
  async tick(take: () => readonly Remembered[]): Promise<void> {
    const waitMs = this.#changed ? changedEveryMs : unchangedEveryMs
    if (this.#writing !== null || Math.abs(this.#options.now() - this.#savedAtMs) < waitMs) return
    await this.save(take())
  }

  /** Writes these; a failure is logged and the old file stays. */
  async save(verdicts: readonly Remembered[]): Promise<void> {
    await this.#writing
    this.#changed = false
    this.#savedAtMs = this.#options.now()
    this.#writing = this.#write(verdicts, this.#savedAtMs)
    await this.#writing
    this.#writing = null
  }

  async #write(verdicts: readonly Remembered[], savedAtMs: number): Promise<void> {
    const { file, log } = this.#options
    const text = JSON.stringify(verdicts)
    const head = JSON.stringify({ version: 1, savedAtMs, sha256: digest(text) })
    try {
      await writeStateAside(file, `${head.slice(0, -1)},"verdicts":${text}}\n`)
    } catch (err) {
      log.error({ event: 'health.memory_not_written', file, err })
    }
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
