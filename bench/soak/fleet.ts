// The soak's fleet, the configuration that serves it, and its dice. Knows no pattern and no measuring.
import { stringify } from 'yaml'
import { Random } from '../random.ts'

export interface SoakEdge {
  readonly name: string
  readonly address: string
  readonly site: string
}

export const edgePort = 8088
export const ports = { dns: 5304, admin: 8054 } as const
export const zone = 'soak.example.net'

const sites = {
  hkg: { country: 'HK', at: [22.32, 114.17] },
  sin: { country: 'SG', at: [1.35, 103.82] },
  fra: { country: 'DE', at: [50.11, 8.68] },
  iad: { country: 'US', at: [38.95, -77.45] },
  sjc: { country: 'US', at: [37.36, -121.93] },
} as const

export function makeFleet(count: number): SoakEdge[] {
  const keys = Object.keys(sites)
  return Array.from({ length: count }, (_, at) => {
    const site = keys[at % keys.length]
    return { name: `${site}-${at}`, address: `127.52.${Math.floor(at / 250)}.${(at % 250) + 1}`, site }
  })
}

/** Everything as it comes, guards included; probes at 2 s. */
export function configuration(edges: readonly SoakEdge[]): string {
  const config = {
    server: { identity: 'soak', listen: [`127.0.0.1:${ports.dns}`] },
    admin: { listen: `127.0.0.1:${ports.admin}` },
    regions: {
      na: { continents: ['NA', 'SA'], sites: ['iad', 'sjc'] },
      apac: { continents: ['AS', 'OC'], sites: ['hkg', 'sin'] },
      eu: { continents: ['EU', 'AF'], sites: ['fra'] },
      rest: 'na',
    },
    sites,
    nodes: Object.fromEntries(
      edges.map(({ name, address, site }) => [name, { site, addresses: [address], probes: ['edge'] }]),
    ),
    pools: { edges: { role: 'edge' } },
    probes: {
      edge: {
        type: 'http',
        url: `http://{address}:${edgePort}/health`,
        interval: '2s',
        timeout: '500ms',
        fall: 3,
        rise: 2,
      },
    },
    health: { references: [`tcp://127.0.0.1:${ports.dns}`], slowStart: '20s' },
    services: { play: { pool: 'edges', answers: 2, spread: '15ms', ttl: { steady: '10s', changing: '5s' } } },
    zones: {
      [zone]: {
        soa: { mname: `ns1.${zone}`, rname: 'hostmaster.example.net' },
        ns: { [`ns1.${zone}`]: ['192.0.2.53'], 'ns2.example.org': [] },
        names: { '*.play': 'play' },
      },
    },
  }
  return stringify(config, { aliasDuplicateObjects: false })
}

/** Numbers over 0 to 1, the same in every run of a seed. */
export function drawing(seed: number): () => number {
  const random = new Random(Math.imul(seed, 0x9e3779b1))
  const most = 2 ** 31 - 1
  for (let n = 0; n < 8; n++) random.below(most)
  return () => random.below(most) / most
}
