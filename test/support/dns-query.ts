// Writes DNS queries byte by byte, the malformed ones too. Must not share code with what reads them in src/wire.

/** One query; what is left out has the value a plain `dig` would send, without EDNS. */
export interface QuerySpec {
  readonly name: string
  readonly type: number
  readonly class?: number
  readonly id?: number
  readonly opcode?: number
  /** Header flags that are set: qr, aa, tc, rd, ra, z, ad, cd. */
  readonly flags?: readonly string[]
  readonly edns?: EdnsSpec
}

export interface EdnsSpec {
  readonly udpSize: number
  readonly version: number
  readonly dnssecOk: boolean
  readonly options: readonly OptionSpec[]
  /** How many OPT records there are, each with all options. */
  readonly records: number
}

export interface OptionSpec {
  readonly code: number
  readonly data: Buffer
}

/** Positions of the header's flags in its second 16 bits. */
export const flagBits: Readonly<Record<string, number>> = {
  qr: 0x8000,
  aa: 0x0400,
  tc: 0x0200,
  rd: 0x0100,
  ra: 0x0080,
  z: 0x0040,
  ad: 0x0020,
  cd: 0x0010,
}

const typeNumbers: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DS: 43,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
}

export const classNumbers: Readonly<Record<string, number>> = { IN: 1, CH: 3, HS: 4, ANY: 255 }

/** The number of `A`, or of `TYPE65280`. */
export function typeNumber(text: string): number {
  const number = typeNumbers[text] ?? Number(/^TYPE(\d+)$/.exec(text)?.[1])
  if (Number.isNaN(number)) throw new Error(`${text} is no type`)
  return number
}

/** The bytes of a query. */
export function encodeQuery(spec: QuerySpec): Buffer {
  const { id = 0x4e43, opcode = 0, flags = [], edns } = spec
  const bits = flags.reduce((all, flag) => all | flagBits[flag], opcode << 11)
  const header = numbers(id, bits, 1, 0, 0, edns?.records ?? 0)
  const question = Buffer.concat([encodeName(spec.name), numbers(spec.type, spec.class ?? 1)])
  return Buffer.concat([header, question, ...(edns ? encodeOpts(edns) : [])])
}

/** A name in wire form, its case kept. */
function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  const parts = labels.map((label) => Buffer.concat([Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]))
  return Buffer.concat([...parts, Buffer.from([0])])
}

/** The data of a client subnet option: `198.51.100.0/24`, or dig's `0`, of no family. */
export function encodeSubnet(subnet: string): Buffer {
  if (subnet === '0') return Buffer.from([0, 0, 0, 0])
  const [address, length] = subnet.split('/')
  const source = Number(length)
  const bytes = address.includes(':') ? v6Bytes(address) : Buffer.from(address.split('.').map(Number))
  return Buffer.concat([
    Buffer.from([0, address.includes(':') ? 2 : 1, source, 0]),
    bytes.subarray(0, Math.ceil(source / 8)),
  ])
}

function encodeOpts({ udpSize, version, dnssecOk, options, records }: EdnsSpec): Buffer[] {
  const data = Buffer.concat(options.flatMap((option) => [numbers(option.code, option.data.length), option.data]))
  const opt = Buffer.concat([
    Buffer.from([0]),
    numbers(41, udpSize),
    Buffer.from([0, version]),
    numbers(dnssecOk ? 0x8000 : 0, data.length),
    data,
  ])
  return Array.from({ length: records }, () => opt)
}

function v6Bytes(address: string): Buffer {
  // URL spells every form of an address in one way, but for the longest run of zeros, which is then `::`.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head, tail = ''] = plain.split('::')
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '')
  const zeros = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail)]
  return numbers(...all.map((group) => Number.parseInt(group, 16)))
}

/** 16-bit numbers, one after the other. */
function numbers(...values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >>> 8, value & 255]))
}
