// The spine: a query in, its answer written over it, in the order of DESIGN's query path. Never waits, throws or allocates;
// knows no sockets, no files and no time.
//
//   triage, question, EDNS ─▶ nothing | FORMERR | NOTIMP | BADVERS
//   cookie ─▶ nothing else was asked: NOERROR | BADCOOKIE
//   class ─▶ identity (CH) | REFUSED
//   name  ─▶ REFUSED | NXDOMAIN | referral
//   type  ─▶ static RRset | CNAME, then its target | steered pick | NODATA
import { single, slot } from '../telemetry/counters.ts'
import { Class, Rcode, Type } from '../wire/constants.ts'
import { ourUdpSize } from '../wire/edns.ts'
import { Keepalive, parseQuery, Parsed } from '../wire/query.ts'
import { delegated, findName, findSet, Found, hasSets, noService } from '../zone/name-table.ts'
import type { Client } from './client.ts'
import { Standing } from './cookies.ts'
import { answerDebug, isDebugName } from './debug.ts'
import { denyName, denyType, proveWildcard, putOneSigned, putProofs, wantsProof } from './denial.ts'
import { answerIdentity } from './identity.ts'
import { askParent, refer } from './referral.ts'
import { begin, Ede, fail, finish, putExtra, putMinimalAny, putNegative, putSet, retarget } from './reply.ts'
import { keepQuery, restoreQuery } from './signatures.ts'
import type { State } from './state.ts'
import { answerSteered, isSteeredType } from './steered.ts'
import { answerTarget, NoTarget } from './target.ts'

export const Transport = { udp: 0, tcp: 1 } as const

/** What `answer` returns when a signature is missing: the query lies there as it came, for the signer. */
export const needsSignature = -1

const longestChain = 8
/** What answering an entry comes to, when it is no alias. */
const { answered, unsigned } = NoTarget
/** An error is a header, a question and an OPT record: it fits wherever a query did. */
const smallestAnswer = 512

/** Counter of each value of Parsed that is answered with an error or dropped. */
const parsedCounters = countersOfParsed()
/** Counter of each RR type below 256; the rest are looked up singly. */
const typeCounters = countersOfTypes()
/** Counter of each Standing that a cookie can have. */
const cookieCounters = [0, slot.cookies.client_only, slot.cookies.valid, slot.cookies.bad]

/**
 * Answers one message.
 * @param bytes holds the query; the answer is written over it. Its length is the room there is: at least 1,232 bytes.
 * @param length of the query
 * @param transport a member of Transport
 * @returns the length of the answer; 0: send nothing; needsSignature
 */
export function answer(bytes: Uint8Array, length: number, client: Client, transport: number, state: State): number {
  const { query, counters, reply } = state
  counters[transport === Transport.udp ? slot.queries.udp : slot.queries.tcp]++
  if (client.port === 0) {
    counters[slot.drops.port_zero]++
    return 0
  }
  const tcp = transport === Transport.tcp
  state.client = client
  state.limited = !tcp
  const parsed = parseQuery(bytes, length, query)
  if (query.cookie.present) judgeCookie(client, state)
  if (parsed !== Parsed.ok) {
    return parsed === Parsed.cookieOnly ? answerCookie(bytes, state) : malformed(bytes, parsed, state)
  }
  if (tcp && query.keepalive === Keepalive.malformed) return malformed(bytes, Parsed.formerrEdns, state)
  countType(state, query.type)
  begin(state, tcp ? bytes.length : Math.min(query.udpSize, ourUdpSize), tcp)
  if (query.class === Class.CH) return answerIdentity(bytes, state)
  if (query.class !== Class.IN) return refuse(bytes, state, Ede.classNotSupported)
  if (query.type === Type.AXFR || query.type === Type.IXFR) return refuse(bytes, state, Ede.prohibited)
  if (state.stale) state.reply.ede = Ede.stale
  if (state.debug && isDebugName(bytes, state)) {
    answerDebug(bytes, client, state)
    return end(bytes, state, Rcode.NOERROR)
  }
  for (let links = 0; ; links++) {
    const found = findName(
      state.tables,
      query.name,
      query.nameWords,
      query.labelOffsets,
      query.labelCount,
      query.nameLength,
      state.match,
    )
    if (found === Found.outside) {
      return links === 0 ? refuse(bytes, state, Ede.notAuthoritative) : end(bytes, state, Rcode.NOERROR)
    }
    if (links === 0) reply.asked = state.match.entry
    if (found === Found.missing) {
      counters[slot.outcomes.nxdomain]++
      putNegative(bytes, state)
      if (wantsProof(state)) denyName(state)
      return end(bytes, state, Rcode.NXDOMAIN)
    }
    if (state.match.service === delegated) return refer(bytes, links, state)
    const alias = answerEntry(bytes, client, state)
    if (alias === unsigned) return withoutSignature(bytes, state)
    if (alias < 0 || reply.truncated || links === longestChain) return end(bytes, state, Rcode.NOERROR)
    counters[single.chased]++
    retarget(bytes, alias, state)
  }
}

/** Writes what an entry has of the type asked for. Returns `answered`, `unsigned`, or where the target of its CNAME lies in the packet. */
function answerEntry(bytes: Uint8Array, client: Client, state: State): number {
  const { tables, match, query, reply, counters } = state
  const { entry, service } = match
  const proof = wantsProof(state)
  // What answers is proved to be the wildcard's; where nothing does, the same is part of that proof.
  if (proof) proveWildcard(state)
  // Who asks for signatures by their type gets some without DO as well (RFC 4035 section 3.1).
  if ((proof && query.type === Type.ANY) || (query.type === Type.RRSIG && tables.zoneKeySet[match.zone] !== 0)) {
    counters[slot.outcomes.static]++
    putOneSigned(bytes, state)
    return answered
  }
  // A name that is an alias has an NSEC of its own beside it (RFC 4035 section 2.5).
  const ownNsec = query.type === Type.NSEC && tables.zoneKeySet[match.zone] !== 0
  if (service !== noService && !ownNsec) {
    if (tables.serviceTarget[service] !== 0) return answerTarget(bytes, service, client, state)
    if (isSteeredType(tables, service, query.type)) {
      return answerSteered(bytes, service, client, state) ? answered : unsigned
    }
  }
  const set = findSet(tables, entry, query.type)
  if (set >= 0) {
    counters[slot.outcomes.static]++
    putSet(bytes, set, state)
    // The authority section stands before the additional one.
    if (state.denial.count !== 0) putProofs(bytes, state)
    putExtra(bytes, set, state)
    return answered
  }
  const alias = findSet(tables, entry, Type.CNAME)
  if (query.type === Type.ANY && (service !== noService || hasSets(tables, entry))) {
    counters[slot.outcomes.static]++
    if (alias < 0) putMinimalAny(bytes, state)
    else putSet(bytes, alias, state)
    return answered
  }
  if (alias < 0) {
    counters[slot.outcomes.nodata]++
    if (query.type === Type.DS) askParent(state)
    putNegative(bytes, state)
    if (wantsProof(state)) denyType(state, query.type)
    return answered
  }
  const target = reply.at + 12
  if (query.dnssecOk) keepQuery(bytes, state)
  putSet(bytes, alias, state)
  return target
}

/** A valid cookie proves the address, so answers to it need no limit (RFC 7873 section 5.2.5). */
function judgeCookie(client: Client, state: State): void {
  const { query, cookies, clock, counters } = state
  cookies.judge(query.cookie, client, clock.seconds)
  counters[cookieCounters[cookies.standing]]++
  if (cookies.standing === Standing.valid) state.limited = false
}

/** Nothing but a server cookie was asked for, or whether one is good (RFC 7873 section 5.4). */
function answerCookie(bytes: Uint8Array, state: State): number {
  state.counters[slot.questions.other]++
  begin(state, smallestAnswer, false)
  return finish(bytes, state, state.cookies.standing === Standing.bad ? Rcode.BADCOOKIE : Rcode.NOERROR, false)
}

/** Ends an answer with the proofs it needs. */
function end(bytes: Uint8Array, state: State, rcode: number): number {
  if (state.denial.count !== 0) putProofs(bytes, state)
  return finish(bytes, state, rcode, true)
}

function malformed(bytes: Uint8Array, parsed: number, state: State): number {
  const { counters } = state
  counters[parsedCounters[parsed]]++
  if (parsed === Parsed.short || parsed === Parsed.response) return 0
  counters[slot.outcomes.error]++
  begin(state, smallestAnswer, false)
  if (parsed === Parsed.notimp) state.reply.ede = Ede.opcodeNotSupported
  const rcode = parsed === Parsed.notimp ? Rcode.NOTIMP : parsed === Parsed.badvers ? Rcode.BADVERS : Rcode.FORMERR
  return finish(bytes, state, rcode, false)
}

/** The signer makes what is missing; where it cannot, or the query cannot be handed to it, that is our failure. */
function withoutSignature(bytes: Uint8Array, state: State): number {
  return state.signer === null && restoreQuery(bytes, state) ? needsSignature : fail(bytes, state, Ede.notSigned)
}

function refuse(bytes: Uint8Array, state: State, ede: number): number {
  state.counters[slot.outcomes.error]++
  state.reply.ede = ede
  return finish(bytes, state, Rcode.REFUSED, false)
}

function countType({ counters }: State, type: number): void {
  if (type < typeCounters.length) counters[typeCounters[type]]++
  else counters[type === Type.CAA ? slot.questions.CAA : slot.questions.other]++
}

function countersOfTypes(): Uint16Array {
  const table = new Uint16Array(256).fill(slot.questions.other)
  const { other, CAA, ...known } = slot.questions
  for (const [name, counter] of Object.entries(known)) table[Type[name as keyof typeof known]] = counter
  return table
}

function countersOfParsed(): Uint16Array {
  const table = new Uint16Array(Object.keys(Parsed).length)
  table[Parsed.short] = slot.drops.short
  table[Parsed.response] = slot.drops.response
  table[Parsed.formerrHeader] = slot.formerr.header
  table[Parsed.formerrQuestion] = slot.formerr.question
  table[Parsed.formerrRecord] = slot.formerr.record
  table[Parsed.formerrEdns] = slot.formerr.edns
  table[Parsed.formerrEcs] = slot.formerr.ecs
  table[Parsed.formerrCookie] = slot.formerr.cookie
  table[Parsed.notimp] = slot.questions.other
  table[Parsed.badvers] = slot.questions.other
  return table
}
