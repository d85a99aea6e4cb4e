// What the parent should publish for a zone of ours: name servers, glue, DS. Asks nobody and reads no file.
import type { PublicKey } from '../../zone/signing/dnskey.ts'
import { Digest, dnskeyRdata, dsRdata, isEntryPoint } from '../../zone/signing/dnskey.ts'
import { isNeverOffered, isPublished, type KeyTimes } from '../../zone/signing/key-times.ts'
import type { StoredKey } from '../../zone/signing/key-file.ts'
import { formatHours, isReplaced } from '../../zone/signing/rollover.ts'
import { formatAddress } from '../../ip/address.ts'
import { Type } from '../../wire/constants.ts'
import { formatName, lowerName } from '../../wire/name.ts'
import type { Zone } from '../../zone/model.ts'
import { sameBytes } from '../dns-records.ts'

/** A name server of the zone. */
export interface WantedServer {
  /** In lower case, with the final dot. */
  readonly name: string
  /** As our own zones have them; of servers with names of others, none. */
  readonly addresses: readonly string[]
  /** Whether the name is at or below the zone's own, so that the parent has to publish its addresses. */
  readonly glue: boolean
}

/**
 * Whether the parent should have a key's DS now: `give` it; `later`, as resolvers may still remember what was before;
 * `gone`, as another's took its place or the key is gone, or the zone's time for being signed is over; `never`, as CDS names it at no time.
 */
export type DsState = 'give' | 'later' | 'gone' | 'never'

export interface WantedKey {
  readonly key: PublicKey
  readonly keyTag: number
  /** With SHA-256, which is the one to give. */
  readonly ds: Uint8Array
  readonly state: DsState
  /** Unix seconds from which on the zone asks for it by CDS and CDNSKEY; null when it never does. */
  readonly since: number | null
  /**
   * How long every server must have answered with the key before its DS is given. `since` reckons that from when the key was made, and a
   * server may have been reloaded later. null when the key's times do not say.
   */
  readonly waitSeconds: number | null
}

export interface Wanted {
  readonly zone: Pick<Zone, 'name' | 'apex' | 'staticRRsets' | 'steeredNames' | 'dnssec'>
  readonly servers: readonly WantedServer[]
  /** Keys that a DS may name. */
  readonly entryKeys: readonly WantedKey[]
  /** The zone is still signed, and the parent should have no DS of it any more. */
  readonly leaving: boolean
  /** What the DNSKEY RRset holds now; empty when the zone is not signed. */
  readonly published: readonly PublicKey[]
}

/**
 * What a zone's parent should publish.
 * @param all every zone of ours, for addresses of name servers that lie in another one
 * @param keys of the zone; none when it is not signed
 * @param now in Unix seconds
 */
export function wantedOf(zone: Zone, all: readonly Zone[], keys: readonly StoredKey[], now: number): Wanted {
  const names = zone.staticRRsets
    .filter(({ owner, type }) => type === Type.NS && sameBytes(owner, zone.apex))
    .flatMap(({ rdatas }) => rdatas.map(lowerName))
  return {
    zone,
    servers: names.map((name) => ({
      name: formatName(name),
      addresses: addressesOf(all, name),
      glue: isWithin(name, zone.apex),
    })),
    entryKeys: wantedKeys(zone, keys, now),
    leaving: zone.dnssec?.leave === true,
    published: keys.filter(({ times }) => isPublished(times, now)).map(({ key }) => key),
  }
}

/** The keys that a DS may name, and which DS belongs at the parent when. */
export function wantedKeys(
  { apex, dnssec }: Pick<Zone, 'apex' | 'dnssec'>,
  keys: readonly StoredKey[],
  now: number,
): WantedKey[] {
  return keys
    .filter(({ key }) => isEntryPoint(key))
    .map((one) => ({
      key: one.key,
      keyTag: one.key.keyTag,
      ds: dsRdata(apex, dnskeyRdata(one.key), Digest.sha256),
      state: dnssec?.leave === true ? 'gone' : dsState(keys, one, now),
      since: one.times.syncPublish,
      waitSeconds: waitOf(keys, one),
    }))
}

/** Keys made by others may have no times for CDS: their DS is wanted as long as they are published. */
function dsState(keys: readonly StoredKey[], one: StoredKey, now: number): DsState {
  const { syncPublish, delete: gone } = one.times
  if (isNeverOffered(one.times)) return 'never'
  if ((gone !== null && gone <= now) || isReplaced(keys, one, now)) return 'gone'
  return isPublished(one.times, now) && (syncPublish === null || syncPublish <= now) ? 'give' : 'later'
}

/** Of a successor not less than of the key before it: where that was rolled before its DS was given, caches may have unsigned answers. */
function waitOf(keys: readonly StoredKey[], { times }: StoredKey): number | null {
  const wait = aheadOf(times)
  if (wait === null) return null
  const before = keys.filter(({ key, times: theirs }) => isEntryPoint(key) && theirs.syncDelete === times.syncPublish)
  return Math.max(wait, ...before.map((one) => aheadOf(one.times) ?? 0))
}

/** How long before CDS names a key it is published. */
function aheadOf({ publish, syncPublish }: KeyTimes): number | null {
  return publish === null || syncPublish === null || syncPublish <= publish ? null : syncPublish - publish
}

/** Words for when a server has answered with a key for long enough, after `has answered`. */
export function longEnough({ keyTag, waitSeconds }: WantedKey): string {
  const wait = waitSeconds === null ? 'as long as answers from before may be remembered' : formatHours(waitSeconds)
  return `with key ${keyTag} for ${wait}`
}

function addressesOf(zones: readonly Zone[], name: Uint8Array): string[] {
  const sets = zones.flatMap(({ staticRRsets }) => staticRRsets.filter(({ owner }) => sameBytes(owner, name)))
  const addresses = [Type.A, Type.AAAA].flatMap((type) =>
    sets.filter((set) => set.type === type).flatMap(({ rdatas }) => rdatas.map(formatAddress)),
  )
  return [...new Set(addresses)]
}

/** Whether a name is another one or lies below it; both in lower-case wire form. */
export function isWithin(name: Uint8Array, above: Uint8Array): boolean {
  let at = 0
  while (name.length - at > above.length) at += name[at] + 1
  return sameBytes(name.subarray(at), above)
}
