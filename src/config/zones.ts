// From `zones` to their content in wire form. Knows names and where they lie; what may stand together is zone-content.ts.
import { parseAddress } from '../ip/address.ts'
import { Type } from '../wire/constants.ts'
import { completeName, encodeName, formatName, lowerName } from '../wire/name.ts'
import type { Zone } from '../zone/model.ts'
import type { Place } from './problem.ts'
import { parseRecord } from './records.ts'
import type { Resolving } from './resolving.ts'
import { inSeconds } from './units.ts'
import { ZoneContent } from './zone-content.ts'
import { liesIn } from './zone-owner.ts'

type RawZone = Resolving['raw']['zones'][string]

/** A zone being filled. */
interface Draft {
  readonly key: string
  readonly raw: RawZone
  /** Lower-case wire form, and its text with the final dot. */
  readonly apex: Uint8Array
  readonly text: string
  readonly content: ZoneContent
  /** Texts of the apexes of other zones below this one. */
  readonly below: readonly string[]
}

/** Longer TTLs make every mistake last. */
const longTtlSeconds = 7 * 86_400

export function resolveZones(from: Resolving): Zone[] {
  const apexes = apexesOf(from)
  const texts = [...apexes.values()].map((apex) => formatName(apex))
  return [...apexes].map(([key, apex]) => {
    const text = formatName(apex)
    const below = texts.filter((other) => other !== text && liesIn(other, text))
    return resolveZone(from, {
      key,
      raw: from.raw.zones[key],
      apex,
      text,
      content: new ZoneContent(apex, below, from.report),
      below,
    })
  })
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

function resolveZone(from: Resolving, draft: Draft): Zone {
  const { raw, apex, key, text } = draft
  const { soa, ttl } = raw
  for (const slot of ['ns', 'static', 'negative'] as const) {
    warnOfLongTtl(from, inSeconds(ttl[slot]), `${slot}: ${ttl[slot]}`, from.at('zones', key, 'ttl', slot))
  }
  addServers(from, draft)
  addSteered(from, draft)
  addRecords(from, draft)
  return {
    name: text.slice(0, -1),
    apex,
    soa: {
      mname: encodeName(soa.mname) ?? apex,
      rname: encodeName(soa.rname) ?? apex,
      refreshSeconds: inSeconds(soa.refresh),
      retrySeconds: inSeconds(soa.retry),
      expireSeconds: inSeconds(soa.expire),
    },
    negativeTtlSeconds: inSeconds(ttl.negative),
    nsTtlSeconds: inSeconds(ttl.ns),
    ...draft.content.finish(),
  }
}

/** The NS RRset and the addresses of its servers that lie in the zone. */
function addServers(from: Resolving, { key, raw, apex, text, content }: Draft): void {
  const ttlSeconds = inSeconds(raw.ttl.ns)
  const servers = Object.entries(raw.ns)
  for (const [server, addresses] of servers) {
    const place = from.keyAt('zones', key, 'ns', server)
    const owner = lowerName(encodeName(server) ?? apex)
    const inZone = liesIn(formatName(owner), text)
    if (inZone && addresses.length === 0 && from.whole) {
      from.report.problem(place, `${server} lies in the zone, expected its addresses: without glue nobody finds it`)
    }
    if (!inZone && addresses.length > 0) {
      from.report.problem(place, `${server} lies outside ${key}, expected no addresses: write []`)
      continue
    }
    content.add(apex, Type.NS, ttlSeconds, owner, place)
    for (const [index, address] of addresses.entries()) {
      const bytes = parseAddress(address)
      if (bytes === null) continue
      content.add(
        owner,
        bytes.length === 4 ? Type.A : Type.AAAA,
        ttlSeconds,
        bytes,
        from.at('zones', key, 'ns', server, index),
      )
    }
  }
  if (servers.length === 1 && from.whole) {
    from.report.warning(from.keyAt('zones', key, 'ns'), `ns: one server, expected two or more: registrars ask for them`)
  }
}

function addSteered(from: Resolving, draft: Draft): void {
  for (const [name, service] of Object.entries(draft.raw.names)) {
    const place = from.keyAt('zones', draft.key, 'names', name)
    const owner = ownerIn(from, draft, name, place)
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
    const owner = ownerIn(from, draft, record.owner, place, record.type)
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

/**
 * The owner in lower-case wire form; null, with a problem reported, when it is not this zone's.
 * @param type of a record; the two that delegate may stand where a zone below begins that is served here too
 */
function ownerIn(
  from: Resolving,
  { key, apex, text, below }: Draft,
  name: string,
  place: Place,
  type: number | null = null,
): Uint8Array | null {
  const complete = completeName(name, apex)
  if (complete === null) {
    from.report.problem(place, `${name} is no name in ${key}: labels take 1 to 63 letters, the whole name at most 255`)
    return null
  }
  const owner = lowerName(complete)
  const full = formatName(owner)
  if (!liesIn(full, text)) {
    from.report.problem(place, `${name} lies outside ${key}, expected a name in it`)
    return null
  }
  const other = below.find((apexBelow) => liesIn(full, apexBelow))
  const delegates = type === Type.NS || type === Type.DS
  if (other !== undefined && !(delegates && full === other)) {
    from.report.problem(place, `${name} lies in zone ${other.slice(0, -1)}, which is served here too: write it there`)
    return null
  }
  if (`.${full}`.endsWith(`.${text}${text}`)) {
    const meant = name.slice(0, -text.length) || '@'
    from.report.warning(place, `${name} ends with the zone's own name and so means ${full}; did you mean "${meant}"?`)
  }
  return owner
}

function warnOfLongTtl(from: Resolving, seconds: number, written: string, place: Place): void {
  if (seconds > longTtlSeconds) from.report.warning(place, `${written} is longer than 7d: mistakes last that long`)
}
