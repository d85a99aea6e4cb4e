// Writes small .mmdb files, sound ones and broken ones, for tests of their reader. Must not share code with that reader.
import { parsePrefix } from '../../src/ip/prefix.ts'

/** What a record may hold: text, doubles (numbers with a fraction), unsigned 32-bit numbers, maps, and bytes taken as they are. */
export type MmdbValue = string | number | boolean | Buffer | { readonly [field: string]: MmdbValue }

export interface MmdbOptions {
  /** `database_type`. */
  readonly type: string
  /** Prefix → record; IPv4 goes to ::/96 of an IPv6 tree. Where prefixes nest, the longer one holds. */
  readonly records: Readonly<Record<string, MmdbValue>>
  readonly ipVersion?: 4 | 6
  readonly recordBits?: 24 | 28 | 32
  /** Links these prefixes to the IPv4 subtree. */
  readonly aliases?: readonly string[]
  /** Fields put over the metadata. */
  readonly metadata?: Readonly<Record<string, MmdbValue>>
  /** Sets the two sides of nodes by hand after the tree is complete: what the file says, not what is meant. */
  readonly spoil?: (nodes: [number, number][]) => void
}

/** A side of a node under construction: nothing, a record, or another node. */
type Side = null | { readonly record: number } | Node
interface Node {
  readonly sides: [Side, Side]
}

const marker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')

/** The bytes of a database. */
export function mmdb(options: MmdbOptions): Buffer {
  const { recordBits = 28, ipVersion = 6 } = options
  const root: Node = { sides: [null, null] }
  const data: Buffer[] = []
  const offsets: number[] = []
  const entries = Object.entries(options.records).map(([text, value]) => ({ bits: bitsOf(text, ipVersion), value }))
  for (const { bits, value } of entries.toSorted((a, b) => a.bits.length - b.bits.length)) {
    offsets.push(data.reduce((sum, { length }) => sum + length, 0))
    data.push(encode(value))
    put(root, bits, { record: offsets.length - 1 })
  }
  const v4 = find(root, bitsOf('0.0.0.0/0', ipVersion))
  for (const text of options.aliases ?? []) put(root, bitsOf(text, ipVersion), v4)

  const numbers = new Map<Node, number>()
  const number = (side: Side): void => {
    if (side === null || 'record' in side || numbers.has(side)) return
    numbers.set(side, numbers.size)
    side.sides.forEach(number)
  }
  number(root)
  const pointer = (side: Side): number => {
    if (side === null) return numbers.size
    return 'record' in side ? numbers.size + 16 + offsets[side.record] : (numbers.get(side) ?? 0)
  }
  const nodes = [...numbers.keys()].map(({ sides }): [number, number] => [pointer(sides[0]), pointer(sides[1])])
  options.spoil?.(nodes)
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_780_000_000,
    database_type: options.type,
    ip_version: ipVersion,
    node_count: nodes.length,
    record_size: recordBits,
    ...options.metadata,
  })
  return Buffer.concat([
    ...nodes.map((node) => encodeNode(node, recordBits)),
    Buffer.alloc(16),
    ...data,
    marker,
    metadata,
  ])
}

/** A pointer to a byte of the data section, for records that link to others. */
export function pointerTo(offset: number): Buffer {
  const bytes = Buffer.alloc(5, 0x38)
  bytes.writeUInt32BE(offset, 1)
  return bytes
}

/** A value as the data section holds it. */
export function encode(value: MmdbValue): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'boolean') return control(14, value ? 1 : 0)
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(Number.isInteger(value) && value >= 0 ? 4 : 8)
    if (bytes.length === 4) bytes.writeUInt32BE(value)
    else bytes.writeDoubleBE(value)
    return Buffer.concat([control(bytes.length === 4 ? 6 : 3, bytes.length), bytes])
  }
  const fields = Object.entries(value)
  return Buffer.concat([control(7, fields.length), ...fields.flatMap(([name, field]) => [encode(name), encode(field)])])
}

/** The bytes before a value's payload, which has fewer than 65,821 parts. */
export function control(type: number, size: number): Buffer {
  const [short, rest] =
    size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : [30, [(size - 285) >> 8, (size - 285) & 255]]
  return Buffer.from(type > 7 ? [short, type - 7, ...rest] : [(type << 5) | short, ...rest])
}

function bitsOf(text: string, ipVersion: 4 | 6): string {
  const prefix = parsePrefix(text)
  if ('error' in prefix) throw new TypeError(prefix.error)
  const bits = Array.from(prefix.bytes, (octet) => octet.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, prefix.length)
  return ipVersion === 6 && prefix.family === 4 ? '0'.repeat(96) + bits : bits
}

function put(root: Node, bits: string, value: Side): void {
  let node = root
  for (const bit of bits.slice(0, -1)) {
    const side = node.sides[Number(bit)]
    const next: Node = side !== null && 'sides' in side ? side : { sides: [side, side] }
    node.sides[Number(bit)] = next
    node = next
  }
  node.sides[Number(bits.at(-1))] = value
}

function find(root: Node, bits: string): Side {
  let side: Side = root
  for (const bit of bits) if (side !== null && 'sides' in side) side = side.sides[Number(bit)]
  return side
}

function encodeNode([left, right]: [number, number], recordBits: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordBits / 4)
  if (recordBits === 32) {
    bytes.writeUInt32BE(left)
    bytes.writeUInt32BE(right, 4)
    return bytes
  }
  bytes.writeUIntBE(left & 0xff_ffff, 0, 3)
  bytes.writeUIntBE(right & 0xff_ffff, bytes.length - 3, 3)
  if (recordBits === 28) bytes[3] = ((left >>> 24) << 4) | (right >>> 24)
  return bytes
}
