// Whether databases are read as maxmind reads them, and broken or unfit ones are refused. Knows no cells.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Reader, type CountryResponse } from 'maxmind'
import { afterAll, describe, expect, it } from 'vitest'
import { NearcastError } from '../../../src/errors.ts'
import type { FamilyRanges } from '../../../src/geo/ranges.ts'
import { openMmdb } from '../../../src/geo/sources/mmdb.ts'
import { flatten } from '../../../src/geo/sources/mmdb-tree.ts'
import { asnOf, coordinatesOf, countryOf } from '../../../src/geo/sources/records.ts'
import { formatAddress, parseAddress } from '../../../src/ip/address.ts'
import { control, encode, mmdb, pointerTo, type MmdbOptions } from '../../support/mmdb-writer.ts'
import { valueAt } from '../../support/range-value.ts'

const folder = mkdtempSync(join(tmpdir(), 'nearcast-mmdb-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function written(bytes: Buffer): string {
  const file = join(folder, `${files++}.mmdb`)
  writeFileSync(file, bytes)
  return file
}

/** Every country code as the number of its two letters. */
async function countriesOf(bytes: Buffer): Promise<FamilyRanges> {
  const db = await openMmdb('country', written(bytes))
  return flatten(db, (at) => numberOf(countryOf(db.records, at)))
}

function numberOf(code: string | null): number {
  return code === null ? 0 : code.charCodeAt(0) * 256 + code.charCodeAt(1)
}

function lookUp(ranges: FamilyRanges, text: string): string | null {
  const bytes = Buffer.from(parseAddress(text) ?? [])
  const value = valueAt(
    bytes.length === 4 ? ranges.v4 : ranges.v6,
    bytes.readUInt32BE(0),
    bytes.length === 4 ? 0 : bytes.readUInt32BE(4),
  )
  return value === 0 ? null : String.fromCharCode(value >> 8, value & 255)
}

async function refusal(bytes: Buffer): Promise<NearcastError> {
  const error = await countriesOf(bytes).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(NearcastError)
  return error as NearcastError
}

const nested: MmdbOptions = {
  type: 'GeoLite2-Country',
  records: {
    '1.0.0.0/8': { country: { iso_code: 'AU' } },
    '1.2.3.0/24': { country: { iso_code: 'HK', names: { en: 'Hong Kong' } }, registered_country: { iso_code: 'GB' } },
    '1.2.4.0/25': { registered_country: { iso_code: 'SG' } },
    '2a00::/12': { country: { iso_code: 'DE' } },
    '2a00:1450:4001::/48': { country: { iso_code: 'FR' } },
    '2a00:1450:4001:800::/56': { traits: { is_anycast: true } },
  },
  aliases: ['2002::/16', '2001::/32', '::ffff:0:0/96'],
}

describe('a MaxMind database', () => {
  it.each([24, 28, 32] as const)('of %i-bit records says of every address what maxmind says', async (recordBits) => {
    const bytes = mmdb({ ...nested, recordBits })
    const ranges = await countriesOf(bytes)
    const oracle = new Reader<CountryResponse>(bytes)
    const addresses = [
      ...Array.from({ length: 300 }, () => formatAddress(Buffer.concat([Buffer.of(1, 2), randomBytes(2)]))),
      ...Array.from({ length: 300 }, () => formatAddress(randomBytes(4))),
      ...Array.from({ length: 300 }, () =>
        formatAddress(Buffer.concat([Buffer.from('2a0014504001', 'hex'), randomBytes(10)])),
      ),
    ].concat('1.2.3.0', '1.2.3.255', '1.2.4.127', '1.2.4.128', '2a00:1450:4001:8ff::1', '2a00:1450:4002::', 'fe80::1')
    for (const address of addresses) {
      const record = oracle.get(address)
      const expected = record?.country?.iso_code ?? record?.registered_country?.iso_code ?? null
      expect([address, lookUp(ranges, address)]).toEqual([address, expected])
    }
  })

  it('is not walked through the links that lead from IPv6 to its IPv4 addresses', async () => {
    const ranges = await countriesOf(mmdb(nested))
    expect(lookUp(ranges, '2002:102:300::1')).toBeNull()
    expect(lookUp(ranges, '2001:0:102:300::')).toBeNull()
    expect(lookUp(ranges, '1.2.3.4')).toBe('HK')
  })

  it('of IPv4 alone says nothing of IPv6', async () => {
    const ranges = await countriesOf(
      mmdb({ type: 'x', ipVersion: 4, records: { '32.0.0.0/3': { country: { iso_code: 'US' } } } }),
    )
    expect(lookUp(ranges, '33.1.2.3')).toBe('US')
    expect(ranges.v6.length).toBe(1)
    expect(lookUp(ranges, '2a00::')).toBeNull()
  })

  it('may hold one record for all of IPv4', async () => {
    const ranges = await countriesOf(mmdb({ type: 'x', records: { '::/64': { country: { iso_code: 'US' } } } }))
    expect(lookUp(ranges, '198.51.100.1')).toBe('US')
  })

  it('is told apart inside a /64 by its first address only', async () => {
    const records = {
      '2a00::/120': { country: { iso_code: 'HK' } },
      '2a00:0:0:1::80/121': { country: { iso_code: 'SG' } },
    }
    const ranges = await countriesOf(mmdb({ type: 'x', records }))
    expect(lookUp(ranges, '2a00::ffff')).toBe('HK')
    expect(lookUp(ranges, '2a00:0:0:1::80')).toBeNull()
  })

  it('may share values by pointers', async () => {
    const shared = encode({ iso_code: 'HK' })
    const records = { '1.0.0.0/9': shared, '1.128.0.0/9': { country: pointerTo(0) } }
    const ranges = await countriesOf(mmdb({ type: 'x', records }))
    expect(lookUp(ranges, '1.128.0.1')).toBe('HK')
  })
})

describe('records', () => {
  const read = async <T>(
    record: MmdbOptions['records'][string],
    of: (...args: Parameters<typeof asnOf>) => T,
  ): Promise<T> => {
    const db = await openMmdb('city', written(mmdb({ type: 'x', records: { '1.0.0.0/8': record } })))
    let found: T | undefined
    flatten(db, (at) => {
      found = of(db.records, at)
      return 1
    })
    return found as T
  }

  it('give the country in every known layout', async () => {
    expect(await read({ country_code: 'hk' }, countryOf)).toBe('HK')
    expect(await read({ country: 'SG' }, countryOf)).toBe('SG')
    expect(await read({ country: 'Singapore', country_code: 'SG' }, countryOf)).toBe('SG')
    expect(await read({ country: 'Singapore' }, countryOf)).toBeNull()
    expect(await read({ country: { iso_code: 7 } }, countryOf)).toBeNull()
  })

  it('give coordinates in every known layout, and none for (0, 0) or places off the globe', async () => {
    expect(await read({ location: { latitude: 22.25, longitude: -114.5 } }, coordinatesOf)).toEqual([22.25, -114.5])
    expect(await read({ latitude: '1.35', longitude: '103.8' }, coordinatesOf)).toEqual([1.35, 103.8])
    expect(await read({ lat: 50, lng: 8.68 }, coordinatesOf)).toEqual([50, 8.68])
    expect(await read({ latitude: 0, longitude: 0 }, coordinatesOf)).toBeNull()
    expect(await read({ latitude: '', longitude: '8' }, coordinatesOf)).toBeNull()
    expect(await read({ latitude: 91, longitude: 8 }, coordinatesOf)).toBeNull()
    expect(await read({ location: { latitude: 8.5 } }, coordinatesOf)).toBeNull()
  })

  it('give the ASN in every known layout', async () => {
    expect(await read({ autonomous_system_number: 64500 }, asnOf)).toBe(64500)
    expect(await read({ asn: 'AS64500' }, asnOf)).toBe(64500)
    expect(await read({ asn: 4200000000 }, asnOf)).toBe(4200000000)
    expect(await read({ asn: 'example' }, asnOf)).toBeNull()
  })
})

describe('a file that is no sound database', () => {
  const good = mmdb(nested)

  it('is named when it does not exist', async () => {
    await expect(openMmdb('city', '/nowhere/x.mmdb')).rejects.toThrow(
      'geo.city: /nowhere/x.mmdb: there is no such file; expected a readable database',
    )
  })

  it('is refused when it is packed, empty, or something else', async () => {
    expect((await refusal(Buffer.from([0x1f, 0x8b, 8, 0]))).message).toMatch(/gzip file.*Unpack/)
    expect((await refusal(Buffer.alloc(0))).message).toMatch(/no MaxMind DB metadata/)
    expect((await refusal(randomBytes(200_000))).code).toBe('NC_DATABASE')
  })

  it('is refused wherever it is cut off', async () => {
    for (let at = 1; at < good.length; at += 7) {
      expect((await refusal(good.subarray(0, at))).code).toBe('NC_DATABASE')
      expect((await refusal(good.subarray(at))).code).toBe('NC_DATABASE')
    }
  })

  it.each([
    [{ record_size: 20 }, /record_size/],
    [{ ip_version: 5 }, /ip_version/],
    [{ node_count: 0 }, /node_count/],
    [{ node_count: 1_000_000 }, /tree of 1000000 nodes does not fit/],
    [{ node_count: 3 }, /tree does not end/],
    [{ database_type: 7 }, /database_type/],
    [{ binary_format_major_version: 3 }, /format version 3/],
  ])('is refused for the metadata %j', async (metadata, message) => {
    expect((await refusal(mmdb({ ...nested, metadata }))).message).toMatch(message)
  })

  it('is refused when its tree has a cycle', async () => {
    const spoil = (nodes: [number, number][]): void => {
      nodes[100] = [0, 0]
    }
    expect((await refusal(mmdb({ ...nested, spoil }))).message).toMatch(/cycle|deeper/)
  })

  it('is refused when every node leads twice to the next, 2^60 paths', async () => {
    const records = { '8000::/60': { country: { iso_code: 'HK' } } }
    const spoil = (nodes: [number, number][]): void => {
      for (let i = 1; i + 1 < nodes.length; i++) nodes[i] = [i + 1, i + 1]
    }
    expect((await refusal(mmdb({ type: 'x', records, spoil }))).message).toMatch(/cycle/)
  })

  it('is refused when the tree leads outside the records', async () => {
    for (const pointer of [3, 16 + good.length, 0xf000_0000]) {
      const spoil = (nodes: [number, number][]): void => {
        nodes[nodes.length - 1][0] = nodes.length + pointer
      }
      const bytes = mmdb({ ...nested, recordBits: 32, spoil })
      expect((await refusal(bytes)).message).toMatch(/outside the data section/)
    }
  })

  it('is refused when records point at themselves, at pointers or nowhere', async () => {
    for (const record of [{ country: pointerTo(9) }, pointerTo(0), { country: pointerTo(1 << 30) }]) {
      expect((await refusal(mmdb({ type: 'x', records: { '1.0.0.0/8': record } }))).code).toBe('NC_DATABASE')
    }
  })

  it('is refused when a record says it is larger than the file', async () => {
    for (const record of [
      Buffer.of(0xff, 0xff, 0xff, 0xff),
      Buffer.of(0x5f, 0xff, 0xff, 0xff),
      Buffer.of(0xe1, 0x44),
    ]) {
      expect((await refusal(mmdb({ type: 'x', records: { '1.0.0.0/8': record } }))).code).toBe('NC_DATABASE')
    }
  })

  it('is read when only what nobody asks for goes in circles', async () => {
    const ranges = await countriesOf(
      mmdb({ ...nested, metadata: { languages: pointerTo(0), description: pointerTo(0) } }),
    )
    expect(lookUp(ranges, '1.2.3.4')).toBe('HK')
  })

  it('is refused when records are nested without end', async () => {
    const deep = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.concat([control(7, 1), encode('a')])))
    expect((await refusal(mmdb({ type: 'x', records: { '1.0.0.0/8': deep } }))).message).toMatch(/nested/)
  })

  it('is refused soon when many records share one huge map', async () => {
    const huge = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, pointerTo(0)] as const))
    const sharing = Array.from({ length: 2048 }, (_, i) => [`${i >> 8}.${i & 255}.0.0/16`, pointerTo(0)] as const)
    const bytes = mmdb({ type: 'x', records: { '128.0.0.0/1': huge, ...Object.fromEntries(sharing) } })
    expect((await refusal(bytes)).message).toMatch(/without end/)
  })

  it('is read or refused, and never more, whatever bytes are changed', async () => {
    const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    const isReadOrRefused = fc.asyncProperty(changes, async (bytes) => {
      const changed = Buffer.from(good)
      for (const [at, byte] of bytes) changed[at] = byte
      const error = await countriesOf(changed).then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error === null || (error instanceof NearcastError && error.code === 'NC_DATABASE')).toBe(true)
    })
    await fc.assert(isReadOrRefused, { numRuns: 500 })
  })
})
