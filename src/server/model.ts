// What the server is told: where to listen and who it says it is. Knows no YAML.

export interface Endpoint {
  /** Canonical address text without brackets. */
  readonly address: string
  readonly port: number
}

export interface ServerSettings {
  /** NSID and id.server (RFC 5001, RFC 4892). */
  readonly identity: string
  /** version.bind and version.server; null refuses to say. */
  readonly version: string | null
  readonly listen: readonly Endpoint[]
  readonly udpThreads: number | 'auto'
  readonly cookies: CookieSettings
  readonly rateLimit: RateLimitSettings
}

/** Files with secrets for server cookies; null: a random one for this process. */
export interface CookieSettings {
  readonly secretFile: string | null
  readonly previousSecretFile: string | null
}

export interface RateLimitSettings {
  readonly mode: 'enforce' | 'log' | 'off'
  /** Steered answers to one source network for one block. */
  readonly steeredPerSecond: number
  /** Other answers to one source network: of one name, of one zone's NXDOMAINs, of one response code. */
  readonly otherPerSecond: number
  /** All answers to one source network. */
  readonly totalPerSecond: number
  /** Every so manieth answer over a limit is cut short instead of dropped; 0: none. */
  readonly slip: number
  /** Prefixes that are not limited. */
  readonly exempt: readonly string[]
}
