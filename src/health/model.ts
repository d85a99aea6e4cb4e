// What health is told: the checked probes and thresholds. Knows no YAML, no DNS, no clients.

/** Common to every probe: when it runs, when it gives up, and how many results in a row change a verdict. */
export interface ProbeTiming {
  readonly key: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** After a first failure, tries overlap at this distance until `fall` is reached. */
  readonly confirmMs: number
  readonly fall: number
  readonly rise: number
  /** false: informs (the h3 hint), never removes. */
  readonly required: boolean
}

export interface TcpProbe extends ProbeTiming {
  readonly type: 'tcp'
  readonly port: number
}

export interface HttpProbe extends ProbeTiming {
  readonly type: 'http' | 'https'
  /** With `{address}` where the node's address goes (already bracketed for IPv6 when substituted). */
  readonly url: string
  /** Host header and TLS server name; null: the URL's. */
  readonly host: string | null
  readonly status: readonly number[]
  /** Text the first 64 KiB of the body must contain, or null. */
  readonly bodyContains: string | null
  /** https: validate chain and name. */
  readonly verify: boolean
  /** https: days the certificate must still be valid; 0 only asks that it is. */
  readonly certificateDays: number
}

export type Probe = TcpProbe | HttpProbe
