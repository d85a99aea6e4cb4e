// A zone's SOA and name servers, from its own keys or from its zone file, never from both. Knows no other record's rules.
import { parseAddress } from '../ip/address.ts'
import { Type } from '../wire/constants.ts'
import { decodeName, encodeName, formatName, lowerName } from '../wire/name.ts'
import type { Zone } from '../zone/model.ts'
import type { Resolving } from './resolving.ts'
import { inSeconds } from './units.ts'
import type { Draft } from './zone-draft.ts'
import type { PlacedRecord } from './zone-files.ts'
import { liesIn, missingDot } from './zone-owner.ts'

/** Resolvers ask soon again for what is withheld from a family, or is about to exist. */
const negativeTtlSeconds = 5

export type Authority = Pick<Zone, 'soa' | 'negativeTtlSeconds' | 'nsTtlSeconds'>

/**
 * The SOA's values; the serial is ours whatever the file says.
 * @param records the SOA records of the zone file
 */
export function resolveSoa(from: Resolving, draft: Draft, records: readonly PlacedRecord[]): Authority {
  const { key, raw, apex } = draft
  const { soa, ttl } = raw
  const [first, ...others] = records
  const written = ttl.negative === undefined ? null : inSeconds(ttl.negative)
  for (const { place, rdata } of others) {
    // A transfer ends with the SOA it began with (RFC 5936 section 2.2).
    if (Buffer.compare(rdata, first.rdata) === 0) continue
    from.report.problem(place, `a second SOA, first at ${from.show(first.place)}: keep one`)
  }
  if (first !== undefined && soa !== undefined) {
    from.report.problem(
      first.place,
      `SOA stands beside \`soa\` of the zone, at ${from.show(from.keyAt('zones', key, 'soa'))}: keep one`,
    )
  }
  if (first !== undefined) {
    const soaTtl = first.ttlSeconds ?? inSeconds(ttl.static)
    const { minimumSeconds, ...values } = decodeSoa(first.rdata)
    return { soa: values, negativeTtlSeconds: written ?? minimumSeconds, nsTtlSeconds: soaTtl }
  }
  if (soa === undefined && from.whole && draft.fileWhole) missing(from, key, 'soa')
  return {
    soa: {
      mname: encodeName(soa?.mname ?? '') ?? apex,
      rname: encodeName(soa?.rname ?? '') ?? apex,
      refreshSeconds: inSeconds(soa?.refresh ?? '0'),
      retrySeconds: inSeconds(soa?.retry ?? '0'),
      expireSeconds: inSeconds(soa?.expire ?? '0'),
    },
    negativeTtlSeconds: written ?? negativeTtlSeconds,
    nsTtlSeconds: inSeconds(ttl.ns),
  }
}

/** The NS RRset that `ns` makes, and the addresses of its servers that lie in the zone. */
export function addServers(from: Resolving, { key, raw, apex, text, content }: Draft): void {
  const ttlSeconds = inSeconds(raw.ttl.ns)
  for (const [server, addresses] of Object.entries(raw.ns ?? {})) {
    const place = from.keyAt('zones', key, 'ns', server)
    const owner = lowerName(encodeName(server) ?? apex)
    if (!liesIn(formatName(owner), text) && addresses.length > 0) {
      from.report.problem(place, `${server} lies outside ${key}, expected no addresses: write []`)
      continue
    }
    content.add(apex, Type.NS, ttlSeconds, owner, place)
    for (const [index, address] of addresses.entries()) {
      const bytes = parseAddress(address)
      if (bytes === null) continue
      const type = bytes.length === 4 ? Type.A : Type.AAAA
      content.add(owner, type, ttlSeconds, bytes, from.at('zones', key, 'ns', server, index))
    }
  }
}

/**
 * Says what registrars and resolvers would miss, once all records are there.
 * @param records the NS records of the zone file for the zone itself
 */
export function checkServers(from: Resolving, draft: Draft, records: readonly PlacedRecord[]): void {
  const { key, raw, text, content, fileWhole } = draft
  const whole = from.whole && fileWhole
  const [first] = records
  if (first !== undefined && raw.ns !== undefined) {
    from.report.problem(
      first.place,
      `NS of the zone stands beside \`ns\`, at ${from.show(from.keyAt('zones', key, 'ns'))}: keep one`,
    )
  }
  const servers = [
    ...Object.keys(raw.ns ?? {}).map((server) => ({
      text: server,
      name: lowerName(encodeName(server) ?? draft.apex),
      place: from.keyAt('zones', key, 'ns', server),
    })),
    ...records.map(({ rdata, place }) => ({ text: formatName(rdata).slice(0, -1), name: lowerName(rdata), place })),
  ]
  for (const { text: server, name, place } of whole ? servers : []) {
    if (!liesIn(formatName(name), text)) continue
    if (content.placeOf(name, Type.A) !== null || content.placeOf(name, Type.AAAA) !== null) continue
    const hint = missingDot(formatName(name), text)
    from.report.problem(
      place,
      `${server} lies in the zone, expected its addresses: without glue nobody finds it${hint}`,
    )
  }
  if (servers.length === 0 && whole) missing(from, key, 'ns')
  if (servers.length === 1 && whole) {
    const place = first?.place ?? from.keyAt('zones', key, 'ns')
    from.report.warning(place, `ns: one server, expected two or more: registrars ask for them`)
  }
}

function missing(from: Resolving, key: string, what: 'soa' | 'ns'): void {
  const instead =
    from.raw.zones[key].zoneFile === undefined ? '' : `, or ${what.toUpperCase()} records in the zone file`
  from.report.problem(from.keyAt('zones', key), `${key}: missing key "${what}", expected a map${instead}`)
}

function decodeSoa(rdata: Uint8Array): Zone['soa'] & { readonly minimumSeconds: number } {
  const mname = decodeName(rdata, 0)
  const rname = decodeName(rdata, mname?.next ?? 0)
  const view = new DataView(rdata.buffer, rdata.byteOffset, rdata.length)
  const numbers = rname?.next ?? 0
  return {
    mname: mname?.name ?? Uint8Array.of(0),
    rname: rname?.name ?? Uint8Array.of(0),
    refreshSeconds: view.getUint32(numbers + 4),
    retrySeconds: view.getUint32(numbers + 8),
    expireSeconds: view.getUint32(numbers + 12),
    minimumSeconds: view.getUint32(numbers + 16),
  }
}
