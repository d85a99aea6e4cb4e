// What every server is configured with: one zone of 64 names, twelve sites, two addresses of each family a site. Knows no server.
import { countries } from '../../src/geo/countries.ts'
import { distanceKm } from '../../src/geo/distance.ts'

export const zone = 'bench.example.net'

/** All of them have the same answers. */
export const names: readonly string[] = Array.from({ length: 64 }, (_, i) => `s${String(i).padStart(2, '0')}.${zone}`)

/** Addresses in an answer. */
export const answerCount = 2
export const ttlSeconds = 30

export interface Site {
  readonly key: string
  readonly country: string
  /** Latitude and longitude in degrees. */
  readonly at: readonly [number, number]
}

export const sites: readonly Site[] = [
  { key: 'hkg', country: 'HK', at: [22.32, 114.17] },
  { key: 'sin', country: 'SG', at: [1.35, 103.82] },
  { key: 'nrt', country: 'JP', at: [35.68, 139.77] },
  { key: 'bom', country: 'IN', at: [19.08, 72.88] },
  { key: 'dxb', country: 'AE', at: [25.2, 55.27] },
  { key: 'fra', country: 'DE', at: [50.11, 8.68] },
  { key: 'lhr', country: 'GB', at: [51.51, -0.13] },
  { key: 'iad', country: 'US', at: [38.95, -77.45] },
  { key: 'sjc', country: 'US', at: [37.36, -121.93] },
  { key: 'gru', country: 'BR', at: [-23.55, -46.63] },
  { key: 'jnb', country: 'ZA', at: [-26.2, 28.05] },
  { key: 'syd', country: 'AU', at: [-33.87, 151.21] },
]

/** Addresses of a site's nodes, from those set aside for benchmarks and for documentation. */
export function addressesOf(site: number, nodes: number = answerCount): { v4: string[]; v6: string[] } {
  const numbers = Array.from({ length: nodes }, (_, i) => i + 1)
  return {
    v4: numbers.map((number) => `198.18.${site}.${number}`),
    v6: numbers.map((number) => `2001:db8:${(site + 1).toString(16)}::${number.toString(16)}`),
  }
}

/** Indexes into `sites`, the nearest to a country's centre first: what operators of the other servers write down by hand. */
export function nearestSites(country: string): number[] {
  const at = countries.get(country)?.at
  const order = sites.map((_, index) => index)
  if (!at) return order
  return order.toSorted((a, b) => distanceKm(at, sites[a].at) - distanceKm(at, sites[b].at))
}
