// What the schema refuses, said exactly: keys, kinds of values, units, features that are not built yet.
import { describe, expect, it } from 'vitest'
import { sayings } from './load-files.ts'
import type { Case } from './load-files.ts'

const shape: readonly Case[] = [
  {
    title: 'a merge key',
    from: '{ role: edge }',
    to: '{ role: edge, <<: { role: edge } }',
    problems: [
      '14:24: unknown key "<<" in edges, expected role, sites, labels and nodes; merge keys are not read: write the keys out',
    ],
  },
  {
    title: 'an unknown key',
    from: 'role: edge }',
    to: 'rloe: edge }',
    problems: ['14:12: unknown key "rloe" in edges, expected role, sites, labels and nodes; did you mean "role"?'],
  },
  {
    title: 'an unknown section',
    from: 'pools:\n',
    to: 'poools:\n',
    problems: [
      '1:1: the configuration: missing key "pools", expected a map',
      '13:1: unknown key "poools" in the configuration, expected server, admin, geo, regions, carriers, sites, nodes, pools, steering, scoring, probes, health, services and zones; did you mean "pools"?',
      '20:17: pool: there is no pool "edges": none is defined',
    ],
  },
  {
    title: 'a key nobody could mean',
    from: '{ pool: edges }',
    to: '{ pool: edges, colour: red }',
    problems: [
      '20:24: unknown key "colour" in play, expected pool, answers, ttl, spread, familyGap, locality, copies, https and target',
    ],
  },
  {
    title: 'a missing key',
    from: '{ country: HK, at',
    to: '{ at',
    problems: ['9:3: hkg: missing key "country", expected a country code such as HK'],
  },
  {
    title: 'nothing where a map belongs',
    from: 'play: { pool: edges }',
    to: 'play:',
    problems: ['20:3: play: nothing, expected a map'],
  },
  {
    title: 'a list where a map belongs',
    from: '{ role: edge }',
    to: '[edge]',
    problems: ['14:10: edges: a list of 1, expected a map'],
  },
  {
    title: 'a map where a list belongs',
    from: 'carriers: [alpha]',
    to: 'carriers: { alpha: true }',
    problems: ['11:72: carriers: a map, expected a list, each the name of a carrier'],
  },
  {
    title: 'a number where text belongs',
    from: 'labels: [fast]',
    to: 'labels: [12]',
    problems: ['11:90: labels[0]: 12, expected a name: put it in quotes'],
  },
  {
    title: 'a port out of range',
    from: 'type: http, url: "http://{address}/"',
    to: 'type: tcp, port: 70000',
    problems: ['18:27: port: 70000, expected a whole number from 1 to 65535'],
  },
  {
    title: 'text where a number belongs',
    from: 'tier: 3',
    to: 'tier: three',
    problems: ['7:19: tier: "three", expected a whole number from 1 to 3'],
  },
  {
    title: 'a number in quotes',
    from: '[64496]',
    to: '["64496"]',
    problems: ['6:30: asns[0]: "64496", expected a whole number from 1 to 4294967295; did you mean 64496?'],
  },
  {
    title: 'an AS number with its letters',
    from: '[64496]',
    to: '[AS64496]',
    problems: ['6:30: asns[0]: "AS64496", expected a whole number from 1 to 4294967295; did you mean 64496?'],
  },
  {
    title: 'a decimal comma',
    from: 'weight: 2',
    to: 'weight: "1,5"',
    problems: ['16:68: weight: "1,5", expected a number from 0 to 1000; did you mean 1.5?'],
  },
  {
    title: 'a share in per cent',
    from: 'health: {',
    to: 'health: { removalBudget: { share: 40% },',
    problems: ['28:35: share: "40%", expected a number from 0 to 1; did you mean 0.4?'],
  },
  {
    title: 'a number that is no duration in quotes either',
    from: 'url: "http',
    to: 'interval: true, url: "http',
    problems: ['18:32: interval: true, expected a duration such as 20s or 150ms'],
  },
  {
    title: 'a number where no name is one',
    from: 'probes: [web] }\npools:',
    to: 'probes: [10] }\npools:',
    problems: ['12:56: probes[0]: 10, expected the name of a probe'],
  },
  {
    title: 'a word that is not one of some',
    from: 'role: edge',
    to: 'role: egde',
    problems: ['14:18: role: "egde", expected edge or origin; did you mean "edge"?'],
  },
  {
    title: 'coordinates of three numbers',
    from: '[22.32, 114.17]',
    to: '[22.32, 114.17, 5]',
    problems: ['9:27: at: a list of 3, expected [a number from -90 to 90, a number from -180 to 180]'],
  },
  {
    title: 'longitude before latitude',
    from: '[22.32, 114.17]',
    to: '[114.17, 22.32]',
    problems: ['9:28: at[0]: 114.17, expected a number from -90 to 90'],
  },
  {
    title: 'an empty list',
    from: 'asns: [64496]',
    to: 'asns: []',
    problems: ['6:29: asns: an empty list, expected a list of 1 or more, each a whole number from 1 to 4294967295'],
  },
  {
    title: 'too many addresses',
    from: '[192.0.2.2]',
    to: '[192.0.2.2, 192.0.2.3, 192.0.2.4]',
    problems: ['12:34: addresses: a list of 3, expected a list of 1 to 2, each an IP address'],
  },
  {
    title: 'a key that is no name',
    from: 'beta:',
    to: '"beta gamma":',
    problems: [
      '7:5: "beta gamma" is no name, expected at most 63 letters, digits and . _ - beginning with a letter or digit',
    ],
  },
  {
    title: 'a selector without keys',
    from: 'nodes: { node: hkg-1 }',
    to: 'nodes: {}',
    problems: ['16:43: nodes: an empty map, expected one or more of node, site, region, carrier and label'],
  },
  { title: 'only: false', from: 'weight: 2', to: 'only: false', problems: ['16:66: only: false, expected true'] },
  {
    title: 'carriers outside define',
    from: '  define:\n    alpha',
    to: '  gamma: { tier: 3, asns: [64498] }\n  define:\n    alpha',
    problems: ['5:3: unknown key "gamma", expected include or define: put "gamma" under define'],
  },
  {
    title: 'a value that is refused, and what else is wrong with the node that holds it',
    from: 'hkg-2: { site: hkg, addresses: [192.0.2.2]',
    to: 'hkg-2: { site: hgk, addresses: [192.0.2.1]',
    problems: [
      '12:18: site: there is no site "hgk"; did you mean "hkg"?',
      '12:35: address 192.0.2.1 belongs to node hkg-1 already, at 11:35',
    ],
  },
  {
    title: 'a key that is missing, and what else is wrong with the node that lacks it',
    from: 'hkg-2: { site: hkg, addresses: [192.0.2.2]',
    to: 'hkg-2: { addresses: [192.0.2.1]',
    problems: [
      '12:3: hkg-2: missing key "site", expected the name of a site',
      '12:24: address 192.0.2.1 belongs to node hkg-1 already, at 11:35',
    ],
  },
  {
    title: 'a URL that is refused, and a timeout that is too long for its probe',
    from: 'url: "http://{address}/" }',
    to: 'url: "http://192.0.2.1/", interval: 1s, timeout: 2s }',
    problems: [
      '18:27: url: "http://192.0.2.1/" asks "192.0.2.1", expected {address} there: each node is asked at its own',
      '18:71: timeout: 2s is longer than the interval 1s, expected at most that',
    ],
  },
  {
    title: 'several things at once',
    from: 'hkg-2: { site: hkg, addresses: [192.0.2.2], probes: [web] }',
    to: 'hkg-2: { sit: hkg, addresses: [192.0.2], weight: -1, probes: [wbe] }',
    problems: [
      '12:3: hkg-2: missing key "site", expected the name of a site',
      '12:12: unknown key "sit" in hkg-2, expected site, addresses, target, role, carriers, capacity, price, weight, labels and probes; did you mean "site"?',
      '12:34: addresses[0]: "192.0.2" is no IP address, expected one such as 192.0.2.1 or "2001:db8::1"',
      '12:52: weight: -1, expected a number from 0 to 100000',
      '12:65: probes[0]: there is no probe "wbe"; did you mean "web"?',
    ],
  },
]

const units: readonly Case[] = [
  {
    title: 'a duration without unit',
    from: 'url: "http',
    to: 'interval: 2, url: "http',
    problems: ['18:32: interval: 2 has no unit, expected a duration: write 2s or 2ms'],
  },
  {
    title: 'a duration with a unit nobody uses',
    from: 'url: "http',
    to: 'interval: 2sec, url: "http',
    problems: ['18:32: interval: "2sec" is no duration, expected a number with ms, s, m, h or d, such as 20s or 150ms'],
  },
  {
    title: 'a negative duration',
    from: 'url: "http',
    to: 'interval: -2s, url: "http',
    problems: ['18:32: interval: -2s is negative, expected 0 or more'],
  },
  {
    title: 'a negative duration without unit',
    from: 'url: "http',
    to: 'interval: -2, url: "http',
    problems: ['18:32: interval: -2 is negative, expected 0 or more'],
  },
  {
    title: 'an interval too short',
    from: 'url: "http',
    to: 'interval: 5ms, timeout: 10ms, url: "http',
    problems: ['18:32: interval: 5ms is too short, expected at least 100ms'],
  },
  {
    title: 'a propagation shorter than a reload takes',
    from: '    names:',
    to: '    dnssec: { keys: keys, propagation: 59s }\n    names:',
    problems: ['25:40: propagation: 59s is too short, expected at least 1m'],
  },
  {
    title: 'a rate without unit',
    from: 'site: hkg, addresses: [192.0.2.2]',
    to: 'site: hkg, capacity: 40, addresses: [192.0.2.2]',
    problems: ['12:33: capacity: 40 has no unit, expected a rate: write 40Gbps or 40Mbps'],
  },
  {
    title: 'a rate in small letters',
    from: 'site: hkg, addresses: [192.0.2.2]',
    to: 'site: hkg, capacity: 40gbps, addresses: [192.0.2.2]',
    problems: [
      '12:33: capacity: "40gbps" is no rate, expected a number with kbps, Mbps, Gbps or Tbps, such as 40Gbps; did you mean 40Gbps?',
    ],
  },
  {
    title: 'a TTL of half seconds',
    from: '{ pool: edges }',
    to: '{ pool: edges, ttl: { steady: 1500ms } }',
    problems: ['20:39: steady: 1500ms is no whole number of seconds, expected one: DNS counts TTLs in seconds'],
  },
  {
    title: 'a TTL beyond 31 bits',
    from: '    names:',
    to: '    ttl: { static: 30000d }\n    names:',
    problems: ['25:20: static: 30000d is too long, expected at most 2147483647s (RFC 2181 section 8)'],
  },
  {
    title: 'a bias without unit',
    from: 'weight: 2',
    to: 'bias: 30',
    problems: ['16:66: bias: 30 has no unit, expected a duration: write 30s or 30ms'],
  },
  {
    title: 'timeout beyond interval',
    from: 'url: "http',
    to: 'interval: 1s, timeout: 2s, url: "http',
    problems: ['18:45: timeout: 2s is longer than the interval 1s, expected at most that'],
  },
]

const notBuiltYet: readonly Case[] = [
  {
    title: 'keys of scoring',
    from: 'probes:\n',
    to: 'scoring: { load: { from: 0.7 }, stutter: 10ms }\nprobes:\n',
    problems: [
      '17:12: load is not built yet: remove it; until then share load by weight',
      '17:33: stutter is not built yet: remove it; until then steer by rules',
    ],
  },
  {
    title: 'keys of a zone',
    from: '    names:',
    to: '    dnssec: true\n    names:',
    problems: ['25:13: dnssec: true, expected a map'],
  },
]

const probes: readonly Case[] = [
  {
    title: 'an unknown type',
    from: 'type: http,',
    to: 'type: htp,',
    problems: [
      '18:16: type: "htp", expected tcp, tls, http, https, hls, httpflv, rtmp, rtmps, srt, quic or report; did you mean "http"?',
    ],
  },
  {
    title: 'a playlist that is no URL',
    from: 'type: http, url: "http://{address}/"',
    to: 'type: hls, url: "/live.m3u8"',
    problems: ['18:26: url: "/live.m3u8" is no URL, expected one such as http://{address}:8080/health'],
  },
  {
    title: 'a listener of SRT without its port',
    from: 'type: http, url: "http://{address}/"',
    to: 'type: srt',
    problems: ['18:3: web: missing key "port", expected a whole number from 1 to 65535'],
  },
  {
    title: 'a path that is none',
    from: 'type: http, url: "http://{address}/"',
    to: 'type: quic, path: health',
    problems: ['18:28: path: "health" is no path, expected one such as /health, without blanks'],
  },
  {
    title: 'a report that is to be waited for',
    from: 'type: http, url: "http://{address}/"',
    to: 'type: report, timeout: 1s',
    problems: ['18:24: unknown key "timeout" in web, expected type, interval, fall, rise and required'],
  },
  {
    title: 'a probe that asks one host',
    from: 'http://{address}/',
    to: 'http://play.example.net/',
    problems: [
      '18:27: url: "http://play.example.net/" asks "play.example.net", expected {address} there: each node is asked at its own',
    ],
  },
  {
    title: 'a URL of another type',
    from: 'http://{address}/',
    to: 'https://{address}/',
    problems: ['18:27: url: https://{address}/ under type http, expected http://'],
  },
  {
    title: 'a password in a URL',
    from: 'http://{address}/',
    to: 'http://me:secret@{address}/',
    problems: ['18:27: url: a URL with a password in it, expected none'],
  },
  {
    title: 'keys of another type',
    from: 'url: "http://{address}/"',
    to: 'url: "http://{address}/", verify: false',
    problems: [
      '18:48: unknown key "verify" in web, expected type, url, host, http2, status, bodyContains, interval, timeout, confirm, fall, rise and required',
    ],
  },
]

describe.each([
  ['shape', shape] as const,
  ['units', units] as const,
  ['not built yet', notBuiltYet] as const,
  ['probes', probes] as const,
])('%s', (_, cases) => {
  it.each(cases)('says what is wrong with $title', async (one) => {
    const { problems = [], warnings = [] } = one
    expect(await sayings(one)).toEqual({ problems, warnings })
  })
})
