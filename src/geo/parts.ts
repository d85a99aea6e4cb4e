// The parts of wide countries and which addresses are in them, read from geo-data. Must not know cells or databases.
//
// parts.json   [{ id, name, country, at }, …], by country
// parts.bin    brotli of
//                8 bytes   'NCPARTS1'
//                4 × u32   checksum of parts.json's ids; CRC-32 of what follows the head; runs of IPv4; runs of IPv6
//                runs of IPv4: all starts, then all parts, a byte each: 0 none, k the k-th of parts.json
//                runs of IPv6: the same
//              A start is a number of a /24 or a /48, written as its distance from the one before: seven bits a byte,
//              low ones first, the high bit set on all but the last. The first is 0. Numbers are big-endian.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompress, crc32 } from 'node:zlib'
import { NearcastError } from '../errors.ts'
import { distanceKm } from './distance.ts'

export const partsMagic = 'NCPARTS1'
const headLength = 24
const shippedFolder = new URL('../../geo-data/', import.meta.url)
/** Many times what the shipped file unpacks to. */
const mostBytes = 64 * 2 ** 20

export interface Part {
  /** `US-3`: the third heaviest of its country. */
  readonly id: string
  /** `US: around Dallas`. */
  readonly name: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Where its addresses are on average: latitude and longitude in degrees. */
  readonly at: readonly [number, number]
}

/** Ranges are sorted and cover all of address space. A part of 0 is none, k is parts[k - 1]. */
export interface Parts {
  readonly parts: readonly Part[]
  readonly v4: { readonly starts: Uint32Array; readonly part: Uint8Array }
  /** The first 64 bits of each start; the last 16 of them are 0. */
  readonly v6: { readonly startsHigh: Uint32Array; readonly startsLow: Uint32Array; readonly part: Uint8Array }
}

/**
 * Takes about 50 ms of CPU.
 * @param folder holds parts.json and parts.bin; ends in a slash
 * @throws NearcastError NC_DATABASE when either cannot be read, is damaged, or belongs to another
 */
export async function loadParts(folder = shippedFolder): Promise<Parts> {
  const { list, table } = filesIn(folder)
  const parts = await reading(list, async () => checkList(JSON.parse(await readFile(list, 'utf8'))))
  return await reading(table, async () => {
    const packed = await readFile(table)
    const bytes = await promisify(brotliDecompress)(packed, { maxOutputLength: mostBytes })
    return decode(bytes, parts)
  })
}

/** The bytes of both files as they lie there, for whoever only wants to know whether they changed. Throws like loadParts. */
export async function readParts(): Promise<readonly Buffer[]> {
  const { list, table } = filesIn(shippedFolder)
  return await Promise.all([list, table].map((file) => reading(file, () => readFile(file))))
}

function filesIn(folder: URL): { readonly list: URL; readonly table: URL } {
  return { list: new URL('parts.json', folder), table: new URL('parts.bin', folder) }
}

/** The part whose centre is nearest: k for parts[k - 1], 0 when the country has none. */
export function nearestPart({ parts }: Parts, country: string, at: readonly [number, number]): number {
  let nearest = 0
  let nearestKm = Infinity
  for (const [i, part] of parts.entries()) {
    if (part.country !== country) continue
    const km = distanceKm(part.at, at)
    if (km >= nearestKm) continue
    nearest = i + 1
    nearestKm = km
  }
  return nearest
}

/** Ties a table to the list whose parts it numbers. */
export function partsChecksum(parts: readonly Part[]): number {
  return crc32(parts.map(({ id, at }) => `${id} ${at.join(' ')}\n`).join(''))
}

/** Says of any failure which file it was, and what to do. */
async function reading<T>(url: URL, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    const message = `${fileURLToPath(url)}: ${problem}; it came with Nearcast: install it again`
    throw new NearcastError('NC_DATABASE', message, { cause: error })
  }
}

function checkList(list: unknown): Part[] {
  if (!Array.isArray(list) || list.length > 255) throw new Error('expected a list of up to 255 parts')
  return list.map((part: unknown, i) => {
    if (!isPart(part)) throw new Error(`entry ${i + 1} is not { id, name, country, at: [latitude, longitude] }`)
    return part
  })
}

function isPart(value: unknown): value is Part {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, country, at } = value as Record<string, unknown>
  return (
    [id, name, country].every((text) => typeof text === 'string') &&
    Array.isArray(at) &&
    at.length === 2 &&
    at.every((degrees, i) => typeof degrees === 'number' && Math.abs(degrees) <= (i === 0 ? 90 : 180))
  )
}

function decode(bytes: Buffer, parts: readonly Part[]): Parts {
  if (bytes.length < headLength || bytes.toString('latin1', 0, 8) !== partsMagic)
    throw new Error(`expected ${partsMagic}`)
  if (bytes.readUInt32BE(8) !== partsChecksum(parts)) throw new Error('it was made for another parts.json')
  if (bytes.readUInt32BE(12) !== crc32(bytes.subarray(headLength))) throw new Error('its checksum is wrong')
  const v4 = decodeRuns(bytes, headLength, bytes.readUInt32BE(16), 24, parts.length)
  const v6 = decodeRuns(bytes, v4.end, bytes.readUInt32BE(20), 48, parts.length)
  if (v6.end !== bytes.length) throw new Error(`${bytes.length - v6.end} bytes are left over`)
  return {
    parts,
    v4: { starts: v4.highs, part: v4.part },
    v6: { startsHigh: v6.highs, startsLow: v6.lows, part: v6.part },
  }
}

interface Runs {
  /** The first 32 bits of each start, and the next 32. */
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  readonly part: Uint8Array
  /** Where the next family begins. */
  readonly end: number
}

/** Runs of one family, whose starts are numbers of networks of `length` bits. */
function decodeRuns(bytes: Buffer, from: number, count: number, length: number, mostPart: number): Runs {
  // A run takes two bytes at least, so a count that lies allocates nothing large.
  if (count < 1 || count * 2 > bytes.length - from) throw new Error(`it cannot hold ${count} runs`)
  const highs = new Uint32Array(count)
  const lows = new Uint32Array(count)
  const highUnit = 2 ** (length - 32)
  const networks = 2 ** length
  let at = from
  let start = 0
  for (let i = 0; i < count; i++) {
    let step = 0
    let scale = 1
    let byte = 0
    do {
      byte = bytes[at++] ?? 0
      step += (byte & 0x7f) * scale
      scale *= 128
    } while (byte >= 0x80 && step < networks)
    start += step
    if ((step === 0) !== (i === 0) || start >= networks) throw new Error(`run ${i + 1} is out of order`)
    const high = Math.floor(start / highUnit)
    highs[i] = high
    lows[i] = (start - high * highUnit) * (2 ** 32 / highUnit)
  }
  const part = new Uint8Array(bytes.subarray(at, at + count))
  if (part.length < count) throw new Error('it ends early')
  for (let i = 0; i < count; i++) {
    if ((part[i] ?? 0) > mostPart) throw new Error(`run ${i + 1} is in a part that is not listed`)
  }
  return { highs, lows, part, end: at + count }
}
