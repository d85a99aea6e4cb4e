// Records of signing as text, against the examples of RFC 4034; what is malformed is written as data of an unknown type.
import { describe, expect, it } from 'vitest'
import { Type } from '../../../src/wire/constants.ts'
import { formatAnyRdata } from '../../../src/zone/signing/presentation.ts'
import { name } from '../../support/world.ts'

const host = name('host.example.com')
/** RFC 4034 section 4.3: A, MX, RRSIG, NSEC and TYPE1234. */
const bitmap = [0, 6, 0x40, 1, 0, 0, 0, 3, 4, 27, ...Array<number>(26).fill(0), 0x20]
const rrsigHead = [0, 1, 5, 3, 0, 1, 0x51, 0x80, 0x3e, 0x7c, 0x9d, 0xd7, 0x3e, 0x55, 0x10, 0xd7, 0x0a, 0x52]

describe('data that signing makes', () => {
  it.each([
    ['DNSKEY', [1, 0, 3, 5, 1, 2, 3], '256 3 5 AQID'],
    ['CDNSKEY', [0, 0, 3, 0, 0], '0 3 0 AA=='],
    ['CDS', [0, 0, 0, 0, 0], '0 0 0 00'],
    ['CDS', [0xec, 0x45, 5, 1, ...Array<number>(20).fill(0x2b)], `60485 5 1 ${'2b'.repeat(20)}`],
    ['NSEC', [...host, ...bitmap], 'host.example.com. A MX RRSIG NSEC TYPE1234'],
    [
      'RRSIG',
      [...rrsigHead, ...name('example.com'), 1, 2, 3],
      'A 5 3 86400 20030322173103 20030220173103 2642 example.com. AQID',
    ],
    ['TXT', [1, 97], '"a"'],
  ] as const)('%s of %j is %s', (type, octets, text) => {
    expect(formatAnyRdata(Type[type], Uint8Array.from(octets))).toBe(text)
  })

  it.each([
    ['a key without octets', 'DNSKEY', [1, 0, 3, 5]],
    ['a signature cut off in its head', 'RRSIG', rrsigHead.slice(0, 10)],
    ['a signature without a signer', 'RRSIG', rrsigHead],
    ['a signature without octets', 'RRSIG', [...rrsigHead, ...host]],
    ['a signer that is compressed', 'RRSIG', [...rrsigHead, 0xc0, 0, 1, 2]],
    ['no next name', 'NSEC', []],
    ['a bitmap cut off', 'NSEC', [...host, 0, 6, 0x40]],
    ['a digest of another length', 'CDS', [0, 1, 13, 2, 1]],
  ] as const)('%s is written in hexadecimal', (_, type, octets) => {
    const hex = Buffer.from(octets).toString('hex')
    expect(formatAnyRdata(Type[type], Uint8Array.from(octets))).toBe(`\\# ${octets.length}${hex && ` ${hex}`}`)
  })
})
