// The verdict on one node over one address family: a pure machine that counts observations. Has no clock, no words, no I/O.
//
//                 a failure            `fall` in a row
//          ┌──▶ up ────────▶ suspect ────────────────▶ down ◀────────┐
//          │     ▲              │                       │ a success   │ a failure
//   first  │     └──────────────┘                       ▼             │
//   result │         a success                       probation ───────┘
//   unknown│                                            │ `rise` in a row
//          │     up ◀───────────────────────────────────┘
//          └──▶ down
//
// Every probe walks these edges by its own counters; the node walks them as its required probes do. Between leaving and
// returning lie at least `rise` successes in a row, between returning and leaving `fall` failures, so nothing oscillates
// inside its own thresholds. A threshold of 1 walks two edges at once.
import type { Probe } from './model.ts'
import type { Reason } from './observation.ts'

export type Verdict = 'unknown' | 'up' | 'suspect' | 'down' | 'probation'

/** One probe's count. */
export interface ProbeState {
  readonly probe: Probe
  readonly verdict: Verdict
  /** Results in a row against the verdict: failures while suspect, successes in probation; else 0. */
  readonly streak: number
  readonly lastOk: boolean | null
  /** Start of the newest try counted, on the monotonic clock. */
  readonly newestStartedMs: number
}

/** The verdict on one node over one family, and what it rests on. */
export interface FamilyState {
  readonly verdict: Verdict
  /** When the verdict became what it is; whatever clock `now` is. */
  readonly sinceMs: number
  /** When the node last stopped being handed out, or null. */
  readonly fellAtMs: number | null
  readonly probes: readonly ProbeState[]
}

/** The part of an observation that counts. */
export interface Counted {
  /** Key of the probe. */
  readonly probe: string
  readonly ok: boolean
  readonly reason: Reason
  readonly startedMs: number
}

/** Whether a node of this verdict is handed out. A suspect is: one failure is not yet a fact. */
export function isServing(verdict: Verdict): boolean {
  return verdict === 'up' || verdict === 'suspect'
}

/** Whether every required probe has had its first result. */
export function isDecided({ probes }: FamilyState): boolean {
  return probes.every(({ probe, verdict }) => !probe.required || verdict !== 'unknown')
}

/** A state to begin with: unknown until each required probe has a result, or up when none is required. */
export function beginState(probes: readonly Probe[], nowMs: number): FamilyState {
  const states = probes.map((probe) => beginProbe(probe, 'unknown'))
  return { verdict: combine('unknown', states), sinceMs: nowMs, fellAtMs: null, probes: states }
}

/**
 * The state after one observation. The first result of a probe decides at once; from then on thresholds do. Ignored are
 * probes the state does not know, tries that failed for want of our own means, and news older than what contradicts it.
 */
export function advance(state: FamilyState, observation: Counted, nowMs: number): FamilyState {
  const index = state.probes.findIndex(({ probe }) => probe.key === observation.probe)
  if (index === -1 || observation.reason === 'local') return state
  const counted = count(state.probes[index], observation.ok, observation.startedMs)
  return counted === state.probes[index] ? state : settle(state, state.probes.with(index, counted), nowMs)
}

/**
 * The state after a reload changed the probes. A probe that stays (by key) keeps its count under its new thresholds; one
 * that is new, or newly required, is presumed to pass on a node that is handed out, so that a mistake in it removes nobody
 * before `fall` failures.
 */
export function reconfigure(state: FamilyState, probes: readonly Probe[], nowMs: number): FamilyState {
  const presumed = isServing(state.verdict) ? 'up' : 'unknown'
  const states = probes.map((probe) => {
    const known = state.probes.find((old) => old.probe.key === probe.key)
    return known?.probe.required === probe.required ? { ...known, probe } : beginProbe(probe, presumed)
  })
  const next = settle(state, states, nowMs)
  return states.some(({ probe }) => probe.required) ? next : { ...next, fellAtMs: null }
}

/**
 * The quick tries an observation calls for: when it makes a required probe suspect, as many as `fall` still lacks; when it
 * clears one, 0, which calls the rest off; else null.
 */
export function confirmTries(before: FamilyState, after: FamilyState, key: string): number | null {
  const was = before.probes.find(({ probe }) => probe.key === key)
  const is = after.probes.find(({ probe }) => probe.key === key)
  if (is === undefined || was?.verdict === is.verdict || !is.probe.required) return null
  if (is.verdict === 'suspect') return is.probe.fall - is.streak
  return was?.verdict === 'suspect' && is.verdict === 'up' ? 0 : null
}

function beginProbe(probe: Probe, verdict: Verdict): ProbeState {
  return { probe, verdict, streak: 0, lastOk: null, newestStartedMs: -Infinity }
}

function settle(state: FamilyState, probes: readonly ProbeState[], nowMs: number): FamilyState {
  const verdict = combine(state.verdict, probes)
  if (verdict === state.verdict) return { ...state, probes }
  const fell = isServing(state.verdict) && !isServing(verdict)
  return { verdict, sinceMs: nowMs, fellAtMs: fell ? nowMs : state.fellAtMs, probes }
}

/** A late answer of a try begun before one that contradicts it is old news: overlapping tries may end in any order. */
function count(state: ProbeState, ok: boolean, startedMs: number): ProbeState {
  if (startedMs < state.newestStartedMs && ok !== state.lastOk) return state
  const [verdict, streak] = judge(state, ok)
  return { ...state, verdict, streak, lastOk: ok, newestStartedMs: Math.max(startedMs, state.newestStartedMs) }
}

function judge({ verdict, streak, probe }: ProbeState, ok: boolean): [Verdict, number] {
  switch (verdict) {
    case 'unknown':
      return [ok ? 'up' : 'down', 0]
    case 'up':
    case 'suspect':
      if (ok) return ['up', 0]
      return streak + 1 >= probe.fall ? ['down', 0] : ['suspect', streak + 1]
    case 'down':
    case 'probation':
      if (!ok) return ['down', 0]
      return streak + 1 >= probe.rise ? ['up', 0] : ['probation', streak + 1]
  }
}

/** The worst required probe rules; once out, a node is back only when every one of them is up. */
function combine(previous: Verdict, probes: readonly ProbeState[]): Verdict {
  const verdicts = new Set<Verdict>()
  for (const { probe, verdict } of probes) if (probe.required) verdicts.add(verdict)
  if (verdicts.has('down')) return 'down'
  if (verdicts.has('unknown')) return previous
  if (verdicts.has('probation')) return 'probation'
  if (verdicts.has('suspect')) return isServing(previous) || previous === 'unknown' ? 'suspect' : 'probation'
  return 'up'
}
