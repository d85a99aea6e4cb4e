// What zones refuse: owners outside, what may not stand together, what is not built yet.
import { describe, expect, it } from 'vitest'
import { sayings } from './load-files.ts'
import type { Case } from './load-files.ts'

const zones: readonly Case[] = [
  {
    title: 'a CNAME beside other data',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'status CNAME status.example.org.'\n      - 'status TXT \"up\"'",
    problems: ['27:9: status.live.example.net. CNAME stands beside TXT, expected it alone'],
  },
  {
    title: 'a CNAME at the apex',
    from: "- 'status CNAME",
    to: "- '@ CNAME",
    problems: ['27:9: live.example.net. CNAME at the apex, where SOA and NS stand: steer the name instead'],
  },
  {
    title: 'a SOA that is refused, and what else is wrong with the zone',
    from: `rname: host.example.net }
    ns: { ns1.live.example.net: [192.0.2.53], ns2.example.org: [] }
    names: { play: play, "*.play": play }
    records:
      - 'status CNAME status.example.org.'`,
    to: `rname: "host master" }
    ns: { ns1.live.example.net: [192.0.2.53], ns2.example.org: [192.0.2.54] }
    names: { play: play, "a b": play }
    records:
      - '@ CAA issue ca'`,
    problems: [
      '23:48: rname: "host master" is no domain name, expected one such as live.example.net',
      '24:47: ns2.example.org lies outside live.example.net, expected no addresses: write []',
      '25:26: "a b" is no name, expected one such as play or "*.play"',
      '27:9: CAA: flags is "issue", expected a whole number from 0 to 255',
    ],
  },
  {
    title: 'two CNAMEs',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'status CNAME status.example.org.'\n      - 'status CNAME other.example.org.'",
    problems: ['27:9: status.live.example.net. has 2 CNAMEs, expected one'],
  },
  {
    title: 'CNAMEs in a circle',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'a CNAME b'\n      - 'b CNAME c.live.example.net.'\n      - 'c CNAME B'",
    problems: ['29:9: CNAMEs go round in a circle: b.live.example.net. → c.live.example.net. → b.live.example.net.'],
  },
  {
    title: 'a CNAME to itself',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'status CNAME status'",
    problems: ['27:9: CNAMEs go round in a circle: status.live.example.net. → status.live.example.net.'],
  },
  {
    title: 'a static record at a steered name',
    from: "- 'status CNAME",
    to: "- 'play CNAME",
    problems: ['27:9: play.live.example.net. CNAME stands beside the service that steers the name, at 25:14: keep one'],
  },
  {
    title: 'a static address at a steered wildcard',
    from: "- 'status CNAME status.example.org.'",
    to: "- '*.play A 192.0.2.9'",
    problems: ['27:9: *.play.live.example.net. A stands beside the service that steers the name, at 25:26: keep one'],
  },
  {
    title: 'a name steered twice',
    from: '"*.play": play }',
    to: '"*.play": play, PLAY: play }',
    problems: ['25:42: play.live.example.net. is steered twice, first at 25:14'],
  },
  {
    title: 'an owner outside the zone',
    from: "- 'status CNAME",
    to: "- 'status.example.org. CNAME",
    problems: ['27:9: status.example.org. lies outside live.example.net, expected a name in it'],
  },
  {
    title: 'a steered name outside the zone',
    from: '"*.play": play }',
    to: 'play.example.org.: play }',
    problems: ['25:26: play.example.org. lies outside live.example.net, expected a name in it'],
  },
  {
    title: "the zone's own name at the end of a name",
    from: '"*.play": play }',
    to: 'show.live.example.net: play }',
    warnings: [
      '25:26: show.live.example.net ends with the zone\'s own name and so means show.live.example.net.live.example.net.; did you mean "show"?',
    ],
  },
  {
    title: "the zone's own name as a name",
    from: '"*.play": play }',
    to: 'live.example.net: play }',
    warnings: [
      '25:26: live.example.net ends with the zone\'s own name and so means live.example.net.live.example.net.; did you mean "@"?',
    ],
  },
  {
    title: 'a star in the middle',
    from: '"*.play": play }',
    to: '"show.*.play": play, "show*": play }',
    problems: [
      '25:26: "show.*.play" has a * that is not the whole leftmost label, expected a form such as "*.play"',
      '25:47: "show*" has a * that is not the whole leftmost label, expected a form such as "*.play"',
    ],
  },
  {
    title: 'a name of too long a label',
    from: '"*.play": play }',
    to: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: play }',
    problems: [
      '25:26: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is no name, expected one such as play or "*.play"',
    ],
  },
  {
    title: 'glue that is missing',
    from: '[192.0.2.53]',
    to: '[]',
    problems: ['24:11: ns1.live.example.net lies in the zone, expected its addresses: without glue nobody finds it'],
  },
  {
    title: 'glue out of the zone',
    from: 'ns2.example.org: []',
    to: 'ns2.example.org: [192.0.2.54]',
    problems: ['24:47: ns2.example.org lies outside live.example.net, expected no addresses: write []'],
  },
  {
    title: 'one name server',
    from: ', ns2.example.org: []',
    to: '',
    warnings: ['24:5: ns: one server, expected two or more: registrars ask for them'],
  },
  {
    title: 'no name server',
    from: '{ ns1.live.example.net: [192.0.2.53], ns2.example.org: [] }',
    to: '{}',
    problems: ['24:9: ns: an empty map, expected an entry or more'],
  },
  {
    title: 'an NS record at the apex',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ NS ns1.example.org.'",
    problems: ['27:9: NS records of the zone are made from `ns`: remove the record and name the server there'],
  },
  {
    title: 'a SOA record',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ SOA a. b. 1 2 3 4 5'",
    problems: ['27:9: the SOA is made from `soa`: remove the record and write its values there'],
  },
  {
    title: 'records of DNSSEC',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ DNSKEY 257 3 13 AAAA'",
    problems: ['27:9: DNSKEY is made by signing: remove it, and give the zone `dnssec` to have it signed'],
  },
  {
    title: 'records of signed zones that the server does not make either',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ ZONEMD 1 1 1 00'\n      - '@ NSEC3PARAM 1 0 0 -'",
    problems: [
      '27:9: ZONEMD: a digest of the zone with another serial than ours, which fits nothing served here: remove the record',
      '28:9: NSEC3PARAM: the server denies by NSEC, for which there are no parameters: remove the record',
    ],
  },
  {
    title: 'a type without a form',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x EUI64 00-00-5e-ef-10-00-00-2a'\n      - 'y TYPE109 \\# 8 00005eef1000002a'",
    problems: ['27:9: EUI64 has no form of its own here, expected TYPE109 \\# length hex'],
  },
  {
    title: 'a type of questions',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x ANY 1'",
    problems: ['27:9: ANY is a type of questions, expected one of records'],
  },
  {
    title: 'an unknown type',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x CNMAE status.example.org.'",
    problems: ['27:9: "CNMAE" is no record type, expected \'owner [TTL] TYPE rdata\'; did you mean "CNAME"?'],
  },
  {
    title: 'data that does not fit',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x A 192.0.2'",
    problems: ['27:9: A: address is "192.0.2", expected an IPv4 address'],
  },
  {
    title: 'a record cut short',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x'",
    problems: ['27:9: "x" is no record, expected \'owner [TTL] TYPE rdata\''],
  },
  {
    title: 'a negative TTL',
    from: "- 'status CNAME",
    to: "- 'status -5 CNAME",
    problems: ['27:9: TTL -5, expected seconds from 0 to 2147483647, or a duration such as 1h'],
  },
  {
    title: 'two TTLs',
    from: "- 'status CNAME",
    to: "- 'status 5 IN 6 CNAME",
    problems: ['27:9: "status 5 IN 6 CNAME status.example.org." has two TTLs, expected \'owner [TTL] TYPE rdata\''],
  },
  {
    title: 'a TTL beyond a week',
    from: "- 'status CNAME",
    to: "- 'status 8d CNAME",
    warnings: ['27:9: TTL 691200 is longer than 7d: mistakes last that long'],
  },
  {
    title: 'TTLs that differ inside an RRset',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x 60 A 192.0.2.1'\n      - 'x 61 A 192.0.2.2'",
    problems: ['28:9: x.live.example.net. A has TTL 61 here and 60 at 27:9, expected one for all'],
  },
  {
    title: 'a record twice',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x A 192.0.2.1'\n      - 'X IN A 192.0.2.1'",
    warnings: ['28:9: x.live.example.net. A is written twice, first at 27:9'],
  },
  {
    title: 'a record twice, the name in it once in capitals',
    from: "- 'status CNAME status.example.org.'",
    to: "- 'x CNAME www.example.org.'\n      - 'x CNAME WWW.example.org.'",
    warnings: ['28:9: x.live.example.net. CNAME is written twice, first at 27:9'],
  },
  {
    title: 'an e-mail address',
    from: 'rname: host.example.net',
    to: 'rname: host@example.net',
    problems: ['23:48: rname: "host@example.net" has an @, expected a dot in its place: host.example.net'],
  },
  {
    title: 'a zone inside another one',
    from: 'zones:\n',
    to: 'zones:\n  play.live.example.net:\n    soa: { mname: ns1.example.org, rname: host.example.net }\n    ns: { ns1.example.org: [], ns2.example.org: [] }\n',
    problems: [
      '28:14: play lies in zone play.live.example.net, which is served here too: write it there',
      '28:26: *.play lies in zone play.live.example.net, which is served here too: write it there',
    ],
  },
  {
    title: 'a zone twice',
    from: 'zones:\n',
    to: 'zones:\n  Live.Example.Net.:\n    soa: { mname: ns1.example.org, rname: host.example.net }\n    ns: { ns1.example.org: [], ns2.example.org: [] }\n',
    problems: ['25:3: zone live.example.net is written twice, first at 22:3'],
  },
]

const pointers: readonly Case[] = [
  {
    title: 'nothing of hosts that are answered, or are not ours to know',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ MX 10 play'\n      - '@ MX 20 MX.example.org.'\n      - '@ MX 30 x.y.wild'\n      - '*.wild A 192.0.2.9'\n      - '_sip._tcp SRV 1 2 5060 ns1'\n      - 'none MX 0 .'\n      - '_no._tcp SRV 0 0 0 .'\n      - 'sub NS ns.example.org.'\n      - 'in MX 10 x.sub'",
  },
  {
    title: 'MX and SRV that name an alias',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ MX 10 Status'\n      - '_sip._tcp SRV 1 2 5060 status'\n      - 'status CNAME status.example.org.'",
    warnings: [
      '27:9: live.example.net. MX names status.live.example.net., a CNAME, expected a name with addresses (RFC 2181 section 10.3)',
      '28:9: _sip._tcp.live.example.net. SRV names status.live.example.net., a CNAME, expected a name with addresses (RFC 2782)',
    ],
  },
  {
    title: 'MX and SRV that name nothing of ours',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ MX 10 mail'\n      - '@ MX 20 ns1.live.example.net'\n      - '_sip._tcp SRV 1 2 5060 _tcp'",
    warnings: [
      '27:9: live.example.net. MX names mail.live.example.net., which nothing answers in zone live.example.net',
      '28:9: live.example.net. MX names ns1.live.example.net.live.example.net., which nothing answers in zone live.example.net; is a final dot missing?',
      '29:9: _sip._tcp.live.example.net. SRV names _tcp.live.example.net., which nothing answers in zone live.example.net',
    ],
  },
  {
    title: 'MX and SRV that name an address',
    from: "- 'status CNAME status.example.org.'",
    to: "- '@ MX 10 192.0.2.1'\n      - '@ MX 20 192.0.2.1.'\n      - '_sip._tcp SRV 1 2 5060 2001:db8::1'",
    warnings: [
      '27:9: live.example.net. MX names 192.0.2.1.live.example.net., an address, expected a name that has it',
      '28:9: live.example.net. MX names 192.0.2.1., an address, expected a name that has it',
      '29:9: _sip._tcp.live.example.net. SRV names 2001:db8::1.live.example.net., an address, expected a name that has it',
    ],
  },
]

const status = "- 'status CNAME status.example.org.'"

/** Records in place of the one of the good configuration, from line 27 on. */
function instead(...lines: readonly string[]): Pick<Case, 'from' | 'to'> {
  return { from: status, to: lines.map((line) => `- '${line}'`).join('\n      ') }
}

const delegations: readonly Case[] = [
  {
    title: 'nothing of a delegation with glue, DS and a server elsewhere in the zone',
    ...instead(
      'sub NS ns1.sub',
      'sub NS NS1',
      'sub NS ns.example.org.',
      'ns1.sub A 192.0.2.1',
      `sub DS 4711 ECDSAP256SHA256 2 ${'ab'.repeat(32)}`,
      'a.b.c NS c.b.a.b.c',
      'c.b.a.b.c AAAA 2001:db8::1',
      'self NS self',
      'self A 192.0.2.2',
    ),
  },
  {
    title: 'names below a delegation',
    ...instead('sub NS ns.example.org.', 'www.sub TXT "lost"', 'x.y.sub A 192.0.2.1', 'z.sub NS ns.example.org.'),
    problems: [
      '28:9: www.sub.live.example.net. TXT lies below the delegation of sub.live.example.net. at 27:9, expected no more than the addresses of its name servers: it is never answered',
      '29:9: x.y.sub.live.example.net. A lies below the delegation of sub.live.example.net. at 27:9, expected no more than the addresses of its name servers: it is never answered',
      '30:9: z.sub.live.example.net. NS lies below the delegation of sub.live.example.net. at 27:9, expected no more than the addresses of its name servers: it is never answered',
    ],
  },
  {
    title: 'other data at a delegation',
    ...instead('sub NS ns.example.org.', 'sub MX 10 mx.example.org.', 'sub A 192.0.2.1'),
    problems: [
      '28:9: sub.live.example.net. MX stands at the delegation of sub.live.example.net. at 27:9, expected no more than NS, DS and the addresses of its name servers: it is never answered',
      '29:9: sub.live.example.net. A stands at the delegation of sub.live.example.net. at 27:9, expected no more than NS, DS and the addresses of its name servers: it is never answered',
    ],
  },
  {
    title: 'steered names at and below a delegation',
    from: status,
    to: "- 'play NS ns.example.org.'",
    problems: [
      '25:26: *.play.live.example.net. is steered but lies below the delegation of play.live.example.net. at 27:9: keep one',
      '27:9: play.live.example.net. NS stands beside the service that steers the name, at 25:14: keep one',
    ],
  },
  {
    title: 'glue that a delegation lacks',
    ...instead('sub NS ns1.sub'),
    problems: [
      '27:9: sub.live.example.net. NS names ns1.sub.live.example.net., which lies in the delegated zone, expected its addresses here: without glue nobody finds it',
    ],
  },
  {
    title: 'a server of a delegation that has no addresses in the zone, or is an alias',
    ...instead('sub NS ns9', 'other NS alias', 'alias CNAME ns.example.org.', 'dot NS ns1.live.example.net'),
    problems: [
      '28:9: other.live.example.net. NS names alias.live.example.net., a CNAME, expected a name with addresses (RFC 2181 section 10.3)',
    ],
    warnings: [
      '27:9: sub.live.example.net. NS names ns9.live.example.net., which has no addresses in this zone',
      '30:9: dot.live.example.net. NS names ns1.live.example.net.live.example.net., which has no addresses in this zone; is a final dot missing?',
    ],
  },
  {
    title: 'DS where there is no delegation',
    ...instead(`x DS 1 8 2 ${'ab'.repeat(32)}`, `@ DS 1 8 2 ${'ab'.repeat(32)}`),
    problems: [
      '27:9: x.live.example.net. DS without NS, expected it at a delegation',
      '28:9: live.example.net. DS at the apex, expected it in the zone above: remove it',
    ],
  },
  {
    title: 'a digest of the wrong length',
    ...instead('sub NS ns.example.org.', 'sub DS 1 8 2 abcd'),
    problems: ['28:9: DS: a digest of 2 octets, expected 32 of type 2'],
  },
  {
    title: 'a delegation at a wildcard',
    ...instead('*.sub NS ns.example.org.'),
    problems: ['27:9: *.sub.live.example.net. NS at a wildcard, expected a name: each delegation is written out'],
  },
  {
    title: 'nothing of a delegation to a zone served here too nor of its glue, but of what else stands below it',
    from: 'zones:\n',
    to: `zones:\n  sub.live.example.net:\n    soa: { mname: ns1.example.org, rname: host.example.net }\n    ns: { ns1.sub.live.example.net: [192.0.2.53], ns2.example.org: [] }\n  z.example.net:\n    soa: { mname: ns1.example.org, rname: host.example.net }\n    ns: { ns1.example.org: [], ns2.example.org: [] }\n    records: ['live.sub NS ns1.example.org.']\n  example.net:\n    soa: { mname: ns1.example.org, rname: host.example.net }\n    ns: { ns1.example.org: [], ns2.example.org: [] }\n    records: ['live NS ns1.live', 'live DS 1 8 2 ${'ab'.repeat(32)}', 'ns1.live A 192.0.2.1', 'a.live A 192.0.2.1', 'a.sub.live A 192.0.2.1']\n`,
    problems: [
      '32:141: a.live.example.net. lies in zone live.example.net, which is served here too: write it there',
      '32:163: a.sub.live.example.net. lies in zone sub.live.example.net, which is served here too: write it there',
    ],
  },
]

describe.each([
  ['zones', zones],
  ['delegations', delegations],
  ['MX and SRV', pointers],
] as const)('%s', (_, cases) => {
  it.each(cases)('says what is wrong with $title', async (one) => {
    const { problems = [], warnings = [] } = one
    expect(await sayings(one)).toEqual({ problems, warnings })
  })
})
