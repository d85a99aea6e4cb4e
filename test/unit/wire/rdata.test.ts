// Record data between presentation format and octets.
import dnsPacket from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { Type } from '../../../src/wire/constants.ts'
import { decodeName, encodeName } from '../../../src/wire/name.ts'
import { encodeRdata, formatRdata } from '../../../src/wire/rdata.ts'

const origin = encodeName('live.example.net') ?? undefined
type TypeName = keyof typeof Type

function encode(type: TypeName, text: string): Uint8Array {
  const result = encodeRdata(Type[type], text, origin)
  if ('error' in result) throw new Error(result.error)
  return result.rdata
}

const hex = (type: TypeName, text: string) => Buffer.from(encode(type, text)).toString('hex')

function error(type: TypeName, text: string): string {
  const result = encodeRdata(Type[type], text, origin)
  if ('rdata' in result) throw new Error(`expected an error, found ${formatRdata(Type[type], result.rdata)}`)
  return result.error
}

describe('encodeRdata agrees with dns-packet', () => {
  it.each([
    ['A', '192.0.2.11', '192.0.2.11'],
    ['AAAA', '2001:db8:1::11', '2001:db8:1::11'],
    ['NS', 'ns1', 'ns1.live.example.net'],
    ['CNAME', 'status.example.org.', 'status.example.org'],
    ['PTR', 'edge.example.net.', 'edge.example.net'],
    ['MX', '10 mail', { preference: 10, exchange: 'mail.live.example.net' }],
    ['SRV', '1 2 443 edge.example.net.', { priority: 1, weight: 2, port: 443, target: 'edge.example.net' }],
    ['TXT', '"v=spf1 -all" second', ['v=spf1 -all', 'second']],
    [
      'CAA',
      '128 issue "ca.example; validationmethods=dns-01"',
      { flags: 128, tag: 'issue', value: 'ca.example; validationmethods=dns-01' },
    ],
    [
      'SOA',
      'ns1 hostmaster.example.net. 2026010101 7200 1800 1209600 4294967295',
      {
        mname: 'ns1.live.example.net',
        rname: 'hostmaster.example.net',
        serial: 2026010101,
        refresh: 7200,
        retry: 1800,
        expire: 1209600,
        minimum: 4294967295,
      },
    ],
  ] as const)('on %s %s', (type, text, data) => {
    const message = dnsPacket.encode({ type: 'response', answers: [{ type, name: '.', data } as dnsPacket.Answer] })
    // After the header (12) and the record's owner, type, class, TTL and length (11).
    expect(Buffer.from(encode(type, text))).toEqual(message.subarray(23))
  })
})

describe('the examples of RFC 9460 appendix D', () => {
  it.each([
    ['HTTPS', '0 foo.example.com.', '000003666f6f076578616d706c6503636f6d00'],
    ['SVCB', '1 .', '000100'],
    ['SVCB', '16 foo.example.com. port=53', '001003666f6f076578616d706c6503636f6d00000300020035'],
    ['SVCB', '1 foo.example.com. key667=hello', '000103666f6f076578616d706c6503636f6d00029b000568656c6c6f'],
    [
      'SVCB',
      '1 foo.example.com. key667="hello\\210qoo"',
      '000103666f6f076578616d706c6503636f6d00029b000968656c6c6fd2716f6f',
    ],
    [
      'SVCB',
      '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
      '000103666f6f076578616d706c6503636f6d000006002020010db800000000000000000000000120010db8000000000000000000530001',
    ],
    [
      'SVCB',
      '16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
      '001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d313900040004c0000201',
    ],
    [
      'SVCB',
      '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
      '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
    ],
    [
      'SVCB',
      '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
      '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
    ],
  ] as const)('%s %s', (type, text, expected) => {
    expect(hex(type, text)).toBe(expected)
  })
})

describe('parameters of encrypted DNS and Oblivious HTTP', () => {
  it.each([
    ['1 . alpn=h2 dohpath=/dns-query{?dns}', '00010000010003026832000700102f646e732d71756572797b3f646e737d'],
    ['1 . alpn=h2 ohttp mandatory=ohttp', '0001000000000200080001000302683200080000'],
  ])('%s', (text, expected) => {
    expect(hex('SVCB', text)).toBe(expected)
  })
})

describe('formatRdata writes canonically', () => {
  it.each([
    ['AAAA', '2001:DB8:0:0::A', '2001:db8::a'],
    ['CNAME', '@', 'live.example.net.'],
    ['TXT', 'a "b c" d\\"e "" \\255é', '"a" "b c" "d\\"e" "" "\\255\\195\\169"'],
    ['TXT', '"a""b"', '"a" "b"'],
    ['TXT', '  "v=DMARC1; p=none"\t', '"v=DMARC1; p=none"'],
    ['SOA', 'a. b. 1 2h 30m 2W 1h5s', 'a. b. 1 7200 1800 1209600 3605'],
    ['CAA', '0 issue ";"', '0 issue ";"'],
    ['CAA', '0 iodef mailto:ca@example.net', '0 iodef "mailto:ca@example.net"'],
    [
      'HTTPS',
      '1 . ipv4hint=192.0.2.1,192.0.2.2 port=443 alpn=h3,h2',
      '1 . alpn="h3,h2" port=443 ipv4hint=192.0.2.1,192.0.2.2',
    ],
    ['HTTPS', '1 . no-default-alpn alpn=h3 key9 key10=""', '1 . alpn="h3" no-default-alpn key9 key10'],
    ['HTTPS', '1 . ech=AEX+DQ== mandatory=port,key5 port=8443', '1 . mandatory=port,ech port=8443 ech=AEX+DQ=='],
    ['SVCB', '1 . key1="\\002h2"', '1 . alpn="h2"'],
    ['SVCB', '1 . key8 key7=/q{?a,dns} alpn=h2', '1 . alpn="h2" dohpath="/q{?a,dns}" ohttp'],
    ['SVCB', '1 . dohpath=/é/{+dns:9}', '1 . dohpath="/\\195\\169/{+dns:9}"'],
    ['DNSKEY', '\\# 4 03 01 01FF', '\\# 4 030101ff'],
    ['DNSKEY', '\\# 0', '\\# 0'],
    ['A', '\\# 4 c000020b', '192.0.2.11'],
  ] as const)('%s %s', (type, text, expected) => {
    expect(formatRdata(Type[type], encode(type, text))).toBe(expected)
  })

  it.each([
    ['an address cut off', 'A', [192, 0, 2], '\\# 3 c00002'],
    ['octets after an address', 'A', [192, 0, 2, 1, 9], '\\# 5 c000020109'],
    ['a compressed name', 'CNAME', [1, 0x61, 0xc0, 0], '\\# 4 0161c000'],
    ['a string cut off', 'TXT', [2, 0x61], '\\# 2 0261'],
    ['no string', 'TXT', [], '\\# 0'],
    ['a tag with a blank', 'CAA', [0, 1, 0x20], '\\# 3 000120'],
    ['an empty tag', 'CAA', [0, 0], '\\# 2 0000'],
    ['parameters out of order', 'HTTPS', [0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1, 0, 3, 0, 2, 1, 187], /^\\# 17 /],
    ['a parameter twice', 'HTTPS', [0, 1, 0, 0, 3, 0, 2, 1, 187, 0, 3, 0, 2, 1, 187], /^\\# 15 /],
    ['a parameter cut off', 'HTTPS', [0, 1, 0, 0, 3, 0, 2, 1], /^\\# 8 /],
    ['the invalid key', 'HTTPS', [0, 1, 0, 255, 255, 0, 1, 120], /^\\# 8 /],
    ['a port of one octet', 'HTTPS', [0, 1, 0, 0, 3, 0, 1, 1], /^\\# 8 /],
    ['an empty address hint', 'HTTPS', [0, 1, 0, 0, 4, 0, 0], /^\\# 7 /],
    ['an empty protocol name', 'HTTPS', [0, 1, 0, 0, 1, 0, 1, 0], /^\\# 8 /],
    ['half a mandatory key', 'HTTPS', [0, 1, 0, 0, 0, 0, 1, 0], /^\\# 8 /],
    ['no mandatory key', 'HTTPS', [0, 1, 0, 0, 0, 0, 0], /^\\# 7 /],
    ['a mandatory key twice', 'HTTPS', [0, 1, 0, 0, 0, 0, 4, 0, 3, 0, 3, 0, 3, 0, 2, 1, 187], /^\\# 17 /],
    ['a mandatory key that is not there', 'HTTPS', [0, 1, 0, 0, 0, 0, 2, 0, 3], /^\\# 9 /],
  ] as const)('falls back to hexadecimal for %s', (_, type, octets, expected) => {
    const text = formatRdata(Type[type], Uint8Array.from(octets))
    expect(text).toMatch(expected)
  })
})

describe('encodeRdata says what was found and what was expected', () => {
  it.each([
    ['A', '', 'A: no address, expected address'],
    ['A', '2001:db8::1', 'A: address is "2001:db8::1", expected an IPv4 address'],
    ['AAAA', '192.0.2.1', 'AAAA: address is "192.0.2.1", expected an IPv6 address'],
    ['A', '192.0.2.1 192.0.2.2', 'A: "192.0.2.2" after address'],
    ['CNAME', 'a..b', 'CNAME: target is "a..b", expected a domain name'],
    ['MX', 'ten mail', 'MX: preference is "ten", expected a whole number from 0 to 65535'],
    ['MX', '65536 mail', 'MX: preference is "65536", expected a whole number from 0 to 65535'],
    ['MX', '10', 'MX: no exchange, expected preference, exchange'],
    [
      'SOA',
      'a b 1 2 3 4 4294967296',
      'SOA: minimum is "4294967296", expected seconds from 0 to 4294967295, or units such as 1h30m',
    ],
    ['SOA', 'a b 1h 2 3 4 5', 'SOA: serial is "1h", expected a whole number from 0 to 4294967295'],
    ['SOA', 'a b 1 2 1.5h 4 5', 'SOA: retry is "1.5h", expected seconds from 0 to 4294967295, or units such as 1h30m'],
    ['SOA', 'a b 1 2 3 1h30 5', 'SOA: expire is "1h30", expected seconds from 0 to 4294967295, or units such as 1h30m'],
    [
      'SOA',
      'a b 1 7102w 3 4 5',
      'SOA: refresh is "7102w", expected seconds from 0 to 4294967295, or units such as 1h30m',
    ],
    ['TXT', 'v=DMARC1; p=none', 'TXT: ";" outside quotes, expected it quoted or escaped'],
    ['TXT', '"open', 'TXT: a quote that is not closed'],
    ['TXT', 'end\\', 'TXT: a backslash at the end, expected an escaped character'],
    ['TXT', '"\\256"', 'TXT: string is "\\256", expected an escape: \\DDD up to \\255 or \\X'],
    ['TXT', `ok ${'x'.repeat(256)}`, 'TXT: string is 256 octets, expected at most 255; split it'],
    ['CAA', '256 issue "ca.example"', 'CAA: flags is "256", expected a whole number from 0 to 255'],
    ['CAA', '0 is-sue "ca.example"', 'CAA: tag is "is-sue", expected letters and digits'],
    ['HTTPS', '0 . alpn=h2', 'HTTPS: "alpn=h2" with priority 0, expected no parameters'],
    ['HTTPS', '1 . port=443 port=444', 'HTTPS: port twice'],
    ['HTTPS', '1 . prot=443', /unknown parameter "prot", expected one of mandatory, alpn, .*keyNNN$/],
    ['HTTPS', '1 . key1=h2', 'HTTPS: key1 is "h2", expected the octets of alpn'],
    ['HTTPS', '1 . key3="\\000\\001" port=444', 'HTTPS: port twice'],
    ['HTTPS', '1 . key65535=1', /unknown parameter "key65535"/],
    ['HTTPS', '1 . key01=1', /unknown parameter "key01"/],
    ['HTTPS', '1 . port=0x1', 'HTTPS: port is "0x1", expected a whole number from 0 to 65535'],
    ['HTTPS', '1 . port', 'HTTPS: port is "", expected a whole number from 0 to 65535'],
    [
      'HTTPS',
      '1 . alpn=h2,,h3',
      'HTTPS: alpn is "h2,,h3", expected protocol names of 1 to 255 octets with commas between',
    ],
    ['HTTPS', '1 . alpn=,h3', /alpn is ",h3"/],
    ['HTTPS', '1 . alpn', /alpn is ""/],
    ['HTTPS', '1 . alpn=h2 no-default-alpn=1', 'HTTPS: no-default-alpn is "1", expected no value'],
    ['HTTPS', '1 . no-default-alpn', 'HTTPS: no-default-alpn without alpn'],
    [
      'HTTPS',
      '1 . ipv4hint=2001:db8::1',
      'HTTPS: ipv4hint is "2001:db8::1", expected IPv4 addresses with commas between',
    ],
    ['HTTPS', '1 . ipv6hint=', /ipv6hint is "", expected IPv6/],
    ['HTTPS', '1 . ech=?', 'HTTPS: ech is not base64'],
    ['HTTPS', '1 . ech=AEX', 'HTTPS: ech is not base64'],
    ['HTTPS', '1 . ech=', 'HTTPS: ech is not base64'],
    [
      'SVCB',
      '1 . dohpath=/dns-query',
      'SVCB: dohpath is "/dns-query", expected a path in UTF-8 with the variable dns, such as "/dns-query{?dns}"',
    ],
    ['SVCB', '1 . dohpath=https://dns.example.net/{?dns}', /^SVCB: dohpath is "https:.*expected a path/],
    ['SVCB', '1 . dohpath=/\\195{?dns}', /expected a path in UTF-8/],
    ['SVCB', '1 . dohpath=/{?dnssec}', /expected a path in UTF-8/],
    ['SVCB', '1 . dohpath', /dohpath is "", expected a path/],
    ['SVCB', '1 . key7=x', 'SVCB: key7 is "x", expected the octets of dohpath'],
    ['HTTPS', '1 . ohttp=1', 'HTTPS: ohttp is "1", expected no value'],
    ['HTTPS', '1 . =443', /unknown parameter ""/],
    ['HTTPS', '1 . mandatory=port', 'HTTPS: mandatory names port, which is not there'],
    [
      'HTTPS',
      '1 . port=1 mandatory=port,port',
      'HTTPS: mandatory is "port,port", expected other keys, each once; not "port"',
    ],
    ['HTTPS', '1 . port=1 mandatory=mandatory', /not "mandatory"$/],
    ['DNSKEY', '3 1 1 ff', 'DNSKEY: "3 1 1 ff", expected \\# length hex'],
    ['DNSKEY', '\\# 2 ff', 'DNSKEY: length "2", expected 1'],
    ['DNSKEY', '\\# 1 f', 'DNSKEY: "f", expected pairs of hexadecimal digits'],
    ['DNSKEY', '\\#', 'DNSKEY: length "", expected 0'],
    ['A', '\\# 3 c00002', 'A: \\# 3 c00002 is malformed data for this type'],
    ['CNAME', '\\# 2 c000', 'CNAME: \\# 2 c000 is malformed data for this type'],
  ] as const)('%s %s', (type, text, expected) => {
    expect(error(type, text)).toMatch(expected)
  })

  it('asks for a final dot where there is no origin', () => {
    expect(encodeRdata(Type.NS, 'ns1')).toEqual({ error: 'NS: name server is "ns1", expected a name with a final dot' })
  })

  it('takes 65535 octets and refuses more', () => {
    expect(encode('DNSKEY', `\\# 65535 ${'ab'.repeat(65535)}`)).toHaveLength(65535)
    const text = Array.from({ length: 256 }, () => 'x'.repeat(255)).join(' ')
    expect(error('TXT', text)).toBe('TXT: 65536 octets, expected at most 65535')
  })
})

it('rdata is uncompressed, its names in the case given', () => {
  expect(decodeName(encode('CNAME', 'Edge.Example.net.'), 0)?.name).toEqual(encodeName('Edge.Example.net'))
})
