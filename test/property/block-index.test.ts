// The block index against a scan of all blocks, over random partitions. Knows no geography.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTrie, findBlock } from '../../src/ip/block-index.ts'

interface Block {
  readonly start: bigint
  readonly depth: number
}

/** Partitions of 64 bits, made by splitting blocks: each number picks one and says how often its first half is split again. */
const partitions = fc
  .array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 64 }), fc.boolean()), { maxLength: 60 })
  .map((splits) => {
    const blocks: Block[] = [{ start: 0n, depth: 0 }]
    for (const [pick, times, right] of splits) {
      let at = pick % blocks.length
      for (let i = 0; i < times && blocks[at].depth < 64; i++) {
        const { start, depth } = blocks[at]
        blocks.splice(
          at,
          1,
          { start, depth: depth + 1 },
          { start: start + (1n << BigInt(63 - depth)), depth: depth + 1 },
        )
        if (right) at++
      }
    }
    return blocks
  })

function indexOf(blocks: readonly Block[], address: bigint): number {
  return blocks.findLastIndex(({ start }) => start <= address)
}

function find(trie: Int32Array, address: bigint): { depth: number; cell: number } {
  const found = findBlock(trie, Number(address >> 32n) | 0, Number(address & 0xffffffffn) | 0)
  return { depth: found >>> 16, cell: found & 0xffff }
}

describe('the block index', () => {
  it('finds the block of every address, for any partition', () => {
    fc.assert(
      fc.property(
        partitions,
        fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { maxLength: 20 }),
        (blocks, some) => {
          const trie = buildTrie(
            Uint8Array.from(blocks, ({ depth }) => depth),
            Uint16Array.from(blocks, (_, i) => i),
          )
          const edges = blocks.flatMap(({ start }) => (start === 0n ? [start] : [start, start - 1n]))
          for (const address of [...edges, ...some, (1n << 64n) - 1n]) {
            const cell = indexOf(blocks, address)
            expect(find(trie, address)).toEqual({ depth: blocks[cell].depth, cell })
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('stays in proportion to the blocks where many lie close together', () => {
    const depths = Uint8Array.from([
      ...Array.from({ length: 65_536 }, () => 48),
      ...Array.from({ length: 32 }, (_, i) => 32 - i),
    ])
    const trie = buildTrie(
      depths,
      Uint16Array.from(depths, (_, i) => i & 0xffff),
    )
    expect(trie.length).toBeLessThan(65_536 * 6)
    expect(find(trie, 0x1234n << 16n)).toEqual({ depth: 48, cell: 0x1234 })
  })

  it('refuses no cell and no depth', () => {
    const trie = buildTrie(Uint8Array.of(1, 2, 2), Uint16Array.of(0xffff, 0, 1))
    expect(find(trie, 0n)).toEqual({ depth: 1, cell: 0xffff })
    expect(find(trie, 3n << 62n)).toEqual({ depth: 2, cell: 1 })
  })
})
