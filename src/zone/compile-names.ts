// Zones → the flat name table: entries, empty non-terminals, wildcards, records as bytes. Knows no geography and no health.
import { hashBytes, hashStart, mix } from '../ip/hash.ts'
import { Type } from '../wire/constants.ts'
import { chainKey, chainOrder, makeChain, type ChainName } from './chain.ts'
import { Cuts, cutTypes, keyOf } from './cuts.ts'
import { addOwned, Extras } from './extras.ts'
import { Glue } from './glue.ts'
import type { StaticRRset, Zone } from './model.ts'
import { delegated, Field, findEntry, hashName, lastWord, noService, type NameColumns } from './name-table.ts'
import { RecordWriter } from './record-writer.ts'
import type { ZoneSigner } from './signing/zone-signer.ts'

interface Entry {
  readonly name: Uint8Array
  readonly zone: number
  service: number
  readonly sets: { type: number; set: StaticRRset }[]
}

/** Who signs which zone, and what services answer. */
export interface Signing {
  /** By zone; null: unsigned. */
  readonly signers: readonly (ZoneSigner | null)[]
  /** The types that a service can give, by its index. */
  readonly steeredTypes: (service: number) => readonly number[]
}

/** An NSEC record's place in its chain. */
interface Linked {
  readonly key: Uint8Array
  readonly name: Uint8Array
  readonly nsec: StaticRRset
  readonly variants: readonly (StaticRRset | null)[]
}

type SignerOf = (entry: Entry, type: number) => ZoneSigner | null

const unsigned: Signing = { signers: [], steeredTypes: () => [] }

/**
 * Compiles zones.
 * @param serial the SOA serial of every zone (the epoch)
 * @param serviceIndex where a service's key stands among the services
 */
export function compileNames(
  zones: readonly Zone[],
  serial: number,
  serviceIndex: (key: string) => number,
  signing: Signing = unsigned,
): NameColumns {
  const entries = new Map<string, Entry>()
  const apexes = new Map(zones.map(({ apex }, zone) => [keyOf(apex), zone]))
  const cuts = zones.map((zone) => new Cuts(zone))
  const parents = zones.map(({ apex }) => parentOf(apexes, cuts, apex))
  // Apexes come first: a name belongs to the lowest zone, whichever is written first.
  for (const [zone, { apex }] of zones.entries()) ensure(entries, apex, apex, zone)
  for (const [zone, parent] of parents.entries()) {
    if (parent < 0) continue
    cuts[parent].add(zones[zone].apex)
    ensure(entries, nameAbove(zones[zone].apex), zones[parent].apex, parent)
  }
  for (const [zone, content] of zones.entries()) addZone(entries, content, zone, cuts[zone], serviceIndex)
  for (const [zone, soa] of zones.entries()) {
    const { sets } = ensure(entries, soa.apex, soa.apex, zone)
    sets.unshift({ type: Type.SOA, set: soaSet(soa, serial, false) })
    for (const set of signing.signers[zone]?.sets ?? []) sets.push({ type: set.type, set })
  }
  const all = [...entries.values()]
  const chains = zones.map((_, zone) => (signing.signers[zone] ? linkNames(all, zones, parents, zone, signing) : []))
  const signerOf: SignerOf = ({ zone, service }, type) => {
    // At an apex DS is the parent's, at a cut all but DS and NSEC is the child's.
    const parent = type === Type.DS && service !== delegated ? parents[zone] : zone
    const child = service === delegated && type !== Type.DS && type !== Type.NSEC
    return child ? null : (signing.signers[parent] ?? null)
  }
  const { rows, ...proofs } = rowsOf(all, chains, signerOf, signing)
  const places = placeNames(all, zones)
  return {
    ...places,
    ...layOut(rows, zones, cuts, serial, signing),
    ...chainColumns(chains, places),
    ...proofs,
    zoneParent: Int32Array.from(parents),
  }
}

/** Makes the chain of a zone and gives each of its names its NSEC. */
function linkNames(
  entries: readonly Entry[],
  zones: readonly Zone[],
  parents: readonly number[],
  zone: number,
  { steeredTypes }: Signing,
): Linked[] {
  const { apex, negativeTtlSeconds, nsTtlSeconds } = zones[zone]
  const names: (ChainName & { entry: Entry | null })[] = []
  for (const entry of entries) {
    const { name, sets, service } = entry
    const types = sets.map(({ type }) => type)
    if (entry.zone === zone) {
      // An empty non-terminal has no NSEC (RFC 4035 section 2.3). At the apex of a zone whose parent is served here DS is the parent's.
      const own = name.length === apex.length ? types.filter((type) => type !== Type.DS) : types
      const steered = service === noService || service === delegated ? [] : steeredTypes(service)
      if (own.length + steered.length > 0) names.push({ name, types: own, steered, entry })
    } else if (parents[entry.zone] === zone && name.length === zones[entry.zone].apex.length) {
      names.push({ name, types: [Type.NS, ...types.filter((type) => type === Type.DS)], steered: [], entry: null })
    }
  }
  const ordered = chainOrder(names)
  // The lesser of the SOA's TTL and its minimum (RFC 9077 section 3).
  const links = makeChain(ordered, Math.min(negativeTtlSeconds, nsTtlSeconds))
  return links.map((link, index) => {
    const { name, entry } = ordered[index]
    entry?.sets.push({ type: Type.NSEC, set: link.nsec })
    return { ...link, name, key: chainKey(name, apex.length) }
  })
}

/** Adds a zone's names; what lies at or below a cut is no name of it but for NS and DS, which make the cut. */
function addZone(
  entries: Map<string, Entry>,
  content: Zone,
  zone: number,
  cuts: Cuts,
  serviceIndex: (key: string) => number,
): void {
  const { apex, staticRRsets, steeredNames } = content
  for (const set of staticRRsets) {
    const cut = cuts.above(set.owner)
    if (cut !== null && (cut.length < set.owner.length || !cutTypes.includes(set.type))) continue
    const entry = ensure(entries, set.owner, apex, zone)
    const ours = entry.zone === zone
    // Where the zone below is served here too, its own NS are the ones to answer; DS is the parent's (RFC 4035 section 3.1.4.1).
    if (ours || set.type === Type.DS) entry.sets.push({ type: set.type, set })
    if (ours && cut !== null) entry.service = delegated
  }
  for (const { owner, service } of steeredNames) ensure(entries, owner, apex, zone).service = serviceIndex(service)
}

/** The zone that another one is delegated from, the lowest above it, or -1: also where that delegates a zone between the two. */
function parentOf(apexes: ReadonlyMap<string, number>, cuts: readonly Cuts[], apex: Uint8Array): number {
  for (let at = apex[0] + 1; at < apex.length; at += apex[at] + 1) {
    const parent = apexes.get(keyOf(apex.subarray(at)))
    if (parent === undefined) continue
    const cut = cuts[parent].above(apex)
    return cut === null || cut.length === apex.length ? parent : -1
  }
  return -1
}

function nameAbove(name: Uint8Array): Uint8Array {
  return name.subarray(name[0] + 1)
}

/** The entry of a name, made together with every name between it and the apex. */
function ensure(entries: Map<string, Entry>, name: Uint8Array, apex: Uint8Array, zone: number): Entry {
  const key = keyOf(name)
  const known = entries.get(key)
  if (known) return known
  const entry: Entry = { name, zone, service: noService, sets: [] }
  entries.set(key, entry)
  if (name.length > apex.length) ensure(entries, nameAbove(name), apex, zone)
  return entry
}

/** An RRset to lay out: of an entry, or one that only proofs use. */
interface Row {
  readonly set: StaticRRset
  readonly zone: number
  readonly cut: boolean
  readonly signer: ZoneSigner | null
}

function layOut(rows: readonly Row[], zones: readonly Zone[], cuts: readonly Cuts[], serial: number, signing: Signing) {
  const columns = emptySets(rows.length, zones)
  const records = new RecordWriter()
  const glue = zones.map((zone, index) => new Glue(zone, cuts[index]))
  const extras = new Extras(records, new Map(rows.map(({ set, signer }) => [set, signer])))
  for (const [row, { set, zone, cut, signer }] of rows.entries()) {
    columns.setType[row] = set.type
    columns.setCount[row] = set.rdatas.length
    columns.setStart[row] = records.size
    for (const rdata of set.rdatas) records.add(null, set.type, set.ttlSeconds, rdata)
    columns.setLength[row] = records.size - columns.setStart[row]
    const { inDomain, others } = glue[zone].of(set)
    const needed = cut ? inDomain : []
    const afterRecords = records.size
    columns.setGlueCount[row] = addOwned(records, needed)
    columns.setGlueLength[row] = records.size - afterRecords
    // What has glue behind it is not signed.
    columns.setSignatures[row] = addSignatures(records, set, set.ttlSeconds, signer)
    columns.setSignaturesLength[row] = records.size - afterRecords - columns.setGlueLength[row]
    const extra = extras.add(needed === inDomain ? others : [...inDomain, ...others])
    columns.setExtraStart[row] = extra.start
    columns.setExtraCount[row] = extra.count
    columns.setExtraLength[row] = extra.length
    columns.setExtraSignatures[row] = extra.signatures
    columns.setExtraSignaturesLength[row] = extra.signaturesLength
  }
  for (const [index, zone] of zones.entries()) {
    const { ttlSeconds, rdatas } = soaSet(zone, serial, true)
    columns.zoneSoaStart[index] = records.size
    records.add(null, Type.SOA, ttlSeconds, rdatas[0])
    columns.zoneSoaLength[index] = records.size - columns.zoneSoaStart[index]
    const signer = signing.signers[index] ?? null
    columns.zoneSoaSignatures[index] = addSignatures(records, soaSet(zone, serial, false), ttlSeconds, signer)
    columns.zoneSoaSignaturesLength[index] = records.size - columns.zoneSoaStart[index] - columns.zoneSoaLength[index]
    columns.zoneKeySet[index] = signer?.keySet ?? 0
  }
  return { ...columns, recordBytes: records.bytes() }
}

function emptySets(sets: number, zones: readonly Zone[]) {
  return {
    setType: new Uint16Array(sets),
    setCount: new Uint16Array(sets),
    setStart: new Uint32Array(sets),
    setLength: new Uint32Array(sets),
    setGlueCount: new Uint16Array(sets),
    setGlueLength: new Uint32Array(sets),
    setSignatures: new Uint8Array(sets),
    setSignaturesLength: new Uint16Array(sets),
    setExtraCount: new Uint16Array(sets),
    setExtraStart: new Uint32Array(sets),
    setExtraLength: new Uint32Array(sets),
    setExtraSignatures: new Uint16Array(sets),
    setExtraSignaturesLength: new Uint32Array(sets),
    zoneApexLength: Uint8Array.from(zones, ({ apex }) => apex.length),
    zoneSoaStart: new Uint32Array(zones.length),
    zoneSoaLength: new Uint32Array(zones.length),
    zoneSoaSignatures: new Uint8Array(zones.length),
    zoneSoaSignaturesLength: new Uint16Array(zones.length),
    zoneKeySet: new Int32Array(zones.length),
  }
}

/** Adds the signatures of an RRset, which are sent with its TTL; returns how many. */
function addSignatures(records: RecordWriter, set: StaticRRset, ttlSeconds: number, signer: ZoneSigner | null): number {
  const rdatas = signer?.sign(set) ?? []
  for (const rdata of rdatas) records.add(null, Type.RRSIG, ttlSeconds, rdata)
  return rdatas.length
}

/** The rows of all entries, then those of proofs; and the chains over them. */
function rowsOf(entries: readonly Entry[], chains: readonly Linked[][], signerOf: SignerOf, signing: Signing) {
  const rows: Row[] = []
  for (const entry of entries) {
    const cut = entry.service === delegated
    for (const { type, set } of entry.sets) rows.push({ set, zone: entry.zone, cut, signer: signerOf(entry, type) })
  }
  const numbers = new Map(rows.flatMap(({ set }, row) => (set.type === Type.NSEC ? [[set, row] as const] : [])))
  const rowOf = (set: StaticRRset | null, zone: number): number => {
    const known = set === null ? -1 : numbers.get(set)
    if (set === null || known !== undefined) return known ?? -1
    return rows.push({ set, zone, cut: false, signer: signing.signers[zone] ?? null }) - 1
  }
  const sets = chains.map((chain, zone) => chain.map(({ nsec }) => rowOf(nsec, zone)))
  const variants = chains.map((chain, zone) => chain.flatMap((link) => link.variants.map((set) => rowOf(set, zone))))
  return { rows, chainSet: Uint32Array.from(sets.flat()), chainVariants: Int32Array.from(variants.flat()) }
}

/** The columns by which the link that covers a name is found. */
function chainColumns(chains: readonly Linked[][], places: Pick<NameColumns, 'slots' | 'entries'>) {
  const links = chains.flat()
  return {
    zoneChainStart: Uint32Array.from([0, ...running(chains.map(({ length }) => length))]),
    chainEntry: Int32Array.from(links, ({ name }) => findEntry(places, name, 0, name.length)),
    chainKeyStart: Uint32Array.from([0, ...running(links.map(({ key }) => key.length))]),
    chainKeys: new Uint8Array(Buffer.concat(links.map(({ key }) => key))),
  }
}

/** Sums up to and with each number. */
function running(numbers: readonly number[]): number[] {
  let sum = 0
  return numbers.map((number) => (sum += number))
}

/** The entries' words and the slots that lead to them; RRsets are numbered in the order of the entries. */
function placeNames(entries: readonly Entry[], zones: readonly Zone[]) {
  const words = new Int32Array(entries.reduce((total, { name }) => total + wordsOf(name), 0))
  const slots = new Int32Array(slotsFor(entries.length)).fill(-1)
  const columns = { slots, entries: words, labelRange: labelRange(entries, zones) }
  const wildcards: { entry: number; name: Uint8Array }[] = []
  let entry = 0
  let set = 0
  for (const { name, zone, service, sets } of entries) {
    words[entry + Field.lengthAndZone] = name.length | (zone << 8)
    words[entry + Field.service] = service
    words[entry + Field.wildcard] = service === delegated ? entry : -1
    words[entry + Field.stream] = mix(hashBytes(hashStart, name, 0, name.length))
    words[entry + Field.firstSet] = set
    words[entry + Field.endOfSets] = set += sets.length
    for (let at = 0; at < name.length; at += 4) {
      words[entry + Field.name + at / 4] = lastWord(name, at, Math.min(at + 4, name.length))
    }
    const hash = hashName(name, 0, name.length)
    let slot = (hash << 1) & (slots.length - 1)
    while (slots[slot + 1] >= 0) slot = (slot + 2) & (slots.length - 1)
    slots[slot] = hash
    slots[slot + 1] = entry
    if (name[0] === 1 && name[1] === 0x2a) wildcards.push({ entry, name })
    entry += wordsOf(name)
  }
  for (const wildcard of wildcards) {
    const parent = findEntry(columns, wildcard.name, 2, wildcard.name.length)
    if (parent >= 0) words[parent + Field.wildcard] = wildcard.entry
  }
  return columns
}

function wordsOf(name: Uint8Array): number {
  return Field.name + Math.ceil(name.length / 4)
}

function slotsFor(entries: number): number {
  let size = 32
  while (size < entries * 4) size *= 2
  return size
}

function labelRange(entries: readonly Entry[], zones: readonly Zone[]): Uint8Array {
  const shortest = zones.reduce((least, { apex }) => Math.min(least, labelsOf(apex)), 127)
  return Uint8Array.of(
    shortest,
    entries.reduce((most, { name }) => Math.max(most, labelsOf(name)), 0),
  )
}

function labelsOf(name: Uint8Array): number {
  let labels = 0
  for (let at = 0; name[at] !== 0; at += name[at] + 1) labels++
  return labels
}

/** The SOA; in negative answers its TTL is the negative TTL (RFC 2308 section 3). */
function soaSet(zone: Zone, serial: number, negative: boolean): StaticRRset {
  const { mname, rname, refreshSeconds, retrySeconds, expireSeconds } = zone.soa
  const rdata = new Uint8Array(mname.length + rname.length + 20)
  rdata.set(mname)
  rdata.set(rname, mname.length)
  const view = new DataView(rdata.buffer, mname.length + rname.length)
  const numbers = [serial, refreshSeconds, retrySeconds, expireSeconds, zone.negativeTtlSeconds]
  for (const [i, number] of numbers.entries()) view.setUint32(i * 4, number)
  // A signed SOA must not be sent with a longer TTL than its signature says.
  const ttlSeconds = negative ? Math.min(zone.negativeTtlSeconds, zone.nsTtlSeconds) : zone.nsTtlSeconds
  return { owner: zone.apex, type: Type.SOA, ttlSeconds, rdatas: [rdata] }
}
