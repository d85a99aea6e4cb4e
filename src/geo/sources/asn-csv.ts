// Reads the built-in ASN tables, CSV of `first,last,asn,name` in address order. Must not know carriers.
import { createReadStream } from 'node:fs'
import { NearcastError } from '../../errors.ts'
import { parseAddress } from '../../ip/address.ts'
import { RangeBuilder, type Ranges } from '../ranges.ts'
import { compare, endOf, spanOf, type Position } from '../span.ts'

const comma = 0x2c
const newline = 0x0a
const zero = 0x30
const chunkSize = 1 << 20
/** Far beyond any row of these tables. */
const longestRow = 1 << 16

export interface AsnTable {
  readonly ranges: Ranges
  /** Rows of the file. */
  readonly records: number
}

/**
 * The table of IPv4, its addresses written as whole numbers. Where two rows overlap (one pair does), the later one holds.
 * @param valueOf reduces an ASN to a number, 0 for one that does not matter
 * @throws NearcastError NC_DATABASE naming file and line when a row is malformed or out of order
 */
export async function readAsnV4(file: string, valueOf: (asn: number) => number): Promise<AsnTable> {
  const builder = new RangeBuilder()
  let previousFirst = -1
  let free = 0
  const records = await readRows(file, (row) => {
    const first = row.number()
    const last = row.number()
    if (first > last || first <= previousFirst || last < free) row.fail('addresses in order')
    if (first > free) builder.push(free, 0, 0)
    builder.push(first, 0, valueOf(row.number()))
    previousFirst = first
    free = last + 1
  })
  if (free < 2 ** 32) builder.push(free, 0, 0)
  return { ranges: builder.finish(), records }
}

/** The table of IPv6, its addresses written as text; otherwise like readAsnV4. A /64 belongs to who has its first address. */
export async function readAsnV6(file: string, valueOf: (asn: number) => number): Promise<AsnTable> {
  const builder = new RangeBuilder()
  let previousFirst: Uint8Array = new Uint8Array(0)
  let previousLast = previousFirst
  let free: Position | null = { high: 0, low: 0 }
  const records = await readRows(file, (row) => {
    const first = row.addressV6()
    const last = row.addressV6()
    if (!isBefore(previousFirst, first) || !isBefore(previousLast, last) || isBefore(last, first)) {
      row.fail('addresses in order')
    }
    previousFirst = first
    previousLast = last
    const value = valueOf(row.number())
    const firstSpan = spanOf({ family: 6, bytes: first, length: 64 })
    const start = first.subarray(8).every((octet) => octet === 0) ? firstSpan : endOf(firstSpan)
    const end = endOf(spanOf({ family: 6, bytes: last, length: 64 }))
    if (start === null || (end !== null && compare(start, end) >= 0)) return
    if (free !== null && compare(free, start) < 0) builder.push(free.high, free.low, 0)
    builder.push(start.high, start.low, value)
    free = end
  })
  if (free !== null) builder.push(free.high, free.low, 0)
  return { ranges: builder.finish(), records }
}

function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) < 0
}

/** Calls for every row, the same Row each time; returns how many there were. */
async function readRows(file: string, onRow: (row: Row) => void): Promise<number> {
  const row = new Row(file)
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkSize })) {
      const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      for (let end = bytes.indexOf(newline, at); end >= 0; end = bytes.indexOf(newline, at)) {
        onRow(row.at(bytes, at, end))
        at = end + 1
      }
      rest = bytes.subarray(at)
      if (rest.length > longestRow) row.at(rest, 0, rest.length).fail('rows of text')
    }
  } catch (error) {
    if (error instanceof NearcastError) throw error
    throw new NearcastError('NC_DATABASE', `geo.asn: ${file}: cannot be read; install Nearcast again`, { cause: error })
  }
  if (rest.length > 0) onRow(row.at(rest, 0, rest.length))
  if (row.line === 0) row.fail('rows')
  return row.line
}

/** One row; its fields are taken from the left. */
class Row {
  line = 0
  private readonly file: string
  private bytes: Buffer = Buffer.alloc(0)
  private next = 0
  private end = 0

  constructor(file: string) {
    this.file = file
  }

  at(bytes: Buffer, start: number, end: number): this {
    this.line++
    this.bytes = bytes
    this.next = start
    this.end = end
    return this
  }

  number(): number {
    const start = this.next
    const end = this.fieldEnd()
    let value = 0
    for (let i = start; i < end; i++) {
      const digit = this.bytes[i] - zero
      if (digit < 0 || digit > 9) this.fail('a whole number')
      value = value * 10 + digit
    }
    if (end === start || value >= 2 ** 32) this.fail('a whole number below 2^32')
    return value
  }

  addressV6(): Uint8Array {
    const start = this.next
    const address = parseAddress(this.bytes.toString('latin1', start, this.fieldEnd()))
    return address?.length === 16 ? address : this.fail('an IPv6 address')
  }

  fail(expected: string): never {
    const found = this.bytes.toString('latin1', this.next, Math.min(this.end, this.next + 40))
    throw new NearcastError(
      'NC_DATABASE',
      `geo.asn: ${this.file}:${this.line}: before or at "${found}" expected ${expected}; install Nearcast again`,
    )
  }

  /** Steps behind the comma that ends the field at hand. */
  private fieldEnd(): number {
    const end = this.bytes.indexOf(comma, this.next)
    if (end < 0 || end >= this.end) this.fail('four fields')
    this.next = end + 1
    return end
  }
}
