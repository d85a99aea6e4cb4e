// Asks one address of a name server what resolvers will: over UDP and TCP, with EDNS, for all kinds of answers. Compares no two of them.
import { Rcode, rcodeName, Type } from '../../wire/constants.ts'
import { getU32 } from '../../wire/header.ts'
import { formatServer, type Server } from '../dns-exchange.ts'
import type { Question } from '../dns-message.ts'
import { inWords, rdatasOf } from '../dns-records.ts'
import type { Answer, Asker, Failure, Transport } from './asker.ts'
import { checkKeys } from './dnskey-check.ts'
import type { Finding, FindingCode, Findings } from './finding.ts'
import type { Sample } from './samples.ts'
import type { Wanted } from './wanted.ts'

/** What an address said. */
export interface Seen {
  readonly server: string
  readonly udp: boolean
  readonly tcp: boolean
  /** null when it gave none. */
  readonly serial: number | null
  /** The answer to each sample, in words; fewer where it stopped answering. */
  readonly answers: ReadonlyMap<Sample, string>
}

/** One address of one name server. */
export interface Listed {
  readonly name: string
  readonly at: Server
}

/** Asks all of it, one question after the other. */
export async function askServer(
  asker: Asker,
  { name, at }: Listed,
  wanted: Wanted,
  samples: readonly Sample[],
  findings: Findings,
  now: number,
): Promise<Seen> {
  const server = `${name} ${formatServer(at)}`
  const apex = { name: wanted.zone.name, subnet: null, dnssecOk: true }
  const soa: Question = { ...apex, type: Type.SOA }
  const [udp, tcp] = await Promise.all([asker.askOver('UDP', at, soa), asker.askOver('TCP', at, soa)])
  const silent = { server, udp: !('failure' in udp), tcp: !('failure' in tcp), serial: null, answers: new Map() }
  if (!reachable(server, udp, tcp, findings)) return silent
  const first = 'failure' in udp ? tcp : udp
  if ('failure' in first) return silent
  for (const answer of [udp, tcp]) {
    const lame = 'failure' in answer ? null : lameness(answer, wanted.zone.apex)
    if (lame === null) continue
    findings.wrong.push(about(server, 'lame', lame, `an authoritative answer with the SOA of ${wanted.zone.name}.`))
    return silent
  }
  if (first.reply.edns === null) findings.wrong.push(about(server, 'edns', 'no OPT record', 'EDNS in the answer'))
  const transport: Transport = 'failure' in udp ? 'TCP' : 'UDP'
  const answers = new Map<Sample, string>()
  for (const sample of samples) {
    const answer = await asker.ask(at, { ...sample, dnssecOk: false }, transport)
    if ('failure' in answer) findings.unchecked.push(`${sample.text} at ${server}: ${answer.failure}`)
    else answers.set(sample, answerInWords(answer, sample))
  }
  if (wanted.published.length > 0) {
    const keys = await asker.ask(at, { ...apex, type: Type.DNSKEY }, transport)
    if ('failure' in keys) findings.unchecked.push(`DNSKEY at ${server}: ${keys.failure}`)
    else findings.wrong.push(...checkKeys(server, keys, first, wanted, now))
  }
  return { ...silent, serial: serialOf(first, wanted.zone.apex), answers }
}

function reachable(server: string, udp: Answer | Failure, tcp: Answer | Failure, findings: Findings): boolean {
  const dead = 'failure' in udp && 'failure' in tcp
  if (dead && udp.ours) findings.unchecked.push(`${server}: ${udp.failure}`)
  else if (dead) findings.wrong.push(about(server, 'unreachable', `${udp.failure} ${tcp.failure}`, 'an answer'))
  else {
    if ('failure' in udp) note(server, 'udp', udp, findings)
    if ('failure' in tcp) note(server, 'tcp', tcp, findings)
  }
  return !dead
}

function note(server: string, code: 'udp' | 'tcp', { failure, ours }: Failure, findings: Findings): void {
  const transport = code.toUpperCase()
  if (ours) findings.unchecked.push(`${transport} of ${server}: ${failure}`)
  else findings.wrong.push(about(server, code, failure, `an answer over ${transport} too`))
}

/** null when the answer is one of a server that has the zone. */
function lameness({ reply, records }: Answer, apex: Uint8Array): string | null {
  if (reply.rcode !== Rcode.NOERROR) return rcodeName(reply.rcode)
  if (!reply.authoritative) return 'an answer that is not authoritative'
  return rdatasOf(records.answers, apex, Type.SOA).length === 1 ? null : 'no SOA'
}

function serialOf({ records }: Answer, apex: Uint8Array): number | null {
  const [soa] = rdatasOf(records.answers, apex, Type.SOA)
  return soa === undefined || soa.length < 20 ? null : getU32(soa, soa.length - 20)
}

function answerInWords({ reply, records }: Answer, { owner, type }: Sample): string {
  if (reply.rcode !== Rcode.NOERROR) return rcodeName(reply.rcode)
  const rdatas = rdatasOf(records.answers, owner, type)
  const alias = rdatasOf(records.answers, owner, Type.CNAME)
  return rdatas.length === 0 && alias.length > 0 ? inWords(Type.CNAME, alias) : inWords(type, rdatas)
}

const advices: Readonly<Partial<Record<FindingCode, string>>> = {
  unreachable: 'start it, open UDP and TCP port 53 to it for everybody, or take its name or address off the list',
  udp: 'open UDP port 53 to it for everybody, for answers of 1232 octets too',
  tcp: 'open TCP port 53 to it for everybody: answers that are truncated over UDP are asked for again over TCP',
  lame: 'let it serve the zone (`zones`, and a reload), or take it off the list at the registrar and in `ns`',
  edns: 'find what strips the OPT record: an old server, or a firewall on the way',
}

function about(server: string, code: FindingCode, found: string, expected: string): Finding {
  return { code, where: [server], found, expected, advice: advices[code] ?? '' }
}
