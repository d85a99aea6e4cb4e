// What the zone room is told: checked zones with their static records already in wire form. Knows no YAML and no geography.

/** One resource record set of a zone's static content. */
export interface StaticRRset {
  /** Owner in lower-case uncompressed wire form. */
  readonly owner: Uint8Array
  readonly type: number
  readonly ttlSeconds: number
  /** Uncompressed rdata, one each record. */
  readonly rdatas: readonly Uint8Array[]
}

/** A name answered by a service; a wildcard's owner begins with the label `*`. */
export interface SteeredName {
  /** Owner in lower-case uncompressed wire form. */
  readonly owner: Uint8Array
  /** Key of a service. */
  readonly service: string
}

/** How a zone is signed: where its keys lie, not what they are. */
export interface Dnssec {
  /** Absolute. */
  readonly directory: string
  /** Of new keys. */
  readonly algorithm: 'ecdsap256' | 'ed25519'
  /** `file:line:column` of that in the configuration; null where nobody wrote it. */
  readonly algorithmAt: string | null
  readonly keyTtlSeconds: number
  readonly validitySeconds: number
  /** What a roll reckons with: the TTL of the DS at the parent, and how long until every server answers what was changed. */
  readonly parentDsTtlSeconds: number
  readonly propagationSeconds: number
  /** The parent is asked to remove the DS (RFC 8078). */
  readonly leave: boolean
  /** `file:line:column` of the directory in the configuration. */
  readonly at: string
}

export interface Zone {
  /** Presentation form without the final dot, lower case, e.g. `live.example.net`. */
  readonly name: string
  /** Apex in lower-case uncompressed wire form. */
  readonly apex: Uint8Array
  readonly soa: {
    readonly mname: Uint8Array
    readonly rname: Uint8Array
    readonly refreshSeconds: number
    readonly retrySeconds: number
    readonly expireSeconds: number
  }
  /** The SOA's minimum field; the negative TTL is the lesser of that and of the SOA's own TTL (RFC 2308 section 5). */
  readonly negativeTtlSeconds: number
  /** TTL of the SOA record itself, and of NS records that the configuration makes. */
  readonly nsTtlSeconds: number
  /** NS RRset and glue included, SOA not (its serial is the epoch). */
  readonly staticRRsets: readonly StaticRRset[]
  readonly steeredNames: readonly SteeredName[]
  /** null: served unsigned. */
  readonly dnssec: Dnssec | null
  /** Before each steered name there is `_nearcast`, which says how it is answered. */
  readonly debug: boolean
}
