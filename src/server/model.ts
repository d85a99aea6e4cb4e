// What the server is told: where to listen and who it says it is. Knows no YAML.

export interface Endpoint {
  /** Canonical address text without brackets. */
  readonly address: string
  readonly port: number
}

export interface ServerSettings {
  /** NSID and id.server (RFC 5001, RFC 4892). */
  readonly identity: string
  readonly listen: readonly Endpoint[]
  readonly udpThreads: number | 'auto'
}
