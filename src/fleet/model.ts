// What the fleet is told: the checked sites, nodes and pools. Knows no YAML, no DNS, no clients.

export interface Site {
  readonly key: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Latitude and longitude in degrees; null when unknown, never (0, 0). */
  readonly at: readonly [number, number] | null
  /** Name of the region this site belongs to. */
  readonly region: string
}

export type Role = 'edge' | 'origin'

/** One row of the node table. */
export interface Node {
  readonly name: string
  /** Key of a site. */
  readonly site: string
  readonly role: Role
  /** Canonical address texts (RFC 5952 for IPv6); at most one of each family is answered with: `v4`, `v6`. */
  readonly v4: string | null
  readonly v6: string | null
  /** Canonical name, with the final dot, that services with `target` answer with; null for none. */
  readonly target: string | null
  /** Keys of the carriers this node reaches on-net, sorted. */
  readonly carriers: readonly string[]
  readonly capacityGbps: number | null
  /** Per Mbps at the 95th percentile, in the operator's one currency. */
  readonly price: number
  /** Share of load inside a window; defaults to capacity in Gbps, else 1. Greater than or equal to 0. */
  readonly weight: number
  /** Sorted. */
  readonly labels: readonly string[]
  /** Keys of probes. */
  readonly probes: readonly string[]
}

/** As many nodes there may be. */
export const mostNodes = 16_384

/** The nodes that may answer a service. */
export interface Pool {
  readonly key: string
  /** Names of the member nodes, in the node table's order; never empty. */
  readonly nodes: readonly string[]
}
