// Values over all of address space, as sorted starts. Knows no databases and no cells.
//
//   IPv4   the address is the first 32 of 64 bits, the rest is 0
//   IPv6   the first 64 bits; what lies inside a /64 is not told apart: its first address speaks for it
//
// So both families are walked by the same code, and a prefix length means the same in both.

/** Range i goes from (highs[i], lows[i]) to the start of i + 1, or to the end of space. The first begins at 0. */
export interface Ranges {
  readonly length: number
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  /** 0 says nothing is known. */
  readonly values: Uint32Array
}

/** What one source says of both families. */
export interface FamilyRanges {
  readonly v4: Ranges
  readonly v6: Ranges
}

/** Takes ranges in address order; neighbours of equal value become one. */
export class RangeBuilder {
  private length = 1
  private highs = new Uint32Array(1024)
  private lows = new Uint32Array(1024)
  private values = new Uint32Array(1024)

  /** From this address on the value holds. Starts must not fall; a start given twice keeps the last value. */
  push(high: number, low: number, value: number): void {
    const last = this.length - 1
    if (this.highs[last] === high && this.lows[last] === low) {
      this.values[last] = value
      if (last > 0 && this.values[last - 1] === value) this.length = last
      return
    }
    if (this.values[last] === value) return
    if (this.length === this.highs.length) this.grow()
    this.highs[this.length] = high
    this.lows[this.length] = low
    this.values[this.length] = value
    this.length++
  }

  /** The ranges so far, as views. */
  finish(): Ranges {
    const { length } = this
    return {
      length,
      highs: this.highs.subarray(0, length),
      lows: this.lows.subarray(0, length),
      values: this.values.subarray(0, length),
    }
  }

  private grow(): void {
    this.highs = doubled(this.highs)
    this.lows = doubled(this.lows)
    this.values = doubled(this.values)
  }
}

/** Nothing known anywhere. */
export const noRanges: Ranges = new RangeBuilder().finish()

function doubled(column: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(column.length * 2)
  larger.set(column)
  return larger
}
