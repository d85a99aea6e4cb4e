// Sorted, disjoint ranges of address space with a number each, two walked together. Knows not what the numbers mean.

/** Positions are IPv4 addresses, or IPv6 /48s (fractions where a source is finer). `ends` is exclusive. */
export interface Ranges {
  readonly starts: Float64Array
  readonly ends: Float64Array
  readonly values: Int32Array
}

/** Collects ranges that arrive in address order; neighbours of the same value become one. */
export class RangesBuilder {
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #values: number[] = []

  add(start: number, end: number, value: number): void {
    const last = this.#ends.length - 1
    if (this.#ends[last] === start && this.#values[last] === value) {
      this.#ends[last] = end
      return
    }
    this.#starts.push(start)
    this.#ends.push(end)
    this.#values.push(value)
  }

  build(): Ranges {
    return {
      starts: Float64Array.from(this.#starts),
      ends: Float64Array.from(this.#ends),
      values: Int32Array.from(this.#values),
    }
  }
}

/** Calls `visit` for every piece of space that both hold. */
export function overlay(
  a: Ranges,
  b: Ranges,
  visit: (start: number, count: number, inA: number, inB: number) => void,
): void {
  let i = 0
  let j = 0
  while (i < a.starts.length && j < b.starts.length) {
    const endA = a.ends[i] ?? 0
    const endB = b.ends[j] ?? 0
    const start = Math.max(a.starts[i] ?? 0, b.starts[j] ?? 0)
    const end = Math.min(endA, endB)
    if (start < end) visit(start, end - start, a.values[i] ?? 0, b.values[j] ?? 0)
    if (endA <= endB) i++
    if (endB <= endA) j++
  }
}
