// Longest-prefix look-up in a disjoint partition of address space: a trie of few, wide steps. Knows no geography and no DNS.
//
//   root      the first 16 bits ──▶ slot
//   slot      a block: its depth and cell                                        0 │ depth, 15 bits │ cell, 16 bits
//             or a table that tells apart by the next bits, as many as it says   1 │ stride, 5 bits │ offset, 26 bits
//
// How many bits a table reads depends on how many blocks lie below it (a level-compressed trie), so most addresses take one or
// two tables in either family: memory is what a look-up waits for, and a search would wait once for each of its steps. Blocks
// cover all of the space, so a look-up always finds one. Tables never read across bit 32: an address is two words of 32 bits,
// and IPv4 has only the first.

const rootBits = 16
const offsetBits = 26
const offsetMask = (1 << offsetBits) - 1
const strideMask = 31
/** A table has at most so many slots for each block below it, so that the index stays in proportion to the blocks. */
const slotsPerBlock = 4
const widestStride = 16

/**
 * Finds the block an address lies in.
 * @param high the first 32 bits, signed or not
 * @param low the next 32 bits; 0 for IPv4
 * @returns its depth × 65,536 + its cell
 */
export function findBlock(trie: Int32Array, high: number, low: number): number {
  let slot = trie[high >>> (32 - rootBits)]
  let word = high
  let left = 32 - rootBits
  while (slot < 0) {
    if (left === 0) {
      word = low
      left = 32
    }
    const stride = (slot >>> offsetBits) & strideMask
    left -= stride
    slot = trie[(slot & offsetMask) + ((word >>> left) & ((1 << stride) - 1))]
  }
  return slot
}

/** 2 ** -depth: the share of the space that a block of each depth covers. Sums of these are exact. */
const shares = Float64Array.from({ length: 65 }, (_, depth) => 2 ** -depth)

/**
 * The trie of a partition, as findBlock reads it. Blocks are prefixes in address order and cover all of the space, so where
 * each begins follows from the depths before it.
 */
export function buildTrie(depths: Uint8Array, cells: Uint16Array): Int32Array<ArrayBuffer> {
  const trie = new TrieWriter(depths, cells)
  return trie.write()
}

class TrieWriter {
  readonly #depths: Uint8Array
  readonly #cells: Uint16Array
  #slots = new Int32Array(1 << (rootBits + 2))
  #size = 1 << rootBits

  constructor(depths: Uint8Array, cells: Uint16Array) {
    this.#depths = depths
    this.#cells = cells
  }

  write(): Int32Array<ArrayBuffer> {
    this.#fill(0, rootBits, 0, 0)
    return this.#slots.slice(0, this.#size)
  }

  /** Fills the table at `offset`, whose slots are the prefixes of `depth` bits from the one on that begins with block `first`. */
  #fill(offset: number, stride: number, prefix: number, first: number): void {
    const depth = prefix + stride
    const end = offset + 2 ** stride
    let block = first
    for (let slot = offset; slot < end;) {
      const wide = depth - this.#depths[block]
      if (wide >= 0) {
        const next = slot + 2 ** wide
        this.#slots.fill((this.#depths[block] << 16) | this.#cells[block], slot, next)
        slot = next
        block++
      } else {
        const next = this.#endOf(block, depth)
        // First the table, as making it may move the slots.
        const table = this.#table(depth, block, next)
        this.#slots[slot++] = table
        block = next
      }
    }
  }

  /** The block after the last one inside the prefix of `depth` bits that begins with block `first`. */
  #endOf(first: number, depth: number): number {
    let block = first
    for (let covered = 0; covered < shares[depth]; block++) covered += shares[this.#depths[block]]
    return block
  }

  /** Makes the table of the blocks from `first` to before `end`, which fill a prefix of `depth` bits. Returns its slot. */
  #table(depth: number, first: number, end: number): number {
    let deepest = 0
    for (let block = first; block < end; block++) if (this.#depths[block] > deepest) deepest = this.#depths[block]
    const room = Math.floor(Math.log2((end - first) * slotsPerBlock))
    const stride = Math.min(room, deepest - depth, (depth < 32 ? 32 : 64) - depth, widestStride)
    const offset = this.#size
    this.#size += 2 ** stride
    if (this.#size > offsetMask) throw new Error('there are more blocks than the index has room for')
    this.#reserve()
    this.#fill(offset, stride, depth, first)
    return (1 << 31) | (stride << offsetBits) | offset
  }

  #reserve(): void {
    if (this.#size <= this.#slots.length) return
    const larger = new Int32Array(Math.max(this.#slots.length * 2, this.#size))
    larger.set(this.#slots)
    this.#slots = larger
  }
}
