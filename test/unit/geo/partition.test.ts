// Whether databases, overrides and networks come to the cells an operator expects. Knows no DNS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NearcastError } from '../../../src/errors.ts'
import type { Carrier, GeoOverride, GeoSettings } from '../../../src/geo/model.ts'
import { buildPartition, type Partition, type PartitionInput } from '../../../src/geo/partition.ts'
import { partitionKey } from '../../../src/geo/partition-key.ts'
import { decodeWorld, encodeWorld } from '../../../src/geo/world-file.ts'
import { mmdb, type MmdbValue } from '../../support/mmdb-writer.ts'
import { partitionCell, rule } from '../../support/partition-oracle.ts'

const folder = mkdtempSync(join(tmpdir(), 'nearcast-partition-'))
afterAll(() => rmSync(folder, { recursive: true }))

const carriers: Carrier[] = [
  { key: 'alpha', name: 'Alpha', tier: 2, asns: [64500, 64501] },
  { key: 'beta', name: 'Beta', tier: 3, asns: [64502] },
]

let files = 0
function database(records: Record<string, MmdbValue>, type = 'example'): string {
  const file = join(folder, `${files++}.mmdb`)
  writeFileSync(file, mmdb({ type, records }))
  return file
}

const losAngeles = { latitude: 34.05, longitude: -118.25 }
const newYork = { latitude: 40.71, longitude: -74.01 }
const countries: Record<string, MmdbValue> = {
  '5.0.0.0/16': { country: { iso_code: 'DE' } },
  '5.1.0.0/16': { country: { iso_code: 'HK' } },
  '5.2.0.0/16': { country: { iso_code: 'US' } },
  '5.3.0.0/16': { country: { iso_code: 'ZZ' } },
  '10.0.0.0/8': { country: { iso_code: 'DE' } },
  '2a00:1::/32': { country: { iso_code: 'SG' } },
}
const asns: Record<string, MmdbValue> = {
  '5.1.0.0/17': { autonomous_system_number: 64501 },
  '5.1.128.0/17': { asn: 'AS64502' },
  '10.0.0.0/8': { asn: 64500 },
  '2a00:1:8000::/33': { asn: 64500 },
}
const base: GeoSettings = {
  country: database(countries),
  asn: database(asns),
  city: null,
  coarsestScope: { v4: 16, v6: 32 },
  finestScope: { v4: 24, v6: 48 },
  overrides: [],
  at: { country: 'x:1:1', asn: 'x:1:1', city: 'x:1:1' },
}

function input(settings: Partial<GeoSettings> = {}, networks: readonly string[] = []): PartitionInput {
  return { settings: { ...base, ...settings }, carriers, networks }
}

function override(prefix: string, country: string | null, carrier: string | null): GeoOverride {
  return { prefix, country, carrier, reason: null }
}

/** Cells as `place carrier [networks]`, by the first address of prefixes. */
async function cellsAt(given: PartitionInput, ...prefixes: readonly string[]): Promise<string[]> {
  const cell = partitionCell(
    await buildPartition(given),
    carriers.map(({ key }) => key),
  )
  return prefixes.map((text) => {
    const { family, from } = rule(text, null)
    return cell(family, from)
  })
}

describe('a client', () => {
  it('is in the cell of its country and carrier, in both families', async () => {
    const prefixes = ['5.0.7.0/24', '5.1.0.0/32', '5.1.200.1/32', '2a00:1::/48', '2a00:1:8000::/48', '9.0.0.0/8']
    expect(await cellsAt(input(), ...prefixes)).toEqual([
      'DE ? []',
      'HK alpha []',
      'HK beta []',
      'SG ? []',
      'SG alpha []',
      '? ? []',
    ])
  })

  it('is nowhere when its country is none that is known', async () => {
    expect(await cellsAt(input(), '5.3.0.0/16')).toEqual(['? ? []'])
  })

  it('is unmapped in special-use space, whatever databases say, unless an override or a network covers it', async () => {
    const own = input({ overrides: [override('10.1.0.0/16', 'HK', null), override('10.2.0.0/16', null, 'beta')] }, [
      '10.3.0.0/16',
    ])
    const prefixes = ['10.0.0.0/32', '10.1.0.0/32', '10.2.0.0/32', '10.3.0.0/32', '192.0.2.0/24', '2002:501::/32']
    expect(await cellsAt(own, ...prefixes)).toEqual(['? ? []', 'HK ? []', '? beta []', '? ? [0]', '? ? []', '? ? []'])
  })
})

describe('a wide country', () => {
  it('is split by the coordinates of a city database, where that agrees on the country', async () => {
    const city = database({
      '5.2.0.0/24': { country: { iso_code: 'US' }, location: losAngeles },
      '5.2.1.0/24': { country_code: 'US', latitude: '40.71', longitude: '-74.01' },
      '5.2.2.0/24': { country_code: 'US' },
      '5.0.0.0/24': { country_code: 'US', ...newYork },
      '5.1.0.0/24': { country_code: 'HK', latitude: 22.3, longitude: 114.2 },
    })
    const [west, east, unknown, abroad, narrow] = await cellsAt(
      input({ city }),
      '5.2.0.0/24',
      '5.2.1.0/24',
      '5.2.2.0/24',
      '5.0.0.0/24',
      '5.1.0.0/24',
    )
    expect(west).toMatch(/^US-\d+ /)
    expect(east).toMatch(/^US-\d+ /)
    expect(west).not.toBe(east)
    expect([unknown, abroad, narrow]).toEqual(['US ? []', 'DE ? []', 'HK alpha []'])
  })

  it('is split by the coordinates of the country database itself', async () => {
    const country = database({ '5.2.0.0/16': { country: { iso_code: 'US' }, location: losAngeles } })
    const city = database({ '5.2.0.0/16': { country_code: 'US', ...losAngeles } })
    const [itself] = await cellsAt(input({ country }), '5.2.0.0/16')
    expect(itself).toMatch(/^US-\d+ /)
    expect(await cellsAt(input({ city }), '5.2.0.0/16')).toEqual([itself])
  })

  it('is split by the shipped parts otherwise', async () => {
    const country = database({ '0.0.0.0/1': { country: { iso_code: 'US' } } })
    const { places } = await buildPartition(input({ country }))
    expect(places.filter(({ id }) => id.startsWith('US-')).length).toBeGreaterThan(5)
    expect(places.every(({ id, at }) => id === '' || at !== null)).toBe(true)
  })
})

describe('overrides', () => {
  const cell = async (overrides: GeoOverride[], ...prefixes: string[]): Promise<string[]> =>
    cellsAt(input({ overrides }), ...prefixes)

  it('change what they name and keep the rest', async () => {
    const overrides = [override('5.1.0.0/24', 'SG', null), override('5.1.1.0/24', null, 'beta')]
    expect(await cell(overrides, '5.1.0.0/32', '5.1.1.0/32', '5.1.2.0/32')).toEqual([
      'SG alpha []',
      'HK beta []',
      'HK alpha []',
    ])
  })

  it('hold one at a time, the longest prefix', async () => {
    const overrides = [override('5.1.0.0/16', 'SG', 'beta'), override('5.1.8.0/24', 'DE', null)]
    expect(await cell(overrides, '5.1.7.255/32', '5.1.8.0/32', '5.1.9.0/32')).toEqual([
      'SG beta []',
      'DE alpha []',
      'SG beta []',
    ])
  })

  it('mean the whole country, except where the databases know the part of that very country', async () => {
    const country = database({
      '5.0.0.0/16': { country: { iso_code: 'DE' } },
      '5.2.0.0/16': { country: { iso_code: 'US' }, location: losAngeles },
    })
    const overrides = [override('5.0.0.0/16', 'US', null), override('5.2.0.0/16', 'US', 'alpha')]
    const [moved, same] = await cellsAt(input({ country, overrides }), '5.0.0.0/16', '5.2.0.0/16')
    expect(moved).toBe('US ? []')
    expect(same).toMatch(/^US-\d+ alpha \[\]$/)
  })

  it('go deeper than the finest scope', async () => {
    expect(
      await cell([override('5.1.0.64/30', 'SG', null)], '5.1.0.63/32', '5.1.0.64/32', '5.1.0.67/32', '5.1.0.68/32'),
    ).toEqual(['HK alpha []', 'SG alpha []', 'SG alpha []', 'HK alpha []'])
  })
})

describe('networks', () => {
  it('tell apart what lies in them, all that contain an address by index', async () => {
    const networks = ['5.1.0.0/20', '2a00:1:0:7::/64', '5.1.4.0/28', '5.1.4.0/24']
    const prefixes = ['5.1.0.0/32', '5.1.4.0/32', '5.1.4.16/32', '5.1.16.0/32', '2a00:1:0:7::/64', '2a00:1:0:8::/64']
    expect(await cellsAt(input({}, networks), ...prefixes)).toEqual([
      'HK alpha [0]',
      'HK alpha [0,2,3]',
      'HK alpha [0,3]',
      'HK alpha []',
      'SG ? [1]',
      'SG ? []',
    ])
  })

  it('of IPv6 longer than /64 are refused, and texts that are no prefixes', async () => {
    await expect(buildPartition(input({}, ['2001:db8::/65']))).rejects.toThrow(/2001:db8::\/65 is longer than \/64/)
    await expect(buildPartition(input({ overrides: [override('5.1.0.1/24', 'DE', null)] }))).rejects.toThrow(
      /geo\.overrides: .*expected 5\.1\.0\.0\/24/,
    )
  })
})

describe('a partition', () => {
  it('lists only the cells and places in use, the unmapped and the unknown one first', async () => {
    const { cells, places } = await buildPartition(input())
    expect(cells[0]).toEqual({ place: 0, carrier: -1, networks: [] })
    expect(places[0]).toEqual({ id: '', name: 'unknown', country: null, continent: null, at: null })
    expect(places.map(({ id }) => id).toSorted()).toEqual(['', 'DE', 'HK', 'SG', 'US'])
    expect(cells).toHaveLength(7)
    expect(places.find(({ id }) => id === 'HK')).toMatchObject({ country: 'HK', continent: 'AS' })
  })

  it('says which sources it is made of and how far it has come', async () => {
    const steps: [string, number][] = []
    const { sources } = await buildPartition({ ...input(), onProgress: (...step) => steps.push(step) })
    expect(sources).toEqual([
      { slot: 'country', file: base.country, type: 'example', builtAt: '2026-05-28T20:26:40.000Z', records: 6 },
      { slot: 'asn', file: base.asn, type: 'example', builtAt: '2026-05-28T20:26:40.000Z', records: 4 },
    ])
    expect(steps.map(([, share]) => share)).toEqual(steps.map(([, share]) => share).toSorted((a, b) => a - b))
    expect(steps.at(-1)).toEqual(['cells are made', 1])
  })

  it('of more than 32,768 cells is refused', async () => {
    const many = Array.from({ length: 32_768 }, (_, i): Carrier => ({ key: `c${i}`, name: '', tier: 3, asns: [i + 1] }))
    const asn = database(
      Object.fromEntries(many.map(({ asns: [number] }, i) => [`20.${i >> 8}.${i & 255}.0/24`, { asn: number }])),
    )
    const country = database({ '20.0.0.0/8': { country: 'DE' } })
    await expect(buildPartition({ ...input({ asn, country }), carriers: many })).rejects.toThrow(
      /make 32770 cells, at most 32768 are possible; define fewer carriers/,
    )
    const fits = await buildPartition({ ...input({ asn, country }), carriers: many.slice(0, 32_766) })
    expect(fits.cells).toHaveLength(32_768)
  })
})

describe('a database of the wrong type', () => {
  it.each([
    [
      'country',
      asns,
      /geo\.country: .*type "other" with autonomous_system_number; expected a country or city database/,
    ],
    ['asn', countries, /geo\.asn: .*type "other" with country; expected an ASN database/],
    ['city', countries, /geo\.city: .*type "other" with country; expected a city database/],
  ])('is refused for geo.%s', async (slot, records, message) => {
    const refused = buildPartition(input({ [slot]: database(records, 'other') }))
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toBeInstanceOf(NearcastError)
    await expect(refused).rejects.toMatchObject({ code: 'NC_DATABASE' })
  })
})

describe('the bytes of a world', () => {
  let partition: Partition
  let bytes: Uint8Array
  beforeAll(async () => {
    partition = await buildPartition(
      input({ overrides: [override('5.1.0.0/25', null, 'beta')] }, ['5.1.0.0/20', '5.1.1.0/24']),
    )
    bytes = encodeWorld(partition)
  })

  it('give the same world back, from wherever they lie', () => {
    const { v4, v6, ...world } = partition
    expect(world.blocks).toEqual({ v4: v4.cells.length, v6: v6.cells.length })
    expect(decodeWorld(bytes)).toEqual(world)
    const moved = new Uint8Array(bytes.length + 3)
    moved.set(bytes, 3)
    expect(decodeWorld(moved.subarray(3))).toEqual(world)
  })

  it('give nothing when they are of another version', () => {
    const changed = Uint8Array.from(bytes)
    new DataView(changed.buffer).setUint32(4, 1, true)
    expect(decodeWorld(changed)).toBeNull()
    expect(decodeWorld(bytes.subarray(0, 10))).toBeNull()
  })
})

describe('the key of a partition', () => {
  it('is the same for the same input, whatever does not shape blocks', async () => {
    const key = await partitionKey(input({ overrides: [override('5.1.0.0/24', 'SG', null)] }))
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    const overrides = [{ ...override('5.1.0.0/24', 'SG', null), reason: 'moved' }]
    const renamed = carriers.map((carrier) => ({ ...carrier, name: 'other', tier: 1 as const }))
    const coarsestScope = { v4: 8, v6: 32 }
    expect(await partitionKey({ ...input({ overrides, coarsestScope }), carriers: renamed })).toBe(key)
  })

  it('is another for another file, floor, override, carrier or network', async () => {
    const changed = [
      input(),
      input({ country: database({ ...countries, '5.4.0.0/16': { country: 'FR' } }) }),
      input({ city: database({ '5.2.0.0/24': { country_code: 'US', ...newYork } }) }),
      input({ finestScope: { v4: 23, v6: 48 } }),
      input({ overrides: [override('5.1.0.0/24', 'SG', null)] }),
      input({ overrides: [override('5.1.0.0/24', 'SG', 'beta')] }),
      input({}, ['5.1.0.0/24']),
      { ...input(), carriers: carriers.toReversed() },
      { ...input(), carriers: carriers.slice(1) },
    ]
    const keys = await Promise.all(changed.map((given) => partitionKey(given)))
    expect(new Set(keys).size).toBe(changed.length)
  })

  it('cannot be told when a file is missing', async () => {
    await expect(partitionKey(input({ asn: '/nowhere/asn.mmdb' }))).rejects.toThrow(
      'geo.asn: /nowhere/asn.mmdb: there is no such file',
    )
  })
})
