// The numbers of DNS and their names, as IANA assigns them. Knows no message and no behaviour.

/** Resource record types, and the QTYPEs that are no types. */
export const Type = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const

/** Classes and QCLASSes. */
export const Class = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const

export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const

/** Response codes; those above 15 need an OPT record for their upper bits (RFC 6891 section 6.1.3). */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const

/** EDNS(0) options. */
export const OptionCode = { NSID: 3, ECS: 8, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, EDE: 15 } as const

/** Extended DNS error codes that Nearcast may send (RFC 8914 section 4). */
export const Ede = {
  other: 0,
  staleAnswer: 3,
  notReady: 14,
  prohibited: 18,
  notAuthoritative: 20,
  notSupported: 21,
} as const

const typeNames = invert(Type)
const rcodeNames = invert(Rcode)

/** `A`, or `TYPE123` for a type without a name here (RFC 3597 section 5). */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`
}

/** The number of a type's name in any case, `TYPE123` included; null when it is neither. */
export function typeNumber(text: string): number | null {
  const upper = text.toUpperCase()
  if (Object.hasOwn(Type, upper)) return Type[upper as keyof typeof Type]
  const digits = /^TYPE(\d{1,5})$/.exec(upper)?.[1]
  const type = digits === undefined ? NaN : Number(digits)
  return type <= 0xffff ? type : null
}

/** `NXDOMAIN`, or `RCODE12` for one without a name here. */
export function rcodeName(rcode: number): string {
  return rcodeNames.get(rcode) ?? `RCODE${rcode}`
}

function invert(table: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).map(([name, number]) => [number, name]))
}
