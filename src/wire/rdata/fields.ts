// The kinds of fields that records are made of, each between one token and its octets. Knows no type.
import { formatAddress, parseAddress } from '../../ip/address.ts'
import { completeName, decodeName, formatName, isAbsolute } from '../name.ts'
import { quote, failed, parsePeriod, unescapeToken, wholeNumber, type Result } from './presentation.ts'

/** A kind of field. */
export interface Field {
  /** The octets of a token; names are completed with `origin`. */
  parse(token: string, origin?: Uint8Array): Result<Uint8Array>
  /** The text of the field at `at` and the offset after it; null when there is no such field. */
  format(rdata: Uint8Array, at: number): { text: string; next: number } | null
}

export const ipv4 = address(4, 'an IPv4 address')
export const ipv6 = address(16, 'an IPv6 address')
export const u8 = integer(1)
export const u16 = integer(2)
export const u32 = integer(4)

/** Seconds, perhaps with units; written without. */
export const period: Field = {
  parse(token) {
    const seconds = parsePeriod(token, 0xffffffff)
    if (seconds !== null) return octetsOf(seconds, 4)
    return { error: `"${token}", expected seconds from 0 to 4294967295, or units such as 1h30m` }
  },
  format: (rdata, at) => u32.format(rdata, at),
}

/** Signing algorithms by their names, as IANA lists them; written as numbers. */
const algorithms: Readonly<Record<string, number>> = {
  RSASHA1: 5,
  'RSASHA1-NSEC3-SHA1': 7,
  RSASHA256: 8,
  RSASHA512: 10,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
}

/** A signing algorithm, by number or by name (RFC 4034 section 5.3). */
export const algorithm: Field = {
  parse(token) {
    const number = Object.hasOwn(algorithms, token.toUpperCase()) ? algorithms[token.toUpperCase()] : null
    return number === null ? u8.parse(token) : Uint8Array.of(number)
  },
  format: (rdata, at) => u8.format(rdata, at),
}

/** A domain name, never compressed. */
export const name: Field = {
  parse(token, origin) {
    const wire = completeName(token, origin)
    if (wire !== null) return wire
    const relative = origin === undefined && token !== '' && !isAbsolute(token)
    return { error: `"${token}", expected ${relative ? 'a name with a final dot' : 'a domain name'}` }
  },
  format(rdata, at) {
    const decoded = decodeName(rdata, at)
    // A compressed name is longer than the octets it takes here.
    if (decoded === null || decoded.name.length !== decoded.next - at) return null
    return { text: formatName(decoded.name), next: decoded.next }
  },
}

/** A character-string: up to 255 octets behind one that counts them. */
export const string: Field = {
  parse(token) {
    const octets = unescapeToken(token)
    if (failed(octets)) return octets
    if (octets.length > 255) return { error: `${octets.length} octets, expected at most 255; split it` }
    return Uint8Array.of(octets.length, ...octets)
  },
  format(rdata, at) {
    const next = at + 1 + rdata[at]
    return next <= rdata.length ? { text: quote(rdata.subarray(at + 1, next)), next } : null
  },
}

/** The property of a CAA record: letters and digits behind their count (RFC 8659 section 4.1). */
export const tag: Field = {
  parse(token) {
    if (!/^[A-Za-z0-9]{1,255}$/.test(token)) return { error: `"${token}", expected letters and digits` }
    return Uint8Array.of(token.length, ...Buffer.from(token))
  },
  format(rdata, at) {
    const next = at + 1 + rdata[at]
    if (!(next <= rdata.length)) return null
    const text = String.fromCharCode(...rdata.subarray(at + 1, next))
    return /^[A-Za-z0-9]+$/.test(text) ? { text, next } : null
  },
}

/** A string that takes the rest of the record, without a count. */
export const value: Field = {
  parse: unescapeToken,
  format: (rdata, at) => ({ text: quote(rdata.subarray(at)), next: rdata.length }),
}

function address(length: 4 | 16, what: string): Field {
  return {
    parse(token) {
      const bytes = parseAddress(token)
      return bytes?.length === length ? bytes : { error: `"${token}", expected ${what}` }
    },
    format(rdata, at) {
      const next = at + length
      return next <= rdata.length ? { text: formatAddress(rdata.subarray(at, next)), next } : null
    },
  }
}

function integer(octets: 1 | 2 | 4): Field {
  const most = 256 ** octets - 1
  return {
    parse(token) {
      const number = wholeNumber(token, most)
      if (number === null) return { error: `"${token}", expected a whole number from 0 to ${most}` }
      return octetsOf(number, octets)
    },
    format(rdata, at) {
      const next = at + octets
      if (next > rdata.length) return null
      return { text: String(rdata.subarray(at, next).reduce((sum, octet) => sum * 256 + octet, 0)), next }
    },
  }
}

/** A whole number, its most significant octet first. */
function octetsOf(number: number, octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, i) => number / 256 ** (octets - 1 - i))
}
