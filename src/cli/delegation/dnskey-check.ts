// Holds a server's DNSKEY and its signatures against our keys. Asks nobody.
import { Type } from '../../wire/constants.ts'
import { getU16 } from '../../wire/header.ts'
import { dnskeyRdata, keyTag, type PublicKey } from '../../zone/signing/dnskey.ts'
import { verifyRRset } from '../../zone/signing/rrsig.ts'
import { rdatasOf, sameBytes, type WireRecord } from '../dns-records.ts'
import type { Answer } from './asker.ts'
import type { Finding } from './finding.ts'
import type { Wanted } from './wanted.ts'

/**
 * What is wrong with the keys and signatures a server sent.
 * @param keys its answer for DNSKEY
 * @param soa its answer for SOA, with DO
 * @param now in Unix seconds
 */
export function checkKeys(server: string, keys: Answer, soa: Answer, wanted: Wanted, now: number): Finding[] {
  const { apex } = wanted.zone
  const found = rdatasOf(keys.records.answers, apex, Type.DNSKEY)
  const ours = wanted.published.map(dnskeyRdata)
  const same = found.length === ours.length && ours.every((key) => found.some((other) => sameBytes(key, other)))
  if (!same) {
    return [
      {
        code: 'dnskey',
        where: [server],
        found: `DNSKEY of ${tags(found)}`,
        expected: `DNSKEY of ${tags(ours)}`,
        advice: 'give it the keys of the key directory, readable for its user, and reload it',
      },
    ]
  }
  const given = wanted.entryKeys.filter(({ state }) => state === 'give').map(({ key }) => key)
  const entry = given.length > 0 ? given : wanted.entryKeys.map(({ key }) => key)
  const unsigned = [
    ...unverified('DNSKEY', keys.records.answers, apex, Type.DNSKEY, entry, now),
    ...unverified('SOA', soa.records.answers, apex, Type.SOA, wanted.published, now),
  ]
  return unsigned.map(({ what, signatures, by }) => ({
    code: 'signature' as const,
    where: [server],
    found: `${signatures} signatures over ${what}, none of them good now`,
    expected: `one by ${tags(by.map(dnskeyRdata))}`,
    advice: 'look at the clock of that machine, and in its log for `signing`; a reload signs anew',
  }))
}

interface Unverified {
  readonly what: string
  readonly signatures: number
  readonly by: readonly PublicKey[]
}

function unverified(
  what: string,
  records: readonly WireRecord[],
  owner: Uint8Array,
  type: number,
  by: readonly PublicKey[],
  now: number,
): Unverified[] {
  const set = { owner, type, rdatas: rdatasOf(records, owner, type) }
  const signatures = rdatasOf(records, owner, Type.RRSIG).filter(
    (rdata) => rdata.length > 2 && getU16(rdata, 0) === type,
  )
  const good = signatures.some((rdata) => by.some((key) => verifyRRset(set, rdata, key, now)))
  return good ? [] : [{ what, signatures: signatures.length, by }]
}

function tags(keys: readonly Uint8Array[]): string {
  if (keys.length === 0) return 'no key'
  return `key ${keys
    .map(keyTag)
    .toSorted((a, b) => a - b)
    .join(', ')}`
}
