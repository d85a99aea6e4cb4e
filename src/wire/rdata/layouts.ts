// What the data of each type is made of, as tables. Knows no owner, no TTL and no zone.
import { Type } from '../constants.ts'
import { algorithm, ipv4, ipv6, name, period, string, tag, u16, u32, u8, value, type Field } from './fields.ts'
import { encodeLoc, formatLoc } from './loc.ts'
import type { Result } from './presentation.ts'

/** What a type's data is made of: one token each field, then `rest`. */
export interface Layout {
  readonly fields: readonly (readonly [what: string, field: Field])[]
  /** Data whose tokens say by themselves what they are: read and written whole, without fields. */
  readonly whole?: {
    parse(tokens: readonly string[]): Result<Uint8Array>
    /** null when the data is malformed. */
    format(rdata: Uint8Array): string | null
  }
  readonly rest?: 'strings' | 'params' | 'hex'
  /** What is wrong with data that has this form, or null. */
  readonly check?: (rdata: Uint8Array) => string | null
}

/** Octets of digests by number, for what says which it has: others are not judged. */
type DigestLengths = Readonly<Record<number, number>>

/** RFC 4034 section 5.1.3 and IANA's list: SHA-1, SHA-256, SHA-384. */
const signerDigests: DigestLengths = { 1: 20, 2: 32, 4: 48 }

/** RFC 4255 section 3.1.2 and RFC 6594: SHA-1, SHA-256. */
const hostKeyDigests: DigestLengths = { 1: 20, 2: 32 }
/** RFC 6698 section 2.1.3: SHA-256, SHA-512. */
const certificateDigests: DigestLengths = { 1: 32, 2: 64 }

const certificate: Layout = {
  fields: [
    ['certificate usage', u8],
    ['selector', u8],
    ['matching type', u8],
  ],
  rest: 'hex',
  check: (rdata) => checkDigest(rdata, 2, certificateDigests),
}

const svcb: Layout = {
  fields: [
    ['priority', u16],
    ['target', name],
  ],
  rest: 'params',
}

export const layouts: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [Type.A, { fields: [['address', ipv4]] }],
  [Type.NS, { fields: [['name server', name]] }],
  [Type.CNAME, { fields: [['target', name]] }],
  [
    Type.SOA,
    {
      fields: [
        ['mname', name],
        ['rname', name],
        ['serial', u32],
        ['refresh', period],
        ['retry', period],
        ['expire', period],
        ['minimum', period],
      ],
    },
  ],
  [Type.PTR, { fields: [['target', name]] }],
  [
    Type.MX,
    {
      fields: [
        ['preference', u16],
        ['exchange', name],
      ],
    },
  ],
  [
    Type.HINFO,
    {
      fields: [
        ['CPU', string],
        ['OS', string],
      ],
    },
  ],
  [
    Type.RP,
    {
      fields: [
        ['mailbox', name],
        ['name of a TXT record', name],
      ],
    },
  ],
  [
    Type.AFSDB,
    {
      fields: [
        ['subtype', u16],
        ['host', name],
      ],
    },
  ],
  [Type.LOC, { fields: [], whole: { parse: encodeLoc, format: formatLoc } }],
  [
    Type.NAPTR,
    {
      fields: [
        ['order', u16],
        ['preference', u16],
        ['flags', string],
        ['services', string],
        ['regexp', string],
        ['replacement', name],
      ],
    },
  ],
  [
    Type.SSHFP,
    {
      fields: [
        ['algorithm', u8],
        ['fingerprint type', u8],
      ],
      rest: 'hex',
      check: (rdata) => checkDigest(rdata, 1, hostKeyDigests),
    },
  ],
  [Type.TLSA, certificate],
  [Type.SMIMEA, certificate],
  [
    Type.URI,
    {
      fields: [
        ['priority', u16],
        ['weight', u16],
        ['target', value],
      ],
    },
  ],
  [Type.SPF, { fields: [['string', string]], rest: 'strings' }],
  [Type.TXT, { fields: [['string', string]], rest: 'strings' }],
  [Type.AAAA, { fields: [['address', ipv6]] }],
  [
    Type.SRV,
    {
      fields: [
        ['priority', u16],
        ['weight', u16],
        ['port', u16],
        ['target', name],
      ],
    },
  ],
  [
    Type.DS,
    {
      fields: [
        ['key tag', u16],
        ['algorithm', algorithm],
        ['digest type', u8],
      ],
      rest: 'hex',
      check: (rdata) => checkDigest(rdata, 3, signerDigests),
    },
  ],
  [Type.SVCB, svcb],
  [Type.HTTPS, svcb],
  [
    Type.CAA,
    {
      fields: [
        ['flags', u8],
        ['tag', tag],
        ['value', value],
      ],
    },
  ],
])

/** Octets in hexadecimal, with blanks anywhere; at least one. */
export function encodeHex(tokens: readonly string[]): Result<Uint8Array> {
  const hex = tokens.join('')
  if (/^(?:[0-9A-Fa-f]{2})+$/.test(hex)) return Buffer.from(hex, 'hex')
  return {
    error: hex === '' ? 'no digest, expected hexadecimal digits' : `"${hex}", expected pairs of hexadecimal digits`,
    token: notHex(tokens),
  }
}

/** The first token that is not hexadecimal, or the last where digits are odd in number. */
export function notHex(tokens: readonly string[]): number {
  const index = tokens.findIndex((token) => !/^[0-9A-Fa-f]*$/.test(token))
  return index < 0 ? Math.max(0, tokens.length - 1) : index
}

/** A digest at the end of the data, whose kind stands in the octet before it. */
function checkDigest(rdata: Uint8Array, kindAt: number, lengths: DigestLengths): string | null {
  const expected = lengths[rdata[kindAt]]
  const found = rdata.length - kindAt - 1
  if (expected === undefined || expected === found) return null
  return `a digest of ${found} octets, expected ${expected} of type ${rdata[kindAt]}`
}
