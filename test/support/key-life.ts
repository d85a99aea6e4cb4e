// The life of a signed zone in simulated time: its servers, each late in its own way, and what each served from when to when. Keys are tags
// only, nothing is signed truly. Knows no operator and no parent.
import { Type } from '../../src/wire/constants.ts'
import { getU16 } from '../../src/wire/header.ts'
import { keyProblems } from '../../src/zone/key-problems.ts'
import type { KeyOnDisk } from '../../src/zone/key-directory.ts'
import type { Dnssec, StaticRRset } from '../../src/zone/model.ts'
import { dnskeyRdata, keyTag } from '../../src/zone/signing/dnskey.ts'
import type { KeyTimes } from '../../src/zone/signing/key-times.ts'
import type { RollTimings } from '../../src/zone/signing/rollover.ts'
import { parseRrsig } from '../../src/zone/signing/rrsig.ts'
import { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'
import { name, records } from './world.ts'
import { randomFrom } from './random.ts'

const zoneName = 'live.example.net'
export const apex: Uint8Array = name(zoneName)
export const day = 86_400
const quarterOfDay = day / 4
/** A renewal that was refused is tried again after so long (compile/reloads.ts). */
const pause = 600

/** What was served from one moment to another. */
export interface Span<T> {
  readonly from: number
  to: number
  readonly value: T
}

/** What is served, with all that was served before. */
export class Track<T> {
  readonly spans: Span<T>[] = []

  set(now: number, value: T): void {
    const last = this.spans.at(-1)
    if (last !== undefined && JSON.stringify(last.value) === JSON.stringify(value)) return
    if (last !== undefined) last.to = now
    this.spans.push({ from: now, to: Infinity, value })
  }

  at(time: number): T | undefined {
    return this.spans.find(({ from, to }) => from <= time && time < to)?.value
  }
}

/** Runs what is due in order of time. */
export class Clock {
  readonly #due: { readonly time: number; readonly run: () => void }[] = []
  now: number

  constructor(now: number) {
    this.now = now
  }

  at(time: number, run: () => void): void {
    const due = { time: Math.max(this.now, Math.ceil(time)), run }
    const place = this.#due.findLastIndex((one) => one.time <= due.time)
    this.#due.splice(place + 1, 0, due)
  }

  runUntil(end: number): void {
    for (let next = this.#due[0]; next !== undefined && next.time <= end; next = this.#due[0]) {
      this.#due.shift()
      this.now = next.time
      next.run()
    }
  }
}

/** Random numbers of one life. */
export interface Chance {
  /** Whole, both ends possible and likelier than what lies between. */
  readonly between: (least: number, most: number) => number
  readonly oneOf: <T>(values: readonly T[]) => T
}

export function chanceOf(seed: number): Chance {
  const random = randomFrom(seed)
  const between = (least: number, most: number): number => {
    const end = random()
    if (end < 0.2) return least
    if (end > 0.8) return most
    return least + Math.floor(random() * (most - least + 1))
  }
  return { between, oneOf: (values) => values[Math.floor(random() * values.length)] }
}

/**
 * A key that signs with zeros.
 * @param number of the key in its life, below 200: no other has its tag
 */
export function tagKey(algorithm: number, flags: number, times: KeyTimes, number: number): KeyOnDisk {
  const publicKey = Uint8Array.of((number * 300) >>> 8, (number * 300) & 255)
  const tag = keyTag(dnskeyRdata({ algorithm, flags, publicKey }))
  const key = { algorithm, flags, publicKey, keyTag: tag, sign: () => new Uint8Array(64) }
  return { key, times, file: `/keys/${tag}.private` }
}

/** What a server is told: how the zone is signed, or nothing, and with which keys. */
export interface Told {
  readonly dnssec: Dnssec | null
  readonly keys: readonly KeyOnDisk[]
}

/** A DNSKEY RRset: `algorithm/tag` of the keys in it, and of those that sign it. */
export interface KeySpan {
  readonly published: readonly string[]
  readonly signers: readonly string[]
}

export class ServerLife {
  readonly keySets = new Track<KeySpan>()
  /** Who signs everything else. */
  readonly signers = new Track<readonly string[]>()
  /** The tags that CDS names; null: it asks for no DS at all; undefined: there is no CDS. */
  readonly cds = new Track<readonly number[] | null | undefined>()
  /** What went wrong with a signature while it was served. */
  readonly expired: string[] = []
  readonly #clock: Clock
  readonly #chance: Chance
  readonly #timings: RollTimings
  #told: Told = { dnssec: null, keys: [] }
  #turn = 0
  #expires = Infinity

  constructor(clock: Clock, chance: Chance, timings: RollTimings) {
    this.#clock = clock
    this.#chance = chance
    this.#timings = timings
    this.#serve()
  }

  /** Since when it has had this key in its DNSKEY RRset without a break; null when it has not. */
  answeredSince(key: string): number | null {
    const { spans } = this.keySets
    const last = spans.findLastIndex(({ value }) => !value.published.includes(key))
    return last === spans.length - 1 ? null : spans[last + 1].from
  }

  /** Copies what the operator has then, as late as `propagation` allows; each key's files by themselves where that is drawn. */
  tell(told: () => Told, atOnce: boolean, most: number = this.#timings.propagationSeconds): void {
    const { propagationSeconds } = this.#timings
    const late = this.#chance.between(0, most)
    const start = this.#clock.now + late
    if (atOnce) return this.#clock.at(start, () => this.#take(told()))
    for (const { file } of told().keys) {
      // Half of a retirement signs nothing: what is to be renewed then waits for the other half.
      this.#clock.at(start + this.#chance.between(0, Math.min(propagationSeconds - late, quarterOfDay)), () => {
        const others = this.#told.keys.filter((one) => one.file !== file)
        const copied = told().keys.filter((one) => one.file === file)
        // Other keys altogether come with the configuration.
        const isKnown = told().keys.some((one) => this.#told.keys.some((known) => known.file === one.file))
        if (copied.length > 0 && isKnown) this.#take({ dnssec: this.#told.dnssec, keys: [...others, ...copied] })
      })
    }
  }

  #take(told: Told): void {
    this.#told = told
    this.#serve()
  }

  #serve(): void {
    const { dnssec, keys } = this.#told
    const now = this.#clock.now
    if (now > this.#expires) this.expired.push(`served until ${now} what ended ${this.#expires}`)
    if (dnssec === null) {
      this.#turn++
      this.#expires = Infinity
      this.keySets.set(now, { published: [], signers: [] })
      this.signers.set(now, [])
      this.cds.set(now, undefined)
      return
    }
    const found = { keys, problems: [], warnings: [], lost: [], files: ['some'], others: [], absent: false }
    if (keyProblems(found, '/keys', apex, now).length > 0) return this.#again(now + pause, 0)
    const signer = new ZoneSigner({ apex }, dnssec, keys, now)
    const { longestTtlSeconds: ttl } = this.#timings
    const sets = [...signer.sets, records(zoneName, Type.SOA, ttl, `a. b. 1 2 3 4 5`)]
    const signatures = new Map(sets.map((set) => [set.type, this.#sign(signer, set)]))
    const published = rdatasOf(signer.sets, Type.DNSKEY).map((rdata) => `${rdata[3]}/${keyTag(rdata)}`)
    this.keySets.set(now, { published: published.toSorted(), signers: signatures.get(Type.DNSKEY) ?? [] })
    this.signers.set(now, signatures.get(Type.SOA) ?? [])
    const named = rdatasOf(signer.sets, Type.CDS)
    const isNone = named.some((rdata) => rdata[2] === 0)
    const tags = named.map((rdata) => getU16(rdata, 0)).toSorted((a, b) => a - b)
    this.cds.set(now, named.length === 0 ? undefined : isNone ? null : tags)
    this.#again(signer.renewAt, Math.min(this.#timings.propagationSeconds, quarterOfDay))
  }

  /** The next renewal, late. */
  #again(time: number, latest: number): void {
    const turn = ++this.#turn
    const late = this.#chance.between(0, latest)
    if (time === Infinity) return
    this.#clock.at(time + late, () => {
      if (turn === this.#turn) this.#serve()
    })
  }

  #sign(signer: ZoneSigner, set: StaticRRset): string[] {
    const now = this.#clock.now
    const made = signer.sign(set).flatMap((rdata) => parseRrsig(rdata) ?? [])
    for (const { inception } of made) if (inception > now) this.expired.push(`begins at ${inception} after ${now}`)
    if (set === signer.sets[0]) this.#expires = Infinity
    this.#expires = Math.min(this.#expires, ...made.map(({ expiration }) => expiration))
    return made.map(({ algorithm, keyTag: tag }) => `${algorithm}/${tag}`).toSorted()
  }
}

function rdatasOf(sets: readonly StaticRRset[], type: number): readonly Uint8Array[] {
  return sets.find((set) => set.type === type)?.rdatas ?? []
}
