// Domain names: text to wire form and back, and past one inside a message. Knows no record and no zone.

/** Octets of the longest name in wire form, root included (RFC 1035 section 3.1). */
export const longestName = 255
const longestLabel = 63

const backslash = 0x5c
const dot = 0x2e
/** Characters besides the backslash that master files give a meaning, so they are written with a backslash before them. */
const special = '".();@$'

/**
 * The wire form of a name, its case kept. The name is taken as absolute, with or without the final dot; `.` is the root.
 * Understands `\.` and `\DDD`. null when the text is no name: an empty or overlong label, a name of over 255 octets, a
 * broken escape, or a character that must be escaped (blanks, controls, anything beyond ASCII).
 */
export function encodeName(text: string): Uint8Array | null {
  if (text === '.') return new Uint8Array(1)
  const wire = new Uint8Array(longestName + 1)
  let label = 0
  let at = 1
  for (let i = 0; i < text.length;) {
    const code = text.charCodeAt(i)
    if (code === dot) {
      if (at === label + 1) return null
      wire[label] = at - label - 1
      label = at++
      i++
    } else {
      const octet = code === backslash ? escapedOctet(text, i) : code
      if (octet < 0 || (code !== backslash && (code <= 0x20 || code >= 0x7f))) return null
      if (at - label > longestLabel) return null
      wire[at++] = octet
      i += code === backslash ? escapeLength(text, i) : 1
    }
    if (at > longestName) return null
  }
  if (at > label + 1) {
    wire[label] = at - label - 1
    label = at++
  } else if (label === 0) return null
  return at > longestName ? null : wire.slice(0, at)
}

/**
 * The wire form of a name as zone files write it: absolute with a final dot, else completed with `origin`, and `@` is the
 * origin itself. null when it is no name, too long, or relative without an origin.
 */
export function completeName(text: string, origin?: Uint8Array): Uint8Array | null {
  if (isAbsolute(text)) return encodeName(text)
  if (origin === undefined) return null
  if (text === '@') return origin
  const relative = encodeName(text)
  if (relative === null || relative.length - 1 + origin.length > longestName) return null
  const whole = new Uint8Array(relative.length - 1 + origin.length)
  whole.set(relative)
  whole.set(origin, relative.length - 1)
  return whole
}

/** Whether a name ends with a dot that is not escaped. */
export function isAbsolute(text: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*\.$/.test(text)
}

/** The octet that the escape (`\X` or `\DDD`) at `at` stands for, or -1 when it is broken. Also for character-strings. */
export function escapedOctet(text: string, at: number): number {
  const code = text.charCodeAt(at + 1)
  if (!(code >= 0x30 && code <= 0x39)) return code > 0x20 && code < 0x7f ? code : code === 0x20 ? 0x20 : -1
  const digits = text.slice(at + 1, at + 4)
  if (!/^\d{3}$/.test(digits)) return -1
  const octet = Number(digits)
  return octet <= 255 ? octet : -1
}

/** How many characters the well-formed escape at `at` takes. */
export function escapeLength(text: string, at: number): number {
  const code = text.charCodeAt(at + 1)
  return code >= 0x30 && code <= 0x39 ? 4 : 2
}

/**
 * The text of an uncompressed name at `offset`, always with the final dot (`.` for the root), so that it reads back as the
 * same name whatever the origin. Special and unprintable octets are escaped.
 */
export function formatName(bytes: Uint8Array, offset = 0): string {
  if (bytes[offset] === 0) return '.'
  let text = ''
  for (let at = offset; bytes[at] > 0; at += bytes[at] + 1) {
    for (let i = at + 1; i <= at + bytes[at]; i++) text += formatOctet(bytes[i])
    text += '.'
  }
  return text
}

function formatOctet(octet: number): string {
  if (octet <= 0x20 || octet >= 0x7f) return `\\${String(octet).padStart(3, '0')}`
  const character = String.fromCharCode(octet)
  return octet === backslash || special.includes(character) ? `\\${character}` : character
}

/** The same name in lower case: ASCII letters only (RFC 4343). Length octets are below the letters, so none is changed. */
export function lowerName(bytes: Uint8Array): Uint8Array {
  return bytes.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet))
}

/**
 * Reads the name at `offset` of a message, following compression pointers, each of which must point before every octet of
 * the name read so far, so reading ends. `name` is uncompressed, its case kept; `next` is the offset after the name where
 * it stands. null when it is malformed or leaves the message.
 */
export function decodeName(message: Uint8Array, offset: number): { name: Uint8Array; next: number } | null {
  const wire = new Uint8Array(longestName)
  let length = 0
  let next = -1
  let lowest = offset
  for (let at = offset; at < message.length;) {
    const size = message[at]
    if (size >= 0xc0) {
      if (at + 2 > message.length) return null
      if (next < 0) next = at + 2
      const target = ((size & 0x3f) << 8) | message[at + 1]
      if (target >= lowest) return null
      at = lowest = target
      continue
    }
    if (size > longestLabel || at + 1 + size > message.length || length + 1 + size > longestName) return null
    wire.set(message.subarray(at, at + 1 + size), length)
    length += 1 + size
    at += 1 + size
    if (size === 0) return { name: wire.slice(0, length), next: next < 0 ? at : next }
  }
  return null
}

/**
 * The offset after the name at `offset`, which ends with the root or with a compression pointer (not followed); -1 when it
 * is malformed or does not end before `length`. For the query path: allocates nothing.
 */
export function skipName(bytes: Uint8Array, offset: number, length: number): number {
  let at = offset
  while (at < length) {
    const size = bytes[at]
    if (size >= 0xc0) return at + 2 <= length ? at + 2 : -1
    if (size > longestLabel) return -1
    at += 1 + size
    if (at - offset > longestName) return -1
    if (size === 0) return at
  }
  return -1
}
