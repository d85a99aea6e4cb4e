// A small world made by hand: five sites, a few countries and carriers, a zone. For tests of everything after the databases.
import { compileTables, type CompiledTables } from '../../src/compile/compile.ts'
import { encodeBlocks } from '../../src/compile/blocks.ts'
import type { Config } from '../../src/config/config.ts'
import { allUp, createWords, type AvailabilityWords } from '../../src/fleet/availability.ts'
import type { Node, Site } from '../../src/fleet/model.ts'
import type { Carrier } from '../../src/geo/model.ts'
import type { Partition } from '../../src/geo/partition.ts'
import type { Place } from '../../src/geo/places.ts'
import { parsePrefix, type Prefix } from '../../src/ip/prefix.ts'
import type { Rule, Scoring, Service } from '../../src/scheduler/model.ts'
import { attachTables, bindSlots, refreshGroups, type Published, type Tables } from '../../src/server/tables.ts'
import { createProtection, type Protection } from '../../src/server/protection.ts'
import { State } from '../../src/server/state.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { Type } from '../../src/wire/constants.ts'
import { encodeName } from '../../src/wire/name.ts'
import { encodeRdata } from '../../src/wire/rdata.ts'
import type { StaticRRset, Zone } from '../../src/zone/model.ts'
import type { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'

const scoring: Scoring = {
  rtt: { msPerThousandKm: 16, baseMs: 4 },
  carrier: { onNetMs: 0, tier1Ms: 6, tier2Ms: 14, tier3Ms: 28, unknownMs: 20 },
  region: { otherMs: 40 },
  priceMs: 0,
}

export const sites: Site[] = [
  { key: 'hkg', country: 'HK', at: [22.32, 114.17], region: 'apac' },
  { key: 'sin', country: 'SG', at: [1.35, 103.82], region: 'apac' },
  { key: 'fra', country: 'DE', at: [50.11, 8.68], region: 'eu' },
  { key: 'iad', country: 'US', at: [38.95, -77.45], region: 'na' },
]

const carriers: Carrier[] = [
  { key: 'hkt', name: 'HKT', tier: 2, asns: [64500] },
  { key: 'singtel', name: 'Singtel', tier: 1, asns: [64501] },
]

const places: Place[] = [
  { id: '', name: 'unknown', country: null, continent: null, at: null },
  { id: 'HK', name: 'Hong Kong', country: 'HK', continent: 'AS', at: [22.3, 114.2] },
  { id: 'SG', name: 'Singapore', country: 'SG', continent: 'AS', at: [1.35, 103.8] },
  { id: 'DE', name: 'Germany', country: 'DE', continent: 'EU', at: [50.5, 9.5] },
  { id: 'US', name: 'United States', country: 'US', continent: 'NA', at: [39, -77] },
]

/** Which documentation networks lie where: prefix → (place, carrier). The rest of address space is unmapped. */
export const where = {
  '198.51.100.0/24': [1, 0],
  '198.51.101.0/24': [1, -1],
  '203.0.113.0/24': [2, 1],
  '192.0.2.0/25': [3, -1],
  '192.0.2.128/25': [4, -1],
  '198.18.0.0/16': [4, -1],
  '2001:db8:1::/48': [1, 0],
  '2001:db8:2::/48': [3, -1],
} as const

export function node(name: string, site: string, more: Partial<Node> = {}): Node {
  const [, number] = /(\d+)$/.exec(name) ?? []
  const host = sites.findIndex(({ key }) => key === site) * 64 + Number(number ?? 1)
  return {
    name,
    site,
    role: 'edge',
    v4: `192.0.2.${host}`,
    v6: null,
    target: null,
    carriers: [],
    capacityGbps: null,
    price: 1,
    weight: 1,
    labels: [],
    probes: [],
    ...more,
  }
}

export function service(key: string, pool: string, more: Partial<Service> = {}): Service {
  return {
    key,
    pool,
    answers: 2,
    ttl: { steadySeconds: 30, changingSeconds: 10 },
    spreadMs: 15,
    familyGapMs: 20,
    locality: 'none',
    copies: 2,
    target: false,
    https: null,
    ...more,
  }
}

export function rule(clients: Partial<Rule['clients']>, nodes: Partial<Rule['nodes']>, what: Partial<Rule>): Rule {
  return {
    clients: { carriers: null, regions: null, countries: null, tiers: null, networks: null, ...clients },
    nodes: { nodes: null, sites: null, regions: null, carriers: null, labels: null, ...nodes },
    weight: 1,
    biasMs: 0,
    only: false,
    at: 'steering.yaml:1:1',
    ...what,
  }
}

export function name(text: string): Uint8Array {
  const bytes = encodeName(text)
  if (bytes === null) throw new Error(`${text} is no name`)
  return bytes
}

export function records(owner: string, type: number, ttlSeconds: number, ...texts: string[]): StaticRRset {
  const rdatas = texts.map((text) => {
    const encoded = encodeRdata(type, text)
    if ('error' in encoded) throw new Error(encoded.error)
    return encoded.rdata
  })
  return { owner: name(owner), type, ttlSeconds, rdatas }
}

const zoneName = 'live.example.net'

export const zone: Zone = {
  name: zoneName,
  apex: name(zoneName),
  soa: {
    mname: name(`ns1.${zoneName}`),
    rname: name('hostmaster.example.net'),
    refreshSeconds: 7200,
    retrySeconds: 1800,
    expireSeconds: 1209600,
  },
  negativeTtlSeconds: 5,
  nsTtlSeconds: 86400,
  staticRRsets: [
    records(zoneName, Type.NS, 86400, `ns1.${zoneName}.`, `ns2.${zoneName}.`),
    records(`ns1.${zoneName}`, Type.A, 86400, '192.0.2.53'),
    records(`ns1.${zoneName}`, Type.AAAA, 86400, '2001:db8::53'),
    records(`ns2.${zoneName}`, Type.A, 86400, '198.51.100.53'),
    records(zoneName, Type.CAA, 3600, '0 issue "ca.example"'),
    records(`status.${zoneName}`, Type.CNAME, 3600, 'status.example.org.'),
    records(`watch.${zoneName}`, Type.CNAME, 3600, `show1.play.${zoneName}.`),
    records(`a.b.c.${zoneName}`, Type.TXT, 3600, '"deep"'),
    records(`*.wild.${zoneName}`, Type.TXT, 3600, '"wild"'),
    records(
      `big.${zoneName}`,
      Type.TXT,
      3600,
      ...Array.from({ length: 12 }, (_, i) => `"${String(i).repeat(200).slice(0, 200)}"`),
    ),
    records(
      `middle.${zoneName}`,
      Type.TXT,
      3600,
      ...Array.from({ length: 4 }, (_, i) => `"${String(i).repeat(200).slice(0, 200)}"`),
    ),
  ],
  steeredNames: [
    { owner: name(`play.${zoneName}`), service: 'play' },
    { owner: name(`*.play.${zoneName}`), service: 'play' },
    { owner: name(`plain.${zoneName}`), service: 'plain' },
  ],
  dnssec: null,
  debug: false,
}

export const nodes: Node[] = [
  node('hkg-1', 'hkg', { carriers: ['hkt'], v6: '2001:db8:e::1' }),
  node('hkg-2', 'hkg', { weight: 3 }),
  node('sin-1', 'sin', { carriers: ['singtel'] }),
  node('sin-2', 'sin'),
  node('fra-1', 'fra', { v6: '2001:db8:e::2' }),
  node('fra-2', 'fra'),
  node('iad-1', 'iad'),
  node('iad-2', 'iad'),
]

/** A configuration of the small world, with parts replaced. */
export function makeConfig(more: Partial<Config> = {}): Config {
  const table = more.nodes ?? nodes
  return {
    server: {
      identity: 'test-1',
      version: null,
      listen: [{ address: '127.0.0.1', port: 0 }],
      udpThreads: 'auto',
      cookies: { secretFile: null, previousSecretFile: null },
      rateLimit: {
        mode: 'off',
        steeredPerSecond: 1000,
        otherPerSecond: 200,
        totalPerSecond: 10_000,
        slip: 2,
        exempt: [],
      },
    },
    admin: { address: '127.0.0.1', port: 0, tokens: [] },
    geo: {
      country: 'builtin',
      asn: 'builtin',
      city: null,
      coarsestScope: { v4: 16, v6: 32 },
      finestScope: { v4: 24, v6: 48 },
      overrides: [],
      at: { country: 'x:1:1', asn: 'x:1:1', city: 'x:1:1' },
    },
    regions: [
      { name: 'apac', countries: ['HK', 'SG'] },
      { name: 'eu', countries: ['DE'] },
      { name: 'na', countries: ['US'] },
    ],
    restRegion: 'na',
    carriers,
    sites,
    nodes: table,
    pools: [{ key: 'edges', nodes: table.map((row) => row.name) }],
    steering: [],
    scoring,
    probes: [],
    health: {
      references: [],
      removalBudget: { share: 0.4, perMs: 300_000 },
      slowStartMs: 0,
      flapping: { halfLifeMs: 120_000, suppressAbove: 2000, reuseBelow: 750 },
    },
    services: [
      service('play', 'edges', { locality: 'stream', https: { alpn: ['h3', 'h2'], port: 443 } }),
      service('plain', 'edges'),
    ],
    zones: [zone],
    ...more,
  }
}

interface Range {
  readonly prefix: Prefix
  readonly cell: number
}

const knownPartitions = new Map<string, Partition>()

/** The partition of the small world; steering networks of the configuration get cells of their own. */
function makePartition(config: Config): Partition {
  const networks = [...new Set(config.steering.flatMap(({ clients }) => clients.networks ?? []))]
  const partition = knownPartitions.get(networks.join()) ?? partitionOf(networks)
  knownPartitions.set(networks.join(), partition)
  return partition
}

function partitionOf(networks: readonly string[]): Partition {
  const cells: { place: number; carrier: number; networks: number[] }[] = [{ place: 0, carrier: -1, networks: [] }]
  const ranges: Range[] = []
  for (const [text, [place, carrier]] of Object.entries(where)) {
    ranges.push({ prefix: prefix(text), cell: cells.push({ place, carrier, networks: [] }) - 1 })
  }
  for (const [index, text] of networks.entries()) {
    ranges.push({ prefix: prefix(text), cell: cells.push({ place: 0, carrier: -1, networks: [index] }) - 1 })
  }
  const v4 = leaves(ranges, 4, 32)
  const v6 = leaves(ranges, 6, 64)
  return {
    v4: { starts: Uint32Array.from(v4, ({ high }) => high), depths: depths(v4), cells: cellsOf(v4) },
    v6: {
      startsHigh: Uint32Array.from(v6, ({ high }) => high),
      startsLow: Uint32Array.from(v6, ({ low }) => low),
      depths: depths(v6),
      cells: cellsOf(v6),
    },
    cells,
    places,
    sources: [],
    blocks: { v4: v4.length, v6: v6.length },
  }
}

export interface World extends CompiledTables {
  readonly config: Config
  readonly state: State
  readonly tables: Tables
  readonly words: AvailabilityWords
  readonly published: Published
  readonly protection: Protection
  readonly slotOf: (node: string) => number
  /** Writes a node's verdict word and brings the groups in line. */
  readonly setVerdict: (node: string, word: number) => void
}

/**
 * The small world, compiled and attached as a thread would; every node up.
 * @param signers by zone; without them none is signed
 */
export function makeWorld(more: Partial<Config> = {}, epoch = 7, signers: readonly (ZoneSigner | null)[] = []): World {
  const config = makeConfig(more)
  const partition = makePartition(config)
  const compiled = compileTables(config, partition, epoch, signers)
  const words = createWords(config.nodes.length + 3)
  const published: Published = {
    epoch,
    blocks: blocksOf(config, partition),
    tables: shared(compiled.bytes),
  }
  const tables = attachTables(published.tables)
  const slots = config.nodes.map((_, index) => index + 3)
  bindSlots(tables, slots)
  for (const slot of slots) words[slot * 2] = allUp
  refreshGroups(tables, words)
  const protection = createProtection(64)
  const state = new State(
    { words, counters: createCounters(words.length / 2), ...config.server, protection },
    published,
  )
  const slotOf = (wanted: string): number => slots[config.nodes.findIndex((row) => row.name === wanted)]
  const setVerdict = (wanted: string, word: number): void => {
    words[slotOf(wanted) * 2] = word
    refreshGroups(tables, words)
  }
  return { ...compiled, config, state, tables, words, published, protection, slotOf, setVerdict }
}

const knownBlocks = new Map<string, SharedArrayBuffer>()

/** Blocks are the same for every configuration with the same networks and scopes, and slow to make. */
function blocksOf({ steering, geo }: Config, partition: Partition): SharedArrayBuffer {
  const key = JSON.stringify([steering.map(({ clients }) => clients.networks), geo.coarsestScope])
  const blocks = knownBlocks.get(key) ?? shared(encodeBlocks(partition, geo.coarsestScope))
  knownBlocks.set(key, blocks)
  return blocks
}

/** Bytes in shared memory, as the daemon publishes them. */
function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length)
  new Uint8Array(buffer).set(bytes)
  return buffer
}

interface Leaf {
  readonly high: number
  readonly low: number
  readonly depth: number
  readonly cell: number
}

/** The disjoint leaves of nested ranges, by plain recursion: the longest prefix decides. */
function leaves(ranges: readonly Range[], family: 4 | 6, deepest: number): Leaf[] {
  const found: Leaf[] = []
  const own = ranges.filter((range) => range.prefix.family === family)
  const visit = (start: bigint, depth: number): void => {
    const size = 1n << BigInt(deepest - depth)
    const inside = own.filter(
      ({ prefix: p }) => p.length > depth && value(p, deepest) >= start && value(p, deepest) < start + size,
    )
    if (inside.length > 0) {
      visit(start, depth + 1)
      visit(start + size / 2n, depth + 1)
      return
    }
    const covering = own.filter(({ prefix: p }) => {
      const from = value(p, deepest)
      return from <= start && start < from + (1n << BigInt(deepest - p.length))
    })
    const cell = covering.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.cell ?? 0
    const high = family === 4 ? start : start >> 32n
    found.push({ high: Number(high), low: family === 4 ? 0 : Number(start & 0xffffffffn), depth, cell })
  }
  visit(0n, 0)
  return found
}

function value({ bytes }: Prefix, bits: number): bigint {
  let result = 0n
  for (const byte of bytes.subarray(0, bits / 8)) result = (result << 8n) | BigInt(byte)
  return result
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text)
  if ('error' in parsed) throw new Error(parsed.error)
  return parsed
}

function depths(found: readonly Leaf[]): Uint8Array {
  return Uint8Array.from(found, ({ depth }) => depth)
}

function cellsOf(found: readonly Leaf[]): Uint16Array {
  return Uint16Array.from(found, ({ cell }) => cell)
}
