// What only the whole configuration shows: references, addresses, networks, who claims what.
import { describe, expect, it } from 'vitest'
import { sayings } from './load-files.ts'
import type { Case } from './load-files.ts'

const references: readonly Case[] = [
  {
    title: 'an unknown site',
    from: 'hkg-2: { site: hkg',
    to: 'hkg-2: { site: hgk',
    problems: ['12:18: site: there is no site "hgk"; did you mean "hkg"?'],
  },
  {
    title: 'an unknown carrier of a node',
    from: 'carriers: [alpha]',
    to: 'carriers: [alhpa]',
    problems: ['11:73: carriers[0]: there is no carrier "alhpa"; did you mean "alpha"?'],
  },
  {
    title: 'an unknown pool',
    from: '{ pool: edges }',
    to: '{ pool: edge }',
    problems: ['20:17: pool: there is no pool "edge"; did you mean "edges"?'],
  },
  {
    title: 'one unknown name in many places',
    from: '  hkg: {',
    to: '  hgk: {',
    problems: ['2:41: sites[0]: there is no site "hkg"; did you mean "hgk"? (and in 2 more places)'],
  },
  {
    title: 'names of a section that is misspelt',
    from: '  define:',
    to: '  defnie:',
    problems: ['5:3: unknown key "defnie", expected include or define: put "defnie" under define'],
  },
  {
    title: 'an unknown service',
    from: 'names: { play: play',
    to: 'names: { play: plya',
    problems: ['25:20: play: there is no service "plya"; did you mean "play"?'],
  },
  {
    title: 'an unknown probe',
    from: '[192.0.2.2], probes: [web]',
    to: '[192.0.2.2], probes: [tcp]',
    problems: ['12:56: probes[0]: there is no probe "tcp", expected web'],
  },
  {
    title: 'an unknown region',
    from: 'rest: apac',
    to: 'rest: emea',
    problems: ['3:9: rest: there is no region "emea", expected apac'],
  },
  {
    title: 'a country by another code',
    from: 'country: HK',
    to: 'country: UK',
    problems: ['9:19: country: there is no country "UK"; did you mean "GB"?'],
  },
  {
    title: 'a country in small letters',
    from: 'country: HK',
    to: 'country: hk',
    problems: ['9:19: country: there is no country "hk"; did you mean "HK"?'],
  },
  {
    title: 'an unknown country',
    from: 'country: HK',
    to: 'country: QQ',
    problems: ['9:19: country: there is no country "QQ"'],
  },
  {
    title: 'an unknown continent',
    from: '[AS, OC]',
    to: '[AS, OZ]',
    problems: ['2:28: continents[1]: "OZ", expected AF, AN, AS, EU, NA, OC or SA'],
  },
  {
    title: 'an unknown node, label and country in rules',
    from: '{ carrier: alpha }, nodes: { node: hkg-1 }',
    to: '{ country: [HK, XX], region: emea }, nodes: { node: hkg-9, label: slow }',
    problems: [
      '16:32: country[1]: there is no country "XX"',
      '16:45: region: there is no region "emea", expected apac',
      '16:68: node: there is no node "hkg-9"; did you mean "hkg-1"?',
      '16:82: label: there is no label "slow", expected fast',
    ],
  },
  {
    title: 'an unknown site of a region',
    from: 'sites: [hkg]',
    to: 'sites: [hkg, sin]',
    problems: ['2:46: sites[1]: there is no site "sin", expected hkg'],
  },
]

const addressesAndNetworks: readonly Case[] = [
  {
    title: 'a broken address',
    from: '[192.0.2.2]',
    to: '[192.0.2.256]',
    problems: ['12:35: addresses[0]: "192.0.2.256" is no IP address, expected one such as 192.0.2.1 or "2001:db8::1"'],
  },
  {
    title: 'an address of many',
    from: '[192.0.2.2]',
    to: '[224.0.0.1]',
    problems: ['12:35: addresses[0]: 224.0.0.1 is a multicast address, expected the address of one machine'],
  },
  {
    title: 'no address in particular',
    from: '[192.0.2.2]',
    to: '["::"]',
    problems: ['12:35: addresses[0]: :: is the unspecified address, expected the address of one machine'],
  },
  {
    title: 'IPv4 inside IPv6',
    from: '[192.0.2.2]',
    to: '["::ffff:192.0.2.2"]',
    problems: [
      '12:35: addresses[0]: ::ffff:192.0.2.2 is an IPv4 address inside an IPv6 one, expected the address of one machine',
    ],
  },
  {
    title: 'the same address twice',
    from: '[192.0.2.2]',
    to: '[192.0.2.1]',
    problems: ['12:35: address 192.0.2.1 belongs to node hkg-1 already, at 11:35'],
  },
  {
    title: 'the same address written otherwise',
    from: '[192.0.2.2]',
    to: '["2001:DB8:0:0::1"]',
    problems: ['12:35: address 2001:db8::1 belongs to node hkg-1 already, at 11:46'],
  },
  {
    title: 'two addresses of one family',
    from: '[192.0.2.2]',
    to: '[192.0.2.2, 192.0.2.3]',
    problems: ['12:46: addresses: a second IPv4 address 192.0.2.3 beside 192.0.2.2, expected one of each family'],
  },
  {
    title: 'host bits in a network',
    from: '{ carrier: alpha }',
    to: '{ network: 203.0.113.7/24 }',
    problems: ['16:27: network: "203.0.113.7/24" has bits set after the first 24, expected 203.0.113.0/24'],
  },
  {
    title: 'a network without length',
    from: '{ carrier: alpha }',
    to: '{ network: 203.0.113.7 }',
    problems: ['16:27: network: "203.0.113.7" has no prefix length, expected 203.0.113.7/32 or a shorter one'],
  },
  {
    title: 'a network deeper than /64',
    from: '{ carrier: alpha }',
    to: '{ network: "2001:db8::/65" }',
    problems: [
      '16:27: network: 2001:db8::/65 is deeper than /64, expected /64 or shorter: below it addresses belong to one host and often change',
    ],
  },
  {
    title: 'a network deeper than the finest scope',
    from: '{ carrier: alpha }',
    to: '{ network: 203.0.113.0/28 }',
    warnings: [
      '16:27: 203.0.113.0/28 is deeper than geo.finestScope /24: resolvers that send less of the address cannot be told apart inside it',
    ],
  },
  {
    title: 'networks of two rules that overlap',
    from: '  - { clients: { carrier: alpha }, nodes: { node: hkg-1 }, weight: 2 }',
    to: '  - { clients: { network: 203.0.113.0/24 }, nodes: { node: hkg-1 }, weight: 2 }\n  - { clients: { network: [198.51.100.0/24, 203.0.112.0/20] }, nodes: { node: hkg-1 }, bias: 5ms }',
    warnings: ['16:27: network 203.0.113.0/24 lies inside 203.0.112.0/20 at 17:45: both rules apply'],
  },
  {
    title: 'overrides inside each other',
    from: 'regions:',
    to: 'geo:\n  overrides:\n    198.51.100.0/24: { country: HK }\n    198.51.0.0/16: { carrier: alpha }\nregions:',
    warnings: ['3:5: override 198.51.100.0/24 lies inside 198.51.0.0/16 at 4:5: the longer one wins'],
  },
  {
    title: 'an override written twice',
    from: 'regions:',
    to: 'geo:\n  overrides:\n    "2001:db8::/32": { country: HK }\n    "2001:DB8::/32": { carrier: alpha }\nregions:',
    problems: ['4:5: override 2001:db8::/32 is written twice, first as 2001:db8::/32 at 3:5'],
  },
  {
    title: 'an override that corrects nothing',
    from: 'regions:',
    to: 'geo:\n  overrides:\n    198.51.100.0/24: { reason: "none" }\nregions:',
    problems: ['3:5: 198.51.100.0/24 corrects nothing, expected a country, a carrier or both'],
  },
  {
    title: 'a prefix that is none as a key',
    from: 'regions:',
    to: 'geo:\n  overrides:\n    198.51.100.0/33: { country: HK }\nregions:',
    problems: ['3:5: prefix length "33", expected 0 to 32'],
  },
  {
    title: 'a coarsest scope finer than the finest',
    from: 'regions:',
    to: 'geo: { coarsestScope: { v4: 28 } }\nregions:',
    problems: ['1:29: v4: coarsestScope /28 is finer than finestScope /24, expected at most that'],
  },
  {
    title: 'a missing database',
    from: 'regions:',
    to: 'geo: { country: GeoLite2-Country.mmdb }\nregions:',
    problems: ['1:17: country: there is no file /GeoLite2-Country.mmdb, expected builtin or the path of an .mmdb file'],
  },
]

const doors: readonly Case[] = [
  {
    title: 'threads neither counted nor automatic',
    from: 'regions:',
    to: 'server: { udpThreads: atuo }\nregions:',
    problems: ['1:23: udpThreads: "atuo", expected auto or a whole number from 1 to 64'],
  },
  {
    title: 'a listening address without port',
    from: 'regions:',
    to: 'server: { listen: [127.0.0.1] }\nregions:',
    problems: ['1:20: listen[0]: "127.0.0.1" is no listening address, expected 192.0.2.1:53 or "[2001:db8::1]:53"'],
  },
  {
    title: 'an IPv6 address without brackets',
    from: 'regions:',
    to: 'server: { listen: ["::1:5300"] }\nregions:',
    problems: ['1:20: listen[0]: "::1:5300" is no listening address, expected 192.0.2.1:53 or "[2001:db8::1]:53"'],
  },
  {
    title: 'a listening address twice',
    from: 'regions:',
    to: 'server: { listen: ["127.0.0.1:53", "[::1]:53", "[0::1]:53"] }\nregions:',
    problems: ['1:48: listen: [0::1]:53 is written twice, first at 1:36'],
  },
  {
    title: 'every address of the machine',
    from: 'regions:',
    to: 'server: { listen: ["0.0.0.0:53"] }\nregions:',
    warnings: ['1:20: listen: 0.0.0.0:53 answers from whichever address the system picks: name every address instead'],
  },
  {
    title: 'an admin interface for all without tokens',
    from: 'regions:',
    to: 'admin: { listen: "192.0.2.1:8053" }\nregions:',
    problems: [
      '1:18: listen: 192.0.2.1:8053 is not loopback, expected tokens beside it: add admin.tokens or listen on 127.0.0.1',
    ],
  },
  {
    title: 'an admin interface on the port of DNS',
    from: 'regions:',
    to: 'admin: { listen: "127.0.0.1:5300" }\nregions:',
    problems: ['1:18: listen: 127.0.0.1:5300 is taken by server.listen, expected a port of its own'],
  },
  {
    title: 'two tokens of one name and a missing secret',
    from: 'regions:',
    to: 'admin:\n  tokens:\n    - { name: ops, role: operator, secretFile: a.token }\n    - { name: ops, role: viewr, secretFile: a.token }\n    - { name: ops, role: viewer, secretFile: a.token }\nregions:',
    problems: [
      '4:26: role: "viewr", expected viewer, reporter or operator; did you mean "viewer"?',
      '5:15: name: token "ops" is written twice, first at 3:15',
    ],
    warnings: [
      '3:48: secretFile: there is no file /a.token yet; it must exist when Nearcast starts',
      '5:46: secretFile: there is no file /a.token yet; it must exist when Nearcast starts',
    ],
  },
]

const geography: readonly Case[] = [
  {
    title: 'a continent claimed twice',
    from: '  rest: apac',
    to: '  oceania: { continents: [OC] }\n  rest: apac',
    problems: ['3:27: OC is claimed twice, first by region apac at 2:28'],
  },
  {
    title: 'a country claimed twice',
    from: '  rest: apac',
    to: '  one: { countries: [HK, SG] }\n  two: { countries: [SG] }\n  rest: apac',
    problems: ['4:22: SG is claimed twice, first by region one at 3:26'],
  },
  {
    title: 'a site claimed twice',
    from: '  rest: apac',
    to: '  one: { countries: [HK], sites: [hkg] }\n  rest: apac',
    problems: ['3:35: hkg is claimed twice, first by region apac at 2:41'],
  },
  {
    title: 'an AS in two carriers',
    from: '[64497]',
    to: '[64498, 64496]',
    problems: ['7:36: AS64496 belongs to carrier alpha already, at 6:30: keep one'],
  },
  {
    title: 'coordinates at [0, 0]',
    from: '[22.32, 114.17]',
    to: '[0, 0]',
    warnings: [
      '9:27: at: [0, 0] lies in the sea off Africa and is taken as unknown: write [latitude, longitude] or leave it out',
    ],
  },
  {
    title: 'coordinates far from the country',
    from: '[22.32, 114.17]',
    to: '[-22.32, -65]',
    warnings: ['9:27: at: [-22.32, -65] lies 19928 km from the middle of HK, expected [latitude, longitude]'],
  },
]

const fleetAndServices: readonly Case[] = [
  {
    title: 'a pool of nodes without any weight',
    from: 'probes: [web] }\npools:\n',
    to: 'probes: [web], role: origin, weight: 0 }\npools:\n  idle: { role: origin }\n',
    problems: [
      '14:3: pool idle has no node of a weight above 0, expected at least one: nothing could ever be answered from it',
    ],
    warnings: ['21:9: answers: 2 is more than the nodes of pool edges, which has 1'],
  },
  {
    title: 'a pool without nodes',
    from: '{ role: edge }',
    to: '{ role: origin }',
    problems: ['14:3: pool edges has no nodes, expected at least one: no node matches all its keys'],
  },
  {
    title: 'nodes without probes',
    from: '[192.0.2.2], probes: [web]',
    to: '[192.0.2.2]',
    warnings: ['12:3: without probes a node stays in the answers when it fails: hkg-2'],
  },
  {
    title: 'a rule that says nothing',
    from: ', weight: 2',
    to: '',
    problems: ['16:5: a rule that says nothing, expected weight, bias or only'],
  },
  {
    title: 'a colon too many after names',
    from: '"*.play": play }',
    to: '"*.play": play, show:: play }',
    problems: ['25:42: "show:" is no name, expected one such as play or "*.play"'],
  },
  {
    title: 'more answers than copies',
    from: '{ pool: edges }',
    to: '{ pool: edges, answers: 2, locality: stream, copies: 1 }',
    warnings: ['20:33: answers: 2 is more than copies 1: a stream is answered with 1 at most'],
  },
  {
    title: 'copies without locality',
    from: '{ pool: edges }',
    to: '{ pool: edges, copies: 2 }',
    warnings: ['20:32: copies: changes nothing without locality: stream'],
  },
  {
    title: 'more answers than nodes',
    from: '{ pool: edges }',
    to: '{ pool: edges, answers: 3 }',
    warnings: ['20:33: answers: 3 is more than the nodes of pool edges, which has 2'],
  },
  {
    title: 'a changing TTL longer than the steady one',
    from: '{ pool: edges }',
    to: '{ pool: edges, ttl: { changing: 1m } }',
    warnings: ['20:41: changing: 1m is longer than steady 30s: clients stay longer with nodes that fail'],
  },
]

describe.each([
  ['references', references] as const,
  ['addresses and networks', addressesAndNetworks] as const,
  ['doors', doors] as const,
  ['geography', geography] as const,
  ['fleet and services', fleetAndServices] as const,
])('%s', (_, cases) => {
  it.each(cases)('says what is wrong with $title', async (one) => {
    const { problems = [], warnings = [] } = one
    expect(await sayings(one)).toEqual({ problems, warnings })
  })
})

it('says which node is the first too many', async () => {
  const many = Array.from(
    { length: 16_383 },
    (_, i) => `  n${i}: { site: hkg, addresses: [10.0.${i >> 8}.${i & 255}] }\n`,
  )
  const { problems } = await sayings({ title: '', from: 'pools:\n', to: `${many.join('')}pools:\n` })
  expect(problems).toEqual(['16395:3: 16385 nodes, expected 16384 at most: this is the first too many'])
})
