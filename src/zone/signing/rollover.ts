// When keys take each other's place (RFC 7583): the times of both, or why not now. Knows no file, no clock and no printing.
import { isEntryPoint } from './dnskey.ts'
import type { StoredKey } from './key-file.ts'
import { isActive, isNeverOffered, isPublished, noTimes, type KeyTimes } from './key-times.ts'
import { signersOf } from './zone-signer.ts'

/** What a roll reckons with, in seconds. */
export interface RollTimings {
  readonly keyTtlSeconds: number
  readonly parentDsTtlSeconds: number
  readonly propagationSeconds: number
  /** Of all that is signed. */
  readonly longestTtlSeconds: number
}

export interface Refused {
  /** What is in the way and what to do, after the key's tag. */
  readonly refused: string
}

/** The new times of the key that goes and of the one that stays. */
export interface Handover<K extends StoredKey> {
  readonly oldTimes: KeyTimes
  readonly successor: K
  readonly successorTimes: KeyTimes
}

/** The times of a zone's first key: its DS may be published when no cache has an unsigned answer any more. */
export function planFirst(
  { longestTtlSeconds, propagationSeconds }: RollTimings,
  now: number,
): KeyTimes & { readonly syncPublish: number } {
  const syncPublish = now + longestTtlSeconds + propagationSeconds
  return { ...noTimes, created: now, publish: now, activate: now, syncPublish }
}

/**
 * The times of a key's successor, which is not made yet, and its own. A zone-signing key is pre-published and all is decided
 * at once. Of a key that a DS names both are published and sign the DNSKEY RRset (RFC 7583's Double-KSK) until `planRetire`.
 */
export function planRoll(
  keys: readonly StoredKey[],
  old: StoredKey,
  timings: RollTimings,
  now: number,
): { readonly oldTimes: KeyTimes; readonly successorTimes: KeyTimes } | Refused {
  const { key, times } = old
  if (isLeaving(times)) return { refused: 'is being replaced already: `nearcast keys list` shows by which key' }
  if (!isActive(times, now)) return { refused: 'does not sign yet: name the key that does' }
  const [peer] = peersOf(keys, old, now)
  if (peer !== undefined) {
    const what = isLeaving(peer.times)
      ? `key ${peer.key.keyTag} is still published for caches that know it: wait until it is gone`
      : `key ${peer.key.keyTag} is published beside it: retire key ${(succeeds(old, peer) ? peer : old).key.keyTag} first, with \`nearcast keys retire\``
    return { refused: `cannot be rolled while a roll is under way: ${what}` }
  }
  const known = now + timings.propagationSeconds + timings.keyTtlSeconds
  const made = { ...noTimes, created: now, publish: now }
  if (isEntryPoint(key)) {
    // Where the old key's DS may not be published yet, for caches hold unsigned answers, neither may this one's.
    const sync = Math.max(known, times.syncPublish ?? known)
    return { oldTimes: { ...times, syncDelete: sync }, successorTimes: { ...made, syncPublish: sync } }
  }
  const gone = known + timings.longestTtlSeconds + timings.propagationSeconds
  return { oldTimes: { ...times, inactive: known, delete: gone }, successorTimes: { ...made, activate: known } }
}

/**
 * The end of a key whose successor is published. One that a DS names may go only after the parent replaced that DS: the caller asks. Its
 * successor signs from now on; it stays until no cache holds its DS, nor a signature it made.
 */
export function planRetire<K extends StoredKey>(
  keys: readonly K[],
  old: K,
  timings: RollTimings,
  now: number,
): Handover<K> | Refused {
  const { key, times } = old
  if (isLeaving(times)) return { refused: 'retires already: `nearcast keys list` shows when' }
  const peers = peersOf(keys, old, now).filter((peer) => !isLeaving(peer.times) && isPublished(peer.times, now))
  const successor = peers.find((peer) => !succeeds(old, peer))
  if (successor === undefined && peers.length > 0) {
    const elder = peers[0].key.keyTag
    return {
      refused: `is the successor, and the zone would be left without one: the old key, to be retired, is ${elder}`,
    }
  }
  if (successor === undefined)
    return { refused: 'has no successor, and the zone would fail without one: run `nearcast keys roll` first' }
  const theirs = successor.times
  const known = (theirs.publish ?? now) + timings.propagationSeconds + timings.keyTtlSeconds
  const ready = Math.max(known, theirs.syncPublish ?? known)
  const unnamed = cdsForgotten(old.times, timings)
  const stays = Math.max(ready, unnamed)
  if (now < stays) {
    const why = unnamed > ready ? 'the parent may still read CDS that name it' : 'caches may not know its successor yet'
    return {
      refused: `must stay until ${formatDate(stays)}, for ${why}: retire key ${key.keyTag} then, with this command`,
    }
  }
  const signed = signersOf(keys, now).records.includes(old.key) ? timings.longestTtlSeconds : 0
  const held = isEntryPoint(key) ? Math.max(signed, timings.parentDsTtlSeconds) : timings.longestTtlSeconds
  const sync = isEntryPoint(key)
  return {
    oldTimes: {
      ...times,
      inactive: now,
      delete: now + held + timings.propagationSeconds,
      syncDelete: sync && times.syncPublish !== null ? Math.min(times.syncDelete ?? now, now) : times.syncDelete,
    },
    successor,
    successorTimes: {
      ...theirs,
      activate: Math.min(theirs.activate ?? now, now),
      syncPublish: sync ? (theirs.syncPublish ?? now) : theirs.syncPublish,
      syncDelete: null,
    },
  }
}

/**
 * From when on no cache has CDS that ask for a key which they name no longer. A parent that read one after the key's end was decided
 * would go back to its DS, and keep that until it looks again.
 */
export function cdsForgotten(times: KeyTimes, { propagationSeconds, keyTtlSeconds }: RollTimings): number {
  const { syncPublish, syncDelete } = times
  if (syncPublish === null || syncDelete === null || isNeverOffered(times)) return -Infinity
  return syncDelete + propagationSeconds + keyTtlSeconds
}

/** The key that takes another's place, where that is decided and neither is gone; null otherwise. */
export function successorOf<K extends StoredKey>(keys: readonly K[], old: StoredKey, now: number): K | null {
  const { times } = old
  const isGoing = isLeaving(times) || isWithdrawn(times)
  if (!isGoing || (times.delete !== null && times.delete <= now)) return null
  return peersOf(keys, old, now).find((peer) => !isLeaving(peer.times) && succeeds(peer, old)) ?? null
}

/**
 * Whether CDS names a key no longer and another key's DS is to be at the parent in place of its. Where there is no other, its DS must
 * stay, whatever the time: it would be the only good one.
 */
export function isReplaced(keys: readonly StoredKey[], { times }: StoredKey, now: number): boolean {
  const end = times.syncDelete
  if (end === null || end > now) return false
  return keys.some(({ key, times: theirs }) => {
    const isDue = isPublished(theirs, now) && (theirs.syncPublish ?? now) <= now
    return isEntryPoint(key) && isDue && (theirs.syncDelete ?? Infinity) > end
  })
}

/** `2026-01-31 23:59 UTC`. */
export function formatDate(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** `1 hour`, `26 hours`: not less than it takes. */
export function formatHours(seconds: number): string {
  const hours = Math.ceil(seconds / 3600)
  return hours === 1 ? '1 hour' : `${hours} hours`
}

/** The other keys of its kind that are published, or will be. */
function peersOf<K extends StoredKey>(keys: readonly K[], old: StoredKey, now: number): K[] {
  return keys.filter(
    (one) =>
      one.key.keyTag !== old.key.keyTag &&
      isEntryPoint(one.key) === isEntryPoint(old.key) &&
      one.times.publish !== null &&
      (one.times.delete === null || one.times.delete > now),
  )
}

function isLeaving(times: KeyTimes): boolean {
  return times.inactive !== null || times.delete !== null
}

/**
 * Whether a key takes the place of another of its kind. What is decided says it: the one that goes is the old one, then the one
 * that CDS asks for no longer; where nothing is decided, the one that signed first.
 */
function succeeds(key: StoredKey, other: StoredKey): boolean {
  for (const isOld of [isLeaving, isWithdrawn]) {
    if (isOld(key.times) !== isOld(other.times)) return isOld(other.times)
  }
  const [mine, theirs] = [key.times.activate ?? Infinity, other.times.activate ?? Infinity]
  return mine === theirs ? (key.times.publish ?? Infinity) > (other.times.publish ?? Infinity) : mine > theirs
}

/** Whether it is decided when CDS stops asking for the key. */
function isWithdrawn({ syncDelete }: KeyTimes): boolean {
  return syncDelete !== null
}
