// One line of `records`: owner, TTL, type and data into wire form. Knows no other record and no position.
import { Type, typeName, typeNumber } from '../wire/constants.ts'
import { encodeRdata } from '../wire/rdata.ts'
import { shown } from './tree.ts'
import { isMadeBySigning, refuseType, whyNoType, whyNotTaken } from './type-words.ts'
import { parseDuration } from './units.ts'

export interface Line {
  /** As written. */
  readonly owner: string
  readonly type: number
  /** null when the line says none. */
  readonly ttlSeconds: number | null
  readonly rdata: Uint8Array
}

const form = "'owner [TTL] TYPE rdata'"

/**
 * Reads a record in presentation format (RFC 1035 section 5.1, on one line).
 * @param origin apex of the zone, in wire form
 */
export function parseRecord(text: string, origin: Uint8Array): Line | { error: string } {
  const tokens = /^(\S+)((?:\s+(?:-?\d\S*|IN))*)\s+(\S+)(?:\s+(.*))?$/is.exec(text.trim())
  if (tokens === null) return { error: `${shown(text)} is no record, expected ${form}` }
  const [, owner, middle, typeText, data = ''] = tokens
  const ttls = middle.split(/\s+/).filter((token) => /\d/.test(token))
  if (ttls.length > 1) return { error: `${shown(text)} has two TTLs, expected ${form}` }
  const ttlSeconds = ttls.length === 0 ? null : parseTtl(ttls[0])
  if (Number.isNaN(ttlSeconds))
    return { error: `TTL ${ttls[0]}, expected seconds from 0 to 2147483647, or a duration such as 1h` }
  const type = typeNumber(typeText)
  if (type === null) return { error: whyNoType(typeText, form) }
  const notTaken = whyNotTaken(type)
  if (isMadeBySigning(type))
    return { error: `${typeName(type)} is made by signing: remove it, and give the zone \`dnssec\` to have it signed` }
  if (notTaken !== null) return { error: `${typeName(type)}: ${notTaken}: remove the record` }
  if (type === Type.SOA) return { error: 'the SOA is made from `soa`: remove the record and write its values there' }
  const refusal = refuseType(type)
  if (refusal !== null) return { error: refusal }
  const encoded = encodeRdata(type, data, origin)
  return 'error' in encoded ? encoded : { owner, type, ttlSeconds, rdata: encoded.rdata }
}

/** Whole seconds of `300` or `5m`, NaN when it is neither. */
function parseTtl(text: string): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : (parseDuration(text) ?? NaN) / 1000
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= 2147483647 ? seconds : NaN
}
