// A zone's keys on disk: reads them, writes them, refuses what others could read. Logs nothing; knows no configuration and no roll.
import { createHash } from 'node:crypto'
import { chownSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeState } from '../fleet/state-file.ts'
import { generatePrivate, Algorithm, type AlgorithmName } from './signing/algorithm.ts'
import { signingKey } from './signing/key.ts'
import {
  formatPrivate,
  formatPublic,
  keyFileName,
  keyFilePrefix,
  parseKey,
  withTimes,
  type StoredKey,
} from './signing/key-file.ts'
import type { KeyTimes } from './signing/key-times.ts'

/** A key and where it lies. */
export interface KeyOnDisk extends StoredKey {
  /** Absolute path of its `.private` file. */
  readonly file: string
}

export interface KeysOnDisk {
  /** In the order of their file names. */
  readonly keys: readonly KeyOnDisk[]
  /** What keeps the others from being used, and what to do. */
  readonly problems: readonly string[]
  /** Every file that was looked at, for watching. */
  readonly files: readonly string[]
}

/** Directories that were listed, for zones that share one. */
export type Listings = Map<string, readonly string[]>

/**
 * Reads a zone's keys.
 * @param directory absolute
 * @param zone apex in lower-case wire form
 * @param listings as other zones left them
 */
export function readKeys(directory: string, zone: Uint8Array, listings: Listings = new Map()): KeysOnDisk {
  const found: { keys: KeyOnDisk[]; problems: string[]; files: string[] } = { keys: [], problems: [], files: [] }
  let names = listings.get(directory)
  try {
    names ??= readdirSync(directory).filter((name) => name.startsWith('K'))
    listings.set(directory, names)
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const why = absent
      ? `there is no directory ${directory}`
      : `${directory} cannot be read: ${(error as Error).message}`
    return { ...found, problems: [why] }
  }
  const prefix = keyFilePrefix(zone)
  for (const name of names.filter((each) => each.startsWith(prefix) && each.endsWith('.private')).toSorted()) {
    const file = join(directory, name)
    found.files.push(file, publicFile(file))
    try {
      const key = readKey(file, zone)
      if ('error' in key) found.problems.push(`${file}: ${key.error}`)
      else found.keys.push({ ...key, file })
    } catch (error) {
      found.problems.push(
        `${file} cannot be read: ${(error as Error).message}; it must belong to the user Nearcast runs as`,
      )
    }
  }
  return found
}

/** Another text whenever a key file in it came, went or changed, also only in who may read it. */
export function stateOfDirectory(directory: string): string {
  const state = createHash('sha256')
  try {
    for (const name of readdirSync(directory).toSorted()) {
      if (!name.startsWith('K')) continue
      const { ino, ctimeNs } = statSync(join(directory, name), { bigint: true })
      state.update(`${name} ${ino} ${ctimeNs}\n`)
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable'
  }
  return state.digest('hex')
}

function readKey(file: string, zone: Uint8Array): StoredKey | { error: string } {
  const mode = statSync(file).mode & 0o777
  if ((mode & 0o077) !== 0) {
    return { error: `others may read or write it (mode ${mode.toString(8)}), expected 600: chmod 600 ${file}` }
  }
  return parseKey(zone, readFileSync(publicFile(file), 'utf8'), readFileSync(file, 'utf8'))
}

/**
 * Makes a key and writes its two files, 0600; where root writes them they belong to the directory's owner. Throws as the system does.
 * @param taken tags that the new key must not have
 */
export function createKey(
  directory: string,
  zone: Uint8Array,
  algorithm: AlgorithmName,
  flags: number,
  times: KeyTimes,
  taken: ReadonlySet<number>,
): KeyOnDisk {
  for (;;) {
    const octets = generatePrivate(algorithm)
    const key = signingKey(Algorithm[algorithm], flags, octets)
    if (key === null || taken.has(key.keyTag)) continue
    const stored = { key, times }
    const file = join(directory, `${keyFileName(zone, key)}.private`)
    write(publicFile(file), formatPublic(zone, stored))
    write(file, formatPrivate(stored, octets))
    return { ...stored, file }
  }
}

/** Writes a key's times into its files. Throws as the system does. */
export function writeTimes(zone: Uint8Array, { key, file }: KeyOnDisk, times: KeyTimes): void {
  write(publicFile(file), formatPublic(zone, { key, times }))
  write(file, withTimes(readFileSync(file, 'utf8'), times))
}

function write(file: string, text: string): void {
  writeState(file, text)
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(join(file, '..'))
  chownSync(file, uid, gid)
}

function publicFile(file: string): string {
  return file.replace(/\.private$/, '.key')
}
