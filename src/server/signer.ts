// Makes the signatures of steered RRsets and keeps the table they lie in: bounded, renewed in time, forgotten when nobody asks. Knows
// no sockets, no threads and no key files.
import { LRUCache } from 'lru-cache'
import type { SigningKey } from '../zone/signing/key.ts'
import { signRRset, type SignedSet } from '../zone/signing/rrsig.ts'
import { getU16 } from '../wire/header.ts'
import { Field } from '../zone/name-table.ts'
import {
  attachSignatures,
  firstOf,
  freeSlot,
  mostSignatures,
  recordWords,
  removeSignatures,
  Signed,
  signatureBytes,
  signatureWords,
  slotOf,
  storeSignatures,
  type SignatureTable,
  ways,
} from './signature-table.ts'
import type { OnlineSigner, State } from './state.ts'

/** Why a signature was made. */
export type SigningReason = 'ahead' | 'asked' | 'renewed'

/** What signs a zone. */
export interface ZoneSigning {
  readonly apex: Uint8Array
  /** As the zone's column in the tables has it. */
  readonly keySet: number
  /** One, or while keys roll two; none when they could not be read. */
  readonly keys: readonly SigningKey[]
  readonly validitySeconds: number
  /** Signatures that have less than this left are made anew. */
  readonly refreshSeconds: number
}

export interface SignerSettings {
  readonly table: SharedArrayBuffer
  /** Unix seconds. */
  readonly now: () => number
  /** 0 to 1, for jitter. */
  readonly random: () => number
  /** Told of each signature. */
  readonly onSigned: (reason: SigningReason) => void
}

/** What lies in a slot. */
interface Entry extends SignedSet {
  readonly low: number
  readonly high: number
  readonly keySet: number
  readonly renewAt: number
  readonly inception: number
  readonly expiration: number
  /** Somebody wants it: readers marked it since it was made, or it is likely. */
  wanted: boolean
  /** When it was last found wanted, on a clock of its own. */
  wantedAt: number
}

/** Clocks of validators may be behind ours. */
const inceptionSeconds = 3600
/** Share of a validity that expirations are spread over, so that renewals are too. */
const jitterShare = 0.1
/** Share of the slots that are filled: a set of the table rarely overflows before the whole of it is full. */
const fill = 0.75

export class Signer implements OnlineSigner {
  readonly #settings: SignerSettings
  readonly #table: SignatureTable
  /** By slot; the order in which slots are given up. */
  readonly #entries: LRUCache<number, Entry>
  readonly #record = new Int32Array(recordWords)
  #zones: readonly (ZoneSigning | null)[] = []
  #byKeySet = new Map<number, ZoneSigning>()
  #clock = 0
  /** Why `sign` is called. */
  reason: SigningReason = 'asked'
  /** RRsets signed so far. */
  made = 0

  /** Begins with an empty table: what another signer left, nobody would renew. */
  constructor(settings: SignerSettings) {
    this.#settings = settings
    this.#table = attachSignatures(settings.table)
    const slots = this.#table.tags.length
    for (let slot = 0; slot < slots; slot++) if (this.#table.tags[slot] !== 0) removeSignatures(this.#table, slot)
    this.#entries = new LRUCache<number, Entry>({
      max: Math.floor(slots * fill),
      dispose: (_entry, slot, why) => {
        if (why !== 'set') removeSignatures(this.#table, slot)
      },
    })
  }

  /** RRsets in the table. */
  get size(): number {
    return this.#entries.size
  }

  /** The most there may be. */
  get capacity(): number {
    return this.#entries.max
  }

  /** Takes what signs the zones of a snapshot, in its order; null for a zone that is not signed. */
  setZones(zones: readonly (ZoneSigning | null)[]): void {
    this.#zones = zones
    this.#byKeySet = new Map(zones.flatMap((zone) => (zone === null ? [] : [[zone.keySet, zone] as const])))
  }

  sign(state: State, bytes: Uint8Array, start: number, end: number, type: number, ttlSeconds: number): boolean {
    const { tables, match, setHash } = state
    const zone = this.#zones[match.zone]
    if (!zone || zone.keySet !== tables.zoneKeySet[match.zone]) return false
    const owner = ownerOf(tables.entries, match.entry)
    const set = { owner, type, originalTtlSeconds: ttlSeconds, rdatas: rdatasOf(bytes, start, end) }
    return this.#make(set, setHash.low, setHash.high, zone, this.reason)
  }

  /** Reads which entries were used since it was called last; the others are given up first. Call it about once a second. */
  observe(): void {
    const { used } = this.#table
    this.#clock++
    for (let slot = 0; slot < used.length; slot++) {
      if (used[slot] === 0) continue
      Atomics.store(used, slot, 0)
      const entry = this.#entries.get(slot)
      if (entry === undefined) continue
      entry.wanted = true
      entry.wantedAt = this.#clock
    }
  }

  /** Renews what is due, one signature a step, and removes what nobody wants once it ended. The clock may have been set back. */
  *renewing(): Generator<void> {
    const now = this.#settings.now()
    const due = [...this.#entries.entries()].filter(
      ([, { inception, renewAt, keySet }]) => renewAt <= now || inception > now || !this.#byKeySet.has(keySet),
    )
    for (const [slot, entry] of due) {
      if (this.#entries.peek(slot) !== entry) continue
      const zone = this.#byKeySet.get(entry.keySet)
      if (zone !== undefined && entry.wanted) {
        this.#make(entry, entry.low, entry.high, zone, 'renewed')
        yield
      } else if (zone === undefined || entry.expiration <= now || entry.inception > now) this.#entries.delete(slot)
    }
  }

  #make(set: SignedSet, low: number, high: number, zone: ZoneSigning, reason: SigningReason): boolean {
    const { now, random, onSigned } = this.#settings
    const { keys, apex, validitySeconds, refreshSeconds } = zone
    if (keys.length === 0) return false
    const record = this.#record.fill(0)
    const jitter = Math.floor(random() * validitySeconds * jitterShare)
    const inception = now() - inceptionSeconds
    const expiration = now() + validitySeconds - jitter
    record[Signed.low] = low
    record[Signed.high] = high
    record[Signed.inception] = inception
    record[Signed.expiration] = expiration
    for (const key of keys.slice(0, mostSignatures)) {
      const rdata = signRRset(set, apex, key, { inception, expiration })
      putSignature(record, key, rdata.subarray(rdata.length - signatureBytes))
    }
    const slot = this.#place(low, high)
    storeSignatures(this.#table, slot, record)
    const { owner, type, originalTtlSeconds, rdatas } = set
    const renewAt = expiration - refreshSeconds
    const wanted = reason === 'ahead'
    const entry = {
      owner,
      type,
      originalTtlSeconds,
      rdatas,
      low,
      high,
      keySet: zone.keySet,
      renewAt,
      inception,
      expiration,
    }
    this.#entries.set(slot, { ...entry, wanted, wantedAt: this.#clock })
    this.made++
    onSigned(reason)
    return true
  }

  /** The slot of an RRset: its own, a free one, or that of the neighbour that nobody has wanted for the longest time. */
  #place(low: number, high: number): number {
    const own = slotOf(this.#table, low, high)
    if (own >= 0) return own
    const free = freeSlot(this.#table, high)
    if (free >= 0) return free
    const first = firstOf(this.#table, high)
    let oldest = first
    for (let slot = first; slot < first + ways; slot++) if (this.#wantedAt(slot) < this.#wantedAt(oldest)) oldest = slot
    this.#entries.delete(oldest)
    return oldest
  }

  #wantedAt(slot: number): number {
    return this.#entries.peek(slot)?.wantedAt ?? -1
  }
}

function putSignature(record: Int32Array, { algorithm, keyTag }: SigningKey, signature: Uint8Array): void {
  const index = record[Signed.count]++
  record[Signed.keys + index] = (algorithm << 16) | keyTag
  const view = new DataView(signature.buffer, signature.byteOffset, signature.length)
  for (let i = 0; i < signatureWords; i++) record[Signed.first + index * signatureWords + i] = view.getInt32(i * 4)
}

/** The name of an entry in wire form. */
function ownerOf(entries: Int32Array, entry: number): Uint8Array {
  const name = new Uint8Array(entries[entry] & 255)
  for (let i = 0; i < name.length; i++) name[i] = entries[entry + Field.name + (i >> 2)] >>> ((i & 3) * 8)
  return name
}

/** The rdatas of records whose owner is a pointer. */
function rdatasOf(bytes: Uint8Array, start: number, end: number): Uint8Array[] {
  const rdatas: Uint8Array[] = []
  for (let at = start; at < end;) {
    const length = getU16(bytes, at + 10)
    rdatas.push(bytes.slice(at + 12, at + 12 + length))
    at += 12 + length
  }
  return rdatas
}
