// What geography is told: the checked settings of databases, regions and carriers. Knows no YAML, no DNS, no node.

/** A pair of prefix lengths, one a family. */
export interface PrefixLengths {
  readonly v4: number
  readonly v6: number
}

/** One correction of the databases; what is null keeps the databases' word. */
export interface GeoOverride {
  /** Canonical prefix, e.g. `198.51.100.0/22` or `2001:db8::/32`. */
  readonly prefix: string
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string | null
  /** Key of a carrier. */
  readonly carrier: string | null
  readonly reason: string | null
}

export interface GeoSettings {
  /** `builtin`, or the absolute path of an .mmdb file. */
  readonly country: string
  /** `builtin`, or the absolute path of an .mmdb file. */
  readonly asn: string
  /** null (`none` in YAML), or the absolute path of an .mmdb file with coordinates. */
  readonly city: string | null
  /** An answer never covers more address space than this. Default /16, /32. */
  readonly coarsestScope: PrefixLengths
  /** Database leaves finer than this take their majority cell. Default /24, /48. */
  readonly finestScope: PrefixLengths
  readonly overrides: readonly GeoOverride[]
  /** Where the configuration names each database, `file:line:column`, for people. */
  readonly at: { readonly country: string; readonly asn: string; readonly city: string }
}

/** A set of countries; every country falls in exactly one region. */
export interface Region {
  readonly name: string
  /** ISO 3166-1 alpha-2 codes, already expanded from continents; the rest region holds what no other names. */
  readonly countries: readonly string[]
}

/** An access network. */
export interface Carrier {
  readonly key: string
  /** What people call it. */
  readonly name: string
  readonly tier: 1 | 2 | 3
  readonly asns: readonly number[]
}
