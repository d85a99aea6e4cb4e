// What the parent publishes of a zone, asked of one of its servers; and which servers those are, asked of a resolver. Judges no content.
import { formatAddress } from '../../ip/address.ts'
import { Rcode, rcodeName, Type } from '../../wire/constants.ts'
import { encodeName, formatName, lowerName } from '../../wire/name.ts'
import { formatServer, type Server } from '../dns-exchange.ts'
import { rdatasOf, sameBytes, type WireRecord } from '../dns-records.ts'
import type { Answer, Asker } from './asker.ts'
import type { Finding, Findings } from './finding.ts'
import { isWithin } from './wanted.ts'

/** What one server of the parent says. */
export interface Published {
  readonly from: string
  /** Names of the servers, in lower case, with the final dot. */
  readonly servers: readonly string[]
  /** Addresses by name; null when the parent's own cannot be seen there. */
  readonly glue: ReadonlyMap<string, readonly string[]> | null
  /** Rdata of every DS; null when it could not be asked for. */
  readonly ds: readonly Uint8Array[] | null
  /** The longest TTL of those; null where there is none. Whoever answers from a cache has a shorter one. */
  readonly dsTtlSeconds: number | null
}

/** Servers of the parent that are asked, at most. */
const mostServers = 4
const portOfDns = 53

/** Asks a server of the parent. null when it says nothing of use; the findings say why. */
export async function readPublished(
  asker: Asker,
  parent: Server,
  apex: Uint8Array,
  findings: Findings,
): Promise<Published | null> {
  const from = formatServer(parent)
  const zone = formatName(apex)
  const question = { name: zone.slice(0, -1), subnet: null, dnssecOk: true }
  const referral = await asker.ask(parent, { ...question, type: Type.NS })
  if ('failure' in referral) {
    if (referral.ours) findings.unchecked.push(`the parent's server ${from}: ${referral.failure}`)
    else findings.wrong.push(parentUnreachable(from, zone, referral.failure))
    return null
  }
  const own = rdatasOf(referral.records.answers, apex, Type.NS)
  const servers = (own.length > 0 ? own : rdatasOf(referral.records.authorities, apex, Type.NS)).map(lowerName)
  if (servers.length === 0) {
    findings.wrong.push(notDelegated(from, zone, referral))
    return null
  }
  if (own.length > 0)
    findings.unchecked.push(`NS and glue of the parent at ${from}: it serves ${zone} itself, so it sends no referral`)
  const ds = await asker.ask(parent, { ...question, type: Type.DS })
  const refused = 'failure' in ds ? ds.failure : ds.reply.rcode === Rcode.NOERROR ? null : rcodeName(ds.reply.rcode)
  if (refused !== null) findings.unchecked.push(`DS at the parent's server ${from}: ${refused}`)
  const answers = refused === null && !('failure' in ds) ? ds.records.answers : null
  const ttls = answers?.filter(({ owner, type }) => type === Type.DS && sameBytes(owner, apex)) ?? []
  return {
    from,
    servers: servers.map((name) => formatName(name)),
    glue: own.length > 0 ? null : glueOf(referral.records.additionals, servers),
    ds: answers === null ? null : rdatasOf(answers, apex, Type.DS),
    dsTtlSeconds: ttls.length === 0 ? null : Math.max(...ttls.map(({ ttlSeconds }) => ttlSeconds)),
  }
}

function parentUnreachable(from: string, zone: string, failure: string): Finding {
  return {
    code: 'parent_unreachable',
    where: [from],
    found: failure,
    expected: `the referral to ${zone}`,
    advice: 'name another server of the parent with --parent, or a resolver that finds them with --resolver',
  }
}

function notDelegated(from: string, zone: string, { reply }: Answer): Finding {
  const expected = `a referral to ${zone}`
  const served = reply.authoritative && (reply.rcode === Rcode.NOERROR || reply.rcode === Rcode.NXDOMAIN)
  return served
    ? {
        code: 'not_delegated',
        where: [from],
        found: `${rcodeName(reply.rcode)} without NS records`,
        expected,
        advice: 'give the records above to the registrar; what was given lately may take hours to appear',
      }
    : {
        code: 'not_the_parent',
        where: [from],
        found: `${rcodeName(reply.rcode)}${reply.authoritative ? '' : ', not authoritative'}, without a referral`,
        expected,
        advice: 'ask an authoritative server of the parent zone with --parent; give a resolver as --resolver',
      }
}

function glueOf(additionals: readonly WireRecord[], servers: readonly Uint8Array[]): Map<string, string[]> {
  return new Map(
    servers.map((name) => [
      formatName(name),
      [Type.A, Type.AAAA].flatMap((type) => rdatasOf(additionals, name, type).flatMap(asAddress)),
    ]),
  )
}

/** Whoever answers may send any number of octets. */
function asAddress(rdata: Uint8Array): string[] {
  return rdata.length === 4 || rdata.length === 16 ? [formatAddress(rdata)] : []
}

/** The servers of the zone's parent, found through a resolver: the first zone above that has NS records. */
export async function findParent(
  asker: Asker,
  resolver: Server,
  apex: Uint8Array,
  findings: Findings,
): Promise<Server[]> {
  const labels = formatName(apex).split(/(?<=(?<!\\)(?:\\\\)*)\./)
  for (let above = 1; above < labels.length - 1; above++) {
    const name = labels.slice(above, -1).join('.')
    const wire = encodeName(name)
    const answer = await asker.ask(resolver, { name, type: Type.NS, subnet: null, recurse: true })
    if ('failure' in answer) {
      findings.wrong.push(resolverFails(resolver, answer.failure, `the name servers of ${name}.`))
      return []
    }
    const servers = wire === null ? [] : rdatasOf(answer.records.answers, lowerName(wire), Type.NS)
    if (servers.length === 0) continue
    const found: Server[] = []
    for (const server of servers.slice(0, mostServers)) {
      const addresses = await resolve(asker, resolver, formatName(server))
      found.push(...addresses.map((address) => ({ address, port: portOfDns })))
    }
    return oneEach(found)
  }
  findings.wrong.push(resolverFails(resolver, 'no zone above with name servers', 'the servers of the parent'))
  return []
}

/** IPv4 before IPv6, as every parent has it, and not too many. */
function oneEach(servers: readonly Server[]): Server[] {
  return servers
    .toSorted((a, b) => Number(a.address.includes(':')) - Number(b.address.includes(':')))
    .slice(0, mostServers)
}

/** Every address of a name, by way of a resolver. */
export async function resolve(asker: Asker, resolver: Server, name: string): Promise<string[]> {
  const wire = encodeName(name)
  if (wire === null) return []
  const found: string[] = []
  for (const type of [Type.A, Type.AAAA]) {
    const answer = await asker.ask(resolver, { name: name.slice(0, -1), type, subnet: null, recurse: true })
    if (!('failure' in answer))
      found.push(...rdatasOf(answer.records.answers, lowerName(wire), type).flatMap(asAddress))
  }
  return found
}

/** Whether a resolver finds the zone at all: one that validates refuses what the DS does not fit. */
export async function checkResolver(
  asker: Asker,
  resolver: Server,
  apex: Uint8Array,
  findings: Findings,
): Promise<void> {
  const zone = formatName(apex)
  const answer = await asker.ask(resolver, { name: zone.slice(0, -1), type: Type.SOA, subnet: null, recurse: true })
  const found = 'failure' in answer ? answer.failure : `${rcodeName(answer.reply.rcode)} for ${zone} SOA`
  const resolved = !('failure' in answer) && rdatasOf(answer.records.answers, apex, Type.SOA).length > 0
  if (!resolved) findings.wrong.push(resolverFails(resolver, found, `the SOA of ${zone}`))
}

function resolverFails(resolver: Server, found: string, expected: string): Finding {
  return {
    code: 'resolver',
    where: [formatServer(resolver)],
    found,
    expected,
    advice: 'SERVFAIL is a DS that fits no key, or servers it cannot reach: the findings below, or its log, say which',
  }
}

/** Whether the parent has to publish addresses of a server. */
export function needsGlue(name: string, apex: Uint8Array): boolean {
  const wire = encodeName(name)
  return wire !== null && isWithin(wire, apex)
}
