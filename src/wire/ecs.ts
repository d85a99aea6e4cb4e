// The EDNS Client Subnet option of a query, checked as strictly as RFC 7871 section 6 asks. Knows no geography.
//
//   0          2                 3                4
//   +----------+-----------------+----------------+------------------------------+
//   |  FAMILY  | SOURCE PREFIX-  | SCOPE PREFIX-  | ADDRESS, ceil(SOURCE / 8)     |
//   |          | LENGTH          | LENGTH: 0      | octets, bits after SOURCE: 0  |
//   +----------+-----------------+----------------+------------------------------+

const fixedLength = 4
const longestData = fixedLength + 16

/** Where the scope prefix-length lies inside the option's data. */
export const scopeAt = 3

/** What one query's option says; one a thread, written over by each query. */
export class Ecs {
  /** false: the query has no such option, and nothing else here means anything. */
  present = false
  /** 1 IPv4, 2 IPv6, 0 none (dig's `+subnet=0`). */
  family = 0
  /** SOURCE PREFIX-LENGTH; 0 asks not to be located, whatever the family. */
  source = 0
  /** The option's data as received, for the echo, padded with zeros. */
  readonly raw: Uint8Array = new Uint8Array(longestData)
  /** The address in it, padded with zeros to 16 octets; IPv4 is in the first 4. */
  readonly address: Uint8Array = this.raw.subarray(fixedLength)
  /** How much of `raw` is this query's. */
  rawLength = 0
}

/**
 * Reads the option's data (without code and length) at `offset` into `ecs`. The data must lie inside the packet. false: the
 * option is malformed, the answer is FORMERR and `ecs.present` is false.
 */
export function parseEcs(bytes: Uint8Array, offset: number, optionLength: number, ecs: Ecs): boolean {
  ecs.present = false
  if (optionLength < fixedLength || optionLength > longestData) return false
  const family = (bytes[offset] << 8) | bytes[offset + 1]
  const source = bytes[offset + 2]
  if (bytes[offset + scopeAt] !== 0) return false
  if (family > 2) return false
  if (source > (family === 1 ? 32 : family === 2 ? 128 : 0)) return false
  const addressLength = (source + 7) >> 3
  if (optionLength !== fixedLength + addressLength) return false
  const spareBits = (addressLength << 3) - source
  if (spareBits > 0 && (bytes[offset + optionLength - 1] & ((1 << spareBits) - 1)) !== 0) return false

  const { raw } = ecs
  for (let i = 0; i < optionLength; i++) raw[i] = bytes[offset + i]
  for (let i = optionLength; i < longestData; i++) raw[i] = 0
  ecs.family = family
  ecs.source = source
  ecs.rawLength = optionLength
  ecs.present = true
  return true
}
