// Tells sets of keys apart by a number, so that signatures made by others are not taken for theirs. Knows no files.
import { hashBytes, hashStart, mix } from '../../ip/hash.ts'
import { dnskeyRdata, type PublicKey } from './dnskey.ts'

/** Stands for these keys, in whatever order they come: a signed 32-bit number, never 0. */
export function keySetOf(keys: readonly PublicKey[]): number {
  let sum = 0
  for (const key of keys) {
    const rdata = dnskeyRdata(key)
    sum = (sum + mix(hashBytes(hashStart, rdata, 0, rdata.length))) | 0
  }
  return mix(sum) || 1
}
