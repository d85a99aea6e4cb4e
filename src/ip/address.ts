// IP addresses between text and octets, strictly. Knows no prefix and no DNS.

const colon = 0x3a
const dot = 0x2e

/**
 * The octets of an address, 4 or 16; null when the text is none. Strict: four decimal octets without leading zeros, or
 * RFC 4291 section 2.2 text (the last 32 bits may be dotted); no blanks, brackets, ports or zone ids.
 */
export function parseAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

/** The canonical text of 4 or 16 octets, for IPv6 by RFC 5952 (IPv4-mapped addresses with a dotted end). */
export function formatAddress(bytes: Uint8Array): string {
  return bytes.length === 4 ? formatV4(bytes, 0) : formatV6(bytes)
}

function parseV4(text: string): Uint8Array | null {
  const bytes = new Uint8Array(4)
  return putV4(text, 0, bytes, 0) ? bytes : null
}

/** Reads dotted octets from `start` to the text's end into four bytes at `offset`. */
function putV4(text: string, start: number, bytes: Uint8Array, offset: number): boolean {
  let at = start
  for (let i = 0; i < 4; i++) {
    if (i > 0 && text.charCodeAt(at++) !== dot) return false
    const first = at
    let value = 0
    for (let digit = digitAt(text, at); digit >= 0 && at < first + 3; digit = digitAt(text, ++at))
      value = value * 10 + digit
    if (at === first || value > 255 || (at - first > 1 && digitAt(text, first) === 0)) return false
    bytes[offset + i] = value
  }
  return at === text.length
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39 ? code - 0x30 : -1
}

function parseV6(text: string): Uint8Array | null {
  const bytes = new Uint8Array(16)
  let filled = 0
  let gap = -1
  let at = 0
  if (text.startsWith('::')) {
    gap = 0
    at = 2
  }
  while (at < text.length) {
    if (filled === 16) return null
    const first = at
    let value = 0
    for (let digit = hexAt(text, at); digit >= 0 && at < first + 4; digit = hexAt(text, ++at))
      value = value * 16 + digit
    if (at === first) return null
    if (text.charCodeAt(at) === dot) {
      if (filled > 12 || !putV4(text, first, bytes, filled)) return null
      filled += 4
      break
    }
    bytes[filled++] = value >> 8
    bytes[filled++] = value & 255
    if (at === text.length) break
    if (text.charCodeAt(at++) !== colon) return null
    if (text.charCodeAt(at) === colon) {
      if (gap >= 0) return null
      gap = filled
      at++
    } else if (at === text.length) return null
  }
  if (gap < 0) return filled === 16 ? bytes : null
  // The gap stands for at least one group of zeros.
  if (filled > 14) return null
  bytes.copyWithin(16 - (filled - gap), gap, filled)
  return bytes.fill(0, gap, 16 - (filled - gap))
}

function hexAt(text: string, at: number): number {
  const digit = digitAt(text, at)
  if (digit >= 0) return digit
  const code = text.charCodeAt(at) | 0x20
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}

function formatV4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`
}

function formatV6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[i * 2] << 8) | bytes[i * 2 + 1])
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) return `::ffff:${formatV4(bytes, 12)}`
  const run = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

/** The first of the longest runs of zero groups. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  for (let i = 0; i < groups.length; i++) {
    length = groups[i] === 0 ? length + 1 : 0
    if (length > best.length) best = { start: i - length + 1, length }
  }
  return best
}
