// What the monitor remembers of a node: its addresses, their verdicts and the last observations. Knows no words and no prober.
import type { Role } from '../fleet/model.ts'
import { heldOutUntilMs } from './flapping.ts'
import type { Heard } from './guards.ts'
import type { ProbedNode } from './messages.ts'
import type { HealthSettings, Probe } from './model.ts'
import type { Family, Reason } from './observation.ts'
import { recall, type Remembered } from './remembered.ts'
import { shareAt } from './slow-start.ts'
import { beginState, isServing, reconfigure, type FamilyState, type Verdict } from './verdict.ts'

/** A node to watch, the slot of its words, and what guards weigh it by. */
export interface MonitorTarget extends ProbedNode {
  readonly slot: number
  readonly site: string
  readonly region: string
  readonly role: Role
  readonly weight: number
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
  /** What required probes last heard. */
  heard: Heard | null
  /** The guard that forbids its fall, since it last wanted to. */
  kept: Kept | null
  /** Keys of the probes that have not confirmed a verdict from before the start. */
  readonly unconfirmed: Set<string>
  /** By key of probe. */
  readonly last: Map<string, LastObservation>
}

/** Guards that keep a node in the answers although its probes would remove it. */
export type Keeper = 'self_suspicion' | 'origin' | 'removal_budget'

/** A guard that keeps a node, and what it acts on: a family, a stream or a region. */
export interface Kept {
  readonly guard: Keeper
  readonly scope: Scope
}

/** Where a guard acts: those of these that tell it. */
export interface Scope {
  readonly region?: string
  readonly site?: string
  readonly role?: Role
  readonly family?: Family
  readonly stream?: string
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
  /** Share of client blocks it may be handed to, 0 to 1: less than 1 in slow start, 0 when it is out. */
  readonly share: number
  readonly kept: Keeper | null
  /** Until when it is held out for flapping if it falls no more; null when it is not. */
  readonly heldOutUntil: number | null
  /** From before the start, and not confirmed yet. */
  readonly stale: boolean
  readonly probes: readonly ProbeHealth[]
}

/** One node's health, for people; null for a family it has no address of. */
export interface NodeHealth {
  readonly node: string
  readonly v4: FamilyHealth | null
  readonly v6: FamilyHealth | null
}

/** A node as it is now to be watched; what it keeps of `before`, it remembers. */
export function watch(
  target: MonitorTarget,
  before: Watched | undefined,
  remembered: ReadonlyMap<string, Remembered>,
  nowMs: number,
): Watched {
  const sideOf = (family: Family, address: string | null, known: Side | null): Side | null => {
    if (address === null) return null
    if (known?.address === address) return renew(known, target.probes, nowMs)
    return begin(family, address, target.probes, remembered.get(rememberedKey(target.name, family, address)), nowMs)
  }
  return { target, v4: sideOf(4, target.v4, before?.v4 ?? null), v6: sideOf(6, target.v6, before?.v6 ?? null) }
}

/** What verdicts from before the start are known by. */
export function rememberedKey(node: string, family: Family, address: string): string {
  return `${node} ${family} ${address}`
}

export function sidesOf({ v4, v6 }: Watched): Side[] {
  return [v4, v6].filter((side) => side !== null)
}

export function healthOf({ target, v4, v6 }: Watched, settings: HealthSettings, nowMs: number): NodeHealth {
  const of = (side: Side | null): FamilyHealth | null => side && sideHealth(side, settings, nowMs)
  return { node: target.name, v4: of(v4), v6: of(v6) }
}

function begin(
  family: Family,
  address: string,
  probes: readonly Probe[],
  known: Remembered | undefined,
  nowMs: number,
): Side {
  const fresh = { family, address, last: new Map(), heard: null, kept: null }
  if (known === undefined) return { ...fresh, state: beginState(probes, nowMs), unconfirmed: new Set() }
  const required = probes.filter(({ required: counts }) => counts)
  return { ...fresh, state: recall(known, probes, nowMs), unconfirmed: new Set(required.map(({ key }) => key)) }
}

function renew(side: Side, probes: readonly Probe[], nowMs: number): Side {
  const keys = new Set(probes.map(({ key }) => key))
  const last = new Map([...side.last].filter(([key]) => keys.has(key)))
  const unconfirmed = new Set([...side.unconfirmed].filter((key) => keys.has(key)))
  return { ...side, state: reconfigure(side.state, probes, nowMs), last, unconfirmed }
}

function sideHealth(
  { address, state, last, kept, unconfirmed }: Side,
  settings: HealthSettings,
  nowMs: number,
): FamilyHealth {
  return {
    address,
    verdict: state.verdict,
    since: state.sinceMs,
    share: isServing(state.verdict) ? shareAt(state.roseAtMs, nowMs, settings.slowStartMs) : 0,
    kept: kept && kept.guard,
    heldOutUntil: heldOutUntilMs(state.penalty, settings.flapping),
    stale: unconfirmed.size > 0,
    probes: state.probes.map(({ probe, verdict, streak }) => ({
      probe: probe.key,
      required: probe.required,
      verdict,
      streak,
      last: last.get(probe.key) ?? null,
    })),
  }
}
