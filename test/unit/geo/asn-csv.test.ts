// Whether the built-in ASN tables are read right and damaged ones named by line. Knows no carriers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Ranges } from '../../../src/geo/ranges.ts'
import { readAsnV4, readAsnV6 } from '../../../src/geo/sources/asn-csv.ts'
import { builtin } from '../../../src/geo/sources/files.ts'
import { valueAt } from '../../support/range-value.ts'

const folder = mkdtempSync(join(tmpdir(), 'nearcast-asn-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'asn.csv')
const same = (asn: number): number => asn

function readV4(text: string): ReturnType<typeof readAsnV4> {
  writeFileSync(file, text)
  return readAsnV4(file, same)
}

function readV6(text: string): ReturnType<typeof readAsnV6> {
  writeFileSync(file, text)
  return readAsnV6(file, same)
}

/** [high, low, value] of each range. */
function rows({ length, highs, lows, values }: Ranges): number[][] {
  return Array.from({ length }, (_, i) => [highs[i], lows[i], values[i]])
}

describe('the IPv4 table', () => {
  it('becomes ranges with nothing between them', async () => {
    const { ranges, records } = await readV4('256,511,64500,"Example, Inc."\n512,767,64501,B\n1024,4294967295,64500,C')
    expect(records).toBe(3)
    expect(rows(ranges)).toEqual([
      [0, 0, 0],
      [256, 0, 64500],
      [512, 0, 64501],
      [768, 0, 0],
      [1024, 0, 64500],
    ])
  })

  it('joins neighbours that come to the same', async () => {
    const { ranges } = await readV4('0,255,64500,A\n256,511,64500,B\n')
    expect(rows(ranges)).toEqual([
      [0, 0, 64500],
      [512, 0, 0],
    ])
  })

  it('gives an overlap to the later row', async () => {
    const { ranges } = await readV4('0,300,1,A\n200,400,2,B\n')
    expect(rows(ranges)).toEqual([
      [0, 0, 1],
      [200, 0, 2],
      [401, 0, 0],
    ])
  })

  it('is read across chunks of the file', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i * 256},${i * 256 + 255},${i + 1},Example ${i}`)
    const { ranges, records } = await readV4(lines.join('\n'))
    expect(records).toBe(100_000)
    for (let i = 0; i < 100_000; i += 997) expect(valueAt(ranges, i * 256 + 128, 0)).toBe(i + 1)
  })

  it.each([
    ['5,4,1,A\n', 1, 'addresses in order'],
    ['0,5,1,A\n0,9,1,A\n', 2, 'addresses in order'],
    ['10,50,1,A\n20,30,1,A\n', 2, 'addresses in order'],
    ['0,5,1,A\n6,4294967296,1,A\n', 2, 'a whole number below 2^32'],
    ['0,5,1,A\n\n', 2, 'four fields'],
    ['0,5\n', 1, 'four fields'],
    ['0,5,AS1,A\n', 1, 'a whole number'],
    ['-1,5,1,A\n', 1, 'a whole number'],
    [',5,1,A\n', 1, 'a whole number below 2^32'],
    ['', 0, 'rows'],
    ['x'.repeat(3_000_000), 1, 'rows of text'],
  ])('%j is refused at line %i: expected %s', async (text, line, expected) => {
    await expect(readV4(text)).rejects.toThrow(`geo.asn: ${file}:${line}: `)
    await expect(readV4(text)).rejects.toThrow(`expected ${expected}; install Nearcast again`)
  })

  it('is named when it cannot be read', async () => {
    await expect(readAsnV4('/nowhere/x.csv', same)).rejects.toThrow('geo.asn: /nowhere/x.csv: cannot be read')
  })
})

describe('the IPv6 table', () => {
  it('becomes ranges of /64s, each belonging to who has its first address', async () => {
    const { ranges } = await readV6(
      [
        '2001:db8::,2001:db8:0:1:ffff:ffff:ffff:ffff,1,A',
        '2001:db8:0:2::80,2001:db8:0:2::ff,2,only the end of a /64',
        '2001:db8:0:3::80,2001:db8:0:5::7,3,B',
        'ffff::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,4,C',
      ].join('\n'),
    )
    expect(rows(ranges)).toEqual([
      [0, 0, 0],
      [0x20010db8, 0, 1],
      [0x20010db8, 2, 0],
      [0x20010db8, 4, 3],
      [0x20010db8, 6, 0],
      [0xffff0000, 0, 4],
    ])
  })

  it.each([
    ['1.2.3.4,1.2.3.5,1,A\n', 'an IPv6 address'],
    ['2001:db8::1,2001:db8::,1,A\n', 'addresses in order'],
    ['2001:db8::1,2001:db8::z,1,A\n', 'an IPv6 address'],
  ])('%j is refused: expected %s', async (text, expected) => {
    await expect(readV6(text)).rejects.toThrow(`${file}:1: `)
    await expect(readV6(text)).rejects.toThrow(`expected ${expected}; install Nearcast again`)
  })
})

describe('the tables that come with Nearcast', () => {
  it('are read whole', async () => {
    const v4 = await readAsnV4(builtin.asnV4, same)
    const v6 = await readAsnV6(builtin.asnV6, same)
    expect(v4.records).toBeGreaterThan(400_000)
    expect(v6.records).toBeGreaterThan(100_000)
    expect(valueAt(v4.ranges, 0x01010101, 0)).toBe(13335)
    expect(valueAt(v6.ranges, 0x26064700, 0x47000000)).toBe(13335)
  })
})
