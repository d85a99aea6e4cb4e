// SipHash-2-4 against the reference's published values and against a second implementation on BigInt.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sipHash24 } from '../../../src/wire/siphash.ts'

const bits64 = (1n << 64n) - 1n

function hashOf(message: Uint8Array, key: Uint8Array): bigint {
  const out = new Uint8Array(8)
  sipHash24(message, message.length, new Int32Array(key.slice().buffer), 0, out)
  return littleEndian(out)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, octet) => (value << 8n) | BigInt(octet), 0n)
}

/** The algorithm as the paper writes it. */
function reference(message: Uint8Array, key: Uint8Array): bigint {
  const k0 = littleEndian(key.subarray(0, 8))
  const k1 = littleEndian(key.subarray(8))
  let v = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn, k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n]
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & bits64
  const round = ([a, b, c, d]: bigint[]): bigint[] => {
    const a1 = (a + b) & bits64
    const b1 = rotate(b, 13n) ^ a1
    const c1 = (c + d) & bits64
    const d1 = rotate(d, 16n) ^ c1
    const a2 = (rotate(a1, 32n) + d1) & bits64
    const d2 = rotate(d1, 21n) ^ a2
    const c2 = (c1 + b1) & bits64
    const b2 = rotate(b1, 17n) ^ c2
    return [a2, b2, rotate(c2, 32n), d2]
  }
  const padded = new Uint8Array((message.length & -8) + 8)
  padded.set(message)
  padded[padded.length - 1] = message.length
  for (let at = 0; at < padded.length; at += 8) {
    const word = littleEndian(padded.subarray(at, at + 8))
    v[3] ^= word
    v = round(round(v))
    v[0] ^= word
  }
  v[2] ^= 0xffn
  v = round(round(round(round(v))))
  return v[0] ^ v[1] ^ v[2] ^ v[3]
}

describe('SipHash-2-4', () => {
  const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)

  it.each([
    [0, 0x726fdb47dd0e0e31n],
    [15, 0xa129ca6149be45e5n],
    [63, 0x958a324ceb064572n],
  ])('of %i octets is what the reference gives', (length, hash) => {
    expect(hashOf(counting(length), counting(16))).toBe(hash)
  })

  it('of anything is what the paper says', () => {
    const octets = fc.uint8Array({ maxLength: 70 })
    const key = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(fc.property(octets, key, (message, with16) => hashOf(message, with16) === reference(message, with16)))
  })
})
