// The data of records that signing makes, as a zone file writes them: DNSKEY, CDNSKEY, CDS, RRSIG, NSEC. Reads no text and knows no key.
import { Type, typeName } from '../../wire/constants.ts'
import { getU16, getU32 } from '../../wire/header.ts'
import { decodeName, formatName } from '../../wire/name.ts'
import { formatRdata } from '../../wire/rdata.ts'
import { typesIn } from './nsec.ts'

/** Octets of RRSIG rdata before the signer's name (RFC 4034 section 3.1). */
const rrsigHead = 18

/** The presentation format of uncompressed record data of any type; `\# length hex` where it is unknown or malformed. */
export function formatAnyRdata(type: number, rdata: Uint8Array): string {
  return formats.get(type)?.(rdata) ?? formatRdata(type, rdata)
}

/** null where the data is malformed. */
const formats: ReadonlyMap<number, (rdata: Uint8Array) => string | null> = new Map([
  [Type.DNSKEY, formatKey],
  [Type.CDNSKEY, formatKey],
  // A CDS is written as a DS is (RFC 7344 section 3.1).
  [Type.CDS, (rdata: Uint8Array) => formatRdata(Type.DS, rdata)],
  [Type.RRSIG, formatRrsig],
  [Type.NSEC, formatNsec],
])

/** RFC 4034 section 2.2. */
function formatKey(rdata: Uint8Array): string | null {
  if (rdata.length < 5) return null
  return `${getU16(rdata, 0)} ${rdata[2]} ${rdata[3]} ${base64(rdata.subarray(4))}`
}

/** RFC 4034 section 3.2. */
function formatRrsig(rdata: Uint8Array): string | null {
  const signer = nameAt(rdata, rrsigHead)
  if (signer === null || signer.next === rdata.length) return null
  const fields = [
    typeName(getU16(rdata, 0)),
    rdata[2],
    rdata[3],
    getU32(rdata, 4),
    formatTime(getU32(rdata, 8)),
    formatTime(getU32(rdata, 12)),
    getU16(rdata, 16),
  ]
  return `${fields.join(' ')} ${signer.text} ${base64(rdata.subarray(signer.next))}`
}

/** RFC 4034 section 4.2. */
function formatNsec(rdata: Uint8Array): string | null {
  const next = nameAt(rdata, 0)
  const types = next === null ? null : typesIn(rdata, next.next)
  return next === null || types === null ? null : [next.text, ...types.map(typeName)].join(' ')
}

/** A name that is not compressed; null where there is none. */
function nameAt(rdata: Uint8Array, at: number): { text: string; next: number } | null {
  const decoded = at < rdata.length ? decodeName(rdata, at) : null
  if (decoded === null || decoded.name.length !== decoded.next - at) return null
  return { text: formatName(decoded.name), next: decoded.next }
}

/** `20260131235959`, in UTC. */
function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(/\D/g, '')
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64')
}
