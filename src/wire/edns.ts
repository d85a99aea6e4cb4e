// Writes the OPT record of an answer, option by option (RFC 6891). Knows no query and decides nothing.
//
//   const opt = at
//   at = beginOpt(bytes, opt, rcode, dnssecOk)
//   at = addEcs(bytes, at, ecs, scope)
//   endOpt(bytes, opt, at)
import { OptionCode, Type } from './constants.ts'
import { scopeAt, type Ecs } from './ecs.ts'
import { putBytes, putU16 } from './header.ts'

/** What we receive over UDP and the most we send: fits the IPv6 minimum MTU, so nothing is fragmented. */
export const ourUdpSize = 1232

/** Octets of an OPT record without options. */
export const optLength = 11
const optionHeaderLength = 4

/** Octets that addEcs will write. */
export function ecsLength(ecs: Ecs): number {
  return optionHeaderLength + ecs.rawLength
}

/** Octets that addKeepalive writes. */
export const keepaliveLength = optionHeaderLength + 2

/** Octets that addCookie will write. */
export function cookieLength(data: Uint8Array): number {
  return optionHeaderLength + data.length
}

/** Octets that addNsid will write. */
export function nsidLength(identity: Uint8Array): number {
  return optionHeaderLength + identity.length
}

/** Octets that addEde will write. */
export function edeLength(text: Uint8Array): number {
  return optionHeaderLength + 2 + text.length
}

/**
 * Begins an OPT record at `offset` without options: version 0, DO echoed (RFC 3225 section 3).
 * @param rcode the whole response code; the bits above the low four go here
 * @returns the offset of the first option
 */
export function beginOpt(bytes: Uint8Array, offset: number, rcode: number, dnssecOk: boolean): number {
  bytes[offset] = 0
  putU16(bytes, offset + 1, Type.OPT)
  putU16(bytes, offset + 3, ourUdpSize)
  bytes[offset + 5] = rcode >>> 4
  bytes[offset + 6] = 0
  putU16(bytes, offset + 7, dnssecOk ? 0x8000 : 0)
  return putU16(bytes, offset + 9, 0)
}

/** Adds the query's ECS as it came, with our scope prefix-length (RFC 7871 section 7.2.1). Returns the offset after it. */
export function addEcs(bytes: Uint8Array, offset: number, ecs: Ecs, scope: number): number {
  const data = putOptionHeader(bytes, offset, OptionCode.ECS, ecs.rawLength)
  const end = putBytes(bytes, data, ecs.raw, ecs.rawLength)
  bytes[data + scopeAt] = scope
  return end
}

/** Adds the server's identity (RFC 5001). Returns the offset after it. */
export function addNsid(bytes: Uint8Array, offset: number, identity: Uint8Array): number {
  const data = putOptionHeader(bytes, offset, OptionCode.NSID, identity.length)
  return putBytes(bytes, data, identity, identity.length)
}

/** Adds client and server cookie (RFC 7873 section 4). Returns the offset after it. */
export function addCookie(bytes: Uint8Array, offset: number, data: Uint8Array): number {
  return putBytes(bytes, putOptionHeader(bytes, offset, OptionCode.COOKIE, data.length), data, data.length)
}

/** Adds how long an idle TCP connection is kept open (RFC 7828), in tenths of a second. Returns the offset after it. */
export function addKeepalive(bytes: Uint8Array, offset: number, tenths: number): number {
  return putU16(bytes, putOptionHeader(bytes, offset, OptionCode.KEEPALIVE, 2), tenths)
}

/** Adds an extended error (RFC 8914) with a text in UTF-8, which may be empty. Returns the offset after it. */
export function addEde(bytes: Uint8Array, offset: number, code: number, text: Uint8Array): number {
  const data = putOptionHeader(bytes, offset, OptionCode.EDE, 2 + text.length)
  return putBytes(bytes, putU16(bytes, data, code), text, text.length)
}

/** Ends the OPT record that began at `start` and whose last option ends at `end`. */
export function endOpt(bytes: Uint8Array, start: number, end: number): void {
  putU16(bytes, start + 9, end - start - optLength)
}

function putOptionHeader(bytes: Uint8Array, offset: number, code: number, length: number): number {
  return putU16(bytes, putU16(bytes, offset, code), length)
}
