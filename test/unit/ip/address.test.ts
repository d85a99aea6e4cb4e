// Addresses between text and octets.
import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from '../../../src/ip/address.ts'

describe('parseAddress', () => {
  it.each([
    ['192.0.2.1', [192, 0, 2, 1]],
    ['0.0.0.0', [0, 0, 0, 0]],
    ['255.255.255.255', [255, 255, 255, 255]],
  ])('reads %s', (text, octets) => {
    expect(parseAddress(text)).toEqual(Uint8Array.from(octets))
  })

  it.each([
    ['::', []],
    ['::1', [[15, 1]]],
    ['1::', [[1, 1]]],
    [
      '2001:DB8::a',
      [
        [0, 0x20],
        [1, 1],
        [2, 0x0d],
        [3, 0xb8],
        [15, 10],
      ],
    ],
    ['1:0:0:0:0:0:0:', null],
    [
      '1:2:3:4:5:6:7::',
      [
        [1, 1],
        [3, 2],
        [5, 3],
        [7, 4],
        [9, 5],
        [11, 6],
        [13, 7],
      ],
    ],
    [
      '::2:3:4:5:6:7:8',
      [
        [3, 2],
        [5, 3],
        [7, 4],
        [9, 5],
        [11, 6],
        [13, 7],
        [15, 8],
      ],
    ],
    [
      '::ffff:192.0.2.1',
      [
        [10, 255],
        [11, 255],
        [12, 192],
        [14, 2],
        [15, 1],
      ],
    ],
    [
      '64:ff9b::192.0.2.1',
      [
        [1, 0x64],
        [2, 0xff],
        [3, 0x9b],
        [12, 192],
        [14, 2],
        [15, 1],
      ],
    ],
  ])('reads %s', (text, octets) => {
    const expected = new Uint8Array(16)
    for (const [at, octet] of octets ?? []) expected[at] = octet
    expect(parseAddress(text)).toEqual(octets === null ? null : expected)
  })

  it.each([
    '',
    ' ',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.4 ',
    '1.2.3.4/32',
    '1.2.3.0x4',
    '1.2.3.4444',
    '-1.2.3.4',
    '１.2.3.4',
    ':',
    ':::',
    ':1',
    '1:',
    '1::2:',
    '1::2::3',
    '1:::2',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '::1.2.3.4:5',
    '::1.2.3.4.5',
    '::ffff:01.2.3.4',
    '1.2.3.4::',
  ])('refuses "%s"', (text) => {
    expect(parseAddress(text)).toBeNull()
  })

  it('agrees with the platform on what an address is', () => {
    const character = fc.constantFrom('0', '1', '9', 'a', 'F', ':', ':', '.', '::', '25', '255.', 'ffff:')
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 14 }), (text) => {
        expect(parseAddress(text)?.length ?? 0).toBe({ 0: 0, 4: 4, 6: 16 }[isIP(text)])
      }),
      { numRuns: 5000 },
    )
  })
})

describe('formatAddress', () => {
  it.each([
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:0', '2001:db8:0:0:1::'],
    ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['ABCD::', 'abcd::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::c000:201', '::c000:201'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatAddress(parseAddress(text) ?? new Uint8Array())).toBe(canonical)
  })

  it('writes what reads back as the same address', () => {
    const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(
        fc.oneof(
          octets(4),
          octets(16),
          sparse.map((values) => Uint8Array.from(values)),
        ),
        (bytes) => {
          const text = formatAddress(bytes)
          expect(parseAddress(text)).toEqual(bytes)
          expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6)
        },
      ),
    )
  })
})
