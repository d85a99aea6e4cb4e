// Zones → the flat name table: entries, empty non-terminals, wildcards, records as bytes. Knows no geography and no health.
import { hashBytes, hashStart } from '../ip/hash.ts'
import type { StaticRRset, Zone } from './model.ts'
import { EntryFlags, noService, spread, type NameColumns } from './name-table.ts'
import { RecordWriter } from './record-writer.ts'

const soaType = 6
const nsType = 2
const addressTypes = [1, 28]

interface Entry {
  readonly name: Uint8Array
  readonly zone: number
  flags: number
  service: number
  wildcard: number
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
    ensure(entries, apex, apex, zone).flags |= EntryFlags.apex
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
  const entry: Entry = { name, zone, flags: 0, service: noService, wildcard: -1, sets: [] }
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
    buckets: new Int32Array(bucketsFor(entries.length)).fill(-1),
    entryHash: new Uint32Array(entries.length),
    entryName: new Uint32Array(entries.length),
    entryLength: Uint8Array.from(entries, ({ name }) => name.length),
    entryZone: Uint16Array.from(entries, ({ zone }) => zone),
    entryFlags: Uint8Array.from(entries, ({ flags }) => flags),
    entryService: Uint16Array.from(entries, ({ service }) => service),
    entryWildcard: new Int32Array(entries.length).fill(-1),
    entrySets: new Uint32Array(entries.length + 1),
    nameBytes: new Uint8Array(entries.reduce((total, { name }) => total + name.length, 0)),
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
  placeNames(entries, columns)
  const records = new RecordWriter()
  let next = 0
  for (const [index, { zone, sets }] of entries.entries()) {
    columns.entrySets[index] = next
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
  columns.entrySets[entries.length] = next
  for (const [index, zone] of zones.entries()) {
    const { ttlSeconds, rdatas } = soaSet(zone, serial, true)
    columns.zoneSoaStart[index] = records.size
    records.add(null, soaType, ttlSeconds, rdatas[0])
    columns.zoneSoaLength[index] = records.size - columns.zoneSoaStart[index]
  }
  return { ...columns, recordBytes: records.bytes() }
}

function placeNames(
  entries: readonly Entry[],
  columns: Pick<NameColumns, 'buckets' | 'entryHash' | 'entryName' | 'entryWildcard' | 'nameBytes'>,
): void {
  const mask = columns.buckets.length - 1
  const indexes = new Map(entries.map(({ name }, index) => [keyOf(name), index]))
  let at = 0
  for (const [index, { name }] of entries.entries()) {
    columns.nameBytes.set(name, at)
    columns.entryName[index] = at
    at += name.length
    const hash = hashName(name)
    columns.entryHash[index] = hash
    let bucket = spread(hash) & mask
    while (columns.buckets[bucket] >= 0) bucket = (bucket + 1) & mask
    columns.buckets[bucket] = index
    if (name[0] === 1 && name[1] === 0x2a) {
      const parent = indexes.get(keyOf(name.subarray(2)))
      if (parent !== undefined) columns.entryWildcard[parent] = index
    }
  }
}

/** The hash a look-up comes to after the name's last label: labels from the right, each with its length byte. */
function hashName(name: Uint8Array): number {
  const offsets: number[] = []
  for (let at = 0; name[at] !== 0; at += name[at] + 1) offsets.push(at)
  return offsets.reduceRight((hash, at) => hashBytes(hash, name, at, at + name[at] + 1), hashStart)
}

function bucketsFor(entries: number): number {
  let size = 16
  while (size < entries * 2) size *= 2
  return size
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
