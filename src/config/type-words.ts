// What is said of types that no zone here holds, or not under their name. Knows no record's data and no position.
import { Type, typeName } from '../wire/constants.ts'
import { didYouMean } from './nearest.ts'
import { shown } from './tree.ts'

/** Types of records that only the signer of a zone makes. */
const dnssecTypes: readonly number[] = [Type.RRSIG, Type.NSEC, Type.DNSKEY, Type.CDS, Type.CDNSKEY]

/** Types that come with signed zones and that the server does not make either: why. */
const unlikeOurs: ReadonlyMap<number, string> = new Map([
  [Type.SIG, 'RRSIG took its place (RFC 3755), which the server makes itself'],
  [Type.KEY, 'DNSKEY took its place (RFC 3755), which the server makes itself'],
  [Type.NSEC3, 'the server denies by NSEC, which it makes itself'],
  [Type.NSEC3PARAM, 'the server denies by NSEC, for which there are no parameters'],
  [Type.ZONEMD, 'a digest of the zone with another serial than ours, which fits nothing served here'],
])

/** Types of questions and of messages, which no zone holds. */
const metaTypes: readonly number[] = [Type.OPT, Type.TSIG, Type.IXFR, Type.AXFR, Type.MAILB, Type.MAILA, Type.ANY]

/** Types of records that have a name at IANA and no form here. */
const withoutForm: Readonly<Record<string, number>> = {
  MD: 3,
  MF: 4,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  MINFO: 14,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  PX: 26,
  GPOS: 27,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  ATMA: 34,
  KX: 36,
  CERT: 37,
  A6: 38,
  SINK: 40,
  APL: 42,
  IPSECKEY: 45,
  DHCID: 49,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  OPENPGPKEY: 61,
  CSYNC: 62,
  DSYNC: 66,
  HHIT: 67,
  BRID: 68,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32768,
  DLV: 32769,
}

/** Why a word is no type, where it is none here. */
export function whyNoType(text: string, form: string): string {
  const upper = text.toUpperCase()
  if (Object.hasOwn(withoutForm, upper))
    return `${upper} has no form of its own here, expected TYPE${withoutForm[upper]} \\# length hex`
  return `${shown(text)} is no record type, expected ${form}${didYouMean(upper, Object.keys(Type))}`
}

/** Why records of a type are not taken from others than the server itself; null when they are. */
export function whyNotTaken(type: number): string | null {
  return dnssecTypes.includes(type) ? 'the server makes them itself' : (unlikeOurs.get(type) ?? null)
}

/** Whether records of a type are made by signing a zone. */
export function isMadeBySigning(type: number): boolean {
  return dnssecTypes.includes(type)
}

/** Why no zone here holds records of a type, or null. */
export function refuseType(type: number): string | null {
  if (metaTypes.includes(type) || (type >= 128 && type <= 255))
    return `${typeName(type)} is a type of questions, expected one of records`
  if (type === Type.DNAME) return 'DNAME is not built yet: remove it, or write a CNAME for each name'
  return null
}
