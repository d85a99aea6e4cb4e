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

/** How a certificate is judged, wherever TLS is spoken. */
export interface CertificateChecks {
  /** Validate chain and name. */
  readonly verify: boolean
  /** Days the certificate must still be valid; 0 only asks that it is. */
  readonly certificateDays: number
}

export interface TlsProbe extends ProbeTiming, CertificateChecks {
  readonly type: 'tls'
  readonly port: number
  /** Server name, and the name the certificate must be for; null: the address. */
  readonly host: string | null
  /** Protocols to offer, of which one must be agreed on; empty: none is asked for. */
  readonly alpn: readonly string[]
}

/** What is fetched over HTTP, at the node's own address. */
export interface HttpSource extends CertificateChecks {
  /** http or https, with `{address}` where the node's address goes (already bracketed for IPv6 when substituted). */
  readonly url: string
  /** Host header and TLS server name; null: the URL's. */
  readonly host: string | null
}

export interface HttpProbe extends ProbeTiming, HttpSource {
  readonly type: 'http' | 'https'
  /** Speak HTTP/2 and nothing else; else HTTP/1.1. */
  readonly http2: boolean
  readonly status: readonly number[]
  /** Text the first 64 KiB of the body must contain, or null. */
  readonly bodyContains: string | null
}

export interface HlsProbe extends ProbeTiming, HttpSource {
  readonly type: 'hls'
}

export interface HttpFlvProbe extends ProbeTiming, HttpSource {
  readonly type: 'httpflv'
}

export interface RtmpProbe extends ProbeTiming, CertificateChecks {
  /** rtmps: over TLS. */
  readonly type: 'rtmp' | 'rtmps'
  readonly port: number
  /** Name to put into `connect`, and the certificate's; null: the address. */
  readonly host: string | null
  /** Application to connect to, or null to stop after the handshake. */
  readonly app: string | null
}

export interface SrtProbe extends ProbeTiming {
  readonly type: 'srt'
  readonly port: number
}

/** What is fetched over HTTP/3. */
export interface Http3Get extends CertificateChecks {
  readonly path: string
  /** Authority and TLS server name; null: the address. */
  readonly host: string | null
  readonly status: readonly number[]
}

export interface QuicProbe extends ProbeTiming {
  readonly type: 'quic'
  readonly port: number
  /** null: to be offered QUIC is enough. */
  readonly get: Http3Get | null
}

/** A node speaks for itself; its silence for too long is at once the failure that takes it down, so `fall` is 1. */
export interface ReportProbe extends ProbeTiming {
  readonly type: 'report'
  readonly silenceMs: number
}

export type Probe =
  | TcpProbe
  | TlsProbe
  | HttpProbe
  | HlsProbe
  | HttpFlvProbe
  | RtmpProbe
  | SrtProbe
  | QuicProbe
  | ReportProbe

/** An address beyond the fleet that always answers: tells our own fault from the nodes'. */
export interface Reference {
  /** As written, e.g. `tcp://192.0.2.1:443`. */
  readonly key: string
  readonly family: 4 | 6
  /** Canonical text. */
  readonly address: string
  readonly port: number
}

export interface FlappingSettings {
  readonly halfLifeMs: number
  readonly suppressAbove: number
  readonly reuseBelow: number
}

/** The guards above single probes. */
export interface HealthSettings {
  readonly references: readonly Reference[]
  /** Of a region's weight, what automation alone may take out within `perMs`, beside one whole site. */
  readonly removalBudget: { readonly share: number; readonly perMs: number }
  /** How long a node that came back takes to be given all its blocks; 0: none. */
  readonly slowStartMs: number
  readonly flapping: FlappingSettings
}
