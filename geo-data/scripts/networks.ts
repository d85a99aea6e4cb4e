// Reads the ASN databases into networks and where each of them is. Must not know organisations, parts or tiers.
import { readFileSync } from 'node:fs'
import type { City } from './city.ts'
import { overlay, RangesBuilder, type Ranges } from './ranges.ts'

export interface Network {
  readonly asn: number
  /** As the database writes it. */
  readonly organisation: string
  /** IPv4 addresses that it announces, by country. */
  readonly v4: ReadonlyMap<string, number>
  /** Where most of its IPv4 addresses are (IPv6 /48s when it has none); '' when unknown. */
  readonly country: string
  /** Indexes of the city database's places that its IPv4 addresses are in. */
  readonly places: ReadonlySet<number>
}

export interface Networks {
  readonly all: readonly Network[]
  /** Who announces which IPv4 addresses. Values are indexes into all. */
  readonly v4: Ranges
}

/** `folder` is an unpacked `@ip-location-db/asn`. */
export function readNetworks(folder: string, city: City): Networks {
  const names: { asn: number; organisation: string }[] = []
  const indexOf = new Map<number, number>()
  const rangesOf = (file: string, shift: bigint): Ranges => {
    const ranges = new RangesBuilder()
    for (const [start, end, asn, organisation] of rows(`${folder}/${file}`)) {
      let index = indexOf.get(asn)
      if (index === undefined) indexOf.set(asn, (index = names.push({ asn, organisation }) - 1))
      ranges.add(Number(start >> shift), Number(end >> shift) + 1, index)
    }
    return ranges.build()
  }
  const v4 = rangesOf('asn-ipv4-num.csv', 0n)
  const v6 = rangesOf('asn-ipv6-num.csv', 80n)

  const counts = names.map(() => ({
    v4: new Map<string, number>(),
    v6: new Map<string, number>(),
    places: new Set<number>(),
  }))
  overlay(v4, city.v4, (_start, count, network, place) => {
    const counted = counts[network]
    if (counted === undefined) return
    add(counted.v4, city.places[place]?.country, count)
    counted.places.add(place)
  })
  overlay(v6, city.v6, (_start, count, network, place) => {
    const counted = counts[network]
    if (counted !== undefined) add(counted.v6, city.places[place]?.country, count)
  })
  const all = counts.map((counted, index): Network => {
    const { asn, organisation } = names[index] ?? { asn: 0, organisation: '' }
    const country = largest(counted.v4.size > 0 ? counted.v4 : counted.v6)
    return { asn, organisation, v4: counted.v4, country, places: counted.places }
  })
  return { all, v4 }
}

/** Adds to a sum by key; without a key to none. */
export function add(sums: Map<string, number>, key: string | undefined, amount: number): void {
  if (key !== undefined) sums.set(key, (sums.get(key) ?? 0) + amount)
}

/** The key of the largest sum, the first in the alphabet among equals; '' when there is none. */
export function largest(sums: ReadonlyMap<string, number>): string {
  let best = ''
  for (const [key, sum] of sums) {
    const bestSum = sums.get(best) ?? -1
    if (sum > bestSum || (sum === bestSum && key < best)) best = key
  }
  return best
}

function* rows(path: string): Generator<[start: bigint, end: bigint, asn: number, organisation: string]> {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const fields = /^(\d+),(\d+),(\d+),(?:"(.*)"|(.*))$/.exec(line)
    if (fields === null) continue
    const organisation = (fields[4] ?? fields[5] ?? '').replaceAll('""', '"').trim()
    yield [BigInt(fields[1] ?? 0), BigInt(fields[2] ?? 0), Number(fields[3]), organisation]
  }
}
