// Writes the parts of an answer after the question: sets, negative answers, OPT, header. Decides nothing about content.
import { slot } from '../telemetry/counters.ts'
import { Class, Ede as EdeCode, Rcode, Type } from '../wire/constants.ts'
import {
  addCookie,
  addEcs,
  addEde,
  addKeepalive,
  addNsid,
  beginOpt,
  cookieLength,
  ecsLength,
  edeLength,
  endOpt,
  keepaliveLength,
  nsidLength,
  optLength,
} from '../wire/edns.ts'
import { getU16, putU16, putU32, setTruncated, writeCounts, writeFlags } from '../wire/header.ts'
import { Keepalive } from '../wire/query.ts'
import { Standing } from './cookies.ts'
import { Fate, Kind, Limit } from './rate-limit.ts'
import type { State } from './state.ts'
import { tcpLimits } from './tcp-limits.ts'

const pointerBits = 0xc000
const nameAt = 12
const recordHead = 10

/** Extended errors we send, each with a text; indexes into `edeTable`. */
export const Ede = {
  notAuthoritative: 0,
  failedOpen: 1,
  stale: 2,
  prohibited: 3,
  opcodeNotSupported: 4,
  classNotSupported: 5,
  notSigned: 6,
  rateLimited: 7,
} as const

const edeTable = [
  { code: EdeCode.notAuthoritative, text: new TextEncoder().encode('not a zone of this server') },
  { code: EdeCode.other, text: new TextEncoder().encode('no node is healthy, answered as if all were') },
  { code: EdeCode.staleAnswer, text: new TextEncoder().encode('a newer configuration was refused') },
  { code: EdeCode.prohibited, text: new TextEncoder().encode('zones are not transferred') },
  { code: EdeCode.notSupported, text: new TextEncoder().encode('only the opcode QUERY is answered') },
  { code: EdeCode.notSupported, text: new TextEncoder().encode('only class IN is served') },
  { code: EdeCode.notReady, text: new TextEncoder().encode('no signature can be made') },
  { code: EdeCode.other, text: new TextEncoder().encode('rate limited') },
]

const idleTenths = tcpLimits.idleMs / 100

/** Counter of each Limit that an answer can be over. */
const limitCounters = [0, slot.over_limit.steered, slot.over_limit.other, slot.over_limit.total]

/** Begins a reply after the question, keeping room for the OPT record it will end with. */
export function begin(state: State, limit: number, tcp: boolean): void {
  const { query, reply } = state
  let reserved = 0
  if (query.hasEdns) {
    reserved = optLength
    if (query.ecs.present) reserved += ecsLength(query.ecs)
    if (query.nsid) reserved += nsidLength(state.identity)
    if (query.cookie.present) reserved += cookieLength(state.cookies.data)
    if (tcp && query.keepalive === Keepalive.asked) reserved += keepaliveLength
  }
  reply.at = query.questionEnd
  reply.limit = limit - reserved
  reply.answers = 0
  reply.authorities = 0
  reply.additionals = 0
  reply.truncated = false
  reply.tcp = tcp
  reply.owner = nameAt
  reply.scope = 0
  reply.steered = false
  reply.asked = -1
  reply.kept = false
  reply.ede = -1
  state.denial.count = 0
}

/** Room for `length` more bytes; without it the reply is truncated. */
export function fits(state: State, length: number): boolean {
  const { reply } = state
  if (reply.at + length <= reply.limit) return true
  reply.truncated = true
  return false
}

/** Adds a static RRset to the answer section, with its signatures where they are wanted: both or none. */
export function putSet(bytes: Uint8Array, set: number, state: State): void {
  state.reply.answers += putSigned(bytes, set, state.reply.owner, state)
}

/** Writes a static RRset, with its signatures where they are wanted. Returns how many records; 0 when there is no room. */
export function putSigned(bytes: Uint8Array, set: number, owner: number, state: State): number {
  const { tables, query } = state
  let length = tables.setLength[set]
  let count = tables.setCount[set]
  if (query.dnssecOk) {
    length += tables.setSignaturesLength[set]
    count += tables.setSignatures[set]
  }
  if (!fits(state, length)) return 0
  copyRecords(bytes, tables.setStart[set], count, owner, state)
  return count
}

/**
 * Adds an RRset's addresses to the additional section, if all of them fit, and where they are wanted their signatures, if those
 * fit as well (RFC 4035 section 3.1.1).
 */
export function putExtra(bytes: Uint8Array, set: number, state: State): void {
  const { tables, reply, query } = state
  let length = tables.setExtraLength[set]
  if (length === 0 || reply.truncated || reply.at + length > reply.limit) return
  const { recordBytes } = tables
  reply.additionals += tables.setExtraCount[set]
  const signed = length + tables.setExtraSignaturesLength[set]
  if (query.dnssecOk && reply.at + signed <= reply.limit) {
    length = signed
    reply.additionals += tables.setExtraSignatures[set]
  }
  const start = tables.setExtraStart[set]
  for (let i = 0; i < length; i++) bytes[reply.at + i] = recordBytes[start + i]
  reply.at += length
}

/** Adds the zone's SOA to the authority section (RFC 2308 section 2). */
export function putNegative(bytes: Uint8Array, state: State): void {
  const { tables, match, query, reply } = state
  const { zone } = match
  let length = tables.zoneSoaLength[zone]
  let count = 1
  if (query.dnssecOk) {
    length += tables.zoneSoaSignaturesLength[zone]
    count += tables.zoneSoaSignatures[zone]
  }
  if (!fits(state, length)) return
  const apex = reply.owner + query.nameLength - tables.zoneApexLength[zone]
  copyRecords(bytes, tables.zoneSoaStart[zone], count, apex, state)
  reply.authorities += count
}

/** Answers ANY with one HINFO record (RFC 8482 section 4.2). */
export function putMinimalAny(bytes: Uint8Array, state: State): void {
  const { reply } = state
  const text = 'RFC8482'
  if (!fits(state, 2 + recordHead + text.length + 2)) return
  let at = putU16(bytes, reply.at, pointerBits | reply.owner)
  at = putU16(bytes, at, Type.HINFO)
  at = putU16(bytes, at, Class.IN)
  at = putU32(bytes, at, 3600)
  at = putU16(bytes, at, text.length + 2)
  bytes[at++] = text.length
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
  bytes[at++] = 0
  reply.at = at
  reply.answers++
}

/** Makes the name at `at` in the packet, written by us and so uncompressed, the one that is looked up and answered next. */
export function retarget(bytes: Uint8Array, at: number, state: State): void {
  const { query, reply } = state
  let offset = 0
  let labels = 0
  for (let size = bytes[at]; size !== 0; size = bytes[at + offset]) {
    query.labelOffsets[labels++] = offset
    query.name[offset] = size
    for (let i = offset + 1; i <= offset + size; i++) {
      const octet = bytes[at + i]
      query.name[i] = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet
    }
    offset += size + 1
  }
  query.name[offset] = 0
  query.nameLength = offset + 1
  query.labelCount = labels
  reply.owner = at
}

/** Gives up what was written and ends the reply as SERVFAIL. */
export function fail(bytes: Uint8Array, state: State, ede: number): number {
  const { reply } = state
  leaveOutRecords(state)
  reply.truncated = false
  reply.scope = 0
  reply.ede = ede
  return finish(bytes, state, Rcode.SERVFAIL, false)
}

/** Ends the reply: rate limit, OPT, header, counters. Returns its length, or 0 when it is not to be sent. */
export function finish(bytes: Uint8Array, state: State, rcode: number, authoritative: boolean): number {
  if (state.limited) {
    const fate = fateOf(state, rcode)
    if (fate === Fate.drop) return 0
    if (fate === Fate.slip) return finishCut(bytes, state, rcode, authoritative)
  }
  if (state.reply.truncated) leaveOutRecords(state)
  return end(bytes, state, rcode, authoritative)
}

/** Counts an answer towards its source network's limits. Returns a member of Fate. */
function fateOf(state: State, rcode: number): number {
  const { limiter, client, clock, reply, match, located, counters } = state
  const negative = rcode === Rcode.NXDOMAIN
  const kind = negative
    ? Kind.nxdomain
    : rcode !== Rcode.NOERROR
      ? Kind.error
      : reply.steered
        ? Kind.steered
        : Kind.named
  const key = negative ? match.zone : rcode !== Rcode.NOERROR ? rcode : reply.steered ? located.blockHash : reply.asked
  const fate = limiter.fate(client, clock.ticks, kind, key)
  if (limiter.over === Limit.none) return fate
  counters[limitCounters[limiter.over]]++
  if (fate === Fate.answer) counters[slot.rate_limited.logged]++
  else if (fate === Fate.drop) {
    counters[slot.rate_limited.dropped]++
    counters[slot.drops.rate_limited]++
  }
  return fate
}

/**
 * Ends a reply that is over a limit without any record: truncated, so that a real client comes again over TCP, or BADCOOKIE,
 * so that it comes again with the cookie it is given here (RFC 7873 section 5.2.3).
 */
function finishCut(bytes: Uint8Array, state: State, rcode: number, authoritative: boolean): number {
  const { query, reply, cookies, counters } = state
  leaveOutRecords(state)
  // Whatever is not needed would only make the answer longer than the query.
  query.nsid = false
  if (query.questionEnd > nameAt && query.cookie.present && cookies.standing !== Standing.valid) {
    counters[slot.rate_limited.badcookie]++
    reply.truncated = false
    reply.ede = -1
    return end(bytes, state, Rcode.BADCOOKIE, false)
  }
  reply.ede = Ede.rateLimited
  counters[slot.rate_limited.slipped]++
  reply.truncated = rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN
  return end(bytes, state, rcode, authoritative)
}

function leaveOutRecords({ query, reply }: State): void {
  reply.at = query.questionEnd
  reply.answers = 0
  reply.authorities = 0
  reply.additionals = 0
}

function end(bytes: Uint8Array, state: State, rcode: number, authoritative: boolean): number {
  const { query, reply, counters, identity } = state
  countRcode(state, rcode)
  if (query.hasEdns) {
    const start = reply.at
    let at = beginOpt(bytes, start, rcode, query.dnssecOk)
    if (query.ecs.present) at = addEcs(bytes, at, query.ecs, reply.scope)
    if (query.nsid) at = addNsid(bytes, at, identity)
    if (query.cookie.present) at = addCookie(bytes, at, state.cookies.data)
    if (reply.tcp && query.keepalive === Keepalive.asked) at = addKeepalive(bytes, at, idleTenths)
    // What is written here is what `begin` kept room for; an extended error comes along only where there is more.
    const limit = reply.limit + (at - start)
    if (reply.ede >= 0 && at + edeLength(edeTable[reply.ede].text) <= limit) {
      at = addEde(bytes, at, edeTable[reply.ede].code, edeTable[reply.ede].text)
    }
    endOpt(bytes, start, at)
    reply.at = at
    reply.additionals++
  }
  writeFlags(bytes, authoritative, rcode)
  if (reply.truncated) {
    setTruncated(bytes)
    counters[reply.tcp ? slot.truncated.tcp : slot.truncated.udp]++
  }
  const questions = query.questionEnd > nameAt ? 1 : 0
  writeCounts(bytes, questions, reply.answers, reply.authorities, reply.additionals)
  return reply.at
}

/** Copies records whose first two bytes are an owner pointer, giving each the owner at `owner` in the packet. */
export function copyRecords(bytes: Uint8Array, start: number, count: number, owner: number, state: State): void {
  const { recordBytes } = state.tables
  const { reply } = state
  let from = start
  let at = reply.at
  for (let record = 0; record < count; record++) {
    const length = 2 + recordHead + getU16(recordBytes, from + recordHead)
    putU16(bytes, at, pointerBits | owner)
    for (let i = 2; i < length; i++) bytes[at + i] = recordBytes[from + i]
    from += length
    at += length
  }
  reply.at = at
}

function countRcode({ counters }: State, rcode: number): void {
  if (rcode === Rcode.NOERROR) counters[slot.answers.NOERROR]++
  else if (rcode === Rcode.NXDOMAIN) counters[slot.answers.NXDOMAIN]++
  else if (rcode === Rcode.REFUSED) counters[slot.answers.REFUSED]++
  else if (rcode === Rcode.FORMERR) counters[slot.answers.FORMERR]++
  else if (rcode === Rcode.NOTIMP) counters[slot.answers.NOTIMP]++
  else if (rcode === Rcode.BADVERS) counters[slot.answers.BADVERS]++
  else if (rcode === Rcode.BADCOOKIE) counters[slot.answers.BADCOOKIE]++
  else counters[slot.answers.SERVFAIL]++
}
