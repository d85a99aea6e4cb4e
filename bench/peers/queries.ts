// The queries every server is sent: seeded, in wire format, with a client subnet each. Knows no server.
import type { CountryPrefix } from './country-data.ts'
import { names } from './sites.ts'

const typeA = 1
const typeAaaa = 28
const typeOpt = 41
const optionEcs = 8
const udpSize = 1232
/** What resolvers send of their clients' addresses, at most. */
const source = { 4: 24, 6: 56 } as const
const udpRoom = 128

export interface Query {
  readonly message: Buffer
  readonly type: 'A' | 'AAAA'
  /** Where its subnet lies. */
  readonly prefix: CountryPrefix
}

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Queries for random names from random subnets: as many of IPv4 as of IPv6, every prefix as likely as the others of its family
 * (harder on caches than real traffic), three in four for A, the others for AAAA.
 */
export function makeQueries(prefixes: readonly CountryPrefix[], count: number, seed: number): Query[] {
  const random = seeded(seed)
  const of = (family: 4 | 6): CountryPrefix[] => prefixes.filter((prefix) => prefix.family === family)
  const families = [of(4), of(6)]
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]
  const owners = names.map(encodeName)
  return Array.from({ length: count }, () => {
    const prefix = pick(pick(families))
    const type = random() < 0.75 ? 'A' : 'AAAA'
    return {
      message: encode(pick(owners), type === 'A' ? typeA : typeAaaa, subnetIn(prefix, random), prefix.family),
      type,
      prefix,
    }
  })
}

/** The same queries with DO set. */
export function wantingSignatures(queries: readonly Query[]): Query[] {
  return queries.map((query) => {
    const message = Buffer.from(query.message)
    let at = 12
    while (message[at] !== 0) at += message[at] + 1
    // Behind the question: root, type, size, two octets of the extended code and the version, then the flags.
    message[at + 5 + 7] |= 0x80
    return { ...query, message }
  })
}

/** As dnsperf -B reads them: each with its length before it. */
export function framed(queries: readonly Query[]): Buffer {
  return Buffer.concat(
    queries.flatMap(({ message }) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(message.length)
      return [length, message]
    }),
  )
}

/** The bytes of a random subnet of the source prefix length, or the prefix's own when it is longer. */
function subnetIn({ family, high, low, length }: CountryPrefix, random: () => number): Buffer {
  const bits = source[family]
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE((high | (Math.floor(random() * 2 ** 32) & hostBits(0, length, bits))) >>> 0, 0)
  bytes.writeUInt32BE((low | (Math.floor(random() * 2 ** 32) & hostBits(32, length, bits))) >>> 0, 4)
  return bytes.subarray(0, bits / 8)
}

/** Which bits of the word that begins at bit `start` lie between two prefix lengths. */
function hostBits(start: number, from: number, to: number): number {
  return mask(to - start) & ~mask(from - start)
}

function mask(length: number): number {
  return length <= 0 ? 0 : length >= 32 ? -1 : -1 << (32 - length)
}

function encode(owner: Buffer, type: number, subnet: Buffer, family: 4 | 6): Buffer {
  const bytes = Buffer.alloc(udpRoom)
  // The identifier stays 0, the client writes its own; one question, one additional record.
  bytes.writeUInt16BE(1, 4)
  bytes.writeUInt16BE(1, 10)
  let at = 12 + owner.copy(bytes, 12)
  at = bytes.writeUInt16BE(type, at)
  at = bytes.writeUInt16BE(1, at)
  at = bytes.writeUInt16BE(typeOpt, at + 1)
  at = bytes.writeUInt16BE(udpSize, at)
  at = bytes.writeUInt16BE(8 + subnet.length, at + 4)
  at = bytes.writeUInt16BE(optionEcs, at)
  at = bytes.writeUInt16BE(4 + subnet.length, at)
  at = bytes.writeUInt16BE(family === 4 ? 1 : 2, at)
  at = bytes.writeUInt8(source[family], at) + 1
  return bytes.subarray(0, at + subnet.copy(bytes, at))
}

function encodeName(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ])
}
