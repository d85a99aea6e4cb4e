// Writes the character-strings of a TXT record: keys, numbers, prefixes. Allocates nothing; knows no nodes and no tables.
import { putBytes } from '../wire/header.ts'

const longestText = 255
const digits = new TextEncoder().encode('0123456789abcdef')
const colon = 0x3a

/** Begins a text with its key; its length comes when it is closed. Returns where its value goes. */
export function openText(bytes: Uint8Array, start: number, key: Uint8Array): number {
  return putBytes(bytes, start + 1, key, key.length)
}

/** Ends the text that began at `start`; one that is too long, or ends after `limit`, is left out. Returns where the next begins. */
export function closeText(bytes: Uint8Array, start: number, end: number, limit: number): number {
  const length = end - start - 1
  if (length > longestText || end > limit) return start
  bytes[start] = length
  return end
}

/** @param value 0 to 2^32 - 1 */
export function putDecimal(bytes: Uint8Array, start: number, value: number): number {
  let unit = 1
  while (value / unit >= 10) unit *= 10
  let at = start
  for (; unit >= 1; unit /= 10) bytes[at++] = digits[Math.floor(value / unit) % 10]
  return at
}

/**
 * Writes an address cut to a prefix.
 * @param family 1 IPv4, else IPv6, as in an ECS option
 */
export function putPrefix(
  bytes: Uint8Array,
  start: number,
  address: Uint8Array,
  family: number,
  length: number,
): number {
  let at = start
  if (family === 1) {
    for (let i = 0; i < 4; i++) {
      if (i > 0) bytes[at++] = 0x2e
      at = putDecimal(bytes, at, octetOf(address, i, length))
    }
  } else at = putGroups(bytes, at, address, length)
  bytes[at++] = 0x2f
  return putDecimal(bytes, at, length)
}

/** The groups of four digits that the prefix reaches, and :: for the rest. */
function putGroups(bytes: Uint8Array, start: number, address: Uint8Array, length: number): number {
  const groups = (length + 15) >> 4
  let at = start
  for (let group = 0; group < groups; group++) {
    if (group > 0) bytes[at++] = colon
    const value = (octetOf(address, group * 2, length) << 8) | octetOf(address, group * 2 + 1, length)
    for (let shift = value > 0xfff ? 12 : value > 0xff ? 8 : value > 0xf ? 4 : 0; shift >= 0; shift -= 4) {
      bytes[at++] = digits[(value >>> shift) & 15]
    }
  }
  if (groups < 8) {
    bytes[at++] = colon
    bytes[at++] = colon
  }
  return at
}

/** An octet of an address without the bits after its prefix. */
function octetOf(address: Uint8Array, index: number, length: number): number {
  const kept = Math.min(8, Math.max(0, length - index * 8))
  return address[index] & (0xff00 >> kept) & 0xff
}
