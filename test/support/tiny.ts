// A configuration small enough to compile at once, on disk with databases of its own: two sites, one zone, loopback ports.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mmdb } from './mmdb-writer.ts'

export interface TinyOptions {
  /** For DNS, UDP and TCP, on 127.0.0.1 and ::1. */
  readonly port?: number
  readonly adminPort?: number
  /** Lines under `nodes:`, instead of hkg-1 and iad-1. */
  readonly nodes?: readonly string[]
  /** Lines under `steering:`. */
  readonly steering?: readonly string[]
  /** Lines under `probes:`. */
  readonly probes?: readonly string[]
  /** Lines of the zone. */
  readonly zone?: readonly string[]
}

export interface Tiny {
  readonly directory: string
  readonly configPath: string
  readonly cacheDirectory: string
  /** Writes the configuration anew. */
  write(options: TinyOptions): void
  /** Writes this text as the configuration. */
  writeText(text: string): void
  remove(): void
}

/** Clients of 198.51.100.0/24 are in Hong Kong, those of 203.0.113.0/24 in the United States. */
function tinyYaml({
  port = 5300,
  adminPort = 8053,
  nodes,
  steering = [],
  probes = [],
  zone = [],
}: TinyOptions = {}): string {
  const table = nodes ?? [
    'hkg-1: { site: hkg, role: edge, addresses: [192.0.2.11, "2001:db8:1::11"] }',
    'iad-1: { site: iad, role: edge, addresses: [192.0.2.21, "2001:db8:2::21"] }',
  ]
  const section = (key: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `${key}:\n${lines.map((line) => `  ${line}\n`).join('')}`
  return `
server: { identity: test-a, listen: ["127.0.0.1:${port}", "[::1]:${port}"], udpThreads: auto }
admin: { listen: 127.0.0.1:${adminPort} }
geo:
  country: country.mmdb
  asn: asn.mmdb
  overrides:
    198.51.100.0/24: { country: HK, carrier: hkt }
    203.0.113.0/24: { country: US }
regions:
  na: { continents: [NA, SA], sites: [iad] }
  apac: { continents: [AS, OC], sites: [hkg] }
  rest: na
carriers:
  define:
    hkt: { name: HKT, tier: 2, asns: [64500] }
sites:
  hkg: { country: HK, at: [22.32, 114.17] }
  iad: { country: US, at: [38.95, -77.45] }
${section('nodes', table)}
pools:
  edges: { role: edge }
${section('steering', steering)}
${section('probes', probes)}
health: { slowStart: 0s }
services:
  play: { pool: edges, answers: 1, ttl: { steady: 30s, changing: 10s } }
zones:
  live.example.net:
    soa: { mname: ns1.live.example.net, rname: hostmaster.example.net }
    ns:
      ns1.live.example.net: [192.0.2.53]
      ns2.live.example.net: [198.51.100.53]
    names: { play: play, "*.play": play }
${zone.map((line) => `    ${line}\n`).join('')}`
}

/** Makes a directory with the configuration and its databases. */
export function tiny(options: TinyOptions = {}): Tiny {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-tiny-'))
  const configPath = join(directory, 'nearcast.yaml')
  const country = { type: 'GeoLite2-Country', records: { '1.0.0.0/8': { country: { iso_code: 'AU' } } } }
  const asn = { type: 'GeoLite2-ASN', records: { '1.0.0.0/8': { autonomous_system_number: 64501 } } }
  writeFileSync(join(directory, 'country.mmdb'), mmdb(country))
  writeFileSync(join(directory, 'asn.mmdb'), mmdb(asn))
  const writeText = (text: string): void => writeFileSync(configPath, text)
  writeText(tinyYaml(options))
  return {
    directory,
    configPath,
    cacheDirectory: join(directory, 'cache'),
    write: (changed) => writeText(tinyYaml(changed)),
    writeText,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
