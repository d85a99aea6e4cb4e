// The file that overrides are kept in: whole or not at all. Must not know slots or words.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { NearcastError } from '../errors.ts'

const strict = { additionalProperties: false }

const FileSchema = Type.Object(
  {
    version: Type.Literal(1),
    overrides: Type.Array(
      Type.Object(
        {
          node: Type.String({ minLength: 1 }),
          mode: Type.Enum(['drain', 'up', 'down']),
          sharePercent: Type.Number({ minimum: 0, maximum: 100 }),
          reason: Type.String(),
          by: Type.String(),
          setAt: Type.Number(),
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
 * Reads the file. One that is not ours in every field is not trusted in any: it is moved aside as `<file>.bad-<now>`.
 * @returns the overrides, none when there is no file, and what was wrong with it, for the log
 */
export function readOverrides(file: string, now: number): { overrides: Kept[]; problem: string | null } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { overrides: [], problem: absent ? null : `${file} cannot be read: ${(error as Error).message}` }
  }
  try {
    const found: unknown = JSON.parse(text)
    if (Value.Check(FileSchema, found)) return { overrides: found.overrides, problem: null }
    const [first] = Value.Errors(FileSchema, found)
    return refuse(file, now, `${first?.instancePath || '/'} ${first?.message ?? 'is not what was expected'}`)
  } catch (error) {
    return refuse(file, now, (error as Error).message)
  }
}

function refuse(file: string, now: number, fault: string): { overrides: Kept[]; problem: string } {
  const aside = `${file}.bad-${now}`
  try {
    renameSync(file, aside)
  } catch (error) {
    return { overrides: [], problem: `${file} is damaged (${fault}) and cannot be moved: ${(error as Error).message}` }
  }
  return {
    overrides: [],
    problem: `${file} is damaged (${fault}): none of its overrides is in force; it is kept as ${aside}`,
  }
}

/**
 * Writes the file beside the old one and takes its place, so a crash leaves one of both whole.
 * @throws NC_INTERNAL with the system's reason
 */
export function writeOverrides(file: string, overrides: readonly Kept[]): void {
  const fresh = `${file}.new`
  try {
    const descriptor = openSync(fresh, 'w', 0o600)
    try {
      writeFileSync(descriptor, `${JSON.stringify({ version: 1, overrides }, null, 2)}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(fresh, file)
  } catch (error) {
    const reason = (error as Error).message
    throw new NearcastError('NC_INTERNAL', `overrides cannot be written to ${file}: ${reason}`, { cause: error })
  }
}
