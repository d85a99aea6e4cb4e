// The records that publish a key, and the ones that ask the parent to name it: DNSKEY, DS, CDS, CDNSKEY. Knows no private key.
import { createHash } from 'node:crypto'
import { putU16 } from '../../wire/header.ts'
import { lowerName } from '../../wire/name.ts'

/** Bits of a DNSKEY's flags (RFC 4034 section 2.1.1, RFC 5011 section 7). */
export const Flags = { zone: 0x0100, entryPoint: 0x0001, revoked: 0x0080 } as const

/** Digest algorithms of DS records (RFC 4034, RFC 4509, RFC 6605). SHA-1 is only there to be known again: no DS may be made with it. */
export const Digest = { sha1: 1, sha256: 2, sha384: 4 } as const

/** The only value the protocol field may have (RFC 4034 section 2.1.2). */
const protocol = 3
const digestNames = { [Digest.sha1]: 'sha1', [Digest.sha256]: 'sha256', [Digest.sha384]: 'sha384' } as const

/** What a DNSKEY says of a key. */
export interface PublicKey {
  /** A member of Algorithm. */
  readonly algorithm: number
  readonly flags: number
  /** As DNSKEY holds it: X and Y of ECDSA, the point of Ed25519. */
  readonly publicKey: Uint8Array
}

/** Whether the parent's DS may name the key. */
export function isEntryPoint({ flags }: Pick<PublicKey, 'flags'>): boolean {
  return (flags & Flags.entryPoint) !== 0
}

/** The rdata of a DNSKEY (RFC 4034 section 2.1), which is a CDNSKEY's as well (RFC 7344 section 3.2). */
export function dnskeyRdata({ algorithm, flags, publicKey }: PublicKey): Uint8Array {
  const rdata = new Uint8Array(4 + publicKey.length)
  putU16(rdata, 0, flags)
  rdata[2] = protocol
  rdata[3] = algorithm
  rdata.set(publicKey, 4)
  return rdata
}

/** The key that DNSKEY or CDNSKEY rdata holds; null when it is too short or of another protocol. */
export function parseDnskey(rdata: Uint8Array): PublicKey | null {
  if (rdata.length < 5 || rdata[2] !== protocol) return null
  return { flags: (rdata[0] << 8) | rdata[1], algorithm: rdata[3], publicKey: rdata.slice(4) }
}

/** The key tag of DNSKEY rdata (RFC 4034 appendix B). */
export function keyTag(rdata: Uint8Array): number {
  let sum = 0
  for (const [at, octet] of rdata.entries()) sum += (at & 1) === 0 ? octet << 8 : octet
  return (sum + (sum >>> 16)) & 0xffff
}

/**
 * The rdata of a DS (RFC 4034 section 5.1), which is a CDS's as well.
 * @param owner of the DNSKEY, in wire form
 * @param dnskey its rdata
 */
export function dsRdata(owner: Uint8Array, dnskey: Uint8Array, digest: keyof typeof digestNames): Uint8Array {
  const hash = createHash(digestNames[digest]).update(lowerName(owner)).update(dnskey).digest()
  const rdata = new Uint8Array(4 + hash.length)
  putU16(rdata, 0, keyTag(dnskey))
  rdata[2] = dnskey[3]
  rdata[3] = digest
  rdata.set(hash, 4)
  return rdata
}
