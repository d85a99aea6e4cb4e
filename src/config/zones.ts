// From `zones` to their content in wire form. Knows names and where they lie; what may stand together is zone-content.ts.
import { Type } from '../wire/constants.ts'
import { completeName, encodeName, formatName, lowerName } from '../wire/name.ts'
import type { Zone } from '../zone/model.ts'
import type { Config } from './config.ts'
import { resolveDnssec } from './dnssec.ts'
import { didYouMeanAscii } from './nearest.ts'
import { checkPointers } from './pointers.ts'
import type { Pointer } from './pointers.ts'
import type { Place } from './problem.ts'
import { parseRecord } from './records.ts'
import type { Resolving } from './resolving.ts'
import { ServedNames } from './served-names.ts'
import type { ServedZone } from './served-names.ts'
import { warnOfMissingSigners } from './signed-below.ts'
import { checkTargetNames } from './targets.ts'
import { inSeconds } from './units.ts'
import { warnOfLongDenial } from './withheld.ts'
import { addServers, checkServers, resolveSoa } from './zone-authority.ts'
import { ZoneContent } from './zone-content.ts'
import type { Draft } from './zone-draft.ts'
import type { PlacedRecord, ZoneFileContent } from './zone-files.ts'
import { hasApexTwice, liesIn } from './zone-owner.ts'

/** Longer TTLs make every mistake last. */
const longTtlSeconds = 7 * 86_400

type Steering = Pick<Config, 'services' | 'pools' | 'nodes'>

/** @param files what the zone files hold, by the zone's key */
export function resolveZones(from: Resolving, files: ReadonlyMap<string, ZoneFileContent>, named: Steering): Zone[] {
  const apexes = apexesOf(from)
  const texts = [...apexes.values()].map((apex) => formatName(apex))
  const served: ServedZone[] = []
  const pointers: Pointer[][] = []
  const zones = new Map<string, Zone>()
  for (const [key, apex] of apexes) {
    const text = formatName(apex)
    const below = texts.filter((other) => other !== text && liesIn(other, text))
    const file = files.get(key) ?? { records: [], whole: true }
    const content = new ZoneContent(apex, below, from.report)
    const draft = { key, raw: from.raw.zones[key], apex, text, content, below, fileWhole: file.whole }
    const before = from.report.problems.length
    const zone = resolveZone(from, draft, file.records, named)
    const whole = from.whole && file.whole && from.report.problems.length === before
    served.push({ text, owners: content.owners, whole })
    pointers.push(content.pointers)
    zones.set(key, zone)
  }
  const names = new ServedNames(served)
  const aliasing = new Set(named.services.filter(({ target }) => target).map(({ key }) => key))
  checkTargetNames(from, names, named)
  checkPointers(pointers.flat(), names, aliasing, from.report)
  warnOfMissingSigners(from, zones, served)
  return [...zones.values()]
}

function apexesOf(from: Resolving): Map<string, Uint8Array> {
  const apexes = new Map<string, Uint8Array>()
  const known = new Map<string, Place>()
  for (const key of Object.keys(from.raw.zones)) {
    const apex = lowerName(encodeName(key) ?? Uint8Array.of(0))
    const place = from.keyAt('zones', key)
    const first = known.get(formatName(apex))
    if (first === undefined) {
      known.set(formatName(apex), place)
      apexes.set(key, apex)
    } else from.report.problem(place, `zone ${key} is written twice, first at ${from.show(first)}`)
  }
  return apexes
}

function resolveZone(from: Resolving, draft: Draft, records: readonly PlacedRecord[], named: Steering): Zone {
  const { raw, apex, key, text } = draft
  for (const slot of ['ns', 'static', 'negative'] as const) {
    const written = raw.ttl[slot] ?? '0'
    warnOfLongTtl(from, inSeconds(written), `${slot}: ${written}`, from.at('zones', key, 'ttl', slot))
  }
  addServers(from, draft)
  addSteered(from, draft)
  addRecords(from, draft)
  const { servers, authorities } = addFile(from, draft, records)
  checkServers(from, draft, servers)
  if (raw.debug) draft.content.checkDebugNames(from.at('zones', key, 'debug'))
  const zone: Zone = {
    name: text.slice(0, -1),
    apex,
    ...resolveSoa(from, draft, authorities),
    ...draft.content.finish(),
    dnssec: resolveDnssec(from, draft.key),
    debug: raw.debug ?? false,
  }
  const [soa] = raw.ttl.negative === undefined ? authorities : []
  warnOfLongDenial(zone, named, soa?.place ?? from.at('zones', key, 'ttl', 'negative'), from.report)
  return zone
}

function addSteered(from: Resolving, draft: Draft): void {
  for (const [name, service] of Object.entries(draft.raw.names)) {
    const place = from.keyAt('zones', draft.key, 'names', name)
    const owner = ownerOf(from, draft, name, place)
    if (owner !== null) draft.content.steer(owner, service, place)
  }
}

function addRecords(from: Resolving, draft: Draft): void {
  for (const [index, text] of draft.raw.records.entries()) {
    const place = from.at('zones', draft.key, 'records', index)
    const record = parseRecord(text, draft.apex)
    if ('error' in record) {
      from.report.problem(place, record.error)
      continue
    }
    const owner = ownerOf(from, draft, record.owner, place, record.type)
    if (owner === null) continue
    if (record.type === Type.NS && formatName(owner) === draft.text) {
      from.report.problem(
        place,
        'NS records of the zone are made from `ns`: remove the record and name the server there',
      )
      continue
    }
    const ttlSeconds = record.ttlSeconds ?? inSeconds(draft.raw.ttl.static)
    if (record.ttlSeconds !== null) warnOfLongTtl(from, ttlSeconds, `TTL ${ttlSeconds}`, place)
    draft.content.add(owner, record.type, ttlSeconds, record.rdata, place)
  }
}

/** Adds the records of a zone file; those that make the zone itself are also given back: its NS and its SOA. */
function addFile(
  from: Resolving,
  draft: Draft,
  records: readonly PlacedRecord[],
): { servers: PlacedRecord[]; authorities: PlacedRecord[] } {
  const servers: PlacedRecord[] = []
  const authorities: PlacedRecord[] = []
  let warned = false
  for (const record of records) {
    const { owner, type, rdata, place } = record
    const name = formatName(owner)
    if (!isInZone(from, draft, owner, name, place, type)) continue
    const atApex = name === draft.text
    if (hasApexTwice(name, draft.text)) {
      from.report.warning(place, `${name} has the zone's own name twice: is a final dot missing?`)
    }
    if (type === Type.SOA) {
      if (atApex) authorities.push(record)
      else from.report.problem(place, `SOA of ${name}, expected it at ${draft.key}: it is this zone's file`)
      continue
    }
    if (atApex && type === Type.NS) servers.push(record)
    const ttlSeconds = record.ttlSeconds ?? inSeconds(draft.raw.ttl.static)
    // One default may stand for every record of the file.
    if (ttlSeconds > longTtlSeconds && !warned) {
      warnOfLongTtl(from, ttlSeconds, `TTL ${ttlSeconds}`, place)
      warned = true
    }
    if (!(atApex && type === Type.NS && draft.raw.ns !== undefined)) {
      draft.content.add(owner, type, ttlSeconds, rdata, place)
    }
  }
  return { servers, authorities }
}

/**
 * An owner as written under `names` or `records`, in lower-case wire form; null, with a problem reported, when it is not this
 * zone's.
 */
function ownerOf(
  from: Resolving,
  draft: Draft,
  name: string,
  place: Place,
  type: number | null = null,
): Uint8Array | null {
  const { key, apex, text } = draft
  const complete = completeName(name, apex)
  if (complete === null) {
    const rule = 'labels take 1 to 63 letters, the whole name at most 255'
    from.report.problem(place, `${name} is no name in ${key}: ${rule}${didYouMeanAscii(name)}`)
    return null
  }
  const owner = lowerName(complete)
  if (!isInZone(from, draft, owner, name, place, type)) return null
  const full = formatName(owner)
  if (hasApexTwice(full, text)) {
    const meant = name.slice(0, -text.length) || '@'
    from.report.warning(place, `${name} ends with the zone's own name and so means ${full}; did you mean "${meant}"?`)
  }
  return owner
}

/**
 * Whether a name is this zone's to hold; says so when it is not.
 * @param type of a record; the two that delegate may stand where a zone below begins that is served here too, and addresses below
 *   that: glue, which delegations.ts judges
 */
function isInZone(
  from: Resolving,
  { key, text, below }: Draft,
  owner: Uint8Array,
  name: string,
  place: Place,
  type: number | null,
): boolean {
  const full = formatName(owner)
  if (!liesIn(full, text)) {
    from.report.problem(place, `${name} lies outside ${key}, expected a name in it`)
    return false
  }
  const other = below.find((apexBelow) => liesIn(full, apexBelow))
  const delegates = type === Type.NS || type === Type.DS
  const mayBeGlue = type === Type.A || type === Type.AAAA
  if (other === undefined || (delegates && full === other) || mayBeGlue) return true
  from.report.problem(place, `${name} lies in zone ${other.slice(0, -1)}, which is served here too: write it there`)
  return false
}

function warnOfLongTtl(from: Resolving, seconds: number, written: string, place: Place): void {
  if (seconds > longTtlSeconds) from.report.warning(place, `${written} is longer than 7d: mistakes last that long`)
}
