// A key that signs: what others may hold of it, and how it signs. Its private half never leaves the object. Knows no file and no zone.
import { sign, type KeyObject } from 'node:crypto'
import { importPrivate, schemeOf } from './algorithm.ts'
import { dnskeyRdata, keyTag, type PublicKey } from './dnskey.ts'

/** A private key in use, with its DNSKEY. */
export interface SigningKey extends PublicKey {
  /** Names the key in signatures and DS records; two keys may share one (RFC 4034 section 5.3.1.1). */
  readonly keyTag: number
  /** The signature over these octets as RRSIG holds it: 64 octets. Synchronous, some 50 µs. */
  sign(data: Uint8Array): Uint8Array
}

/**
 * A key from its private octets.
 * @param flags of its DNSKEY: `Flags.zone`, with `Flags.entryPoint` for one that the parent's DS names
 * @param octets the scalar of ECDSA or the seed of Ed25519
 * @returns null when the octets are no private key of this algorithm
 */
export function signingKey(algorithm: number, flags: number, octets: Uint8Array): SigningKey | null {
  const imported = importPrivate(algorithm, octets)
  return imported === null ? null : new PrivateKey(algorithm, flags, imported.publicKey, imported.key)
}

class PrivateKey implements SigningKey {
  readonly algorithm: number
  readonly flags: number
  readonly publicKey: Uint8Array
  readonly keyTag: number
  readonly #key: KeyObject
  readonly #digest: 'sha256' | null

  constructor(algorithm: number, flags: number, publicKey: Uint8Array, key: KeyObject) {
    this.algorithm = algorithm
    this.flags = flags
    this.publicKey = publicKey
    this.keyTag = keyTag(dnskeyRdata({ algorithm, flags, publicKey }))
    this.#key = key
    this.#digest = schemeOf(algorithm)?.digest ?? null
  }

  sign(data: Uint8Array): Uint8Array {
    // R and S one after the other (RFC 6605 section 4); Ed25519 takes no notice of the encoding.
    return sign(this.#digest, data, { key: this.#key, dsaEncoding: 'ieee-p1363' })
  }
}
