// What the scheduler is told: the checked services, scoring terms and steering rules. Knows no YAML, no DNS bytes, no health.

export interface Scoring {
  readonly rtt: { readonly msPerThousandKm: number; readonly baseMs: number }
  readonly carrier: {
    readonly onNetMs: number
    readonly tier1Ms: number
    readonly tier2Ms: number
    readonly tier3Ms: number
    /** The client's carrier is not known. */
    readonly unknownMs: number
  }
  readonly region: { readonly otherMs: number }
  /** Milliseconds for each unit of a node's price; 0 ignores cost. */
  readonly priceMs: number
}

/** Which clients a rule is for. Every key that is not null must match; inside a key any value may. */
export interface ClientSelector {
  readonly carriers: readonly string[] | null
  readonly regions: readonly string[] | null
  readonly countries: readonly string[] | null
  readonly tiers: readonly number[] | null
  /** Canonical prefixes. */
  readonly networks: readonly string[] | null
}

/** Which nodes a rule is about; read like ClientSelector. */
export interface NodeSelector {
  readonly nodes: readonly string[] | null
  readonly sites: readonly string[] | null
  readonly regions: readonly string[] | null
  readonly carriers: readonly string[] | null
  readonly labels: readonly string[] | null
}

/** One line of steering. Weights multiply, biases add, weight 0 excludes, `only` restricts (several intersect). */
export interface Rule {
  readonly clients: ClientSelector
  readonly nodes: NodeSelector
  /** 1 when the rule does not say. */
  readonly weight: number
  /** 0 when the rule does not say. */
  readonly biasMs: number
  readonly only: boolean
  /** `file:line:column`, for people. */
  readonly at: string
}

/** The policy that binds steered names to a pool. */
export interface Service {
  readonly key: string
  /** Key of a pool. */
  readonly pool: string
  /** The most addresses in one answer, 1-8. */
  readonly answers: number
  readonly ttl: { readonly steadySeconds: number; readonly changingSeconds: number }
  readonly spreadMs: number
  readonly familyGapMs: number
  readonly locality: 'stream' | 'none'
  /** Nodes a stream's name selects in each window, 1-8; 1 without locality. */
  readonly copies: number
  /** The answer is a CNAME to the target of one node, for every type, in place of addresses. */
  readonly target: boolean
  /** HTTPS records, or null for none. */
  readonly https: { readonly alpn: readonly string[]; readonly port: number } | null
}
