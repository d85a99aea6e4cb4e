// The ways in which a stand-in edge fails, and how each is looked for. Knows no server and no measuring.

export type Kind = 'killed' | 'error' | 'blackholed' | 'mute' | 'frozen' | 'expired'

export interface Failure {
  readonly title: string
  /** The probe of Nearcast that looks for it. */
  readonly probe: 'http' | 'https' | 'hls'
  /** p99 to reach from the fault to the last answer, in milliseconds. */
  readonly targetMs: number
  /** Whether gdnsd's http_status can see it at all: it speaks no TLS, and every playlist is a 200 to it. */
  readonly gdnsdSees: boolean
}

/** Of the stand-in stream, in seconds: short, so that a run is. */
export const targetDuration = 2

export const kinds: Readonly<Record<Kind, Failure>> = {
  killed: { title: 'process killed', probe: 'http', targetMs: 1_500, gdnsdSees: true },
  error: { title: 'returns 500', probe: 'http', targetMs: 1_500, gdnsdSees: true },
  blackholed: { title: 'port blackholed', probe: 'http', targetMs: 2_500, gdnsdSees: true },
  mute: { title: 'accepts but never answers', probe: 'http', targetMs: 2_500, gdnsdSees: true },
  frozen: {
    title: 'stream frozen',
    probe: 'hls',
    targetMs: 1_500 * targetDuration + 2_500,
    gdnsdSees: false,
  },
  expired: { title: 'certificate expired', probe: 'https', targetMs: 1_500, gdnsdSees: false },
}

export const kindNames = Object.keys(kinds) as Kind[]

/** One stand-in edge; its name is its name in DNS as well. */
export interface Edge {
  readonly name: string
  readonly address: string
  readonly kind: Kind
}

export const ports = { http: 8080, https: 8443 } as const
/** Where answers go when an edge is out. */
export const spare = '10.51.255.254'
export const zone = 'failover.example.net'

/** `count` edges of each kind, at addresses of the bench's own network namespace. */
export function makeEdges(count: number, wanted: readonly Kind[]): Edge[] {
  return wanted.flatMap((kind, k) =>
    Array.from({ length: count }, (_, at): Edge => {
      return { name: `${kind}-${at}`, address: `10.51.${k * 4 + (at >> 6)}.${(at & 63) + 1}`, kind }
    }),
  )
}
