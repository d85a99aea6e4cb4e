// Reads a query packet into one reusable struct, allocating nothing and never past the packet's end. Knows no zone and no answer.
import { OptionCode, Type } from './constants.ts'
import { Cookie, parseCookie } from './cookie.ts'
import { Ecs, parseEcs } from './ecs.ts'
import { longestName, skipName } from './name.ts'
import { recordFixedLength, seekOpt } from './seek-opt.ts'
import { headerLength, Parsed, triage } from './triage.ts'

export { Parsed }

const smallestUdp = 512

/** What a query says of edns-tcp-keepalive. Over UDP nobody has to look. */
export const Keepalive = { none: 0, asked: 1, malformed: 2 } as const

/** One query; one a thread, written over by each packet. */
export class Query {
  /** Read from any header of 12 octets, whatever parseQuery returns. */
  opcode = 0
  /** RD: 0 or 1. */
  rd = 0
  /** CD: 0 or 1. */
  cd = 0

  /** QNAME in lower case and wire form, root included; `nameLength` octets of it are this query's, 0 without a question. */
  readonly name: Uint8Array = new Uint8Array(new ArrayBuffer(256))
  /** The same bytes four at a time, in the machine's order. */
  readonly nameWords: Int32Array = new Int32Array(this.name.buffer)
  nameLength = 0
  /** Labels of QNAME, the root not counted. */
  labelCount = 0
  /** Where each label's length octet lies in `name`. */
  readonly labelOffsets: Uint16Array = new Uint16Array(128)
  type = 0
  class = 0
  /** Octets of the whole packet. */
  length = 0
  /** Where the question ends in the packet: 12 when it was not read, and then the answer has no question. */
  questionEnd = headerLength

  /** The query has an OPT record, so the answer owes one (RFC 6891 section 6.1.1); also set when the OPT made it malformed. */
  hasEdns = false
  /** What the client receives over UDP: 512 without EDNS or when it says less (RFC 6891 section 6.2.3). */
  udpSize = smallestUdp
  version = 0
  /** DO. */
  dnssecOk = false
  /** The server's identity is asked for (RFC 5001). */
  nsid = false
  /** A member of Keepalive. */
  keepalive: number = Keepalive.none
  readonly ecs: Ecs = new Ecs()
  readonly cookie: Cookie = new Cookie()
}

/**
 * Reads the `length` octets of a packet into `query`. The order of checks is the order of Parsed, so the reason given is the
 * first one found. Trailing octets are ignored, as BIND and NSD do, and so are records that are not ours to read (TSIG,
 * SIG(0)). Types and classes are not judged.
 * @returns a value of Parsed
 */
export function parseQuery(bytes: Uint8Array, length: number, query: Query): number {
  query.length = length
  query.nameLength = 0
  query.labelCount = 0
  query.type = 0
  query.class = 0
  query.questionEnd = headerLength
  query.hasEdns = false
  query.udpSize = smallestUdp
  query.version = 0
  query.dnssecOk = false
  query.nsid = false
  query.keepalive = Keepalive.none
  query.ecs.present = false
  query.cookie.present = false

  const verdict = triage(bytes, length)
  if (verdict === Parsed.short) return verdict
  query.opcode = (bytes[2] >> 3) & 15
  query.rd = bytes[2] & 1
  query.cd = (bytes[3] >> 4) & 1
  if (verdict !== Parsed.ok) return condemned(bytes, length, verdict, query)

  if (bytes[5] === 0) return parseWithoutQuestion(bytes, length, query)
  const questionEnd = parseQuestion(bytes, length, query)
  if (questionEnd < 0) return condemned(bytes, length, Parsed.formerrQuestion, query)
  query.questionEnd = questionEnd

  const authority = bytes[9]
  const additional = (bytes[10] << 8) | bytes[11]
  if (authority === 0 && additional === 0) return Parsed.ok
  return parseRecords(bytes, questionEnd, length, authority, additional, query)
}

/** What has no question asks for a server cookie, or is no query at all. Returns a value of Parsed. */
function parseWithoutQuestion(bytes: Uint8Array, length: number, query: Query): number {
  const verdict = parseRecords(bytes, headerLength, length, bytes[9], (bytes[10] << 8) | bytes[11], query)
  if (verdict !== Parsed.ok) return verdict
  if (query.cookie.present) return Parsed.cookieOnly
  // As for whatever else is condemned, no option is answered.
  query.ecs.present = false
  query.nsid = false
  return Parsed.formerrHeader
}

/** Returns the offset after the question, or -1. A query's only name has nothing to point at, so a pointer is malformed. */
function parseQuestion(bytes: Uint8Array, length: number, query: Query): number {
  const { labelOffsets } = query
  let at = headerLength
  let labels = 0
  for (;;) {
    if (at >= length) return -1
    const size = bytes[at]
    if (size === 0) break
    if (size > 63) return -1
    labelOffsets[labels++] = at - headerLength
    at += 1 + size
    // After the label there is at least the root's octet.
    if (at - headerLength >= longestName) return -1
  }
  at++
  if (at + 4 > length) return -1
  lowerWords(bytes, at - headerLength, query.name)
  query.nameLength = at - headerLength
  query.labelCount = labels
  query.type = (bytes[at] << 8) | bytes[at + 1]
  query.class = (bytes[at + 2] << 8) | bytes[at + 3]
  return at + 4
}

/**
 * Copies the name after the header in lower case, four octets at once: a third of what one at a time costs. Up to three
 * octets of type and class come along, which follow every name.
 */
function lowerWords(bytes: Uint8Array, length: number, name: Uint8Array): void {
  for (let i = 0; i < length; i += 4) {
    const at = headerLength + i
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    const low = word & 0x7f7f7f7f
    // The top bit of each octet says: from `A` up, but not above `Z`, and ASCII. Length octets are below `A`.
    const upper = (low + 0x3f3f3f3f) & ~(low + 0x25252525) & ~word & 0x80808080
    const lower = word | (upper >>> 2)
    name[i] = lower
    name[i + 1] = lower >> 8
    name[i + 2] = lower >> 16
    name[i + 3] = lower >> 24
  }
}

/** Walks the authority record of an IXFR question and the additional section from `at`. Returns a value of Parsed. */
function parseRecords(
  bytes: Uint8Array,
  start: number,
  length: number,
  authority: number,
  additional: number,
  query: Query,
): number {
  if (authority !== 0 && query.type !== Type.IXFR) return condemned(bytes, length, Parsed.formerrHeader, query)
  let at = start
  for (let left = authority + additional; left > 0; left--) {
    // Mostly it is an OPT record, whose owner is the root.
    const fixed = at < length && bytes[at] === 0 ? at + 1 : skipName(bytes, at, length)
    if (fixed < 0 || fixed + recordFixedLength > length) return Parsed.formerrRecord
    const end = fixed + recordFixedLength + ((bytes[fixed + 8] << 8) | bytes[fixed + 9])
    if (end > length) return Parsed.formerrRecord
    if (((bytes[fixed] << 8) | bytes[fixed + 1]) === Type.OPT) {
      if (left > additional || query.hasEdns || bytes[at] !== 0) return Parsed.formerrEdns
      const verdict = parseOpt(bytes, fixed, end, query)
      if (verdict !== Parsed.ok) return verdict
    }
    at = end
  }
  return Parsed.ok
}

/**
 * Also who is refused for the header or the question is owed an OPT record for theirs (RFC 6891 section 7). Its options are not read: they
 * could be wrong too, and the refusal needs none. Returns the verdict.
 */
function condemned(bytes: Uint8Array, length: number, verdict: number, query: Query): number {
  const opt = verdict === Parsed.response ? -1 : seekOpt(bytes, length)
  if (opt >= 0) {
    query.hasEdns = true
    query.dnssecOk = (bytes[opt + 6] & 0x80) !== 0
  }
  return verdict
}

/** Reads the OPT record whose TYPE is at `fixed` and whose data ends at `end`. Returns a value of Parsed. */
function parseOpt(bytes: Uint8Array, fixed: number, end: number, query: Query): number {
  query.hasEdns = true
  const udpSize = (bytes[fixed + 2] << 8) | bytes[fixed + 3]
  if (udpSize > smallestUdp) query.udpSize = udpSize
  query.version = bytes[fixed + 5]
  query.dnssecOk = (bytes[fixed + 6] & 0x80) !== 0
  if (query.version !== 0) return Parsed.badvers

  let at = fixed + recordFixedLength
  while (at < end) {
    if (at + 4 > end) return Parsed.formerrEdns
    const code = (bytes[at] << 8) | bytes[at + 1]
    const optionLength = (bytes[at + 2] << 8) | bytes[at + 3]
    at += 4
    if (at + optionLength > end) return Parsed.formerrEdns
    if (code === OptionCode.NSID) query.nsid = true
    else if (code === OptionCode.ECS && !query.ecs.present) {
      // The first one counts; later ones are not read, so what is wrong with them does not matter.
      if (!parseEcs(bytes, at, optionLength, query.ecs)) return Parsed.formerrEcs
    } else if (code === OptionCode.KEEPALIVE) {
      // A client asks for a timeout, it does not name one (RFC 7828 section 3.2.1).
      query.keepalive = optionLength === 0 ? Keepalive.asked : Keepalive.malformed
    } else if (code === OptionCode.COOKIE && !query.cookie.present) {
      // Of several the first counts (RFC 7873 section 5.2).
      if (!parseCookie(bytes, at, optionLength, query.cookie)) return Parsed.formerrCookie
    }
    at += optionLength
  }
  return Parsed.ok
}
