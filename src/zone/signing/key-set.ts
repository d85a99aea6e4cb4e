// Tells sets of keys apart by a number, so that signatures made by others are not taken for theirs. Knows no files.
import { hashBytes, hashStart, mix } from '../../ip/hash.ts'
import { dnskeyRdata, type PublicKey } from './dnskey.ts'

/**
 * Stands for these keys of a zone, in whatever order they come: a signed 32-bit number, never 0. Of another zone the same keys are
 * another set, for what they sign says whose it is.
 */
export function keySetOf(apex: Uint8Array, keys: readonly PublicKey[]): number {
  let sum = mix(hashBytes(hashStart, apex, 0, apex.length))
  for (const key of keys) {
    const rdata = dnskeyRdata(key)
    sum = (sum + mix(hashBytes(hashStart, rdata, 0, rdata.length))) | 0
  }
  return mix(sum) || 1
}
