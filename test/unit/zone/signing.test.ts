// Signing primitives against the examples that the RFCs print. Knows no zone and no server.
import { describe, expect, it } from 'vitest'
import { encodeName, formatName } from '../../../src/wire/name.ts'
import { Type } from '../../../src/wire/constants.ts'
import { encodeRdata } from '../../../src/wire/rdata.ts'
import { Algorithm, generatePrivate, importPublic } from '../../../src/zone/signing/algorithm.ts'
import { canonicalRdatas, compareNames } from '../../../src/zone/signing/canonical.ts'
import { Digest, dnskeyRdata, dsRdata, Flags, keyTag, parseDnskey } from '../../../src/zone/signing/dnskey.ts'
import { signingKey, type SigningKey } from '../../../src/zone/signing/key.ts'
import { nsecRdata, typeBitmap, typesIn } from '../../../src/zone/signing/nsec.ts'
import { parseRrsig, signRRset, verifyRRset } from '../../../src/zone/signing/rrsig.ts'

const name = (text: string): Uint8Array => encodeName(text) ?? new Uint8Array()
const base64 = (text: string): Uint8Array => Buffer.from(text, 'base64')
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

function rdata(type: number, text: string): Uint8Array {
  const encoded = encodeRdata(type, text)
  if ('error' in encoded) throw new Error(encoded.error)
  return encoded.rdata
}

function key(algorithm: number, octets: Uint8Array): SigningKey {
  const made = signingKey(algorithm, Flags.zone | Flags.entryPoint, octets)
  if (made === null) throw new Error('no key')
  return made
}

/** RFC 6605 section 6.1 and RFC 8080 section 6.1. */
const ecdsa = key(Algorithm.ecdsap256, base64('GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ='))
const ed25519 = key(Algorithm.ed25519, base64('ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI='))

describe('keys', () => {
  it('have the public half and the tag of the examples (RFC 6605 section 6.1, RFC 8080 section 6.1)', () => {
    expect(Buffer.from(ecdsa.publicKey).toString('base64')).toBe(
      'GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
    )
    expect(ecdsa.keyTag).toBe(55648)
    expect(Buffer.from(ed25519.publicKey).toString('base64')).toBe('l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=')
    expect(ed25519.keyTag).toBe(3613)
  })

  it('are named by the DS of the examples', () => {
    expect(hex(dsRdata(name('example.net'), dnskeyRdata(ecdsa), Digest.sha256))).toBe(
      'd9600d02b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17',
    )
    expect(hex(dsRdata(name('Example.COM'), dnskeyRdata(ed25519), Digest.sha256))).toBe(
      '0e1d0f023aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b',
    )
  })

  it('are read back from a DNSKEY', () => {
    const { algorithm, flags, publicKey } = ecdsa
    expect(parseDnskey(dnskeyRdata(ecdsa))).toEqual({ algorithm, flags, publicKey })
    expect(parseDnskey(Uint8Array.of(1, 0, 2, 13, 9))).toBeNull()
    expect(keyTag(dnskeyRdata(ecdsa))).toBe(55648)
  })

  it('are refused when the octets are no key', () => {
    expect(signingKey(Algorithm.ecdsap256, 257, new Uint8Array(32))).toBeNull()
    expect(signingKey(Algorithm.ecdsap256, 257, new Uint8Array(33).fill(1))).toBeNull()
    expect(signingKey(Algorithm.ed25519, 257, new Uint8Array(31).fill(1))).toBeNull()
    expect(signingKey(8, 257, new Uint8Array(32).fill(1))).toBeNull()
    expect(importPublic(Algorithm.ecdsap256, new Uint8Array(64).fill(1))).toBeNull()
  })

  it('are read without the zeros that a scalar begins with, as BIND writes one of 256', () => {
    const whole = Uint8Array.of(0, ...new Uint8Array(31).fill(1))
    expect(key(Algorithm.ecdsap256, whole.subarray(1)).publicKey).toEqual(key(Algorithm.ecdsap256, whole).publicKey)
  })

  it('show nothing of their private half', () => {
    const secret = Buffer.from('GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=', 'base64')
    expect(JSON.stringify(ecdsa)).not.toContain(secret.toString('base64url').slice(0, 10))
    expect(Object.keys(ecdsa).toSorted()).toEqual(['algorithm', 'flags', 'keyTag', 'publicKey'])
  })
})

describe('signatures', () => {
  const times = { inception: 1438207200, expiration: 1440021600 }
  const mx = {
    owner: name('example.com'),
    type: Type.MX,
    originalTtlSeconds: 3600,
    rdatas: [rdata(Type.MX, '10 mail.example.com.')],
  }

  it('are those of the example for Ed25519 (RFC 8080 section 6.1)', () => {
    const rrsig = parseRrsig(signRRset(mx, name('example.com'), ed25519, times))
    expect(rrsig).toMatchObject({ ...times, type: Type.MX, algorithm: 15, labels: 2, keyTag: 3613 })
    expect(Buffer.from(rrsig?.signature ?? []).toString('base64')).toBe(
      'oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==',
    )
  })

  it('of the ECDSA example are good, and those made here as well (RFC 6605 section 6.1)', () => {
    const a = {
      owner: name('www.example.net'),
      type: Type.A,
      originalTtlSeconds: 3600,
      rdatas: [rdata(Type.A, '192.0.2.1')],
    }
    const then = {
      inception: Date.UTC(2010, 7, 12, 10, 4, 39) / 1000,
      expiration: Date.UTC(2010, 8, 9, 10, 4, 39) / 1000,
    }
    const ours = signRRset(a, name('example.net'), ecdsa, then)
    const printed = Buffer.concat([
      ours.subarray(0, ours.length - 64),
      base64('qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw=='),
    ])
    expect(verifyRRset(a, ours, ecdsa, then.inception)).toBe(true)
    expect(verifyRRset(a, printed, ecdsa, then.expiration)).toBe(true)
    expect(verifyRRset(a, printed, ecdsa, then.expiration + 1)).toBe(false)
    expect(verifyRRset(a, printed, ed25519, then.inception)).toBe(false)
    expect(verifyRRset({ ...a, rdatas: [rdata(Type.A, '192.0.2.2')] }, printed, ecdsa, then.inception)).toBe(false)
    expect(verifyRRset(a, printed.subarray(0, 20), ecdsa, then.inception)).toBe(false)
  })

  it('cover records in any order and case', () => {
    const set = { owner: name('A.example.com'), type: Type.NS, originalTtlSeconds: 60 }
    const texts = ['b.example.com.', 'a.example.com.']
    const signed = signRRset(
      { ...set, rdatas: texts.map((text) => rdata(Type.NS, text)) },
      name('example.com'),
      ed25519,
      times,
    )
    const asked = {
      ...set,
      owner: name('a.EXAMPLE.com'),
      rdatas: ['A.example.com.', 'B.Example.com.'].map((text) => rdata(Type.NS, text)),
    }
    expect(verifyRRset(asked, signed, ed25519, times.inception)).toBe(true)
  })

  it('of a wildcard are good for the names made from it, and for no shorter one', () => {
    const set = { type: Type.A, rdatas: [rdata(Type.A, '192.0.2.1')] }
    const signed = signRRset(
      { ...set, owner: name('*.play.example.com'), originalTtlSeconds: 30 },
      name('example.com'),
      ed25519,
      times,
    )
    expect(parseRrsig(signed)?.labels).toBe(3)
    const good = (owner: string): boolean =>
      verifyRRset({ ...set, owner: name(owner) }, signed, ed25519, times.inception)
    expect(['show.play.example.com', 'a.b.play.example.com', '*.play.example.com'].map(good)).toEqual([
      true,
      true,
      true,
    ])
    expect(['play.example.com', 'example.com', 'show.other.example.com'].map(good)).toEqual([false, false, false])
  })

  it('are made by fresh keys of both algorithms', () => {
    for (const algorithm of ['ecdsap256', 'ed25519'] as const) {
      const fresh = key(Algorithm[algorithm], generatePrivate(algorithm))
      const signed = signRRset(mx, name('example.com'), fresh, times)
      expect(verifyRRset(mx, signed, fresh, times.inception)).toBe(true)
    }
  })
})

describe('canonical form', () => {
  it('orders names as the example does (RFC 4034 section 6.1)', () => {
    const ordered = ['example', 'a.example', 'yljkjljk.a.example', 'z.a.example', 'zabc.a.example', 'z.example']
    const rest = ['\\001.z.example', '*.z.example', '\\200.z.example']
    const names = [...ordered, ...rest].map(name)
    expect(
      names
        .toReversed()
        .toSorted(compareNames)
        .map((one) => formatName(one)),
    ).toEqual(names.map((one) => formatName(one)))
  })

  it('puts the names in rdata into lower case, and nothing else (RFC 4034 section 6.2, RFC 6840 section 5.1)', () => {
    const form = (type: number, text: string): string => hex(canonicalRdatas(type, [rdata(type, text)])[0])
    expect(form(Type.MX, '10 MAIL.Example.com.')).toBe(hex(rdata(Type.MX, '10 mail.example.com.')))
    expect(form(Type.SRV, '1 2 3 Host.Example.com.')).toBe(hex(rdata(Type.SRV, '1 2 3 host.example.com.')))
    expect(form(Type.SOA, 'NS1.example.com. Ops.example.com. 1 2 3 4 5')).toBe(
      hex(rdata(Type.SOA, 'ns1.example.com. ops.example.com. 1 2 3 4 5')),
    )
    expect(form(Type.TXT, 'Text')).toBe(hex(rdata(Type.TXT, 'Text')))
    const naptr = (target: string): Uint8Array =>
      Buffer.concat([Buffer.from('000a00140153034532550030', 'hex').subarray(0, 10), Uint8Array.of(0), name(target)])
    expect(hex(canonicalRdatas(Type.NAPTR, [naptr('SIP.example.com')])[0])).toBe(hex(naptr('sip.example.com')))
    const nsec = nsecRdata(name('Next.example.com'), [Type.A])
    expect(canonicalRdatas(Type.NSEC, [nsec])[0]).toEqual(nsec)
  })

  it('sorts records as octets and drops doubles (RFC 4034 section 6.3)', () => {
    const rdatas = ['192.0.2.200', '192.0.2.3', '192.0.2.3'].map((text) => rdata(Type.A, text))
    expect(canonicalRdatas(Type.A, rdatas).map((one) => one[3])).toEqual([3, 200])
  })
})

describe('NSEC', () => {
  it('is that of the example (RFC 4034 section 4.3)', () => {
    const types = [Type.A, Type.MX, Type.RRSIG, Type.NSEC, 1234]
    const nsec = nsecRdata(name('host.example.com'), types.toReversed())
    expect(hex(nsec)).toBe(`04686f7374076578616d706c6503636f6d00${'0006400100000003'}${'041b'}${'00'.repeat(26)}20`)
    expect(typesIn(nsec, 18)).toEqual(types)
  })

  it('has no window without types, and is refused when malformed', () => {
    expect(typeBitmap([])).toHaveLength(0)
    expect(typesIn(Uint8Array.of(0, 0), 0)).toBeNull()
    expect(typesIn(Uint8Array.of(0, 2, 1), 0)).toBeNull()
    expect(typesIn(Uint8Array.of(1, 1, 1, 0, 1, 1), 0)).toBeNull()
  })
})
