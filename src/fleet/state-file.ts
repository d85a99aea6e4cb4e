// Files that outlive the process: read whole or set aside, written whole or not at all. Must not know what is in them.
import {
  closeSync,
  fchownSync,
  fsyncSync,
  lchownSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { readRegular } from '../memory/regular-file.ts'

/** What a file held: null when it is absent or cannot be trusted; then `problem` says why, for the log. */
export interface ReadState<T> {
  readonly state: T | null
  readonly problem: string | null
  /** It lies where it lay and nobody knows what is in it: writing it anew would lose that. */
  readonly unread: boolean
}

/**
 * Reads a file of JSON. One that is not ours in every field is not trusted in any: it is moved aside as `<file>.bad-<now>`.
 * @param lost what that means, e.g. `none of its overrides is in force`
 * @param fault what else may be wrong with a state that fits the schema, or null
 */
export function readState<S extends TSchema>(
  file: string,
  schema: S,
  now: number,
  lost: string,
  fault: (state: Static<S>) => string | null = () => null,
): ReadState<Static<S>> {
  let text: string
  try {
    text = readRegular(file).toString()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: null, problem: null, unread: false }
    return { state: null, problem: `${file} cannot be read (${(error as Error).message}): ${lost}`, unread: true }
  }
  try {
    const found: unknown = JSON.parse(text)
    if (!Value.Check(schema, found)) {
      const [first] = Value.Errors(schema, found)
      return setAside(file, now, lost, `${first?.instancePath || '/'} ${first?.message ?? 'is not what was expected'}`)
    }
    const wrong = fault(found)
    return wrong === null ? { state: found, problem: null, unread: false } : setAside(file, now, lost, wrong)
  } catch (error) {
    return setAside(file, now, lost, (error as Error).message)
  }
}

function setAside(file: string, now: number, lost: string, fault: string): ReadState<never> {
  const aside = `${file}.bad-${now}`
  try {
    renameSync(file, aside)
  } catch (error) {
    const problem = `${file} is damaged (${fault}) and cannot be moved (${(error as Error).message}): ${lost}`
    return { state: null, problem, unread: true }
  }
  return { state: null, problem: `${file} is damaged (${fault}): ${lost}; it is kept as ${aside}`, unread: false }
}

/** Who a file belongs to. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Makes a directory, and those above it, where there is none yet, for one user alone. Where root makes them they belong to the owner of
 * the directory they lie in: whoever that is has to read what root writes there. Throws as the system does.
 */
export function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (first === undefined || process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(first))
  for (let made = directory; ; made = dirname(made)) {
    lchownSync(made, uid, gid)
    if (made === first) return
  }
}

/**
 * Writes a file beside the old one and takes its place, so a crash leaves one of both whole; makes its directory where there is
 * none yet. Throws as the system does.
 */
export function writeState(file: string, text: string): void {
  writeStates([[file, text]])
}

/**
 * The same for files that belong together: all are on the disk, and `owner`'s, before the first takes its place. Where that fails all
 * is as it was.
 * @param owner null: whoever writes. Only root can give files away.
 */
export function writeStates(
  files: readonly (readonly [file: string, text: string])[],
  owner: Owner | null = null,
): void {
  try {
    for (const [file, text] of files) {
      makeDirectory(dirname(file))
      writeFresh(`${file}.new`, text, owner)
    }
  } catch (error) {
    for (const [file] of files) rmSync(`${file}.new`, { force: true })
    throw error
  }
  for (const [file] of files) renameSync(`${file}.new`, file)
}

function writeFresh(file: string, text: string, owner: Owner | null): void {
  // What lies there is nobody's any more, and may be a link to elsewhere or open to others: it is never written through.
  rmSync(file, { force: true })
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    if (owner !== null) fchownSync(descriptor, owner.uid, owner.gid)
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The same without waiting for the disk; one call a file at a time. */
export async function writeStateAside(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`
  makeDirectory(dirname(file))
  const handle = await open(fresh, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
}
