// A zone file's text into records, and every problem of it with its place. Opens no file.
import { describe, expect, it } from 'vitest'
import { parseZoneFile } from '../../../src/config/zone-file.ts'
import { typeName } from '../../../src/wire/constants.ts'
import { encodeName, formatName } from '../../../src/wire/name.ts'
import { formatRdata } from '../../../src/wire/rdata.ts'

const origin = encodeName('live.example.net') ?? new Uint8Array()

function parse(text: string) {
  const { records, includes, problems, warnings } = parseZoneFile(text, { origin, ttlSeconds: null })
  const placed = ({ at, error }: (typeof problems)[number]): string => {
    const before = text.slice(0, at).split('\n')
    return `${before.length}:${(before.at(-1) ?? '').length + 1}: ${error}`
  }
  return {
    records: records.map(({ owner, type, ttlSeconds, rdata }) => {
      return `${formatName(owner)} ${ttlSeconds ?? '-'} ${typeName(type)} ${formatRdata(type, rdata)}`
    }),
    includes: includes.map(({ path, origin: of, ttlSeconds }) => `${path} ${formatName(of)} ${ttlSeconds ?? '-'}`),
    problems: problems.map(placed),
    warnings: warnings.map(placed),
  }
}

const good = (text: string): string[] => {
  const { records, problems } = parse(text)
  expect(problems).toEqual([])
  return records
}

describe('the example of RFC 1035 section 5.3', () => {
  it('is read as it means', () => {
    const text = `@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        MX      10      VENERA
        MX      20      VAXA

A       A       192.0.2.27

VENERA  A       192.0.2.1
        A       198.51.100.52
`
    expect(good(text)).toEqual([
      'live.example.net. - SOA VENERA.live.example.net. Action\\.domains.live.example.net. 20 7200 600 3600000 60',
      'live.example.net. - NS A.ISI.EDU.',
      'live.example.net. - NS VENERA.live.example.net.',
      'live.example.net. - MX 10 VENERA.live.example.net.',
      'live.example.net. - MX 20 VAXA.live.example.net.',
      'a.live.example.net. - A 192.0.2.27',
      'venera.live.example.net. - A 192.0.2.1',
      'venera.live.example.net. - A 198.51.100.52',
    ])
  })
})

describe('a zone file', () => {
  it('has a SOA whose times may have units', () => {
    expect(good('@ SOA ns1 h ( 1 2h 30m 2w 5m )')).toEqual([
      'live.example.net. - SOA ns1.live.example.net. h.live.example.net. 1 7200 1800 1209600 300',
    ])
  })

  it('has TTL and class in either order, with units, and defaults', () => {
    const text =
      'a A 192.0.2.1\nb 5m IN A 192.0.2.1\nc A 192.0.2.1\nd IN 1h30m A 192.0.2.1\ne in A 192.0.2.1\n' +
      '$TTL 1D\nf A 192.0.2.1\ng 60 A 192.0.2.1\nh CLASS1 TYPE1 \\# 4 C0000201\ni 2w1d1h1m1s A 192.0.2.1\n'
    expect(
      good(text).map((line) => line.split(' ').slice(0, 2).join(' ').replaceAll('.live.example.net.', '')),
    ).toEqual(['a -', 'b 300', 'c 300', 'd 5400', 'e 5400', 'f 86400', 'g 60', 'h 86400', 'i 1299661'])
  })

  it.each([
    [
      'a 60 A 192.0.2.1\nb A 192.0.2.1\nc 5 A 192.0.2.1\n  AAAA ::1\n$TTL 9\nd A 192.0.2.1',
      ['2:1: 2 records without a TTL take the last that was said, here 60: write $TTL before'],
    ],
    [
      'a 60 A 192.0.2.1\nb A 192.0.2.1',
      ['2:1: a record without a TTL takes the last that was said, here 60: write $TTL before'],
    ],
    ['a A 192.0.2.1\nb 60 A 192.0.2.1', []],
    ['$TTL 5\na 60 A 192.0.2.1\nb A 192.0.2.1', []],
  ])('%j warns once of a TTL that is taken from another record', (text, warnings) => {
    expect(parse(text)).toMatchObject({ problems: [], warnings })
  })

  it('completes names with the origin in force', () => {
    const text = '$ORIGIN sub\nwww CNAME @\n$ORIGIN example.org.\n@ MX 0 .\nx.live.example.net. CNAME y\n*.w TXT a\n'
    expect(good(text)).toEqual([
      'www.sub.live.example.net. - CNAME sub.live.example.net.',
      'example.org. - MX 0 .',
      'x.live.example.net. - CNAME y.example.org.',
      '*.w.example.org. - TXT "a"',
    ])
  })

  it('takes parentheses, comments, quotes and escapes where they may stand', () => {
    const text =
      '; nothing\n\n   ; nothing\r\na ( TXT ; one\n "b;(c)" ( d\\;e ) "\\"" ) ; end\r\n ( 60 ) TXT "" f"g h"i \\032\\ j\nt\\.u\\046v TXT "\\#" x'
    expect(good(text)).toEqual([
      'a.live.example.net. - TXT "b;(c)" "d;e" "\\""',
      'a.live.example.net. 60 TXT "" "fg hi" "  j"',
      't\\.u\\.v.live.example.net. 60 TXT "#" "x"',
    ])
  })

  it.each([
    ['A', '192.0.2.1'],
    ['NS', 'ns.example.org.'],
    ['CNAME', 'a.example.org.'],
    ['PTR', 'a.example.org.'],
    ['MX', '10 mx.example.org.'],
    ['TXT', '"v=spf1 -all" "b"'],
    ['AAAA', '2001:db8::1'],
    ['SRV', '1 2 443 a.example.org.'],
    ['NAPTR', '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.net!" .'],
    ['SSHFP', '4 2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'],
    ['TLSA', '3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'],
    ['SMIMEA', '3 1 0 0001'],
    ['CAA', '0 issue "ca.example.net"'],
    ['DS', '4711 13 2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'],
    ['SVCB', '1 svc.example.org. alpn="h2" port=8443'],
    ['HTTPS', '0 svc.example.org.'],
    ['HINFO', '"PC" "Linux"'],
    ['LOC', '52 22 23.000 N 4 53 32.000 E -2.00m 0m 10000m 10m'],
    ['URI', '10 1 "https://www.example.org/a?b"'],
    ['RP', 'host.example.net. txt.example.net.'],
    ['AFSDB', '1 afs.example.org.'],
    ['SPF', '"v=spf1 -all"'],
    ['TYPE65280', '\\# 3 010203'],
    ['TYPE65280', '\\# 0'],
  ])('may hold %s %s', (type, data) => {
    expect(good(`x ${type} ${data}`)).toEqual([`x.live.example.net. - ${type} ${data}`])
  })

  it('names files to include, each with its origin and the TTL in force', () => {
    expect(parse('$INCLUDE a.zone\n$TTL 60\n$ORIGIN sub\n$include "b c.zone" x ; so').includes).toEqual([
      'a.zone live.example.net. -',
      'b c.zone x.sub.live.example.net. 60',
    ])
  })
})

describe('what is wrong in a zone file', () => {
  it.each([
    ['  A 192.0.2.1', '1:3: a line that begins with a blank, expected an owner before it'],
    ['a..b A 192.0.2.1\n  A 192.0.2.2', '1:1: "a..b" is no name, expected owner [TTL] [IN] TYPE data'],
    [
      'Bücher A 192.0.2.1',
      '1:1: "Bücher" is no name, expected owner [TTL] [IN] TYPE data; did you mean "xn--bcher-kva"?',
    ],
    [
      '#a A 192.0.2.1\n  A 192.0.2.2',
      '1:1: "#a" begins no comment here, expected ; before one, or \\# where a name begins so',
    ],
    ['a', '1:1: a record without a type, expected owner [TTL] [IN] TYPE data'],
    ['a 60 IN', '1:1: a record without a type, expected owner [TTL] [IN] TYPE data'],
    ['a CNMAE b', '1:3: "CNMAE" is no record type, expected owner [TTL] [IN] TYPE data; did you mean "CNAME"?'],
    ['a A 192.0.2', '1:5: A: address is "192.0.2", expected an IPv4 address'],
    ['a A', '1:3: A: no address, expected address'],
    ['a 60 60 A 192.0.2.1', '1:6: a second TTL 60, expected owner [TTL] [IN] TYPE data'],
    ['a IN IN A 192.0.2.1', '1:6: a second class IN, expected owner [TTL] [IN] TYPE data'],
    ['a -1 A 192.0.2.1', '1:3: TTL -1, expected seconds from 0 to 2147483647, or units such as 1h30m'],
    ['a 2147483648 A 192.0.2.1', '1:3: TTL 2147483648, expected seconds from 0 to 2147483647, or units such as 1h30m'],
    ['a CH TXT b', '1:3: class CH, expected IN'],
    ['a TXT "b\nc A 192.0.2.1', '1:7: a quote that is not closed on its line'],
    ['a TXT b\\\n', '1:8: a backslash at the end of a line, expected an escaped character'],
    ['a TXT )', '1:7: ")" without "(" before it'],
    ['a TXT ( b\nc TXT d', '1:7: "(" that is not closed'],
    ['$TTL', '1:1: $TTL with 0 words after it, expected a TTL'],
    ['$TTL never', '1:6: TTL never, expected seconds from 0 to 2147483647, or units such as 1h30m'],
    ['$ORIGIN a..b', '1:9: "a..b" is no name, expected an origin'],
    ['$INCLUDE', '1:1: $INCLUDE with 0 words after it, expected a file and perhaps an origin'],
    ['$ORIGN a', '1:1: $ORIGN is no directive here, expected $ORIGIN, $TTL, $INCLUDE; did you mean "$ORIGIN"?'],
    [
      '$GENERATE 1-2 a$ A 192.0.2.$',
      '1:1: $GENERATE is no directive here, expected $ORIGIN, $TTL, $INCLUDE: write the records out',
    ],
    ['a ANY b', '1:3: ANY is a type of questions, expected one of records'],
    ['a DNAME b', '1:3: DNAME is not built yet: remove it, or write a CNAME for each name'],
    ['a RRSIG x\nb RRSIG y\nb RRSIG z', '1:3: RRSIG and 2 more: the server makes them itself, remove them'],
    ['a CERT 1 2 3 AAAA', '1:3: CERT has no form of its own here, expected TYPE37 \\# length hex'],
    ['a openpgpkey AAAA', '1:3: OPENPGPKEY has no form of its own here, expected TYPE61 \\# length hex'],
    ['a CSYNC 1 2 A', '1:3: CSYNC has no form of its own here, expected TYPE62 \\# length hex'],
    ['a EUI48 00-00-5e-00-53-2a', '1:3: EUI48 has no form of its own here, expected TYPE108 \\# length hex'],
    ['foo\\300 A 192.0.2.1', '1:1: "foo\\300" is no name, expected owner [TTL] [IN] TYPE data'],
    [
      '@ ZONEMD 1 1 1 00',
      '1:3: ZONEMD: a digest of the zone with another serial than ours, which fits nothing served here, remove them',
    ],
    [
      '@ NSEC3PARAM 1 0 0 -',
      '1:3: NSEC3PARAM: the server denies by NSEC, for which there are no parameters, remove them',
    ],
    ['a NSEC3 x\nb NSEC3 y', '1:3: NSEC3 and 1 more: the server denies by NSEC, which it makes itself, remove them'],
    ['a KEY x', '1:3: KEY: DNSKEY took its place (RFC 3755), which the server makes itself, remove them'],
    ['a NSEC b A', '1:3: NSEC: the server makes them itself, remove them'],
  ])('%j', (text, problem) => {
    expect(parse(text).problems).toEqual([problem])
  })

  it.each([
    ['a A 192.0.2.1 192.0.2.2', '1:15: A: "192.0.2.2" after address'],
    ['a MX 10', '1:6: MX: no exchange, expected preference, exchange'],
    ['a SRV 1 2 x b.', '1:11: SRV: port is "x", expected a whole number from 0 to 65535'],
    [
      '@ SOA ns1 h ( 1 ; serial\n  2h\n  30 m\n  2w 5m )',
      '3:6: SOA: expire is "m", expected seconds from 0 to 4294967295, or units such as 1h30m',
    ],
    [
      '@ SOA ns1 h (\n  1 2h\n  30m 2w )',
      '3:7: SOA: no minimum, expected mname, rname, serial, refresh, retry, expire, minimum',
    ],
    ['a TXT b "c" \\256', '1:13: TXT: string is "\\256", expected an escape: \\DDD up to \\255 or \\X'],
    ['a HTTPS 1 . port=1 prot=1', '1:20: HTTPS: unknown parameter "prot"'],
    ['a HTTPS 1 . port=1 mandatory=alpn', '1:20: HTTPS: mandatory names alpn, which is not there'],
    ['a HTTPS 1 . key5=a no-default-alpn', '1:20: HTTPS: no-default-alpn without alpn'],
    ['a HTTPS 0 . port=1', '1:13: HTTPS: "port=1" with priority 0, expected no parameters'],
    ['a DS 1 8 2 ab xx', '1:15: DS: "abxx", expected pairs of hexadecimal digits'],
    ['a DS 1 8 2 ab c', '1:15: DS: "abc", expected pairs of hexadecimal digits'],
    ['a DS 1 8 2 ab', '1:12: DS: a digest of 1 octets, expected 32 of type 2'],
    ['a DS 1 8 2', '1:10: DS: no digest, expected hexadecimal digits'],
    ['a TYPE65280 \\# 3 0102', '1:16: TYPE65280: length "3", expected 2'],
    ['a TYPE65280 \\# 2 01 0x', '1:21: TYPE65280: "010x", expected pairs of hexadecimal digits'],
    ['a TYPE65280 b', '1:13: TYPE65280: "b", expected \\# length hex'],
    ['a LOC 52 22 x N 4 E 1m', '1:13: LOC: "52 22 x N", expected d'],
    ['a LOC 52 60 N 4 E 1m', '1:10: LOC: "52 60 N 4", expected d'],
    ['a LOC 91 N 4 E 1m', '1:7: LOC: "91 N 4 E", expected d'],
    ['a LOC 52 N 4 2 60 E 1m', '1:16: LOC: "4 2 60 E", expected d'],
    ['a LOC 52 N 4', '1:12: LOC: "4", expected d'],
    ['a LOC 52 N 4 E', '1:14: LOC: altitude is "", expected d'],
    ['a LOC 52 N 4 E x', '1:16: LOC: altitude is "x", expected d'],
    ['a LOC 52 N 4 E 1m 2m x', '1:22: LOC: "2m x", expected metres up to 90000000'],
    ['a LOC 52 N 4 E 1 2 3 4 5', '1:24: LOC: "5" after the vertical precision'],
  ])('%j is said at the field that is wrong, or at the last where one is missing', (text, problem) => {
    const [found, ...others] = parse(text).problems
    expect([found.slice(0, problem.length), ...others]).toEqual([problem])
  })

  it('is said all at once, and what is right around it is read', () => {
    const { records, problems } = parse('a A 1\nb A 192.0.2.1\nc TXT "\nd A 192.0.2.2\n  AAAA ::g\n  TXT e')
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['1', '3', '5'])
    expect(records.map((record) => record.split('.')[0])).toEqual(['b', 'd', 'd'])
  })

  it('ends where a file is of another kind', () => {
    const { problems } = parse('<html>\n'.repeat(5000))
    expect(problems).toHaveLength(201)
    expect(problems.at(-1)).toBe('200:1: 200 problems so far: the rest of the file is not read')
  })
})
