// What TCP clients may make us hold, and how long. Knows no sockets.

/** What strangers may make us hold. */
export interface TcpLimits {
  /** When one more comes, the connection that has been quiet longest is closed for it. */
  readonly connections: number
  /** Of one IPv4 address or IPv6 /64; one more is refused. */
  readonly connectionsPerClient: number
  /** After that many the connection is closed in good order. */
  readonly queriesPerConnection: number
  /** A connection without a whole query for this long is closed; sending single bytes or never reading is no activity. */
  readonly idleMs: number
  /** Answers wait in memory up to this; until the client reads, nothing more is taken from it. */
  readonly unsentBytes: number
  /** Stopping waits this long for clients to take their answers. */
  readonly drainMs: number
}

export const tcpLimits: TcpLimits = {
  connections: 1024,
  connectionsPerClient: 64,
  queriesPerConnection: 16_384,
  idleMs: 10_000,
  unsentBytes: 65_536,
  drainMs: 2_000,
}
