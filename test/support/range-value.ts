// Looks one address up in ranges, for tests of what makes them. Knows no databases.
import type { Ranges } from '../../src/geo/ranges.ts'

/** The value at one address, by binary search. */
export function valueAt(ranges: Ranges, high: number, low: number): number {
  let first = 0
  let last = ranges.length - 1
  while (first < last) {
    const middle = (first + last + 1) >>> 1
    const start = ranges.highs[middle]
    if (start < high || (start === high && ranges.lows[middle] <= low)) first = middle
    else last = middle - 1
  }
  return ranges.values[first]
}
