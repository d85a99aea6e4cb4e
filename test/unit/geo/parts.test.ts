// Whether wide countries are split where their addresses are, and a damaged table is refused. Must not know cells or databases.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, brotliDecompressSync, constants, crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countries } from '../../../src/geo/countries.ts'
import { distanceKm } from '../../../src/geo/distance.ts'
import { loadParts, nearestPart, type Part, type Parts } from '../../../src/geo/parts.ts'
import { parseAddress } from '../../../src/ip/address.ts'

const shipped = new URL('../../../geo-data/', import.meta.url)

let parts: Parts

beforeAll(async () => {
  parts = await loadParts()
})

/** The part an address is in, by a plain walk over the table. */
function partOf(text: string): Part | undefined {
  const bytes = parseAddress(text)
  if (bytes === null) throw new Error(`${text} is no address`)
  const words = new DataView(bytes.buffer, bytes.byteOffset)
  const high = words.getUint32(0)
  const { v4, v6 } = parts
  if (bytes.length === 4) return parts.parts[(v4.part[v4.starts.findLastIndex((start) => start <= high)] ?? 0) - 1]
  const low = words.getUint32(4)
  const run = v6.startsHigh.findLastIndex(
    (start, i) => start < high || (start === high && (v6.startsLow[i] ?? 0) <= low),
  )
  return parts.parts[(v6.part[run] ?? 0) - 1]
}

describe('the shipped parts', () => {
  it('belong to countries that are known, under ids of their own', () => {
    const ids = new Set(parts.parts.map(({ id }) => id))
    expect(ids.size).toBe(parts.parts.length)
    for (const { id, country } of parts.parts) {
      expect(id.startsWith(`${country}-`)).toBe(true)
      expect(countries.has(country)).toBe(true)
    }
  })

  it('are two at least in every country that has any', () => {
    const codes = parts.parts.map(({ country }) => country)
    expect(codes.filter((code) => codes.indexOf(code) === codes.lastIndexOf(code))).toEqual([])
    expect(codes).toEqual(
      expect.arrayContaining(['US', 'CA', 'BR', 'RU', 'CN', 'IN', 'AU', 'AR', 'MX', 'ID', 'KZ', 'CL']),
    )
  })

  it.each([
    ['Los Angeles', '128.97.27.37', [34.05, -118.24]],
    ['New York', '128.59.1.1', [40.71, -74.01]],
    ['Los Angeles', '2607:f010::1', [34.05, -118.24]],
    ['New York', '2604:2000::1', [40.71, -74.01]],
    ['Honolulu', '128.171.1.1', [21.31, -157.86]],
    ['Perth', '130.95.1.1', [-31.95, 115.86]],
    ['Sydney', '129.78.5.8', [-33.87, 151.21]],
    ['Vladivostok', '95.154.100.1', [43.12, 131.89]],
  ] as const)('puts %s at %s near it', (_city, address, at) => {
    expect(distanceKm(partOf(address)?.at ?? [0, 0], at)).toBeLessThan(750)
  })

  it('tell Los Angeles from New York', () => {
    expect(partOf('128.97.27.37')?.country).toBe('US')
    expect(partOf('128.97.27.37')?.id).not.toBe(partOf('128.59.1.1')?.id)
  })

  it("say nothing of countries that are not wide, nor of space that is nobody's", () => {
    for (const address of ['219.76.4.4', '10.0.0.1', '192.0.2.1', '240.0.0.1', '2001:db8::1', 'fd00::1']) {
      expect(partOf(address)).toBeUndefined()
    }
  })

  it('come in sorted ranges that begin at 0', () => {
    const { v4, v6 } = parts
    expect([v4.starts[0], v6.startsHigh[0], v6.startsLow[0]]).toEqual([0, 0, 0])
    expect(v4.starts.findIndex((start, i) => i > 0 && start <= (v4.starts[i - 1] ?? 0))).toBe(-1)
    const v6Starts = Array.from(v6.startsHigh, (high, i) => high * 2 ** 16 + (v6.startsLow[i] ?? 0) / 2 ** 16)
    expect(v6Starts.findIndex((start, i) => i > 0 && start <= (v6Starts[i - 1] ?? 0))).toBe(-1)
  })
})

describe('nearestPart', () => {
  it('is the part of the country whose centre is nearest', () => {
    expect(parts.parts[nearestPart(parts, 'US', [34.05, -118.24]) - 1]).toEqual(partOf('128.97.27.37'))
    expect(parts.parts[nearestPart(parts, 'US', [40.71, -74.01]) - 1]).toEqual(partOf('128.59.1.1'))
  })

  it('stays in the country, however near a part of another is', () => {
    const windsor = [42.3, -83.02] as const
    expect(parts.parts[nearestPart(parts, 'CA', windsor) - 1]?.country).toBe('CA')
    expect(parts.parts[nearestPart(parts, 'US', windsor) - 1]?.country).toBe('US')
  })

  it('is 0 for a country that is not split', () => {
    expect(nearestPart(parts, 'HK', [22.32, 114.17])).toBe(0)
  })
})

describe('a table', () => {
  let folder: string
  let list: Buffer
  let table: Buffer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcast-parts-'))
    list = await readFile(new URL('parts.json', shipped))
    table = brotliDecompressSync(await readFile(new URL('parts.bin', shipped)))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  const pack = (bytes: Uint8Array): Buffer =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })

  /** The shipped table with a change, its checksum made to fit. */
  const changed = (change: (bytes: Buffer) => Buffer | void): Buffer => {
    const copy = Buffer.from(table)
    const bytes = change(copy) ?? copy
    bytes.writeUInt32BE(crc32(bytes.subarray(24)), 12)
    return pack(bytes)
  }

  const loading = async (packed: Uint8Array, parts_ = list): Promise<Parts> => {
    await writeFile(join(folder, 'parts.json'), parts_)
    await writeFile(join(folder, 'parts.bin'), packed)
    return await loadParts(pathToFileURL(`${folder}/`))
  }

  it('is read again when only its packing differs', async () => {
    expect((await loading(pack(table))).v4.part).toEqual(parts.v4.part)
  })

  it.each<[what: string, packed: () => Uint8Array]>([
    ['cut short', () => pack(table).subarray(0, 5000)],
    ['not packed', () => table.subarray(0, 5000)],
    ['empty', () => pack(Buffer.alloc(0))],
    ['of another format', () => changed((bytes) => void bytes.write('NCPARTS2'))],
    ['with one bit flipped', () => pack(Buffer.from(table.map((byte, i) => (i === 99_999 ? byte ^ 1 : byte))))],
    ['with more runs than it holds', () => changed((bytes) => void bytes.writeUInt32BE(0xffff_ffff, 16))],
    ['with a run too few', () => changed((bytes) => void bytes.writeUInt32BE(bytes.readUInt32BE(20) - 1, 20))],
    ['without runs', () => changed((bytes) => void bytes.writeUInt32BE(0, 16))],
    ['with bytes left over', () => changed((bytes) => Buffer.concat([bytes, Buffer.of(0)]))],
    ['that does not begin at 0', () => changed((bytes) => void (bytes[24] = 1))],
    ['with a start twice', () => changed((bytes) => void (bytes[25] = 0))],
    ['with a part that is not listed', () => changed((bytes) => void (bytes[bytes.length - 1] = 255))],
    ['of endless starts', () => changed((bytes) => bytes.fill(0xff, 24))],
  ])('%s is refused', async (_what, packed) => {
    await expect(loading(packed())).rejects.toMatchObject({
      code: 'NC_DATABASE',
      message: expect.stringMatching(/parts\.bin: /),
    })
  })

  it('is refused when it was made for another list', async () => {
    const other = Buffer.from(list.toString().replace('"AR-1"', '"AR-9"'))
    await expect(loading(pack(table), other)).rejects.toMatchObject({
      code: 'NC_DATABASE',
      message: expect.stringMatching(/another parts\.json/),
    })
  })

  it.each(['[', '{}', '[{ "id": "US-1" }]', '[{ "id": "US-1", "name": "US", "country": "US", "at": [99, 0] }]'])(
    'is refused with a list like %s',
    async (text) => {
      await expect(loading(pack(table), Buffer.from(text))).rejects.toMatchObject({
        code: 'NC_DATABASE',
        message: expect.stringMatching(/parts\.json: /),
      })
    },
  )

  it('that is not there is refused, with its name', async () => {
    await expect(loadParts(pathToFileURL(join(folder, 'nowhere/')))).rejects.toMatchObject({
      code: 'NC_DATABASE',
      message: expect.stringMatching(/nowhere.parts\.json: /),
    })
  })
})
