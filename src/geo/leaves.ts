// Cuts ranges of cells into blocks: aligned, disjoint, as wide as they can be. Knows no databases.
//
//   ranges   ├──── A ────┼── B ──┼─ A ─┼───────── C ─────────┤
//   blocks   ├──/25 A────┼/26 B──┼/26 A┼────────/24 C────────┤     one cell each, or the majority's at the floor
import { NearcastError } from '../errors.ts'
import type { Ranges } from './ranges.ts'
import type { Span } from './span.ts'

/** What `check` refuses to go beyond, both families together. */
export const maximumBlocks = 3_000_000

/** Blocks in address order, over the 64-bit space of Ranges. */
export interface Leaves {
  readonly length: number
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  readonly depths: Uint8Array
  /** Values of the ranges. */
  readonly cells: Uint32Array
}

/**
 * The blocks of ranges. Where one would be finer than the floor, the cell of most addresses takes the whole floor (the first of
 * equals); only what an operator's prefix cuts out goes deeper, as deep as it needs.
 * @param floor the finest depth for the databases' sake
 * @param spans the operator's prefixes in address order
 * @param room how many blocks there may be
 * @throws NearcastError NC_DATABASE when there are more
 */
export function cutLeaves(ranges: Ranges, floor: number, spans: readonly Span[], room: number): Leaves {
  const cutter = new LeafCutter(ranges, floor, spans, room)
  cutter.cut(0, 0, 0)
  return cutter.leaves()
}

class LeafCutter {
  private readonly ranges: Ranges
  private readonly floor: number
  private readonly spans: readonly Span[]
  private readonly room: number
  /** The range that holds the first address of the subtree at hand, and the first span at or behind it. */
  private range = 0
  private span = 0
  private length = 0
  private highs = new Uint32Array(4096)
  private lows = new Uint32Array(4096)
  private depths = new Uint8Array(4096)
  private cells = new Uint32Array(4096)
  private readonly votes = new Map<number, number>()

  constructor(ranges: Ranges, floor: number, spans: readonly Span[], room: number) {
    this.ranges = ranges
    this.floor = floor
    this.spans = spans.filter(({ depth }) => depth > floor)
    this.room = room
  }

  /** Cuts the subtree of `depth` that begins here; subtrees come in address order. */
  cut(high: number, low: number, depth: number): void {
    const { highs, lows, length, values } = this.ranges
    const lastHigh = depth < 32 ? (high | (0xffff_ffff >>> depth)) >>> 0 : high
    const lastLow = depth < 32 ? 0xffff_ffff : depth === 64 ? low : (low | (0xffff_ffff >>> (depth - 32))) >>> 0
    let range = this.range
    while (range + 1 < length && !isBehind(highs[range + 1], lows[range + 1], high, low)) range++
    this.range = range
    if (range + 1 === length || isBehind(highs[range + 1], lows[range + 1], lastHigh, lastLow)) {
      return this.emit(high, low, depth, values[range])
    }
    if (depth >= this.floor && !this.isCut(high, low, lastHigh, lastLow, depth)) {
      return this.emit(high, low, depth, this.majority(high, low, lastHigh, lastLow))
    }
    this.cut(high, low, depth + 1)
    if (depth < 32) this.cut((high | (0x8000_0000 >>> depth)) >>> 0, low, depth + 1)
    else this.cut(high, (low | (0x8000_0000 >>> (depth - 32))) >>> 0, depth + 1)
  }

  leaves(): Leaves {
    const { length } = this
    return {
      length,
      highs: this.highs.subarray(0, length),
      lows: this.lows.subarray(0, length),
      depths: this.depths.subarray(0, length),
      cells: this.cells.subarray(0, length),
    }
  }

  /** Whether a prefix of the operator's lies inside this subtree and is smaller. */
  private isCut(high: number, low: number, lastHigh: number, lastLow: number, depth: number): boolean {
    const { spans } = this
    while (this.span < spans.length && isBehind(high, low, spans[this.span].high, spans[this.span].low)) this.span++
    for (let i = this.span; i < spans.length && !isBehind(spans[i].high, spans[i].low, lastHigh, lastLow); i++) {
      if (spans[i].depth > depth) return true
    }
    return false
  }

  /** The value of most addresses from the first to the last; of equals, the one that comes first. */
  private majority(high: number, low: number, lastHigh: number, lastLow: number): number {
    const { highs, lows, length, values } = this.ranges
    const { votes } = this
    votes.clear()
    let fromHigh = high
    let fromLow = low
    for (let i = this.range; ; i++) {
      const isLast = i + 1 === length || isBehind(highs[i + 1], lows[i + 1], lastHigh, lastLow)
      const size = isLast
        ? (lastHigh - fromHigh) * 2 ** 32 + (lastLow - fromLow) + 1
        : (highs[i + 1] - fromHigh) * 2 ** 32 + (lows[i + 1] - fromLow)
      votes.set(values[i], (votes.get(values[i]) ?? 0) + size)
      if (isLast) break
      fromHigh = highs[i + 1]
      fromLow = lows[i + 1]
    }
    let best = 0
    let most = 0
    for (const [value, size] of votes) {
      if (size <= most) continue
      best = value
      most = size
    }
    return best
  }

  /** Adds a block; with its equal sibling before it, it becomes the block above, and so on up. */
  private emit(high: number, low: number, depth: number, cell: number): void {
    while (depth > 0 && this.length > 0) {
      const last = this.length - 1
      const isRight = depth <= 32 ? (high >>> (32 - depth)) & 1 : (low >>> (64 - depth)) & 1
      if (isRight === 0 || this.depths[last] !== depth || this.cells[last] !== cell) break
      high = this.highs[last]
      low = this.lows[last]
      depth--
      this.length = last
    }
    if (this.length === this.room) {
      throw new NearcastError(
        'NC_DATABASE',
        `the databases and networks make more than ${maximumBlocks} blocks; use a coarser geo.finestScope or fewer geo.overrides`,
      )
    }
    if (this.length === this.highs.length) this.grow()
    this.highs[this.length] = high
    this.lows[this.length] = low
    this.depths[this.length] = depth
    this.cells[this.length] = cell
    this.length++
  }

  private grow(): void {
    const size = this.highs.length * 2
    this.highs = copied(new Uint32Array(size), this.highs)
    this.lows = copied(new Uint32Array(size), this.lows)
    this.depths = copied(new Uint8Array(size), this.depths)
    this.cells = copied(new Uint32Array(size), this.cells)
  }
}

/** Whether position a comes after position b. */
function isBehind(highA: number, lowA: number, highB: number, lowB: number): boolean {
  return highA > highB || (highA === highB && lowA > lowB)
}

function copied<T extends Uint8Array | Uint32Array>(larger: T, column: T): T {
  larger.set(column)
  return larger
}
