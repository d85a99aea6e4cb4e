// What the twelve octets of a header alone decide, before anything else of a packet is read. Knows no question and no record.
import { Opcode } from './constants.ts'

/** What a packet turned out to be. `short` and `response` get no answer at all, the others say which rcode. */
export const Parsed = {
  ok: 0,
  /** Under 12 octets: drop. */
  short: 1,
  /** QR is set: drop, or two servers could answer each other for ever. */
  response: 2,
  /** An opcode other than QUERY: NOTIMP. */
  notimp: 3,
  /** Counts or flags that no query has: FORMERR. */
  formerrHeader: 4,
  /** The question is truncated, its name malformed or compressed: FORMERR. */
  formerrQuestion: 5,
  /** A record after the question cannot be read: FORMERR. */
  formerrRecord: 6,
  /** Two OPTs, an OPT out of place, or options that overrun it: FORMERR. */
  formerrEdns: 7,
  /** A malformed EDNS Client Subnet: FORMERR. */
  formerrEcs: 8,
  /** An EDNS version above 0: BADVERS. */
  badvers: 9,
  /** A COOKIE option of a length that no cookie has: FORMERR. */
  formerrCookie: 10,
  /** No question but a COOKIE option: the client asks for a server cookie and nothing else (RFC 7873 section 5.4). */
  cookieOnly: 11,
} as const

/** Octets of a message's header. */
export const headerLength = 12

/**
 * Judges a header by the rules of most servers in the field: drop what asks nothing, then exactly one question (RFC 9619), or
 * none where a record follows that may ask for a cookie, and neither TC nor answer records, which NSD refuses too. One authority record is let through, as an IXFR question
 * brings one (RFC 1995 section 3). The response code and the flags AA, RA, Z and AD are not looked at.
 * @returns a value of Parsed: ok, short, response, notimp or formerrHeader
 */
export function triage(bytes: Uint8Array, length: number): number {
  if (length < headerLength) return Parsed.short
  if ((bytes[2] & 0x80) !== 0) return Parsed.response
  if (((bytes[2] >> 3) & 15) !== Opcode.QUERY) return Parsed.notimp
  if ((bytes[2] & 0x02) !== 0) return Parsed.formerrHeader
  if (bytes[4] !== 0 || bytes[5] > 1) return Parsed.formerrHeader
  if (bytes[5] === 0 && (bytes[10] | bytes[11]) === 0) return Parsed.formerrHeader
  if (bytes[6] !== 0 || bytes[7] !== 0) return Parsed.formerrHeader
  if (bytes[8] !== 0 || bytes[9] > 1) return Parsed.formerrHeader
  return Parsed.ok
}
