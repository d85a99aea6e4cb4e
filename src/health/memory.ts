// What the prober keeps between the tries of one probe of one address. Knows no protocol and judges nothing.

/** How far a playlist was when it was last seen. */
export interface PlaylistMemory {
  /** As configured: another one is another stream. */
  readonly url: string
  /** Media sequence numbers of the first segment, and of the one after the last. */
  readonly first: number
  readonly end: number
  /** What distinguishes the newest segment, parts of it included. */
  readonly newest: string
  /** When it was first seen this far, and when it was last seen; monotonic. */
  readonly changedMs: number
  readonly seenMs: number
}

/** When a node last spoke for itself; shared by all report probes of the node. Monotonic milliseconds. */
export interface SpokenMemory {
  /** Since when we listen. */
  readonly sinceMs: number
  heardMs: number | null
}

/** One slot a probe and address, made when the prober is told of them and dropped with them. */
export interface ProbeMemory {
  playlist: PlaylistMemory | null
  readonly spoken: SpokenMemory
  /** Whether a try may leave a connection open for the next one; whoever drops the slot then destroys `kept`. */
  readonly keeps: boolean
  kept: { destroy(): unknown } | null
}

/** An empty slot, listening since `sinceMs`. */
export function freshMemory(spoken: SpokenMemory, keeps = false): ProbeMemory {
  return { playlist: null, spoken, keeps, kept: null }
}
