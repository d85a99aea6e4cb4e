// Flattens the search tree of an .mmdb file into sorted ranges. Must not know what the records mean.
//
//   pointer < nodeCount   another node
//   pointer = nodeCount   nothing known
//   pointer > nodeCount   the record at recordsAt + pointer - nodeCount - 16
//
// A tree of IPv6 holds IPv4 at ::/96, so those prefix lengths are 96 too large; the same subtree is often linked once more from
// ::ffff:0:0/96, 2002::/16 and others, where it is not walked again.
import { RangeBuilder, noRanges, type FamilyRanges } from '../ranges.ts'
import type { Mmdb } from './mmdb.ts'

const v4Depth = 96

export interface Flattened extends FamilyRanges {
  /** Prefixes of the tree that hold a record. */
  readonly records: number
}

/**
 * The whole tree, each record reduced to a number (0: nothing known).
 * @param valueOf told where a record lies; asked once for each distinct one
 * @throws NearcastError NC_DATABASE when the tree has cycles or points outside the file
 */
export function flatten(db: Mmdb, valueOf: (at: number) => number): Flattened {
  const walk = new TreeWalk(db, valueOf)
  if (db.ipVersion === 4) return { v4: walk.family(0, 32), v6: noRanges, records: walk.records }
  const v4Root = walk.below(0, v4Depth)
  const v4 = walk.family(v4Root, 32)
  if (v4Root < db.nodeCount) walk.alias = v4Root
  return { v4, v6: walk.family(0, 64), records: walk.records }
}

class TreeWalk {
  records = 0
  /** A node that is not entered. */
  alias = -1
  private readonly db: Mmdb
  private readonly valueOf: (at: number) => number
  private readonly known = new Map<number, number>()
  private readonly nodeSize: number
  /** A tree is entered twice at most, once for each family, so more visits than this mean a cycle. */
  private visitsLeft: number
  private builder = new RangeBuilder()

  constructor(db: Mmdb, valueOf: (at: number) => number) {
    this.db = db
    this.valueOf = valueOf
    this.nodeSize = db.recordBits / 4
    this.visitsLeft = db.nodeCount * 2 + 1024
  }

  /** Ranges of the subtree at `root`, which is `width` bits deep. */
  family(root: number, width: number): FamilyRanges['v4'] {
    this.builder = new RangeBuilder()
    this.descend(root, 0, 0, 0, width)
    return this.builder.finish()
  }

  /** What lies `depth` zero bits below a pointer. */
  below(pointer: number, depth: number): number {
    let at = pointer
    for (let i = 0; i < depth && at < this.db.nodeCount && at !== this.alias; i++) at = this.child(at, 0)
    return at
  }

  private descend(pointer: number, high: number, low: number, depth: number, width: number): void {
    if (pointer >= this.db.nodeCount || pointer === this.alias) {
      return this.builder.push(high, low, this.leaf(pointer))
    }
    if (depth === width) {
      // Inside an IPv6 /64 its first address speaks for it; under an IPv4 address there is nothing.
      const first = this.below(pointer, width === 64 ? 64 : 0)
      if (first < this.db.nodeCount && first !== this.alias)
        this.db.corrupt('its tree is deeper than an address is long')
      return this.builder.push(high, low, this.leaf(first))
    }
    if (--this.visitsLeft < 0) this.db.corrupt('its tree has a cycle')
    this.descend(this.child(pointer, 0), high, low, depth + 1, width)
    const rightHigh = depth < 32 ? (high | (0x8000_0000 >>> depth)) >>> 0 : high
    const rightLow = depth < 32 ? low : (low | (0x8000_0000 >>> (depth - 32))) >>> 0
    this.descend(this.child(pointer, 1), rightHigh, rightLow, depth + 1, width)
  }

  private leaf(pointer: number): number {
    if (pointer <= this.db.nodeCount) return 0
    this.records++
    let value = this.known.get(pointer)
    if (value === undefined) {
      value = this.valueOf(this.db.recordsAt + pointer - this.db.nodeCount - 16)
      this.known.set(pointer, value)
    }
    return value
  }

  private child(node: number, side: 0 | 1): number {
    const { bytes } = this.db
    const at = node * this.nodeSize
    if (this.nodeSize === 6) {
      const i = at + side * 3
      return (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2]
    }
    if (this.nodeSize === 8) return bytes.readUInt32BE(at + side * 4)
    const upper = side === 0 ? bytes[at + 3] >>> 4 : bytes[at + 3] & 15
    const i = at + side * 4
    return (upper << 24) | (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2]
  }
}
