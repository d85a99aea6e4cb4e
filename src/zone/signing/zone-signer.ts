// Signs what a zone holds: which keys sign which RRset, and for how long. The time is given once; knows no entries and no files.
import { hashBytes, hashStart, mix } from '../../ip/hash.ts'
import { Type } from '../../wire/constants.ts'
import type { Dnssec, StaticRRset, Zone } from '../model.ts'
import { Digest, dnskeyRdata, dsRdata, isEntryPoint } from './dnskey.ts'
import type { SigningKey } from './key.ts'
import type { StoredKey } from './key-file.ts'
import { keySetOf } from './key-set.ts'
import { isActive, isOffered, isPublished, nextChange } from './key-times.ts'
import { signRRset, type Validity } from './rrsig.ts'

/** Clocks differ, and some validators' are slow (RFC 6781 section 4.4.2). */
const backdatedSeconds = 3600
/** The types that a key-signing key signs (RFC 7344 section 4.1 wants CDS and CDNSKEY signed by a key that the DS names). */
const keyTypes: readonly number[] = [Type.DNSKEY, Type.CDS, Type.CDNSKEY]
/** What CDS and CDNSKEY say to have the DS removed: `0 0 0 00` and `0 3 0 AA==` (RFC 8078). */
const noDs = Uint8Array.of(0, 0, 0, 0, 0)
const noKey = Uint8Array.of(0, 0, 3, 0, 0)

/**
 * The keys that sign at a moment. Records are signed by the active zone-signing keys, or where there are none by the active
 * combined ones; the DNSKEY RRset by every key that a DS may name, also before the first and after the last record it signs.
 */
export function signersOf(
  keys: readonly StoredKey[],
  now: number,
): { readonly keySets: SigningKey[]; readonly records: SigningKey[]; readonly files: number[] } {
  const active = keys.filter(({ times }) => isActive(times, now))
  const zoneKeys = active.filter(({ key }) => !isEntryPoint(key))
  const records = zoneKeys.length > 0 ? zoneKeys : active
  const keySets = keys.filter(({ key, times }) => isEntryPoint(key) && isPublished(times, now))
  return {
    keySets: keySets.map(({ key }) => key),
    records: records.map(({ key }) => key),
    files: records.map((one) => keys.indexOf(one)),
  }
}

/** Signs one zone's RRsets, all as of one moment. */
export class ZoneSigner {
  readonly #apex: Uint8Array
  readonly #now: number
  readonly #validitySeconds: number
  readonly #keySets: readonly SigningKey[]
  readonly #records: readonly SigningKey[]
  #firstExpiration = Infinity
  /** DNSKEY, CDS and CDNSKEY of the apex, those of them that there are. */
  readonly sets: readonly StaticRRset[]
  /** Stands for the keys that sign records: not 0, and another when they change. */
  readonly keySet: number
  /** When some key's part changes next; Infinity when never. */
  readonly nextKeyChange: number

  /**
   * @param keys of the zone, without a problem (key-problems.ts)
   * @param now in Unix seconds
   */
  constructor({ apex }: Pick<Zone, 'apex'>, dnssec: Dnssec, keys: readonly StoredKey[], now: number) {
    const { keySets, records } = signersOf(keys, now)
    this.#apex = apex
    this.#now = now
    this.#validitySeconds = dnssec.validitySeconds
    this.#keySets = keySets
    this.#records = records
    this.sets = keyRRsets(apex, dnssec, keys, now)
    this.keySet = keySetOf(apex, records)
    this.nextKeyChange = Math.min(Infinity, ...keys.map(({ times }) => nextChange(times, now)))
  }

  /** When signatures are to be made anew: a quarter of their time is left then. Unix seconds. */
  get renewAt(): number {
    return Math.min(this.#firstExpiration - this.#validitySeconds / 4, this.nextKeyChange)
  }

  /** The RRSIG rdatas of an RRset, one each key. */
  sign({ owner, type, ttlSeconds, rdatas }: StaticRRset): Uint8Array[] {
    const validity = windowOf(owner, type, this.#now, this.#validitySeconds)
    this.#firstExpiration = Math.min(this.#firstExpiration, validity.expiration)
    const keys = keyTypes.includes(type) ? this.#keySets : this.#records
    const set = { owner, type, originalTtlSeconds: ttlSeconds, rdatas }
    return keys.map((key) => signRRset(set, this.#apex, key, validity))
  }
}

/**
 * From when to when a signature holds. Each RRset has hours of its own at which its window moves on by a quarter of the validity, so
 * signatures do not all end at once, and one made again within a quarter has the same window. At least three quarters of the
 * validity are left.
 */
export function windowOf(owner: Uint8Array, type: number, now: number, validitySeconds: number): Validity {
  const step = Math.floor(validitySeconds / 4)
  const own = (mix(hashBytes(hashStart, owner, 0, owner.length) ^ type) >>> 0) % step
  const start = Math.floor((now - own) / step) * step + own
  return { inception: start - backdatedSeconds, expiration: start + validitySeconds }
}

function keyRRsets(
  apex: Uint8Array,
  { keyTtlSeconds: ttlSeconds, leave }: Dnssec,
  keys: readonly StoredKey[],
  now: number,
): StaticRRset[] {
  const rdatas = keys.filter(({ times }) => isPublished(times, now)).map(({ key }) => dnskeyRdata(key))
  const offered = keys
    .filter(({ key, times }) => isEntryPoint(key) && isOffered(times, now))
    .map(({ key }) => dnskeyRdata(key))
  const digests = offered.map((dnskey) => dsRdata(apex, dnskey, Digest.sha256))
  const sets = [
    { owner: apex, type: Type.DNSKEY, ttlSeconds, rdatas },
    { owner: apex, type: Type.CDS, ttlSeconds, rdatas: leave ? [noDs] : digests },
    { owner: apex, type: Type.CDNSKEY, ttlSeconds, rdatas: leave ? [noKey] : offered },
  ]
  return sets.filter((set) => set.rdatas.length > 0)
}
