// NSEC records: which name comes next and which types a name has (RFC 4034 section 4). Knows no chain and no keys.
const windowLength = 34

/**
 * NSEC rdata.
 * @param next the next owner in canonical order, in lower-case wire form; the apex after the last
 * @param types of the owner's RRsets, in any order, NSEC and RRSIG among them
 */
export function nsecRdata(next: Uint8Array, types: Iterable<number>): Uint8Array {
  return Buffer.concat([next, typeBitmap(types)])
}

/** Types as windows of bits (RFC 4034 section 4.1.2): window, length, then one bit a type from the left, no zeros at the end. */
export function typeBitmap(types: Iterable<number>): Uint8Array {
  const windows = new Map<number, Uint8Array>()
  for (const type of types) {
    const window = windows.get(type >>> 8) ?? new Uint8Array(windowLength)
    windows.set(type >>> 8, window)
    const octet = (type & 255) >>> 3
    window[2 + octet] |= 0x80 >>> (type & 7)
    window[0] = type >>> 8
    window[1] = Math.max(window[1], octet + 1)
  }
  const sorted = [...windows].toSorted(([a], [b]) => a - b)
  return Buffer.concat(sorted.map(([, window]) => window.subarray(0, 2 + window[1])))
}

/** The types in a bitmap that fills the octets from `at` on, ascending; null when it is malformed. */
export function typesIn(rdata: Uint8Array, at: number): number[] | null {
  const types: number[] = []
  let last = -1
  while (at < rdata.length) {
    const window = rdata[at]
    const length = rdata[at + 1]
    if (window <= last || !(length >= 1 && length <= 32) || at + 2 + length > rdata.length) return null
    for (let bit = 0; bit < length * 8; bit++) {
      if ((rdata[at + 2 + (bit >>> 3)] & (0x80 >>> (bit & 7))) !== 0) types.push((window << 8) | bit)
    }
    last = window
    at += 2 + length
  }
  return types
}
