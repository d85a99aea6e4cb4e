// What a probe is aimed at and what comes back. Knows no thresholds, no schedule and no sockets.
import type { Probe } from './model.ts'

/** An address family, as the version number of its IP. */
export type Family = 4 | 6

/** Why a probe ended as it did; stable codes, for metrics and for people. */
export type Reason =
  | 'ok'
  /** Nothing listens there. */
  | 'refused'
  /** Closed by the node before it had answered. */
  | 'reset'
  | 'timeout'
  /** No way to the address. */
  | 'unreachable'
  /** An answer that is not of the protocol, or goes beyond a limit. */
  | 'protocol'
  | 'status'
  | 'body'
  /** A playlist that stopped advancing; `stream` says which. */
  | 'stale'
  /** A playlist that went back. */
  | 'rewound'
  /** The node itself has said nothing for too long. */
  | 'silent'
  /** The certificate is out of its dates. */
  | 'tls_expired'
  /** It is valid for fewer days than asked. */
  | 'tls_expiring'
  /** It is for another name. */
  | 'tls_name'
  /** Nobody we trust vouches for it. */
  | 'tls_chain'
  /** No application protocol (ALPN) in common. */
  | 'tls_alpn'
  /** We could not try (out of sockets or memory): says nothing of the node and moves no verdict. */
  | 'local'

/** How one try ended. */
export interface Outcome {
  readonly ok: boolean
  readonly reason: Reason
  /** For people, one short line; empty when ok. May quote the node, so never to be trusted. */
  readonly detail: string
  /** Path of the playlist this is about, on success and failure alike: the same on every node that serves the stream. */
  readonly stream?: string
  /** How far that playlist had come: the media sequence number after its last segment. Comparable between nodes. */
  readonly reached?: number
}

/** One probe of one address of one node. */
export interface ProbeTarget {
  readonly node: string
  readonly family: Family
  /** Canonical text without brackets. */
  readonly address: string
  readonly probe: Probe
}

/** One measurement. */
export interface Observation extends Outcome {
  readonly node: string
  readonly family: Family
  readonly address: string
  /** Key of the probe. */
  readonly probe: string
  /** When the try began, on the monotonic clock of `monotonicMs`: tells which of overlapping tries is newer. */
  readonly startedMs: number
  readonly elapsedMs: number
}

/** What went well. */
export const success: Outcome = { ok: true, reason: 'ok', detail: '' }

/** Milliseconds on the system's monotonic clock: the same clock in every thread of this process, and no date. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
