// The configurations that are benched: the shipped one with a fleet, names and carriers of any size. Knows no packets.
import { fileURLToPath } from 'node:url'
import type { Config } from '../src/config/config.ts'
import { loadConfig } from '../src/config/load.ts'
import { formatProblem } from '../src/config/problem.ts'
import type { Node, Site } from '../src/fleet/model.ts'
import { encodeName } from '../src/wire/name.ts'
import type { SteeredName, Zone } from '../src/zone/model.ts'
import { Random } from './random.ts'

export const repository = fileURLToPath(new URL('..', import.meta.url))

/** Names are `s0000000` and so on below this one. */
export const namesBelow = 'play.live.example.net'
export const nameDigits = 7

/** Where the sites stand that the shipped configuration does not have. */
const moreSites: Readonly<Record<string, readonly [string, number, number]>> = {
  nrt: ['JP', 35.77, 140.39],
  icn: ['KR', 37.46, 126.44],
  tpe: ['TW', 25.08, 121.23],
  bom: ['IN', 19.09, 72.87],
  del: ['IN', 28.57, 77.1],
  syd: ['AU', -33.95, 151.18],
  dxb: ['AE', 25.25, 55.36],
  jnb: ['ZA', -26.13, 28.24],
  lhr: ['GB', 51.47, -0.45],
  cdg: ['FR', 49.01, 2.55],
  ams: ['NL', 52.31, 4.76],
  mad: ['ES', 40.47, -3.57],
  waw: ['PL', 52.17, 20.97],
  gru: ['BR', -23.43, -46.47],
  scl: ['CL', -33.39, -70.79],
  mex: ['MX', 19.44, -99.07],
  dfw: ['US', 32.9, -97.04],
  ord: ['US', 41.98, -87.9],
  yyz: ['CA', 43.68, -79.63],
  sea: ['US', 47.45, -122.31],
}

/** Nodes at a site differ in the carriers they reach on-net: so many different sets. */
const carrierSets = 2

export interface Size {
  readonly nodes: number
  readonly names: number
}

/** What most benches run: DESIGN's world. */
export const usual: Size = { nodes: 200, names: 1000 }

let shipped: Config | undefined

/** The shipped configuration, with the 2,000 shipped carriers; read once. */
async function shippedConfig(): Promise<Config> {
  if (shipped) return shipped
  const { config, problems } = await loadConfig(`${repository}config/nearcast.yaml`)
  if (config === null) throw new Error(problems.map((problem) => formatProblem(problem)).join('\n'))
  return (shipped = config)
}

/** The shipped configuration with 25 sites, `nodes` nodes and `names` steered names. */
export async function sizedConfig({ nodes, names }: Size): Promise<Config> {
  const config = await shippedConfig()
  const sites = [...config.sites, ...Object.entries(moreSites).map((entry) => site(config, ...entry))]
  const table = fleet(config, sites, nodes)
  const play = config.services.filter(({ key }) => key === 'play')
  return {
    ...config,
    sites,
    nodes: table,
    pools: [{ key: 'edges', nodes: table.map(({ name }) => name) }],
    services: play,
    zones: config.zones.slice(0, 1).map((zone) => ({ ...zone, steeredNames: steeredNames(names) }) satisfies Zone),
  }
}

function site(config: Config, key: string, [country, latitude, longitude]: readonly [string, number, number]): Site {
  const region = config.regions.find(({ countries }) => countries.includes(country))?.name ?? config.restRegion
  return { key, country, at: [latitude, longitude], region }
}

/** Nodes dealt to the sites in turn; three in four have IPv6, weights differ, some carriers are on-net. */
function fleet(config: Config, sites: readonly Site[], count: number): Node[] {
  return Array.from({ length: count }, (_, i): Node => {
    const place = i % sites.length
    const number = Math.floor(i / sites.length)
    const set = number % carrierSets
    const random = new Random(1 + place)
    const carriers = Array.from({ length: set * 3 }, () => config.carriers[random.below(config.carriers.length)].key)
    return {
      name: `${sites[place].key}-${number + 1}`,
      site: sites[place].key,
      role: 'edge',
      v4: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
      v6: i % 4 === 3 ? null : `2001:db8::${(i >> 8).toString(16)}:${(i & 255).toString(16)}`,
      target: null,
      carriers: [...new Set(carriers)].toSorted(),
      capacityGbps: null,
      price: 1,
      weight: [10, 40, 100][number % 3],
      labels: [],
      probes: [],
    }
  })
}

function steeredNames(count: number): SteeredName[] {
  return Array.from({ length: count }, (_, i) => {
    const owner = encodeName(`s${String(i).padStart(nameDigits, '0')}.${namesBelow}`)
    if (owner === null) throw new Error('not a name')
    return { owner, service: 'play' }
  })
}
