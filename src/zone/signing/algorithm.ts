// The signature algorithms that zones are signed with: numbers, names, and how keys and signatures look in records. Knows no file.
import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** DNSSEC algorithm numbers (RFC 6605 section 4, RFC 8080 section 7). */
export const Algorithm = { ecdsap256: 13, ed25519: 15 } as const

export type AlgorithmName = keyof typeof Algorithm

interface Scheme {
  readonly name: AlgorithmName
  /** As BIND writes it in key files. */
  readonly mnemonic: string
  /** For node:crypto; null where the algorithm hashes by itself. */
  readonly digest: 'sha256' | null
}

const schemes: ReadonlyMap<number, Scheme> = new Map<number, Scheme>([
  [Algorithm.ecdsap256, { name: 'ecdsap256', mnemonic: 'ECDSAP256SHA256', digest: 'sha256' }],
  [Algorithm.ed25519, { name: 'ed25519', mnemonic: 'ED25519', digest: null }],
])

/** Octets of every private scalar or seed, and of one coordinate. */
const privateLength = 32
/** What stands before an Ed25519 seed in PKCS #8 (RFC 8410 section 7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** What an algorithm is called and how it hashes; undefined for one that Nearcast does not sign with. */
export function schemeOf(algorithm: number): Scheme | undefined {
  return schemes.get(algorithm)
}

/** A fresh private key: the scalar of ECDSA, the seed of Ed25519. 32 octets either way. */
export function generatePrivate(algorithm: AlgorithmName): Uint8Array {
  const { privateKey } =
    algorithm === 'ecdsap256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  return Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')
}

/**
 * The private key and its public half as a DNSKEY holds it: X and Y (RFC 6605 section 4), or the point (RFC 8080 section 3).
 * null when the octets are no private key of this algorithm.
 */
export function importPrivate(
  algorithm: number,
  octets: Uint8Array,
): { readonly key: KeyObject; readonly publicKey: Uint8Array } | null {
  const isScalar = algorithm === Algorithm.ecdsap256
  // BIND leaves out the zeros that a scalar begins with: one key of 256 is shorter.
  const length = isScalar ? Math.max(privateLength, octets.length) : octets.length
  if (length !== privateLength || !schemes.has(algorithm)) return null
  try {
    return isScalar ? importEcdsa(padded(octets)) : importEd25519(octets)
  } catch {
    // A scalar of zero or beyond the curve's order.
    return null
  }
}

/** The key that verifies what a DNSKEY's owner signed; null when the octets are no public key of this algorithm. */
export function importPublic(algorithm: number, publicKey: Uint8Array): KeyObject | null {
  try {
    if (algorithm === Algorithm.ecdsap256 && publicKey.length === 2 * privateLength) {
      const x = base64url(publicKey.subarray(0, privateLength))
      const y = base64url(publicKey.subarray(privateLength))
      return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } })
    }
    if (algorithm === Algorithm.ed25519 && publicKey.length === privateLength) {
      return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) } })
    }
  } catch {
    // A point that is not on the curve.
  }
  return null
}

function importEcdsa(octets: Uint8Array) {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(octets)
  // Behind the octet 04 that says both coordinates follow.
  const publicKey = Uint8Array.from(curve.getPublicKey()).subarray(1)
  const [x, y] = [publicKey.subarray(0, privateLength), publicKey.subarray(privateLength)].map(base64url)
  const key = createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: base64url(octets), x, y } })
  return { key, publicKey }
}

/** The same number in all its octets. */
function padded(scalar: Uint8Array): Uint8Array {
  const octets = new Uint8Array(privateLength)
  octets.set(scalar, privateLength - scalar.length)
  return octets
}

function importEd25519(octets: Uint8Array) {
  const der = Buffer.concat([ed25519Prefix, octets])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { key, publicKey: Uint8Array.from(Buffer.from(x, 'base64url')) }
}

function base64url(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64url')
}
