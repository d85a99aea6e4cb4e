// The one hash of the query path and the compiler: 32 bits, the same on every machine. Knows nothing of what is hashed.

const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193

/** Where a running hash of bytes starts. */
export const hashStart = fnvOffset | 0

/** Adds bytes [from, to) to a running FNV-1a hash. */
export function hashBytes(hash: number, bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], fnvPrime)
  return hash
}

/** Spreads 32 bits so that every input bit moves every output bit (the finaliser of MurmurHash3). Signed result. */
export function mix(value: number): number {
  value ^= value >>> 16
  value = Math.imul(value, 0x85ebca6b)
  value ^= value >>> 13
  value = Math.imul(value, 0xc2b2ae35)
  return value ^ (value >>> 16)
}

/** The hash of a text, for names given by operators: the same at every site. */
export function hashText(text: string): number {
  const bytes = new TextEncoder().encode(text)
  return mix(hashBytes(hashStart, bytes, 0, bytes.length))
}
