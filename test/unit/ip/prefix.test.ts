// Prefixes between text and octets, and containment.
import fc from 'fast-check'
import { BlockList } from 'node:net'
import { describe, expect, it } from 'vitest'
import { formatAddress } from '../../../src/ip/address.ts'
import { formatPrefix, parsePrefix, prefixContains, type Prefix } from '../../../src/ip/prefix.ts'

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text)
  if ('error' in parsed) throw new Error(parsed.error)
  return parsed
}

describe('parsePrefix', () => {
  it.each(['0.0.0.0/0', '198.51.100.0/22', '192.0.2.255/32', '::/0', '2001:db8::/32', '2001:db8::8000/113', '::1/128'])(
    'reads %s and writes it the same',
    (text) => {
      expect(formatPrefix(prefix(text))).toBe(text)
    },
  )

  it('knows the family', () => {
    expect(prefix('198.51.100.0/22')).toEqual({ family: 4, bytes: Uint8Array.of(198, 51, 100, 0), length: 22 })
    expect(prefix('::/0')).toEqual({ family: 6, bytes: new Uint8Array(16), length: 0 })
  })

  it('writes a prefix canonically', () => {
    expect(formatPrefix(prefix('2001:0DB8:0::/32'))).toBe('2001:db8::/32')
  })

  it.each([
    ['198.51.100.7/22', '198.51.100.0/22'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['128.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
  ])('refuses %s and says %s', (text, canonical) => {
    expect(parsePrefix(text)).toEqual({ error: expect.stringContaining(canonical), canonical })
  })

  it.each([
    ['198.51.100.0/33', 'prefix length "33", expected 0 to 32'],
    ['2001:db8::/129', 'prefix length "129", expected 0 to 128'],
    ['198.51.100.0/', 'prefix length "", expected 0 to 32'],
    ['198.51.100.0/022', 'prefix length "022", expected 0 to 32'],
    ['198.51.100.0/-1', 'prefix length "-1", expected 0 to 32'],
    ['198.51.100/24', '"198.51.100" is not an IP address'],
    ['office', '"office" is not a prefix, expected address/length'],
  ])('refuses %s: %s', (text, error) => {
    expect(parsePrefix(text)).toEqual({ error })
  })
})

describe('prefixContains', () => {
  it.each([
    ['198.51.100.0/22', '198.51.101.0/24', true],
    ['198.51.100.0/22', '198.51.100.0/22', true],
    ['198.51.100.0/22', '198.51.104.0/24', false],
    ['198.51.100.0/22', '198.51.0.0/16', false],
    ['0.0.0.0/0', '192.0.2.1/32', true],
    ['192.0.2.1/32', '192.0.2.1/32', true],
    ['192.0.2.0/32', '192.0.2.1/32', false],
    ['2001:db8::/33', '2001:db8:8000::/33', false],
    ['2001:db8::/32', '2001:db8:8000::/33', true],
    ['::/0', '192.0.2.1/32', false],
    ['0.0.0.0/0', '::/0', false],
  ])('%s contains %s: %s', (outer, inner, expected) => {
    expect(prefixContains(prefix(outer), prefix(inner))).toBe(expected)
  })

  it('agrees with the platform over random IPv4 networks', () => {
    fc.assert(
      fc.property(fc.nat(32), fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(31), (length, bytes, flipped) => {
        const found = parsePrefix(`${formatAddress(bytes)}/${length}`)
        const outer = 'error' in found ? prefix(found.canonical ?? '') : found
        const host = bytes.map((octet, i) => (i === flipped >> 3 ? octet ^ (0x80 >> (flipped & 7)) : octet))
        const list = new BlockList()
        list.addSubnet(formatAddress(outer.bytes), length)
        expect(prefixContains(outer, prefix(`${formatAddress(host)}/32`))).toBe(list.check(formatAddress(host)))
      }),
    )
  })
})
