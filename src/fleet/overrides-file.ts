// The file that overrides are kept in: whole or not at all. Must not know slots or words.
import { type Static, Type } from 'typebox'
import { NearcastError } from '../errors.ts'
import { parseTarget } from './override-target.ts'
import { readState, writeState } from './state-file.ts'

const strict = { additionalProperties: false }

const FileSchema = Type.Object(
  {
    version: Type.Literal(2),
    overrides: Type.Array(
      Type.Object(
        {
          target: Type.String({ minLength: 1 }),
          mode: Type.Enum(['drain', 'up', 'down']),
          sharePercent: Type.Number({ minimum: 0, maximum: 100 }),
          reason: Type.String(),
          by: Type.String(),
          setAt: Type.Number(),
          startsAt: Type.Number(),
          expiresAt: Type.Number(),
        },
        strict,
      ),
    ),
  },
  strict,
)

/** One override as the file has it; times in Unix milliseconds. */
type Kept = Static<typeof FileSchema>['overrides'][number]

/**
 * Reads the file; a damaged one is set aside.
 * @returns the overrides, none when there is no file; what was wrong with it, for people; whether it holds some all the same
 */
export function readOverrides(
  file: string,
  now: number,
): { overrides: Kept[]; problem: string | null; unread: boolean } {
  const { state, problem, unread } = readState(
    file,
    FileSchema,
    now,
    'none of its overrides is in force',
    ({ overrides }) => {
      const stray = overrides.find(({ target }) => parseTarget(target) === null)
      return stray === undefined ? null : `${JSON.stringify(stray.target)} is no target`
    },
  )
  const remedy =
    '; give it to the user of the daemon, or move it away: the next change and the next start read it again'
  return { overrides: state?.overrides ?? [], problem: unread ? `${problem}${remedy}` : problem, unread }
}

/** @throws NC_INTERNAL with the system's reason, and the file is as it was */
export function writeOverrides(file: string, overrides: readonly Kept[]): void {
  try {
    writeState(file, `${JSON.stringify({ version: 2, overrides }, null, 2)}\n`)
  } catch (error) {
    const reason = (error as Error).message
    throw new NearcastError('NC_INTERNAL', `overrides cannot be written to ${file}: ${reason}`, { cause: error })
  }
}
