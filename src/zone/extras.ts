// What goes into the additional section beside an RRset: whole records with their signatures behind them, written once for all RRsets
// that lead to the same hosts. Knows no entries and no packets.
import { Type } from '../wire/constants.ts'
import type { StaticRRset } from './model.ts'
import type { RecordWriter } from './record-writer.ts'
import type { ZoneSigner } from './signing/zone-signer.ts'

/** Where they lie, the signatures right after the records. */
interface Extra {
  readonly start: number
  readonly count: number
  readonly length: number
  readonly signatures: number
  readonly signaturesLength: number
}

/** More than that never goes into a message beside what it goes with. */
const mostOctets = 60_000
const nothing: Extra = { start: 0, count: 0, length: 0, signatures: 0, signaturesLength: 0 }

export class Extras {
  readonly #records: RecordWriter
  readonly #signers: ReadonlyMap<StaticRRset, ZoneSigner | null>
  /** By what they consist of: a hundred thousand MX may name one host. */
  readonly #written = new Map<string, Extra>()
  readonly #numbers = new Map<StaticRRset, number>()

  /** @param signers who signs an RRset; what lies below a cut has none and is not signed (RFC 4035 section 2.2) */
  constructor(records: RecordWriter, signers: ReadonlyMap<StaticRRset, ZoneSigner | null>) {
    this.#records = records
    this.#signers = signers
  }

  add(sets: readonly StaticRRset[]): Extra {
    if (octetsOf(sets) > mostOctets) return nothing
    const key = sets.map((set) => this.#numberOf(set)).join()
    const known = this.#written.get(key)
    if (known !== undefined) return known
    const records = this.#records
    const start = records.size
    const count = addOwned(records, sets)
    const length = records.size - start
    const signatures = addOwned(
      records,
      sets.map((set) => ({ ...set, type: Type.RRSIG, rdatas: this.#signers.get(set)?.sign(set) ?? [] })),
    )
    const extra = { start, count, length, signatures, signaturesLength: records.size - start - length }
    this.#written.set(key, extra)
    return extra
  }

  #numberOf(set: StaticRRset): number {
    const number = this.#numbers.get(set) ?? this.#numbers.size
    this.#numbers.set(set, number)
    return number
  }
}

function octetsOf(sets: readonly StaticRRset[]): number {
  return sets.reduce(
    (sum, { owner, rdatas }) => rdatas.reduce((all, { length }) => all + owner.length + 10 + length, sum),
    0,
  )
}

/** Adds records with their owners written out; returns how many. */
export function addOwned(records: RecordWriter, sets: readonly StaticRRset[]): number {
  for (const { owner, type, ttlSeconds, rdatas } of sets) {
    for (const rdata of rdatas) records.add(owner, type, ttlSeconds, rdata)
  }
  return sets.reduce((total, { rdatas }) => total + rdatas.length, 0)
}
