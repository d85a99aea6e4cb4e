// Zones → the flat name table: entries, empty non-terminals, wildcards, records as bytes. Knows no geography and no health.
import { hashBytes, hashStart, mix } from '../ip/hash.ts'
import { Type } from '../wire/constants.ts'
import { Cuts, cutTypes, keyOf } from './cuts.ts'
import { Glue } from './glue.ts'
import type { StaticRRset, Zone } from './model.ts'
import { delegated, Field, findEntry, hashName, lastWord, noService, type NameColumns } from './name-table.ts'
import { RecordWriter } from './record-writer.ts'

interface Entry {
  readonly name: Uint8Array
  readonly zone: number
  service: number
  readonly sets: { type: number; set: StaticRRset }[]
}

/**
 * Compiles zones.
 * @param serial the SOA serial of every zone (the epoch)
 * @param serviceIndex where a service's key stands among the services
 */
export function compileNames(
  zones: readonly Zone[],
  serial: number,
  serviceIndex: (key: string) => number,
): NameColumns {
  const entries = new Map<string, Entry>()
  const apexes = new Map(zones.map(({ apex }, zone) => [keyOf(apex), zone]))
  const parents = zones.map(({ apex }) => parentOf(apexes, apex))
  // Apexes come first: a name belongs to the lowest zone, whichever is written first.
  for (const [zone, { apex }] of zones.entries()) ensure(entries, apex, apex, zone)
  for (const [zone, parent] of parents.entries()) {
    if (parent >= 0) ensure(entries, nameAbove(zones[zone].apex), zones[parent].apex, parent)
  }
  for (const [zone, content] of zones.entries()) addZone(entries, content, zone, serviceIndex)
  for (const [zone, soa] of zones.entries()) {
    ensure(entries, soa.apex, soa.apex, zone).sets.unshift({ type: Type.SOA, set: soaSet(soa, serial, false) })
  }
  return { ...layOut([...entries.values()], zones, serial), zoneParent: Int32Array.from(parents) }
}

/** Adds a zone's names; what lies at or below a cut is no name of it but for NS and DS, which make the cut. */
function addZone(
  entries: Map<string, Entry>,
  content: Zone,
  zone: number,
  serviceIndex: (key: string) => number,
): void {
  const { apex, staticRRsets, steeredNames } = content
  const cuts = new Cuts(content)
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

/** The zone that another one lies in, the lowest of them, or -1. */
function parentOf(apexes: ReadonlyMap<string, number>, apex: Uint8Array): number {
  for (let at = apex[0] + 1; at < apex.length; at += apex[at] + 1) {
    const parent = apexes.get(keyOf(apex.subarray(at)))
    if (parent !== undefined) return parent
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

function layOut(entries: readonly Entry[], zones: readonly Zone[], serial: number): Omit<NameColumns, 'zoneParent'> {
  const setTotal = entries.reduce((total, { sets }) => total + sets.length, 0)
  const columns = {
    ...placeNames(entries, zones),
    setType: new Uint16Array(setTotal),
    setCount: new Uint16Array(setTotal),
    setStart: new Uint32Array(setTotal),
    setLength: new Uint32Array(setTotal),
    setGlueCount: new Uint16Array(setTotal),
    setGlueLength: new Uint32Array(setTotal),
    setExtraCount: new Uint16Array(setTotal),
    setExtraStart: new Uint32Array(setTotal),
    setExtraLength: new Uint32Array(setTotal),
    zoneApexLength: Uint8Array.from(zones, ({ apex }) => apex.length),
    zoneSoaStart: new Uint32Array(zones.length),
    zoneSoaLength: new Uint32Array(zones.length),
  }
  const records = new RecordWriter()
  const glue = zones.map((zone) => new Glue(zone))
  const nothing = { inDomain: [], others: [] }
  let next = 0
  for (const { zone, service, sets } of entries) {
    for (const { type, set } of sets) {
      columns.setType[next] = type
      columns.setCount[next] = set.rdatas.length
      columns.setStart[next] = records.size
      for (const rdata of set.rdatas) records.add(null, type, set.ttlSeconds, rdata)
      columns.setLength[next] = records.size - columns.setStart[next]
      const { inDomain, others } = type === Type.NS ? glue[zone].of(set) : nothing
      const needed = service === delegated ? inDomain : []
      const glueStart = records.size
      columns.setGlueCount[next] = addOwned(records, needed)
      columns.setGlueLength[next] = records.size - glueStart
      columns.setExtraStart[next] = records.size
      columns.setExtraCount[next] = addOwned(records, needed === inDomain ? others : [...inDomain, ...others])
      columns.setExtraLength[next] = records.size - columns.setExtraStart[next]
      next++
    }
  }
  for (const [index, zone] of zones.entries()) {
    const { ttlSeconds, rdatas } = soaSet(zone, serial, true)
    columns.zoneSoaStart[index] = records.size
    records.add(null, Type.SOA, ttlSeconds, rdatas[0])
    columns.zoneSoaLength[index] = records.size - columns.zoneSoaStart[index]
  }
  return { ...columns, recordBytes: records.bytes() }
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

/** Adds records with their owners written out; returns how many. */
function addOwned(records: RecordWriter, sets: readonly StaticRRset[]): number {
  for (const { owner, type, ttlSeconds, rdatas } of sets) {
    for (const rdata of rdatas) records.add(owner, type, ttlSeconds, rdata)
  }
  return sets.reduce((total, { rdatas }) => total + rdatas.length, 0)
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
  const ttlSeconds = negative ? zone.negativeTtlSeconds : zone.nsTtlSeconds
  return { owner: zone.apex, type: Type.SOA, ttlSeconds, rdatas: [rdata] }
}
