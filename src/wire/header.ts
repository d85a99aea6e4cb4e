// Turns a query's header into an answer's, in place, and puts and gets the integers of messages. Knows no question and no record.

/** An unsigned 16-bit integer in network order. */
export function getU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1]
}

/** An unsigned 32-bit integer in network order. */
export function getU32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]) >>> 0
}

/** Writes 16 bits in network order and returns the offset after them. */
export function putU16(bytes: Uint8Array, offset: number, value: number): number {
  bytes[offset] = value >>> 8
  bytes[offset + 1] = value
  return offset + 2
}

/** Writes 32 bits in network order and returns the offset after them. */
export function putU32(bytes: Uint8Array, offset: number, value: number): number {
  bytes[offset] = value >>> 24
  bytes[offset + 1] = value >>> 16
  bytes[offset + 2] = value >>> 8
  bytes[offset + 3] = value
  return offset + 4
}

/** Copies `length` octets and returns the offset after them. */
export function putBytes(bytes: Uint8Array, offset: number, source: Uint8Array, length: number): number {
  // A loop, as a subarray for `set` would be an allocation and most copies are short.
  for (let i = 0; i < length; i++) bytes[offset + i] = source[i]
  return offset + length
}

/**
 * Makes a query's header that of its answer: QR set, ID, opcode and RD kept; TC, RA, Z and AD clear, and CD too, as
 * RFC 4035 section 3.1.6 asks of authoritative servers. Only the low four bits of `rcode` fit here; the others go into
 * the OPT record.
 */
export function writeFlags(bytes: Uint8Array, authoritative: boolean, rcode: number): void {
  bytes[2] = 0x80 | (bytes[2] & 0x79) | (authoritative ? 0x04 : 0)
  bytes[3] = rcode & 0x0f
}

/** Sets TC: the answer did not fit. */
export function setTruncated(bytes: Uint8Array): void {
  bytes[2] |= 0x02
}

/** Writes how many entries the question, answer, authority and additional sections have. */
export function writeCounts(
  bytes: Uint8Array,
  questions: number,
  answers: number,
  authorities: number,
  additionals: number,
): void {
  putU16(bytes, 4, questions)
  putU16(bytes, 6, answers)
  putU16(bytes, 8, authorities)
  putU16(bytes, 10, additionals)
}
