// What the monitor and the prober's thread say to each other. Knows no threads.
import type { Probe } from './model.ts'
import type { Family, Observation } from './observation.ts'

/** A node as the prober sees it. */
export interface ProbedNode {
  readonly name: string
  /** Canonical address texts, null for none. */
  readonly v4: string | null
  readonly v6: string | null
  readonly probes: readonly Probe[]
}

/** Asks for `tries` quick tries of one probe, overlapping, `confirmMs` apart; 0 calls off those not yet started. */
export interface Confirm {
  readonly node: string
  readonly family: Family
  readonly address: string
  /** Key of the probe. */
  readonly probe: string
  readonly tries: number
}

/** To the prober. `nodes` is always the whole list. */
export type ToProber =
  | { readonly kind: 'nodes'; readonly nodes: readonly ProbedNode[] }
  | { readonly kind: 'confirm'; readonly confirms: readonly Confirm[] }
  /** A node spoke for itself, at a time of the monotonic clock. */
  | { readonly kind: 'heard'; readonly node: string; readonly atMs: number }

/** How often the prober reports its lag, also when it has nothing else to say. */
export const lagEveryMs = 1_000

/** From the prober. */
export type FromProber =
  | { readonly kind: 'observations'; readonly observations: readonly Observation[] }
  /** How late the latest start of the last second was. */
  | { readonly kind: 'lag'; readonly lagMs: number }
