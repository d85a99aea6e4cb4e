// Makes queries that are nearly right: real ones and their parts, taken apart, changed field by field, put together again.
import type { Random } from '../../bench/random.ts'
import { damage, onceIn, pickOf, telling16Bits, tellingOctet } from './random-bytes.ts'
import { realPackets } from './real-packets.ts'
import { u16 } from './walk.ts'

interface Option {
  readonly code: number
  readonly data: Uint8Array
  /** The length that is written, where it is a lie. */
  readonly length?: number
}

interface PacketRecord {
  readonly section: 1 | 2 | 3
  readonly owner: Uint8Array
  readonly type: number
  readonly class: number
  readonly ttl: readonly [number, number]
  readonly options: readonly Option[] | null
  readonly data: Uint8Array
}

interface Packet {
  readonly id: number
  readonly flags: number
  readonly name: Uint8Array
  readonly type: number
  readonly class: number
  readonly records: readonly PacketRecord[]
}

const nothing = new Uint8Array(0)
const root = Uint8Array.of(0)
const types = [
  1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 35, 39, 41, 43, 46, 47, 48, 59, 60, 64, 65, 249, 250, 251, 252, 255, 257, 1000,
  65280,
]
const classes = [1, 1, 1, 3, 4, 0, 254, 255]

const names = [
  'live.example.net',
  'LIVE.example.NET',
  'plain.live.example.net',
  'show1.play.live.example.net',
  'a.b.c.d.play.live.example.net',
  '*.play.live.example.net',
  'watch.live.example.net',
  'status.live.example.net',
  'big.live.example.net',
  'b.c.live.example.net',
  'x.wild.live.example.net',
  'nowhere.live.example.net',
  'ns1.live.example.net',
  'www.partner.live.example.net',
  'partner.live.example.net',
  'chain1.live.example.net',
  'theirs.live.example.net',
  'lost.live.example.net',
  'loop1.live.example.net',
  'multi.live.example.net',
  'opaque.live.example.net',
  'a.cname.live.example.net',
  'bound.live.example.net',
  'example.org',
  'host3.example.org',
  'x.subdel.example.org',
  'example.net',
  'www.example.org',
  'show1-play.example.org',
  'plain.example.org',
  'id.server',
  'version.bind',
  '',
].map(nameOf)
const oddNames = [
  Uint8Array.from([...Array.from({ length: 127 }, () => [1, 0x41]).flat(), 0]),
  Uint8Array.from([63, ...Array.from({ length: 63 }, () => 0x78), ...nameOf('play.live.example.net')]),
  Uint8Array.from([1, 0, ...nameOf('play.live.example.net')]),
  Uint8Array.of(0xc0, 12),
  Uint8Array.of(0x40, 0),
  Uint8Array.of(3, 0x61),
]

const subnets = [
  [0, 1, 24, 0, 198, 51, 100],
  [0, 1, 25, 0, 192, 0, 2, 128],
  [0, 1, 32, 0, 203, 0, 113, 9],
  [0, 1, 0, 0],
  [0, 2, 56, 0, 0x20, 1, 0x0d, 0xb8, 0, 1, 0],
  [0, 2, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 198, 51, 100, 1],
  [0, 2, 0, 0],
  [0, 0, 0, 0],
  [0, 1, 24, 24, 198, 51, 100],
  [0, 1, 33, 0, 198, 51, 100, 1, 0],
  [0, 3, 8, 0, 1],
  [0, 1, 20, 0, 198, 51, 111],
  [0, 1, 24],
].map((data) => Uint8Array.from(data))

const corpus = realPackets.map(packetOf)

/** Writes a query into `bytes` and returns its length. */
export function makePacket(bytes: Uint8Array, random: Random): number {
  if (onceIn(random, 32)) {
    const length = random.below(128)
    for (let i = 0; i < length; i++) bytes[i] = tellingOctet(random)
    return length
  }
  let packet = onceIn(random, 2) ? pickOf(random, corpus) : fresh(random)
  for (let changes = random.below(4); changes > 0; changes--) packet = changed(packet, random)
  const length = write(bytes, packet)
  if (onceIn(random, 6)) spoilCounts(bytes, random)
  return onceIn(random, 3) ? damage(bytes, length, random, 1 + random.below(6)) : length
}

function fresh(random: Random): Packet {
  return {
    id: random.below(65_536),
    flags: onceIn(random, 2) ? 0x0100 : 0,
    name: pickOf(random, names),
    type: pickOf(random, types),
    class: 1,
    records: onceIn(random, 3) ? [] : [optRecord(random, [])],
  }
}

function changed(packet: Packet, random: Random): Packet {
  const { records } = packet
  switch (random.below(9)) {
    case 0:
      return { ...packet, name: pickOf(random, onceIn(random, 4) ? oddNames : names) }
    case 1:
      return { ...packet, type: onceIn(random, 4) ? telling16Bits(random) : pickOf(random, types) }
    case 2:
      return { ...packet, class: onceIn(random, 8) ? telling16Bits(random) : pickOf(random, classes) }
    case 3:
      return { ...packet, flags: onceIn(random, 3) ? random.below(65_536) : packet.flags ^ (1 << random.below(15)) }
    case 4:
      return { ...packet, records: [...records, onceIn(random, 2) ? optRecord(random, []) : someRecord(random)] }
    case 5:
      return { ...packet, records: records.filter(() => !onceIn(random, 2)) }
    default:
      return { ...packet, records: records.map((record) => changedRecord(record, random)) }
  }
}

function changedRecord(record: PacketRecord, random: Random): PacketRecord {
  if (record.options === null) return onceIn(random, 3) ? someRecord(random) : record
  switch (random.below(6)) {
    case 0:
      return { ...record, ttl: [onceIn(random, 2) ? random.below(3) : 0, telling16Bits(random)] }
    case 1:
      return { ...record, class: telling16Bits(random) }
    case 2:
      return { ...record, options: record.options.filter(() => !onceIn(random, 2)) }
    case 3:
      return { ...record, options: record.options.toReversed() }
    default:
      return { ...record, options: [...record.options, someOption(random)] }
  }
}

function someOption(random: Random): Option {
  const lie = onceIn(random, 16) ? { length: telling16Bits(random) } : {}
  switch (random.below(7)) {
    case 0:
      return { code: 3, data: onceIn(random, 4) ? octets(random, 8) : nothing, ...lie }
    case 1:
      return { code: 10, data: octets(random, onceIn(random, 2) ? 8 : random.below(48)), ...lie }
    case 2:
      return { code: 11, data: onceIn(random, 4) ? octets(random, 2) : nothing, ...lie }
    case 3:
      return { code: random.below(32), data: octets(random, random.below(64)), ...lie }
    default:
      return { code: 8, data: onceIn(random, 6) ? octets(random, random.below(24)) : pickOf(random, subnets), ...lie }
  }
}

function optRecord(random: Random, options: readonly Option[]): PacketRecord {
  const all = [...options, ...Array.from({ length: random.below(3) }, () => someOption(random))]
  const size = pickOf(random, [0, 511, 512, 600, 1231, 1232, 1233, 4096, 65535])
  const section = onceIn(random, 24) ? pickOf(random, [1, 2] as const) : 3
  const ttl = [onceIn(random, 12) ? 1 : 0, onceIn(random, 2) ? 0x8000 : 0] as const
  return { section, owner: root, type: 41, class: size, ttl, options: all, data: nothing }
}

function someRecord(random: Random): PacketRecord {
  const section = pickOf(random, [1, 2, 3, 3, 3] as const)
  const owner = onceIn(random, 2) ? Uint8Array.of(0xc0, 12) : pickOf(random, names)
  const data = octets(random, random.below(40))
  return {
    section,
    owner,
    type: pickOf(random, types),
    class: pickOf(random, classes),
    ttl: [0, 60],
    options: null,
    data,
  }
}

function octets(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}

/** Counts that lie. */
function spoilCounts(bytes: Uint8Array, random: Random): void {
  const at = 4 + random.below(4) * 2
  const value = onceIn(random, 2) ? telling16Bits(random) : Math.max(0, u16(bytes, at) + pickOf(random, [-1, 1, 2]))
  put16(bytes, at, value)
}

function write(bytes: Uint8Array, { id, flags, name, type, class: ofClass, records }: Packet): number {
  put16(bytes, 0, id)
  put16(bytes, 2, flags)
  put16(bytes, 4, 1)
  for (const section of [1, 2, 3])
    put16(bytes, 4 + section * 2, records.filter((one) => one.section === section).length)
  bytes.set(name, 12)
  let at = put16(bytes, 12 + name.length, type)
  at = put16(bytes, at, ofClass)
  for (const section of [1, 2, 3]) {
    for (const record of records) if (record.section === section) at = writeRecord(bytes, at, record)
  }
  return at
}

function writeRecord(bytes: Uint8Array, start: number, record: PacketRecord): number {
  const { owner, type, class: ofClass, ttl, options, data } = record
  bytes.set(owner, start)
  let at = put16(bytes, start + owner.length, type)
  at = put16(bytes, at, ofClass)
  at = put16(bytes, put16(bytes, at, ttl[0]), ttl[1])
  const begin = at + 2
  let end = begin + data.length
  if (options === null) bytes.set(data, begin)
  for (const option of options ?? []) {
    end = put16(bytes, put16(bytes, end, option.code), option.length ?? option.data.length)
    bytes.set(option.data, end)
    end += option.data.length
  }
  put16(bytes, at, end - begin)
  return end
}

function put16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
  return at + 2
}

function nameOf(text: string): Uint8Array {
  const labels = text.split('.').filter((label) => label !== '')
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0])
}

/** The parts of a sound query with one question. */
function packetOf(bytes: Buffer): Packet {
  const end = labelsEnd(bytes, 12)
  const records: PacketRecord[] = []
  let at = end + 4
  for (const section of [1, 2, 3] as const) {
    for (let left = u16(bytes, 4 + section * 2); left > 0; left--) {
      const fixed = labelsEnd(bytes, at)
      const data = bytes.subarray(fixed + 10, fixed + 10 + u16(bytes, fixed + 8))
      const type = u16(bytes, fixed)
      records.push({
        section,
        owner: bytes.subarray(at, fixed),
        type,
        class: u16(bytes, fixed + 2),
        ttl: [u16(bytes, fixed + 4), u16(bytes, fixed + 6)],
        options: type === 41 ? optionsOf(data) : null,
        data: type === 41 ? nothing : data,
      })
      at = fixed + 10 + data.length
    }
  }
  return {
    id: u16(bytes, 0),
    flags: u16(bytes, 2),
    name: bytes.subarray(12, end),
    type: u16(bytes, end),
    class: u16(bytes, end + 2),
    records,
  }
}

function labelsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at] !== 0 && bytes[at] < 0xc0) at += bytes[at] + 1
  return at + (bytes[at] === 0 ? 1 : 2)
}

function optionsOf(data: Uint8Array): Option[] {
  const options: Option[] = []
  for (let at = 0; at < data.length; at += 4 + u16(data, at + 2)) {
    options.push({ code: u16(data, at), data: data.subarray(at + 4, at + 4 + u16(data, at + 2)) })
  }
  return options
}
