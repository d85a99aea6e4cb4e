// What to give the registrar, in the two forms registrars take: lines of a zone file, and elements of EPP. Knows no network.
import { Type } from '../../wire/constants.ts'
import { formatRdata } from '../../wire/rdata.ts'
import { dnskeyRdata } from '../../zone/signing/dnskey.ts'
import type { Wanted, WantedKey, WantedServer } from './wanted.ts'

/** The records for the parent's zone; their TTL is the parent's matter. */
export function zoneFileLines({ zone, servers, entryKeys }: Wanted): string[] {
  const owner = `${zone.name}.`
  return [
    ...servers.map(({ name }) => `${owner} IN NS ${name}`),
    ...servers.filter(({ glue }) => glue).flatMap(({ name, addresses }) => addresses.map((one) => glueLine(name, one))),
    ...given(entryKeys).map(({ ds }) => `${owner} IN DS ${formatRdata(Type.DS, ds)}`),
  ]
}

function glueLine(name: string, address: string): string {
  return `${name} IN ${address.includes(':') ? 'AAAA' : 'A'} ${address}`
}

/**
 * The same as EPP has it: name servers as host attributes of the domain (RFC 5731), DS as the DNSSEC extension's
 * dsData with the key it was made of (RFC 5910). Parts of a command, not a whole one.
 */
export function eppLines({ servers, entryKeys }: Wanted): string[] {
  const keys = given(entryKeys)
  return [
    '<domain:ns xmlns:domain="urn:ietf:params:xml:ns:domain-1.0">',
    ...servers.flatMap(hostLines),
    '</domain:ns>',
    ...(keys.length === 0
      ? []
      : ['<secDNS:add xmlns:secDNS="urn:ietf:params:xml:ns:secDNS-1.1">', ...keys.flatMap(dsLines), '</secDNS:add>']),
  ]
}

function hostLines({ name, addresses, glue }: WantedServer): string[] {
  const at = (address: string): string =>
    `    <domain:hostAddr ip="${address.includes(':') ? 'v6' : 'v4'}">${address}</domain:hostAddr>`
  return [
    '  <domain:hostAttr>',
    `    <domain:hostName>${escapeXml(name.slice(0, -1))}</domain:hostName>`,
    ...(glue ? addresses.map(at) : []),
    '  </domain:hostAttr>',
  ]
}

function dsLines(wanted: WantedKey): string[] {
  const { keyTag, algorithm, digestType, digest, key } = dsFields(wanted)
  const element = (name: string, value: number | string): string => `<secDNS:${name}>${value}</secDNS:${name}>`
  return [
    '  <secDNS:dsData>',
    `    ${element('keyTag', keyTag)}`,
    `    ${element('alg', algorithm)}`,
    `    ${element('digestType', digestType)}`,
    `    ${element('digest', digest)}`,
    '    <secDNS:keyData>',
    `      ${element('flags', key.flags)}`,
    `      ${element('protocol', key.protocol)}`,
    `      ${element('alg', algorithm)}`,
    `      ${element('pubKey', key.publicKey)}`,
    '    </secDNS:keyData>',
    '  </secDNS:dsData>',
  ]
}

/** The fields of a key's DS, for JSON and for EPP. */
export function dsFields({ key, keyTag, ds }: WantedKey): {
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: string
  readonly key: { readonly flags: number; readonly protocol: number; readonly publicKey: string }
} {
  return {
    keyTag,
    algorithm: key.algorithm,
    digestType: ds[3],
    digest: Buffer.from(ds.subarray(4)).toString('hex').toUpperCase(),
    key: {
      flags: key.flags,
      protocol: dnskeyRdata(key)[2],
      publicKey: Buffer.from(key.publicKey).toString('base64'),
    },
  }
}

function given(keys: readonly WantedKey[]): WantedKey[] {
  return keys.filter(({ state }) => state === 'give')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
