// What keeps the keys found on disk from signing their zone, and what to do about it. Reads no file; knows no configuration.
//
// No advice may lead to a second key while the parent's DS names the first: validating resolvers would then refuse the zone.
import { basename } from 'node:path'
import { formatName } from '../wire/name.ts'
import type { KeysOnDisk } from './key-directory.ts'
import type { Dnssec } from './model.ts'
import { isEntryPoint } from './signing/dnskey.ts'
import type { StoredKey } from './signing/key-file.ts'
import { isActive, isNeverOffered, isPublished, type KeyTimes } from './signing/key-times.ts'
import { formatDate, isReplaced } from './signing/rollover.ts'
import { signersOf } from './signing/zone-signer.ts'

/** More signatures would not fit beside a steered answer. */
const mostSigners = 2
/** Names of other zones that are told. */
const mostOthers = 3

/**
 * Everything that keeps these keys from signing at a moment; empty when nothing does.
 * @param directory where they were looked for
 * @param zone apex in wire form
 * @param now in Unix seconds
 */
export function keyProblems(found: KeysOnDisk, directory: string, zone: Uint8Array, now: number): string[] {
  const problems = fileProblems(found, directory, zone, now)
  const useless = problems.length > 0 ? null : keyProblem(found, now, nameOf(zone))
  return useless === null ? problems : [`${directory} ${useless}`]
}

/**
 * The same, and what keeps these keys from saying which DS belongs at the parent, though they sign: one that CDS names no longer, of which
 * the successor is not there.
 */
export function delegationProblems(
  found: KeysOnDisk,
  { directory, leave }: Pick<Dnssec, 'directory' | 'leave'>,
  zone: Uint8Array,
  now: number,
): string[] {
  const problems = keyProblems(found, directory, zone, now)
  if (leave || problems.length > 0) return problems
  return found.keys.flatMap((one) => {
    const { key, times, file } = one
    const end = times.syncDelete
    if (end === null || end > now || !isPublished(times, now) || isReplaced(found.keys, one, now)) return []
    const when = isNeverOffered(times) ? 'never names' : `names no longer since ${formatDate(end)}`
    const what = `${directory} holds no successor of key ${key.keyTag}, which CDS ${when}`
    return [`${what}: copy its files from another server; where there is none, take SyncDelete out of ${file}`]
  })
}

/** The part of it that no roll can mend: files that are not there or cannot be read. */
export function fileProblems(found: KeysOnDisk, directory: string, zone: Uint8Array, now: number): string[] {
  const name = nameOf(zone)
  if (found.absent) return found.problems.map((text) => `${text}: ${firstKey(name)}`)
  // What nobody needs any more may be half removed.
  const lost = found.lost.filter(({ times }) => !isGone(times, now)).map(({ file }) => halfKey(file, name))
  const problems = [...found.problems, ...lost]
  if (problems.length > 0 || found.files.length > 0) return problems
  return [`${directory} holds no key of ${name}${others(found.others)}: ${firstKey(name)}`]
}

function halfKey(file: string, name: string): string {
  return `${file} has no .private beside it: copy it from another server. Where it is lost, ${newKey(name)}`
}

function firstKey(name: string): string {
  return `copy the keys from another server, or make the first ones with \`nearcast keys generate ${name}\``
}

function others(names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > mostOthers ? ` and ${names.length - mostOthers} more` : ''
  return `, only files of ${names.slice(0, mostOthers).join(', ')}${more}`
}

/** What makes these keys useless for signing at a moment, and what to do; null when nothing does. */
function keyProblem(found: KeysOnDisk, now: number, name: string): string | null {
  const { keys } = found
  const published = keys.filter(({ times }) => isPublished(times, now))
  if (published.length === 0) return noneInUse(found, now, name)
  const algorithms = new Set(published.map(({ key }) => key.algorithm))
  if (algorithms.size > 1) {
    // RFC 4035 section 2.2: every RRset needs a signature of each algorithm in the DNSKEY RRset.
    return `holds keys in use of algorithms ${[...algorithms].join(' and ')}, expected one algorithm: retire the others`
  }
  const active = published.filter(({ times }) => isActive(times, now))
  if (active.length === 0)
    return `holds no key that signs now: set Activate, or take out Inactive, in the .private file of key ${tags(published)}`
  if (!published.some(({ key }) => isEntryPoint(key)))
    return `holds no key-signing key (flags 257) in use, only key ${tags(published)}: copy it from another server. Where it is lost, ${newKey(name)}`
  const signers = signersOf(keys, now).records
  if (signers.length > mostSigners)
    return `holds ${signers.length} keys that sign at the same time, expected at most ${mostSigners}: retire one`
  return null
}

function noneInUse({ keys, lost }: KeysOnDisk, now: number, name: string): string {
  const why = [
    ...keys.map(({ key, times }) => `key ${key.keyTag} ${unpublished(times, now)}`),
    ...lost.map(({ file, times }) => `${basename(file)} ${unpublished(times, now)}`),
  ]
  const what = `holds no key of the zone that is in use (${why.join(', ')})`
  const coming = keys.filter(({ times }) => !isGone(times, now))
  if (coming.length > 0) return `${what}: set Publish and Activate in the .private file of key ${tags(coming)}`
  const again = 'if the parent has a DS of one, take Inactive and Delete out of its .private file'
  return `${what}: ${again}. For another key, ${newKey(name)}`
}

function unpublished({ publish, delete: gone }: KeyTimes, now: number): string {
  if (gone !== null && gone <= now) return `is past its Delete time, ${formatDate(gone)}`
  return publish === null ? 'has no Publish time' : `is published from ${formatDate(publish)} on`
}

/** How to begin anew without a moment at which the parent's DS fits no key. */
function newKey(name: string): string {
  const order = "have the parent remove the DS, wait for the DS's TTL, move these files away"
  return `${order}, make a key with \`nearcast keys generate ${name}\` and give the parent the new DS when that says so`
}

function isGone({ delete: gone }: KeyTimes, now: number): boolean {
  return gone !== null && gone <= now
}

function nameOf(zone: Uint8Array): string {
  return formatName(zone).slice(0, -1)
}

function tags(keys: readonly StoredKey[]): string {
  return keys.map(({ key }) => key.keyTag).join(', ')
}
