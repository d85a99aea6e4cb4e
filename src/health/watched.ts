// What the monitor remembers of a node: its addresses, their verdicts and the last observations. Knows no words and no prober.
import type { ProbedNode } from './messages.ts'
import type { Probe } from './model.ts'
import type { Family, Reason } from './observation.ts'
import { beginState, reconfigure, type FamilyState, type Verdict } from './verdict.ts'

/** A node to watch and the slot of its words. */
export interface MonitorTarget extends ProbedNode {
  readonly slot: number
}

/** One watched node; null for a family it has no address of. */
export interface Watched {
  readonly target: MonitorTarget
  readonly v4: Side | null
  readonly v6: Side | null
}

/** One address of a node. */
export interface Side {
  readonly family: Family
  readonly address: string
  state: FamilyState
  /** By key of probe. */
  readonly last: Map<string, LastObservation>
}

/** A probe's latest observation. */
export interface LastObservation {
  readonly ok: boolean
  readonly reason: Reason
  readonly detail: string
  readonly elapsedMs: number
  /** By the monitor's clock. */
  readonly at: number
}

export interface ProbeHealth {
  /** Key of the probe. */
  readonly probe: string
  readonly required: boolean
  readonly verdict: Verdict
  /** Failures while suspect, successes in probation; else 0. */
  readonly streak: number
  readonly last: LastObservation | null
}

export interface FamilyHealth {
  readonly address: string
  readonly verdict: Verdict
  /** Since when, by the monitor's clock. */
  readonly since: number
  readonly probes: readonly ProbeHealth[]
}

/** One node's health, for people; null for a family it has no address of. */
export interface NodeHealth {
  readonly node: string
  readonly v4: FamilyHealth | null
  readonly v6: FamilyHealth | null
}

/** A node as it is now to be watched; what it keeps of `before`, it remembers. */
export function watch(target: MonitorTarget, before: Watched | undefined, nowMs: number): Watched {
  const { v4, v6, probes } = target
  return {
    target,
    v4: v4 === null ? null : renew(4, v4, probes, before?.v4 ?? null, nowMs),
    v6: v6 === null ? null : renew(6, v6, probes, before?.v6 ?? null, nowMs),
  }
}

export function sidesOf({ v4, v6 }: Watched): Side[] {
  return [v4, v6].filter((side) => side !== null)
}

export function healthOf({ target, v4, v6 }: Watched): NodeHealth {
  return { node: target.name, v4: v4 && sideHealth(v4), v6: v6 && sideHealth(v6) }
}

function renew(family: Family, address: string, probes: readonly Probe[], before: Side | null, nowMs: number): Side {
  if (before?.address !== address) return { family, address, state: beginState(probes, nowMs), last: new Map() }
  const kept = probes.flatMap(({ key }) => {
    const seen = before.last.get(key)
    return seen === undefined ? [] : [[key, seen] as const]
  })
  return { family, address, state: reconfigure(before.state, probes, nowMs), last: new Map(kept) }
}

function sideHealth({ address, state, last }: Side): FamilyHealth {
  return {
    address,
    verdict: state.verdict,
    since: state.sinceMs,
    probes: state.probes.map(({ probe, verdict, streak }) => ({
      probe: probe.key,
      required: probe.required,
      verdict,
      streak,
      last: last.get(probe.key) ?? null,
    })),
  }
}
