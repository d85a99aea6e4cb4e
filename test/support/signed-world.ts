// The small world with its zone signed, and that zone as the text of a zone file. Knows no server and no verifier.
import { Type, typeName } from '../../src/wire/constants.ts'
import { getU16, getU32 } from '../../src/wire/header.ts'
import { formatName } from '../../src/wire/name.ts'
import { delegated, Field, nameOf, type NameColumns } from '../../src/zone/name-table.ts'
import type { Dnssec, StaticRRset, Zone } from '../../src/zone/model.ts'
import { Algorithm, generatePrivate } from '../../src/zone/signing/algorithm.ts'
import { Flags } from '../../src/zone/signing/dnskey.ts'
import { signingKey } from '../../src/zone/signing/key.ts'
import type { StoredKey } from '../../src/zone/signing/key-file.ts'
import { noTimes, type KeyTimes } from '../../src/zone/signing/key-times.ts'
import { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'
import { makeWorld, records, zone as plainZone, type World } from './world.ts'

export type AlgorithmName = keyof typeof Algorithm

export const apex = 'live.example.net'

/** Delegations with and without DS, glue under a cut, a deep name that makes empty non-terminals, an alias chain through a wildcard. */
export const zone: Zone = {
  ...plainZone,
  staticRRsets: [
    ...plainZone.staticRRsets,
    records(`safe.${apex}`, Type.NS, 3600, `ns.safe.${apex}.`),
    records(`safe.${apex}`, Type.DS, 3600, `12345 13 2 ${'ab'.repeat(32)}`),
    records(`ns.safe.${apex}`, Type.A, 3600, '192.0.2.200'),
    records(`open.${apex}`, Type.NS, 3600, `ns.open.${apex}.`, 'ns.example.org.'),
    records(`ns.open.${apex}`, Type.AAAA, 3600, '2001:db8::200'),
    records(`*.alias.${apex}`, Type.CNAME, 3600, `any.wild.${apex}.`),
    records(`mixed.${apex}`, Type.MX, 3600, `10 MAIL.Example.org.`),
  ],
}

export function dnssec(more: Partial<Dnssec> = {}): Dnssec {
  return {
    directory: '/nowhere',
    algorithm: 'ecdsap256',
    algorithmAt: null,
    keyTtlSeconds: 3600,
    validitySeconds: 14 * 86_400,
    parentDsTtlSeconds: 86_400,
    propagationSeconds: 3600,
    leave: false,
    at: 'nearcast.yaml:1:1',
    ...more,
  }
}

/** A fresh key, published and in use for ever where the times say nothing else. */
export function storedKey(algorithm: AlgorithmName, flags: number, times: Partial<KeyTimes> = {}): StoredKey {
  const key = signingKey(Algorithm[algorithm], flags, generatePrivate(algorithm))
  if (key === null) throw new Error('a fresh key is none')
  return { key, times: { ...noTimes, publish: 0, activate: 0, ...times } }
}

export const combined: number = Flags.zone | Flags.entryPoint

/** The small world with its zone signed by these keys, one combined key by default. */
export function makeSignedWorld(
  keys: readonly StoredKey[] = [storedKey('ecdsap256', combined, { syncPublish: 0 })],
  now = Math.floor(Date.now() / 1000),
  more: readonly StaticRRset[] = [],
): World & { readonly keys: readonly StoredKey[]; readonly signer: ZoneSigner } {
  const signer = new ZoneSigner(zone, dnssec(), keys, now)
  const zones = [{ ...zone, staticRRsets: [...zone.staticRRsets, ...more] }]
  return { ...makeWorld({ zones }, 7, [signer]), keys, signer }
}

/** Every record of the tables as zone file text, steered ones without (nothing static holds them). */
export function zoneText(tables: NameColumns): string {
  const lines: string[] = []
  for (let entry = 0; entry < tables.entries.length;) {
    const owner = nameOf(tables, entry)
    const text = formatName(owner)
    for (let set = tables.entries[entry + Field.firstSet]; set < tables.entries[entry + Field.endOfSets]; set++) {
      const cut = tables.entries[entry + Field.service] === delegated
      if (cut && tables.setGlueLength[set] > 0)
        lines.push(...owned(tables, tables.setStart[set] + tables.setLength[set], tables.setGlueCount[set]))
      lines.push(
        ...written(
          tables,
          tables.setStart[set],
          tables.setCount[set] + (tables.setGlueLength[set] > 0 ? 0 : tables.setSignatures[set]),
          text,
        ),
      )
    }
    entry += Field.name + Math.ceil(owner.length / 4)
  }
  return `${lines.join('\n')}\n`
}

function written(tables: NameColumns, start: number, count: number, owner: string): string[] {
  const lines: string[] = []
  for (let at = start; lines.length < count; at += 12 + getU16(tables.recordBytes, at + 10))
    lines.push(line(tables, at + 2, owner))
  return lines
}

function owned(tables: NameColumns, start: number, count: number): string[] {
  const lines: string[] = []
  for (let at = start; lines.length < count;) {
    const owner = formatName(tables.recordBytes, at)
    while (tables.recordBytes[at] !== 0) at += tables.recordBytes[at] + 1
    lines.push(line(tables, at + 1, owner))
    at += 11 + getU16(tables.recordBytes, at + 9)
  }
  return lines
}

/** All data as RFC 3597 writes unknown types, so that no formatter of ours is believed. */
function line({ recordBytes }: NameColumns, at: number, owner: string): string {
  const rdata = recordBytes.subarray(at + 10, at + 10 + getU16(recordBytes, at + 8))
  const type = getU16(recordBytes, at)
  const known = typeName(type)
  return `${owner} ${getU32(recordBytes, at + 4)} IN ${known} \\# ${rdata.length} ${Buffer.from(rdata).toString('hex')}`
}
