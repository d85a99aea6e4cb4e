// Whether ranges become the widest blocks there are, and the floor and the operator's prefixes are kept. Knows no databases.
import { describe, expect, it } from 'vitest'
import { cutLeaves, type Leaves } from '../../../src/geo/leaves.ts'
import { RangeBuilder, type Ranges } from '../../../src/geo/ranges.ts'
import { spanOf } from '../../../src/geo/span.ts'
import { formatAddress } from '../../../src/ip/address.ts'
import { parsePrefix } from '../../../src/ip/prefix.ts'

/** IPv4 ranges from starts within 192.0.2.0/24: [last octet, value]. */
function ranges(...starts: readonly (readonly [number, number])[]): Ranges {
  const builder = new RangeBuilder()
  for (const [octet, value] of starts) builder.push(0xc000_0200 + octet, 0, value)
  builder.push(0xc000_0300, 0, 0)
  return builder.finish()
}

/** The blocks that are not in cell 0. */
function shown({ length, highs, depths, cells }: Leaves): string[] {
  return Array.from({ length }, (_, i) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(highs[i])
    return `${formatAddress(bytes)}/${depths[i]} ${cells[i]}`
  }).filter((text) => !text.endsWith(' 0'))
}

function spans(...prefixes: readonly string[]): ReturnType<typeof spanOf>[] {
  return prefixes.map((text) => {
    const prefix = parsePrefix(text)
    if ('error' in prefix) throw new TypeError(prefix.error)
    return spanOf(prefix)
  })
}

describe('blocks', () => {
  it('are one for everything when everything is alike', () => {
    const leaves = cutLeaves(new RangeBuilder().finish(), 24, [], 10)
    expect([leaves.length, leaves.depths[0], leaves.cells[0]]).toEqual([1, 0, 0])
  })

  it('cut a range that is no prefix into the fewest prefixes', () => {
    expect(shown(cutLeaves(ranges([3, 7], [20, 0]), 32, [], 100))).toEqual([
      '192.0.2.3/32 7',
      '192.0.2.4/30 7',
      '192.0.2.8/29 7',
      '192.0.2.16/30 7',
    ])
  })

  it('give the floor to the cell of most addresses', () => {
    expect(shown(cutLeaves(ranges([0, 1], [100, 2], [150, 1], [200, 3]), 24, [], 100))).toEqual(['192.0.2.0/24 1'])
    expect(shown(cutLeaves(ranges([0, 1], [1, 2]), 24, [], 100))).toEqual(['192.0.2.0/24 2'])
  })

  it('give the floor to the first of two equals', () => {
    expect(shown(cutLeaves(ranges([0, 2], [128, 1]), 24, [], 100))).toEqual(['192.0.2.0/24 2'])
    expect(shown(cutLeaves(ranges([0, 0], [128, 1]), 24, [], 100))).toEqual([])
  })

  it('join equal siblings that majorities made', () => {
    expect(shown(cutLeaves(ranges([0, 1], [60, 2], [64, 1], [100, 3], [101, 1]), 26, [], 100))).toEqual([
      '192.0.2.0/24 1',
    ])
  })

  it("go below the floor around an operator's prefix, as deep as it needs", () => {
    const own = spans('192.0.2.16/28')
    expect(shown(cutLeaves(ranges([0, 1], [16, 9], [32, 1], [130, 2], [140, 1]), 24, own, 100))).toEqual([
      '192.0.2.0/28 1',
      '192.0.2.16/28 9',
      '192.0.2.32/27 1',
      '192.0.2.64/26 1',
      '192.0.2.128/25 1',
    ])
  })

  it("take the majority inside an operator's prefix too", () => {
    const own = spans('192.0.2.0/25')
    const all = ranges([0, 1], [60, 2], [64, 3], [128, 5])
    expect(shown(cutLeaves(all, 24, own, 100))).toEqual(['192.0.2.0/25 3', '192.0.2.128/25 5'])
  })

  it("follow nested and neighbouring prefixes of an operator's", () => {
    const own = spans('192.0.2.0/26', '192.0.2.0/30', '192.0.2.4/32')
    expect(shown(cutLeaves(ranges([0, 1], [4, 2], [5, 3], [64, 4]), 24, own, 100))).toEqual([
      '192.0.2.0/30 1',
      '192.0.2.4/32 2',
      '192.0.2.5/32 3',
      '192.0.2.6/31 3',
      '192.0.2.8/29 3',
      '192.0.2.16/28 3',
      '192.0.2.32/27 3',
      '192.0.2.64/26 4',
      '192.0.2.128/25 4',
    ])
  })

  it('reach to a /64 of IPv6', () => {
    const builder = new RangeBuilder()
    builder.push(0x2001_0db8, 0xffff_ffff, 1)
    builder.push(0x2001_0db9, 0, 0)
    const { length, highs, lows, depths, cells } = cutLeaves(builder.finish(), 64, [], 100)
    const i = cells.indexOf(1)
    expect([highs[i], lows[i], depths[i], length]).toEqual([0x2001_0db8, 0xffff_ffff, 64, 65])
  })

  it('are refused when there is no room for them', () => {
    expect(() => cutLeaves(ranges([0, 1]), 24, [], 24)).toThrow(
      /more than 3000000 blocks; use a coarser geo.finestScope/,
    )
    expect(cutLeaves(ranges([0, 1]), 24, [], 25).length).toBe(25)
  })
})
