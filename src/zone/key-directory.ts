// A zone's keys on disk: reads them, writes them, refuses what others could read. Logs nothing; knows no configuration and no roll.
import { createHash } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { makeDirectory, writeStates, type Owner } from '../fleet/state-file.ts'
import { readRegular } from '../memory/regular-file.ts'
import { generatePrivate, Algorithm, type AlgorithmName } from './signing/algorithm.ts'
import { signingKey } from './signing/key.ts'
import {
  formatPrivate,
  formatPublic,
  keyFileName,
  keyFilePrefix,
  misnaming,
  parseKey,
  parsePublicTimes,
  strayTimes,
  withTimes,
  type StoredKey,
} from './signing/key-file.ts'
import { noTimes, type KeyTimes } from './signing/key-times.ts'

/** A key and where it lies. */
export interface KeyOnDisk extends StoredKey {
  /** Absolute path of its `.private` file. */
  readonly file: string
}

/** A key of which only the public half lies there. */
export interface LostKey {
  /** Absolute path of its `.key` file. */
  readonly file: string
  /** As the comments of that file say. */
  readonly times: KeyTimes
}

export interface KeysOnDisk {
  /** In the order of their file names. */
  readonly keys: readonly KeyOnDisk[]
  /** What keeps others from being used, and what to do. */
  readonly problems: readonly string[]
  /** What is odd about keys that are used all the same, and what to do. */
  readonly warnings: readonly string[]
  /** Whether they are missed depends on their times. */
  readonly lost: readonly LostKey[]
  /** Every file that was looked at, for watching. */
  readonly files: readonly string[]
  /** Where no file is the zone's: the names of the zones whose key files lie there. */
  readonly others: readonly string[]
  /** There is no such directory. */
  readonly absent: boolean
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
  const [keys, lost, problems, warnings, files]: [KeyOnDisk[], LostKey[], string[], string[], string[]] = [
    [],
    [],
    [],
    [],
    [],
  ]
  let names = listings.get(directory)
  try {
    names ??= readdirSync(directory).filter((name) => name.startsWith('K'))
    listings.set(directory, names)
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const why = absent
      ? `there is no directory ${directory}`
      : `${directory} cannot be read: ${(error as Error).message}`
    return { keys, problems: [why], warnings, lost, files, others: [], absent }
  }
  const prefix = keyFilePrefix(zone)
  const halves = new Set(names.filter((each) => each.startsWith(prefix) && /\.(?:key|private)$/.test(each)))
  for (const base of [...new Set([...halves].map((half) => half.replace(/\.\w+$/, '')))].toSorted()) {
    const file = join(directory, `${base}.private`)
    files.push(file, publicFile(file))
    if (!halves.has(`${base}.private`)) lost.push({ file: publicFile(file), times: publicTimes(publicFile(file)) })
    else if (!halves.has(`${base}.key`)) problems.push(`${file} has no .key beside it: copy that too`)
    else {
      try {
        const key = readKey(file, zone)
        if ('error' in key) problems.push(`${file}: ${key.error}`)
        else {
          keys.push({ ...key, file })
          warnings.push(...strayWarning(file, key.times))
        }
      } catch (error) {
        problems.push(
          `${file} cannot be read: ${(error as Error).message}; it must belong to the user Nearcast runs as`,
        )
      }
    }
  }
  return { keys, problems, warnings, lost, files, others: halves.size === 0 ? zonesOf(names) : [], absent: false }
}

/** Whose keys these files are, by their names. */
function zonesOf(names: readonly string[]): string[] {
  const zones = names.flatMap((name) => /^K(.+)\.\+\d+\+\d+\.(?:key|private)$/.exec(name)?.[1] ?? [])
  return [...new Set(zones)].toSorted()
}

/** Whoever changes the comments alone changes nothing. */
function strayWarning(file: string, times: KeyTimes): string[] {
  const stray = strayTimes(publicTimes(publicFile(file)), times)
  if (stray.length === 0) return []
  return [
    `${publicFile(file)}: the .private file beside it rules, and this one says ${stray.join(', ')}: write the right time into both`,
  ]
}

/** None where the file cannot be read: then the key is taken for one in use. */
function publicTimes(file: string): KeyTimes {
  try {
    return parsePublicTimes(readRegular(file).toString())
  } catch {
    return noTimes
  }
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
  const stored = parseKey(zone, readRegular(publicFile(file)).toString(), readRegular(file).toString())
  const error = 'error' in stored ? null : misnaming(zone, basename(file, '.private'), stored.key)
  return error === null ? stored : { error }
}

/**
 * Makes a key and writes its two files, 0600. Where root writes them they belong to the owner of the zone's other keys, who must read
 * them all; where there are none, or their owners differ, to the directory's. Throws as the system does.
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
    makeDirectory(directory)
    write(file, formatPublic(zone, stored), formatPrivate(stored, octets), ownerOfKeys(directory, zone))
    return { ...stored, file }
  }
}

/** Writes a key's times into its files, which both belong to whom the private one belonged to. Throws as the system does. */
export function writeTimes(zone: Uint8Array, { key, file }: KeyOnDisk, times: KeyTimes): void {
  write(file, formatPublic(zone, { key, times }), withTimes(readRegular(file).toString(), times), statSync(file))
}

/** Takes back a key that was made: nothing may be signed with it yet. */
export function removeKey({ file }: KeyOnDisk): void {
  for (const half of [file, publicFile(file)]) rmSync(half, { force: true })
}

function ownerOfKeys(directory: string, zone: Uint8Array): Owner {
  const prefix = keyFilePrefix(zone)
  const [first, ...others] = readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.private'))
    .map((name) => statSync(join(directory, name)))
  const agreed = first !== undefined && others.every(({ uid }) => uid === first.uid)
  return agreed ? first : statSync(directory)
}

/**
 * Both at once: a daemon that reads between two writes would miss one half.
 * @param owner who they belong to where root writes them; whoever else writes them has to own them
 */
function write(file: string, publicText: string, privateText: string, owner: Owner): void {
  const texts = [
    [publicFile(file), publicText],
    [file, privateText],
  ] as const
  writeStates(texts, process.getuid?.() === 0 ? owner : null)
}

function publicFile(file: string): string {
  return file.replace(/\.private$/, '.key')
}
