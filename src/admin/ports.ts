// What the admin API asks the rest of the process for: functions over plain data. Must not know who answers them.
import type { HeldOverride, ListedOverride, OverrideOrder } from '../fleet/overrides.ts'
import type { Acting } from '../health/guarding.ts'
import type { HeardReport } from '../health/reports.ts'

/** A question to `explain`: which node this client would get for this name, and why. */
export interface ExplainRequest {
  /** Canonical address text. */
  readonly client: string
  /** As the caller wrote it: not yet checked to be a domain name. */
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'HTTPS'
}

/** What probes found about one address of a node. */
export interface FamilyStatus {
  readonly address: string
  /** `unknown` until the first round of probes is over. */
  readonly verdict: 'unknown' | 'up' | 'suspect' | 'down' | 'probation'
  /** Unix time in milliseconds since which the verdict holds; null while unknown. */
  readonly since: number | null
  /** What the last probes that failed said, newest first; empty when all is well. */
  readonly reasons: readonly string[]
  /** Share of client blocks it may be handed to, 0 to 1, overrides aside. */
  readonly share: number
  /** The guard that keeps it in the answers although its probes would remove it. */
  readonly kept: Exclude<GuardStatus['guard'], 'spill' | 'fail_open'> | null
  /** Until when it is held out for flapping, in Unix milliseconds; null when it is not. */
  readonly heldOutUntil: number | null
  /** From before the start, not confirmed yet. */
  readonly stale: boolean
}

/** A guard at work, and where; `since` in Unix milliseconds. */
export interface GuardStatus {
  readonly guard: Acting['guard'] | 'fail_open'
  readonly scope: Acting['scope']
  readonly since: number
}

/** One row of the node table and all that decides about it. */
export interface NodeStatus {
  readonly name: string
  readonly site: string
  readonly region: string
  readonly role: 'edge' | 'origin'
  /** null where the node has no address of that family. */
  readonly v4: FamilyStatus | null
  readonly v6: FamilyStatus | null
  /** The one that decides about it now. */
  readonly override: HeldOverride | null
}

/** The snapshot that answers now. */
export interface SnapshotStatus {
  readonly epoch: number
  /** Unix time in milliseconds. */
  readonly compiledAt: number
  readonly zones: readonly string[]
  readonly services: readonly string[]
  readonly cells: number
  readonly blocks: number
  /** The databases it was made of; `builtAt` as the database says. */
  readonly sources: readonly {
    readonly slot: string
    readonly file: string
    readonly type: string
    readonly builtAt: string | null
    readonly records: number
  }[]
  /** Every configuration file read, absolute. */
  readonly configFiles: readonly string[]
}

/** Given at construction. Whatever a port throws as a NearcastError is told the caller; anything else is an internal error. */
export interface AdminPorts {
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** What is not there yet, in words; empty once queries can be answered. */
  readonly missing: () => readonly string[]
  /** The metrics in Prometheus text format 0.0.4. */
  readonly metrics: () => Promise<string>
  readonly nodes: () => readonly NodeStatus[]
  /** The guards at work. */
  readonly guards: () => readonly GuardStatus[]
  /** null before the first. */
  readonly snapshot: () => SnapshotStatus | null
  /** An explanation as a JSON object. Throws NC_BAD_REQUEST or NC_NOT_FOUND for a name that is none or not steered. */
  readonly explain: (request: ExplainRequest) => object | Promise<object>
  readonly overrides: () => readonly ListedOverride[]
  /** Throws NC_BAD_REQUEST for a target that is none, NC_NOT_FOUND for one that no node belongs to. */
  readonly setOverride: (
    target: string,
    order: OverrideOrder,
  ) => { readonly override: ListedOverride; readonly replaced: ListedOverride | null }
  /** Returns what was cleared; throws NC_NOT_FOUND when there was none. */
  readonly clearOverride: (target: string) => ListedOverride
  /** The latest report of each node that sent one. */
  readonly reports: () => readonly HeardReport[]
  /** Throws NC_NOT_FOUND for an unknown node. */
  readonly hearReport: (report: HeardReport) => void
  /** Throws NC_CONFIG with every problem when the configuration is refused, NC_CONFLICT while another reload runs. */
  readonly reload: () => Promise<{ readonly epoch: number; readonly warnings: readonly string[] }>
  /** Resolves to the process id of the daemon that has taken over. Throws NC_CONFLICT, or why it could not start. */
  readonly replace: () => Promise<number>
}
