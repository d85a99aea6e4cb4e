// SipHash-2-4, a keyed hash of 64 bits, on 32-bit halves: no BigInt, nothing allocated. Knows nothing of what is hashed.

/** What the four words of state begin as, before the key comes in: "somepseudorandomlygeneratedbytes", low half first. */
const start = Int32Array.of(
  0x70736575,
  0x736f6d65,
  0x6e646f6d,
  0x646f7261,
  0x6e657261,
  0x6c796765,
  0x79746573,
  0x74656462,
)

const blockRounds = 2
const finalRounds = 4

/** v0 to v3 of the algorithm, the low half of each first. One a thread is enough, as hashing waits for nobody. */
const v = new Int32Array(8)

/**
 * Hashes the first `length` octets of `bytes` (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
 * @param key four words from `keyAt` on: the key's 16 octets, each four of them little-endian
 * @param hash receives 8 octets, little-endian, as the reference implementation writes them
 */
export function sipHash24(bytes: Uint8Array, length: number, key: Int32Array, keyAt: number, hash: Uint8Array): void {
  for (let i = 0; i < 8; i++) v[i] = start[i] ^ key[keyAt + (i & 3)]
  const last = length & -8
  for (let at = 0; at <= last; at += 8) {
    const low = wordAt(bytes, at, length)
    // The last block ends with the length.
    const high = wordAt(bytes, at + 4, length) | (at === last ? length << 24 : 0)
    v[6] ^= low
    v[7] ^= high
    mixState(blockRounds)
    v[0] ^= low
    v[1] ^= high
  }
  v[4] ^= 0xff
  mixState(finalRounds)
  putLittleEndian(hash, 0, v[0] ^ v[2] ^ v[4] ^ v[6])
  putLittleEndian(hash, 4, v[1] ^ v[3] ^ v[5] ^ v[7])
}

/** SipRound, so many times. Each step is v[a] += v[b], then v[b] = rotate(v[b]) ^ v[a]; a rotation by 32 swaps the halves. */
function mixState(rounds: number): void {
  let v0l = v[0]
  let v0h = v[1]
  let v1l = v[2]
  let v1h = v[3]
  let v2l = v[4]
  let v2h = v[5]
  let v3l = v[6]
  let v3h = v[7]
  let low = 0
  for (let round = 0; round < rounds; round++) {
    v0l = (v0l + v1l) | 0
    v0h = (v0h + v1h + carry(v0l, v1l)) | 0
    low = (v1l << 13) | (v1h >>> 19)
    v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h
    v1l = low ^ v0l
    low = v0h
    v0h = v0l
    v0l = low

    v2l = (v2l + v3l) | 0
    v2h = (v2h + v3h + carry(v2l, v3l)) | 0
    low = (v3l << 16) | (v3h >>> 16)
    v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h
    v3l = low ^ v2l

    v0l = (v0l + v3l) | 0
    v0h = (v0h + v3h + carry(v0l, v3l)) | 0
    low = (v3l << 21) | (v3h >>> 11)
    v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h
    v3l = low ^ v0l

    v2l = (v2l + v1l) | 0
    v2h = (v2h + v1h + carry(v2l, v1l)) | 0
    low = (v1l << 17) | (v1h >>> 15)
    v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h
    v1l = low ^ v2l
    low = v2h
    v2h = v2l
    v2l = low
  }
  v[0] = v0l
  v[1] = v0h
  v[2] = v1l
  v[3] = v1h
  v[4] = v2l
  v[5] = v2h
  v[6] = v3l
  v[7] = v3h
}

/** Whether adding `term` to something gave this sum by running over 32 bits. */
function carry(sum: number, term: number): number {
  return sum >>> 0 < term >>> 0 ? 1 : 0
}

/** Four octets as a little-endian word; those from `length` on are zero. */
function wordAt(bytes: Uint8Array, at: number, length: number): number {
  if (at + 4 <= length) return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
  let word = 0
  for (let i = length - 1; i >= at; i--) word = (word << 8) | bytes[i]
  return word
}

function putLittleEndian(bytes: Uint8Array, at: number, word: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = word >>> (i * 8)
}
