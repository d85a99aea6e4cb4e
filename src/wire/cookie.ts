// The COOKIE option of a query, checked as RFC 7873 section 5.2.2 asks, and the interoperable server cookie of RFC 9018.
// Knows no clock, no secret file and no policy.
//
//   0                8        9          12          16         24
//   +----------------+---------+-----------+-----------+----------+
//   | client cookie  | version | reserved  | timestamp | hash     |      version 1, network order, hash as SipHash gives it
//   +----------------+---------+-----------+-----------+----------+
import { putU32 } from './header.ts'
import { sipHash24 } from './siphash.ts'

/** Octets of a client cookie, and of the server cookies of RFC 9018 section 4. */
export const clientCookieLength = 8
export const serverCookieLength = 16
const shortestWithServer = 16
const longest = 40
const versionAt = 8
const timestampAt = 12
const hashAt = 16
const version = 1
const hashLength = 8

/** What one query's option says; one a thread, written over by each query. */
export class Cookie {
  /** false: the query has no such option, and nothing else here means anything. */
  present = false
  /** The option's data as received: the client cookie and perhaps a server cookie. */
  readonly raw: Uint8Array = new Uint8Array(longest)
  /** How much of `raw` is this query's: 8, or 16 to 40. */
  rawLength = 0
}

/**
 * Reads the option's data (without code and length) at `offset` into `cookie`. The data must lie inside the packet. false: the
 * option is malformed, the answer is FORMERR and `cookie.present` is false.
 */
export function parseCookie(bytes: Uint8Array, offset: number, optionLength: number, cookie: Cookie): boolean {
  cookie.present = false
  if (optionLength !== clientCookieLength && (optionLength < shortestWithServer || optionLength > longest)) return false
  for (let i = 0; i < optionLength; i++) cookie.raw[i] = bytes[offset + i]
  cookie.rawLength = optionLength
  cookie.present = true
  return true
}

/** The server cookie in the option looks like one of RFC 9018: of its length and version. */
export function isInteroperable({ raw, rawLength }: Cookie): boolean {
  return rawLength === clientCookieLength + serverCookieLength && raw[versionAt] === version
}

/** Seconds that the server cookie in an option is old at `seconds`, by serial number arithmetic: negative for the future. */
export function ageOf({ raw }: Cookie, seconds: number): number {
  const at = timestampAt
  const made = (raw[at] << 24) | (raw[at + 1] << 16) | (raw[at + 2] << 8) | raw[at + 3]
  return (seconds - made) | 0
}

/** What is hashed: client cookie, version, reserved, timestamp, address. One a thread is enough. */
const hashed = new Uint8Array(hashAt + 16)
const expected = new Uint8Array(hashLength)

/**
 * Whether the server cookie in an option is ours: made with this secret, for this client cookie and address. What is reserved
 * is part of the hash, whatever it is (RFC 9018 section 4.2).
 * @param address the client's, `family` words of it, each in host order
 */
export function isSignedBy(
  { raw }: Cookie,
  family: number,
  address: Uint32Array,
  secret: Int32Array,
  secretAt: number,
): boolean {
  for (let i = 0; i < hashAt; i++) hashed[i] = raw[i]
  hashWithAddress(family, address, secret, secretAt, expected)
  // All octets are looked at whichever differs, so that time tells nothing.
  let difference = 0
  for (let i = 0; i < hashLength; i++) difference |= expected[i] ^ raw[hashAt + i]
  return difference === 0
}

/**
 * Makes the option's data of an answer: the query's client cookie and a fresh server cookie for it.
 * @param data receives 24 octets
 */
export function signCookie(
  { raw }: Cookie,
  seconds: number,
  family: number,
  address: Uint32Array,
  secret: Int32Array,
  secretAt: number,
  data: Uint8Array,
): void {
  for (let i = 0; i < clientCookieLength; i++) hashed[i] = raw[i]
  putU32(hashed, versionAt, version << 24)
  putU32(hashed, timestampAt, seconds)
  hashWithAddress(family, address, secret, secretAt, expected)
  for (let i = 0; i < hashAt; i++) data[i] = hashed[i]
  for (let i = 0; i < hashLength; i++) data[hashAt + i] = expected[i]
}

function hashWithAddress(
  family: number,
  address: Uint32Array,
  secret: Int32Array,
  secretAt: number,
  hash: Uint8Array,
): void {
  const words = family === 4 ? 1 : 4
  for (let i = 0; i < words; i++) putU32(hashed, hashAt + i * 4, address[i] | 0)
  sipHash24(hashed, hashAt + words * 4, secret, secretAt, hash)
}
