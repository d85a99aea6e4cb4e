// Says slowly and plainly which cell an address is in, by asking every source again. Must not share code with the partition.
import { nearestPart, type Parts } from '../../src/geo/parts.ts'
import type { Partition } from '../../src/geo/partition.ts'
import { formatAddress } from '../../src/ip/address.ts'
import { parsePrefix } from '../../src/ip/prefix.ts'

/** Addresses as whole numbers: 32 bits of IPv4, the first 64 of IPv6. */
export type Family = 4 | 6
const width = { 4: 32n, 6: 64n } as const

/** One source: what it says of an address, and where in a stretch it may begin to say something else. */
export interface Source<T> {
  readonly at: (family: Family, address: bigint) => T | null
  readonly bounds: (family: Family, from: bigint, to: bigint) => bigint[]
}

/** A prefix that says something. */
export interface Rule<T> {
  readonly family: Family
  readonly from: bigint
  readonly to: bigint
  readonly length: number
  readonly value: T
}

export interface Override {
  readonly prefix: string
  readonly country: string | null
  readonly carrier: string | null
}

export interface World {
  readonly country: Source<string>
  /** Key of the carrier; empty says as much as null. */
  readonly carrier: Source<string>
  /** What a city database says. */
  readonly city: Source<{ readonly country: string; readonly at: readonly [number, number] }>
  readonly parts: Parts
  readonly overrides: readonly Override[]
  readonly networks: readonly string[]
  readonly floors: Readonly<Record<Family, number>>
}

/** The registered prefixes that belong to nobody's viewers and in which databases may say something all the same. */
const special = (
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ' +
  '::/8 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8'
)
  .split(' ')
  .map((text) => rule(text, true))

export function rule<T>(text: string, value: T): Rule<T> {
  const prefix = parsePrefix(text)
  if ('error' in prefix) throw new TypeError(prefix.error)
  const bits = width[prefix.family]
  const from = BigInt(
    `0x${Buffer.from(prefix.bytes)
      .toString('hex')
      .slice(0, Number(bits) / 4)}`,
  )
  return {
    family: prefix.family,
    from,
    to: from + (1n << (bits - BigInt(prefix.length))),
    length: prefix.length,
    value,
  }
}

/** Where nested, the longest prefix speaks. */
export function ruleSource<T>(rules: readonly Rule<T>[]): Source<T> {
  return {
    at: (family, address) =>
      covering(rules, family, address)
        .toSorted((a, b) => b.length - a.length)
        .at(0)?.value ?? null,
    bounds: (family, from, to) =>
      rules
        .filter((one) => one.family === family)
        .flatMap((one) => [one.from, one.to])
        .filter((bound) => bound > from && bound < to),
  }
}

/** Answers as `place carrier networks` for each address. */
export function oracle(world: World): (family: Family, address: bigint) => string {
  const overrides = world.overrides.map((override) => rule(override.prefix, override))
  const networks = world.networks.map((text, index) => rule(text, index))
  const own: readonly Rule<unknown>[] = [...overrides, ...networks]
  const shipped = detail(shippedSource(world.parts))
  const city = detail({
    at: (family, address) => {
      const place = world.city.at(family, address)
      return place && nearestPart(world.parts, place.country, place.at)
    },
    bounds: (...part) => world.city.bounds(...part),
  })
  const everything = [world.country, world.carrier, city, shipped, ruleSource(own), ruleSource(special)]

  const placeOf = (family: Family, address: bigint): string => {
    const country = world.country.at(family, address)
    if (country === null) return ''
    for (const source of [city, shipped]) {
      const part = world.parts.parts[(source.at(family, address) ?? 0) - 1]
      if (part?.country === country) return part.id
    }
    return country
  }
  const cellOf = (family: Family, address: bigint): string => {
    const isSpecial = covering(special, family, address).length > 0
    const override = ruleSource(overrides).at(family, address)
    let place = isSpecial ? '' : placeOf(family, address)
    if (override?.country && place.slice(0, 2) !== override.country) place = override.country
    const carrier = override?.carrier ?? (isSpecial ? null : world.carrier.at(family, address))
    return cellText(
      place,
      carrier,
      covering(networks, family, address).map(({ value }) => value),
    )
  }
  return (family, address) => {
    const [from, to] = piece(own, family, address, world.floors[family])
    return majority(family, from, to, everything, (start) => cellOf(family, start))
  }
}

/** The same text for what a partition says. */
export function partitionCell(
  { v4, v6, cells, places }: Partition,
  carriers: readonly string[],
): (family: Family, address: bigint) => string {
  const start4 = (i: number): bigint => BigInt(v4.starts[i])
  const start6 = (i: number): bigint => (BigInt(v6.startsHigh[i]) << 32n) + BigInt(v6.startsLow[i])
  return (family, address) => {
    const block = lastAtOrBefore((family === 4 ? v4 : v6).depths.length, family === 4 ? start4 : start6, address)
    const cell = cells[(family === 4 ? v4 : v6).cells[block]]
    return cellText(places[cell.place].id, carriers[cell.carrier] ?? null, cell.networks)
  }
}

/** The index of the last of sorted starts that is not behind an address; -1 when all are. */
export function lastAtOrBefore(count: number, start: (i: number) => bigint, address: bigint): number {
  let [low, high] = [-1, count]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (start(middle) <= address) low = middle
    else high = middle
  }
  return low
}

export function showAddress(family: Family, address: bigint): string {
  const hex = address.toString(16).padStart(Number(width[family]) / 4, '0')
  return formatAddress(Buffer.from(hex.padEnd(family === 4 ? 8 : 32, '0'), 'hex'))
}

function cellText(place: string, carrier: string | null, networks: readonly number[]): string {
  return `${place || '?'} ${carrier || '?'} [${networks.toSorted((a, b) => a - b).join()}]`
}

function covering<T>(rules: readonly Rule<T>[], family: Family, address: bigint): Rule<T>[] {
  return rules.filter((one) => one.family === family && one.from <= address && address < one.to)
}

/** Parts are told apart no finer than a /40 in IPv6. */
function detail(source: Source<number>): Source<number> {
  return {
    at: (family, address) => {
      if (family === 4) return source.at(family, address)
      const [from, to] = stretch(family, address, 40)
      return Number(majority(family, from, to, [source], (start) => `${source.at(family, start) ?? 0}`))
    },
    bounds: (family, from, to) => {
      if (family === 4) return source.bounds(family, from, to)
      const size = 1n << 24n
      const bounds: bigint[] = []
      for (let at = from - (from % size) + size; at < to; at += size) bounds.push(at)
      return bounds
    },
  }
}

/** The floor's block around an address, or the largest piece of it that no prefix of the operator's cuts. */
function piece(own: readonly Rule<unknown>[], family: Family, address: bigint, floor: number): [bigint, bigint] {
  for (let length = floor; ; length++) {
    const [from, to] = stretch(family, address, length)
    const isCut = own.some((one) => one.family === family && one.length > length && one.from >= from && one.to <= to)
    if (!isCut) return [from, to]
  }
}

function stretch(family: Family, address: bigint, length: number): [bigint, bigint] {
  const size = 1n << (width[family] - BigInt(length))
  const from = address - (address % size)
  return [from, from + size]
}

/** What is said of most addresses; of equals, what is said first. */
function majority(
  family: Family,
  from: bigint,
  to: bigint,
  sources: readonly Source<unknown>[],
  say: (start: bigint) => string,
): string {
  const inner = sources.flatMap((source) => source.bounds(family, from, to))
  const bounds = [...new Set([from, ...inner])].toSorted((a, b) => (a < b ? -1 : 1))
  const votes = new Map<string, bigint>()
  bounds.forEach((start, i) => {
    const said = say(start)
    votes.set(said, (votes.get(said) ?? 0n) + (bounds[i + 1] ?? to) - start)
  })
  return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best))[0]
}

function shippedSource({ v4, v6 }: Parts): Source<number> {
  const starts = {
    4: Array.from(v4.starts, BigInt),
    6: Array.from(v6.startsHigh, (high, i) => (BigInt(high) << 32n) + BigInt(v6.startsLow[i])),
  }
  const part = { 4: v4.part, 6: v6.part }
  const runAt = (family: Family, address: bigint): number =>
    lastAtOrBefore(starts[family].length, (i) => starts[family][i], address)
  return {
    at: (family, address) => part[family][runAt(family, address)],
    bounds: (family, from, to) => starts[family].slice(runAt(family, from) + 1, runAt(family, to - 1n) + 1),
  }
}
