// What a zone may hold at and below a zone cut (RFC 1034 section 4.2.1, RFC 9471). Knows no YAML and no other rule.
import { Type, typeName } from '../wire/constants.ts'
import type { Report } from './problem.ts'
import { liesIn, missingDot, parentOf, textOf } from './zone-owner.ts'
import type { Owner, RRset } from './zone-owner.ts'

const addressTypes: readonly number[] = [Type.A, Type.AAAA]

export interface Delegating {
  /** By name with the final dot, lower case. */
  readonly owners: ReadonlyMap<string, Owner>
  readonly apex: string
  /** Apexes below that are served here too: their servers and addresses are in their own zone. */
  readonly served: readonly string[]
  readonly report: Report
}

/** Says what stands at or below a cut without a right to, and which servers nobody would find. */
export function checkDelegations(zone: Delegating): void {
  const { owners, apex, served } = zone
  const cuts = new Map<string, RRset>()
  for (const [name, { sets }] of owners) {
    const servers = sets.get(Type.NS)
    if (servers !== undefined && name !== apex) cuts.set(name, servers)
    const signer = sets.get(Type.DS)
    if (signer !== undefined) checkSigner(zone, name, signer, servers)
  }
  if (cuts.size === 0 && served.length === 0) return
  const servers = new Set([...owners.values()].flatMap(({ sets }) => sets.get(Type.NS)?.rdatas.map(textOf) ?? []))
  for (const [name, owner] of owners) {
    const below = served.find((other) => liesIn(name, other))
    if (below === undefined) checkOwner(zone, name, owner, cuts, servers)
    else if (!servers.has(name)) checkServed(zone, name, owner, below)
  }
  for (const [cut, set] of cuts) checkServers(zone, cut, set, cuts)
}

/** To an apex that is served here too a zone delegates by itself. */
function checkSigner(
  { apex, served, report }: Delegating,
  name: string,
  { place }: RRset,
  servers: RRset | undefined,
): void {
  if (name === apex) report.problem(place, `${name} DS at the apex, expected it in the zone above: remove it`)
  else if (servers === undefined && !served.includes(name))
    report.problem(place, `${name} DS without NS, expected it at a delegation`)
}

/** At a cut stand NS, DS and addresses; below it addresses alone, and only those that NS records lead to. */
function checkOwner(
  { report }: Delegating,
  name: string,
  { sets, steered }: Owner,
  cuts: ReadonlyMap<string, RRset>,
  servers: ReadonlySet<string>,
): void {
  const cut = cutAbove(name, cuts)
  const delegating = cut === null ? undefined : cuts.get(cut)
  if (delegating === undefined) return
  const below = cut === name ? 'stands at' : 'lies below'
  const delegation = `the delegation of ${cut} at ${report.show(delegating.place)}`
  if (cut === name && name.startsWith('*.')) {
    report.problem(delegating.place, `${name} NS at a wildcard, expected a name: each delegation is written out`)
  }
  if (steered !== null && cut !== name) {
    report.problem(steered.place, `${name} is steered but ${below} ${delegation}: keep one`)
  }
  for (const { type, place } of sets.values()) {
    if (cut === name && (type === Type.NS || type === Type.DS)) continue
    if (addressTypes.includes(type) && servers.has(name)) continue
    const expected = cut === name ? 'NS, DS and the addresses' : 'the addresses'
    report.problem(
      place,
      `${name} ${typeName(type)} ${below} ${delegation}, expected no more than ${expected} of its name servers: it is never answered`,
    )
  }
}

/** What a zone holds that is served here too stands there; here may be addresses of name servers. */
function checkServed({ report }: Delegating, name: string, { sets }: Owner, below: string): void {
  for (const { type, place } of sets.values()) {
    if (!addressTypes.includes(type)) continue
    report.problem(place, `${name} lies in zone ${below.slice(0, -1)}, which is served here too: write it there`)
  }
}

/** Servers in the zone need addresses in it; without those below the cut itself nobody finds the zone below at all. */
function checkServers(
  { owners, apex, served, report }: Delegating,
  cut: string,
  { rdatas, place }: RRset,
  cuts: ReadonlyMap<string, RRset>,
): void {
  if (served.includes(cut)) return
  for (const server of rdatas.map(textOf)) {
    if (!liesIn(server, apex) || served.some((other) => liesIn(server, other))) continue
    const sets = owners.get(server)?.sets
    if (addressTypes.some((type) => sets?.has(type))) continue
    if (sets?.has(Type.CNAME)) {
      report.problem(
        place,
        `${cut} NS names ${server}, a CNAME, expected a name with addresses (RFC 2181 section 10.3)`,
      )
    } else if (liesIn(server, cut)) {
      report.problem(
        place,
        `${cut} NS names ${server}, which lies in the delegated zone, expected its addresses here: without glue nobody finds it`,
      )
    } else if (cutAbove(server, cuts) === null) {
      const hint = missingDot(server, apex)
      report.warning(place, `${cut} NS names ${server}, which has no addresses in this zone${hint}`)
    }
  }
}

/** The highest cut at or above a name, or null. */
function cutAbove(name: string, cuts: ReadonlyMap<string, RRset>): string | null {
  let cut: string | null = null
  for (let at = name; at !== ''; at = parentOf(at)) if (cuts.has(at)) cut = at
  return cut
}
