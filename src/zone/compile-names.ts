// Zones → the flat name table: entries, empty non-terminals, wildcards, records as bytes. Knows no geography and no health.
import { hashBytes, hashStart, mix } from '../ip/hash.ts'
import type { StaticRRset, Zone } from './model.ts'
import { Field, findEntry, hashName, lastWord, noService, type NameColumns } from './name-table.ts'
import { RecordWriter } from './record-writer.ts'

const soaType = 6
const nsType = 2
const addressTypes = [1, 28]

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
  for (const [zone, { apex, staticRRsets, steeredNames }] of zones.entries()) {
    ensure(entries, apex, apex, zone)
    for (const set of staticRRsets) ensure(entries, set.owner, apex, zone).sets.push({ type: set.type, set })
    for (const { owner, service } of steeredNames) ensure(entries, owner, apex, zone).service = serviceIndex(service)
  }
  for (const [zone, soa] of zones.entries()) {
    ensure(entries, soa.apex, soa.apex, zone).sets.unshift({ type: soaType, set: soaSet(soa, serial, false) })
  }
  return layOut([...entries.values()], zones, serial)
}

/** The entry of a name, made together with every name between it and the apex. */
function ensure(entries: Map<string, Entry>, name: Uint8Array, apex: Uint8Array, zone: number): Entry {
  const key = keyOf(name)
  const known = entries.get(key)
  if (known) return known
  const entry: Entry = { name, zone, service: noService, sets: [] }
  entries.set(key, entry)
  if (name.length > apex.length) ensure(entries, name.subarray(name[0] + 1), apex, zone)
  return entry
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name).toString('latin1')
}

function layOut(entries: readonly Entry[], zones: readonly Zone[], serial: number): NameColumns {
  const setTotal = entries.reduce((total, { sets }) => total + sets.length, 0)
  const columns = {
    ...placeNames(entries, zones),
    setType: new Uint16Array(setTotal),
    setCount: new Uint16Array(setTotal),
    setStart: new Uint32Array(setTotal),
    setLength: new Uint32Array(setTotal),
    setExtraCount: new Uint16Array(setTotal),
    setExtraStart: new Uint32Array(setTotal),
    setExtraLength: new Uint32Array(setTotal),
    zoneApexLength: Uint8Array.from(zones, ({ apex }) => apex.length),
    zoneSoaStart: new Uint32Array(zones.length),
    zoneSoaLength: new Uint32Array(zones.length),
  }
  const records = new RecordWriter()
  let next = 0
  for (const { zone, sets } of entries) {
    for (const { type, set } of sets) {
      columns.setType[next] = type
      columns.setCount[next] = set.rdatas.length
      columns.setStart[next] = records.size
      for (const rdata of set.rdatas) records.add(null, type, set.ttlSeconds, rdata)
      columns.setLength[next] = records.size - columns.setStart[next]
      columns.setExtraStart[next] = records.size
      columns.setExtraCount[next] = type === nsType ? addGlue(records, zones[zone], set) : 0
      columns.setExtraLength[next] = records.size - columns.setExtraStart[next]
      next++
    }
  }
  for (const [index, zone] of zones.entries()) {
    const { ttlSeconds, rdatas } = soaSet(zone, serial, true)
    columns.zoneSoaStart[index] = records.size
    records.add(null, soaType, ttlSeconds, rdatas[0])
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
    words[entry + Field.wildcard] = -1
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

/** Address records of the name servers that lie in the zone. */
function addGlue(records: RecordWriter, zone: Zone, servers: StaticRRset): number {
  let count = 0
  for (const server of servers.rdatas) {
    for (const set of zone.staticRRsets) {
      if (!addressTypes.includes(set.type) || keyOf(set.owner) !== keyOf(server)) continue
      for (const rdata of set.rdatas) records.add(set.owner, set.type, set.ttlSeconds, rdata)
      count += set.rdatas.length
    }
  }
  return count
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
  return { owner: zone.apex, type: soaType, ttlSeconds, rdatas: [rdata] }
}
