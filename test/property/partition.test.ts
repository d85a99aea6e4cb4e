// Whether a partition says of every address what its sources say, over random small worlds and the real one. Knows no DNS.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Reader, type CountryResponse } from 'maxmind'
import { afterAll, describe, expect, it } from 'vitest'
import { cutLeaves } from '../../src/geo/leaves.ts'
import type { Carrier, GeoSettings } from '../../src/geo/model.ts'
import { buildPartition } from '../../src/geo/partition.ts'
import { loadParts } from '../../src/geo/parts.ts'
import { RangeBuilder } from '../../src/geo/ranges.ts'
import { builtin } from '../../src/geo/sources/files.ts'
import type { Span } from '../../src/geo/span.ts'
import { formatPrefix } from '../../src/ip/prefix.ts'
import { mmdb, type MmdbValue } from '../support/mmdb-writer.ts'
import {
  lastAtOrBefore,
  oracle,
  partitionCell,
  rule,
  ruleSource,
  showAddress,
  type Family,
  type Rule,
  type Source,
} from '../support/partition-oracle.ts'
import { valueAt } from '../support/range-value.ts'

const folder = mkdtempSync(join(tmpdir(), 'nearcast-partition-'))
afterAll(() => rmSync(folder, { recursive: true }))

const carriers: Carrier[] = [
  { key: 'alpha', name: 'Alpha', tier: 2, asns: [64500, 64501] },
  { key: 'beta', name: 'Beta', tier: 3, asns: [64502] },
]
const settings: GeoSettings = {
  country: 'builtin',
  asn: 'builtin',
  city: null,
  coarsestScope: { v4: 16, v6: 32 },
  finestScope: { v4: 24, v6: 48 },
  overrides: [],
  at: { country: 'x:1:1', asn: 'x:1:1', city: 'x:1:1' },
}
const parts = await loadParts()

describe('blocks', () => {
  const starts = fc.uniqueArray(fc.nat(4095), { maxLength: 40 }).map((all) => all.toSorted((a, b) => a - b))
  const values = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 41, maxLength: 41 })
  const span = fc.tuple(fc.integer({ min: 20, max: 32 }), fc.nat(4095)).map(([depth, at]): Span => {
    return { family: 4, high: (at >>> (32 - depth)) << (32 - depth), low: 0, depth }
  })
  const spans = fc
    .array(span, { maxLength: 3 })
    .map((all) => all.toSorted((a, b) => a.high - b.high || a.depth - b.depth))

  it('are aligned, disjoint and cover everything; siblings differ; only spans go below the floor', () => {
    const floors = fc.integer({ min: 22, max: 32 })
    const isSound = fc.property(starts, values, floors, spans, (begins, cells, floor, own) => {
      const builder = new RangeBuilder()
      builder.push(0, 0, cells[40])
      begins.forEach((start, i) => builder.push(start, 0, cells[i]))
      const leaves = cutLeaves(builder.finish(), floor, own, Infinity)
      let next = 0
      for (let i = 0; i < leaves.length; i++) {
        const size = 2 ** (32 - leaves.depths[i])
        expect([leaves.highs[i], leaves.lows[i], leaves.highs[i] % size]).toEqual([next, 0, 0])
        const isSibling = leaves.depths[i - 1] === leaves.depths[i] && (next / size) % 2 === 1
        expect(isSibling && leaves.cells[i - 1] === leaves.cells[i]).toBe(false)
        const around = Math.floor(next / 2 ** (32 - floor)) * 2 ** (32 - floor)
        const isCut = own.some(
          ({ high, depth }) => depth > floor && high >= around && high < around + 2 ** (32 - floor),
        )
        expect(leaves.depths[i] <= floor || isCut).toBe(true)
        next += size
      }
      expect(next).toBe(2 ** 32)
    })
    fc.assert(isSound, { numRuns: 300 })
  })

  it('are in the cell of each of their addresses when the floor is an address', () => {
    const isExact = fc.property(starts, values, (begins, cells) => {
      const builder = new RangeBuilder()
      begins.forEach((start, i) => builder.push(0, start, cells[i]))
      const ranges = builder.finish()
      const { length, highs, lows, cells: said } = cutLeaves(ranges, 64, [], Infinity)
      const blocks = { length, highs, lows, values: said }
      for (let at = 0; at < 4096; at += 3) expect(valueAt(blocks, 0, at)).toBe(valueAt(ranges, 0, at))
    })
    fc.assert(isExact, { numRuns: 50 })
  })
})

describe('the partition of a small world', () => {
  /** Prefixes in real American space, so that the shipped parts matter, and in space that belongs to nobody. */
  const bases4 = fc.constantFrom('0c2200', '0c2200', '0c2201', '0a2200', 'c63364')
  const bases6 = fc.constantFrom('2600170000000000', '2600170000000000', '2600170000010000', '20010db800000000')
  const prefixes = fc.oneof(
    fc
      .tuple(bases4, fc.integer({ min: 14, max: 32 }), fc.nat(0xff))
      .map(([base, length, last]) => prefixText(4, base + last.toString(16).padStart(2, '0'), length)),
    fc
      .tuple(bases6, fc.integer({ min: 24, max: 64 }), fc.nat(0xff), fc.constantFrom(4, 5, 6, 7))
      .map(([base, length, octet, at]) => {
        const bytes = Buffer.from(base.padEnd(32, '0'), 'hex')
        bytes[at] ^= octet
        return prefixText(6, bytes.toString('hex'), length)
      }),
  )
  const country = fc.constantFrom('US', 'US', 'US', 'HK', 'AU')
  const coordinates = fc.constantFrom([34.05, -118.25], [40.7, -74], [-33.9, 151.2], [22.3, 114.2])
  const carrier = fc.constantFrom('alpha', 'beta')
  const world = fc.record({
    country: fc.dictionary(prefixes, country, { minKeys: 1, maxKeys: 25 }),
    asn: fc.dictionary(prefixes, fc.constantFrom(64500, 64501, 64502, 64503), { minKeys: 1, maxKeys: 25 }),
    city: fc.option(fc.dictionary(prefixes, fc.record({ at: coordinates, country }), { minKeys: 1, maxKeys: 15 })),
    overrides: fc.uniqueArray(
      fc.record({ prefix: prefixes, country: fc.option(country), carrier: fc.option(carrier) }),
      { maxLength: 6, selector: ({ prefix }) => prefix },
    ),
    networks: fc.uniqueArray(prefixes, { maxLength: 6 }),
    floors: fc.record({ 4: fc.integer({ min: 16, max: 32 }), 6: fc.integer({ min: 32, max: 64 }) }),
  })

  it('is what a scan of all sources says, at every bound and just before it', async () => {
    const isSame = fc.asyncProperty(world, async ({ country: countries, asn, city, overrides, networks, floors }) => {
      const said = {
        country: rules(countries),
        carrier: rules(mapped(asn, (number) => carriers.find(({ asns }) => asns.includes(number))?.key ?? '')),
        city: rules(city ?? {}),
      }
      const partition = await buildPartition({
        settings: {
          ...settings,
          country: database(
            'country',
            mapped(countries, (code) => ({ country: { iso_code: code } })),
          ),
          asn: database(
            'asn',
            mapped(asn, (number) => ({ autonomous_system_number: number })),
          ),
          city:
            city &&
            database(
              'city',
              mapped(city, ({ at, country: code }) => ({ country_code: code, lat: at[0], lng: at[1] })),
            ),
          finestScope: { v4: floors[4], v6: floors[6] },
          overrides: overrides.map((override) => ({ ...override, reason: null })),
        },
        carriers,
        networks,
      })
      const expected = oracle({
        country: ruleSource(said.country),
        carrier: ruleSource(said.carrier),
        city: ruleSource(said.city),
        parts,
        overrides,
        networks,
        floors,
      })
      const found = partitionCell(
        partition,
        carriers.map(({ key }) => key),
      )
      const all = [
        ...said.country,
        ...said.carrier,
        ...said.city,
        ...rules(Object.fromEntries(networks.map((text) => [text, 0]))),
      ]
      for (const { family, from, to } of all) {
        for (const address of [from, from - 1n, to - 1n, to]) {
          const at = showAddress(family, address)
          expect([at, found(family, address)]).toEqual([at, expected(family, address)])
        }
      }
    })
    // A world takes half a second, so a failure is shown as found.
    await fc.assert(isSame, { numRuns: 10, endOnFailure: true })
  }, 120_000)
})

describe('the partition of the built-in databases', () => {
  it('is what a scan of their files says, where networks begin and end', async () => {
    const rows = { 4: asnRows(builtin.asnV4, 4), 6: asnRows(builtin.asnV6.replace('.csv', '-num.csv'), 6) }
    const all = realCarriers([...rows[4], ...rows[6]].map(({ value }) => value))
    const overrides = [
      { prefix: '219.76.4.0/27', country: 'FR', carrier: null },
      { prefix: '12.0.0.0/8', country: 'US', carrier: 'as-1' },
    ]
    const networks = ['219.76.0.0/16', '219.76.4.8/30', '2001:db8:7::/56']
    const partition = await buildPartition({
      settings: { ...settings, overrides: overrides.map((override) => ({ ...override, reason: null })) },
      carriers: all,
      networks,
    })
    const expected = oracle({
      country: readerSource(new Reader(readFileSync(builtin.country))),
      carrier: rowSource(rows),
      city: ruleSource<never>([]),
      parts,
      overrides,
      networks,
      floors: { 4: 24, 6: 48 },
    })
    const found = partitionCell(
      partition,
      all.map(({ key }) => key),
    )
    const check = (family: Family, address: bigint): void => {
      const at = showAddress(family, address)
      expect([at, found(family, address)]).toEqual([at, expected(family, address)])
    }
    for (const { family, from, to } of networks.map((text) => rule(text, 0))) {
      for (const at of [from, from - 1n, to]) check(family, at)
    }
    const row = fc
      .constantFrom<Family>(4, 6)
      .chain((family) => fc.nat(rows[family].length - 1).map((i) => rows[family][i]))
    fc.assert(
      fc.property(row, fc.constantFrom(-1n, 0n, 1n), ({ family, from, to }, step) => {
        check(family, from + step)
        check(family, to + step)
      }),
      { numRuns: 400 },
    )
  }, 120_000)
})

/** Every AS number belongs to one of forty carriers. */
function realCarriers(asns: Iterable<number>): Carrier[] {
  const groups = Map.groupBy(new Set(asns), (asn) => asn % 40)
  return [...groups].map(([rest, all]) => ({ key: `as-${rest}`, name: '', tier: 3, asns: all }))
}

/** Rows of the built-in ASN tables. IPv6 comes from the file with whole numbers, which the partition does not read. */
function asnRows(file: string, family: Family): Rule<number>[] {
  return readFileSync(file, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [first, last, asn] = line.split(',', 3)
      const low = family === 4 ? 0n : 64n
      const from = (BigInt(first) + (1n << low) - 1n) >> low
      return { family, from, to: (BigInt(last) >> low) + 1n, length: 0, value: Number(asn) }
    })
}

function rowSource(rows: Readonly<Record<Family, readonly Rule<number>[]>>): Source<string> {
  const rowAt = (family: Family, address: bigint): number =>
    lastAtOrBefore(rows[family].length, (i) => rows[family][i].from, address)
  return {
    at: (family, address) => {
      const row = rows[family][rowAt(family, address)]
      return row !== undefined && address < row.to ? `as-${row.value % 40}` : null
    },
    bounds: (family, from, to) =>
      rows[family]
        .slice(Math.max(0, rowAt(family, from) - 1), rowAt(family, to) + 1)
        .flatMap((row) => [row.from, row.to])
        .filter((bound) => bound > from && bound < to),
  }
}

function readerSource(reader: Reader<CountryResponse>): Source<string> {
  const ask = (family: Family, address: bigint): [{ country_code?: string } | null, number] =>
    reader.getWithPrefixLength(showAddress(family, address)) as [{ country_code?: string } | null, number]
  return {
    at: (family, address) => ask(family, address)[0]?.country_code ?? null,
    bounds: (family, from, to) => {
      const bounds: bigint[] = []
      for (let at = from; at < to;) {
        const size = 1n << BigInt(Math.max(0, (family === 4 ? 32 : 64) - ask(family, at)[1]))
        at = at - (at % size) + size
        if (at < to) bounds.push(at)
      }
      return bounds
    },
  }
}

function prefixText(family: Family, hex: string, length: number): string {
  const bytes = Buffer.from(hex, 'hex')
  const kept = bytes.map((octet, i) => octet & (0xff00 >> Math.min(Math.max(length - i * 8, 0), 8)))
  return formatPrefix({ family, bytes: kept, length })
}

function rules<T>(all: Readonly<Record<string, T>>): Rule<T>[] {
  return Object.entries(all).map(([text, value]) => rule(text, value))
}

function mapped<T, U>(all: Readonly<Record<string, T>>, to: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(all).map(([text, value]) => [text, to(value)]))
}

function database(slot: string, records: Record<string, MmdbValue>): string {
  const file = join(folder, `${slot}.mmdb`)
  writeFileSync(file, mmdb({ type: `example-${slot}`, records }))
  return file
}
