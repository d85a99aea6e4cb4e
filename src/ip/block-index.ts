// Longest-prefix look-up by search over a disjoint partition of address space. Knows no geography and no DNS.
//
//   IPv4   bits 31..12 ──▶ firstLevel[k], firstLevel[k+1] ──▶ binary search in starts between them ──▶ block
//   IPv6   bits 127..108 ─▶ the same, over the first 64 bits held as two columns
//
// The first level makes the search short wherever real blocks are: with leaves no finer than /24 an IPv4 search spans at
// most 16 starts. Blocks cover all of the space, so a look-up always finds one.

const firstLevelBits = 20
const firstLevelSize = 1 << firstLevelBits
const firstLevelShift = 32 - firstLevelBits

/** The columns of the index; starts are sorted and begin at 0. */
export interface BlockColumns {
  readonly firstLevel4: Uint32Array
  readonly starts4: Uint32Array
  readonly depths4: Uint8Array
  readonly cells4: Uint16Array
  readonly firstLevel6: Uint32Array
  /** The first 32 bits of an IPv6 block's start. */
  readonly highs6: Uint32Array
  /** The next 32 bits. */
  readonly lows6: Uint32Array
  readonly depths6: Uint8Array
  readonly cells6: Uint16Array
}

/** The first-level table of sorted 32-bit starts: entry k is the last block that starts at or before bucket k's first address. */
export function firstLevelOf(starts: Uint32Array): Uint32Array<ArrayBuffer> {
  const table = new Uint32Array(firstLevelSize + 1)
  let block = 0
  for (let k = 0; k < firstLevelSize; k++) {
    const address = k * (1 << firstLevelShift)
    while (block + 1 < starts.length && starts[block + 1] <= address) block++
    table[k] = block
  }
  table[firstLevelSize] = starts.length - 1
  return table
}

/** The same for IPv6, where several blocks may share the first 32 bits. */
export function firstLevelOf6(highs: Uint32Array, lows: Uint32Array): Uint32Array<ArrayBuffer> {
  const table = new Uint32Array(firstLevelSize + 1)
  let block = 0
  for (let k = 0; k < firstLevelSize; k++) {
    const high = k * (1 << firstLevelShift)
    while (
      block + 1 < highs.length &&
      (highs[block + 1] < high || (highs[block + 1] === high && lows[block + 1] === 0))
    ) {
      block++
    }
    table[k] = block
  }
  table[firstLevelSize] = highs.length - 1
  return table
}

/**
 * The block an IPv4 address lies in.
 * @param address 32 bits, unsigned
 */
export function findBlock4(columns: BlockColumns, address: number): number {
  const bucket = address >>> firstLevelShift
  let low = columns.firstLevel4[bucket]
  let high = columns.firstLevel4[bucket + 1]
  const starts = columns.starts4
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (starts[middle] <= address) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * The block an IPv6 address lies in.
 * @param upper the first 32 bits, unsigned
 * @param lower the next 32 bits, unsigned
 */
export function findBlock6(columns: BlockColumns, upper: number, lower: number): number {
  const bucket = upper >>> firstLevelShift
  let low = columns.firstLevel6[bucket]
  let high = columns.firstLevel6[bucket + 1]
  const highs = columns.highs6
  const lows = columns.lows6
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    const start = highs[middle]
    if (start < upper || (start === upper && lows[middle] <= lower)) low = middle
    else high = middle - 1
  }
  return low
}
