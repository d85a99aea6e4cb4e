// A prefix as a stretch of the 64-bit space that ranges live in. Knows no databases and no cells.
import type { Prefix } from '../ip/prefix.ts'

/** The first 64 bits of an IPv6 address; an IPv4 address is the first 32 of them. */
export interface Position {
  readonly high: number
  readonly low: number
}

/** All positions that begin with the first `depth` bits of this one. */
export interface Span extends Position {
  readonly family: 4 | 6
  /** At most 64. */
  readonly depth: number
}

/** The span of a prefix; one longer than /64 becomes its /64. */
export function spanOf({ family, bytes, length }: Prefix): Span {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const low = family === 6 ? view.getUint32(4) : 0
  return { family, high: view.getUint32(0), low, depth: Math.min(length, 64) }
}

/** The first position behind a span, or null when it reaches the end of space. */
export function endOf({ high, low, depth }: Span): Position | null {
  const lowEnd = depth > 32 ? low + 2 ** (64 - depth) : 2 ** 32
  if (lowEnd < 2 ** 32) return { high, low: lowEnd }
  const highEnd = high + (depth > 32 ? 1 : 2 ** (32 - depth))
  return highEnd < 2 ** 32 ? { high: highEnd, low: 0 } : null
}

/** Orders positions by address, negative when `a` comes first. */
export function compare(a: Position, b: Position): number {
  return a.high - b.high || a.low - b.low
}
