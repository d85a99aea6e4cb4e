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
// inside its own thresholds. A threshold of 1 walks two edges at once. Two things are laid over it: a node that fell too often
// is held in probation although its probes pass, and where a guard forbids a fall the node stays suspect.
//
// A node that dies is down after at most `removalBoundMs`.
import { afterFall, afterTime, noPenalty, type Penalty } from './flapping.ts'
import type { FlappingSettings, Probe, ProbeTiming } from './model.ts'
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
  /** What the probes alone say: other than the verdict only while the node is held out for flapping. */
  readonly found: Verdict
  /** When the verdict became what it is; whatever clock `now` is. */
  readonly sinceMs: number
  /** When the node last stopped being handed out, or null. */
  readonly fellAtMs: number | null
  /** When it was handed out again after that, or null: slow start counts from here. */
  readonly roseAtMs: number | null
  readonly penalty: Penalty
  readonly probes: readonly ProbeState[]
}

/** What an observation is counted under. */
export interface Terms {
  /** null: nobody is held out. */
  readonly flapping: FlappingSettings | null
  /** false: whoever is handed out stays so, as a suspect at most. */
  readonly mayFall: boolean
}

const plainTerms: Terms = { flapping: null, mayFall: true }

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
  const verdict = combine('unknown', states)
  return {
    verdict,
    found: verdict,
    sinceMs: nowMs,
    fellAtMs: null,
    roseAtMs: null,
    penalty: noPenalty,
    probes: states,
  }
}

/**
 * The state after one observation. The first result of a probe decides at once; from then on thresholds do. Ignored are
 * probes the state does not know, tries that failed for want of our own means, and news older than what contradicts it.
 */
export function advance(
  state: FamilyState,
  observation: Counted,
  nowMs: number,
  terms: Terms = plainTerms,
): FamilyState {
  const index = state.probes.findIndex(({ probe }) => probe.key === observation.probe)
  if (index === -1 || observation.reason === 'local') return state
  const mayFall = terms.mayFall || !isServing(state.verdict)
  const counted = count(state.probes[index], observation.ok, observation.startedMs, mayFall)
  if (counted === state.probes[index]) return state
  return settle(state, state.probes.with(index, counted), nowMs, terms.flapping)
}

/**
 * The state of a node whose failures until now were not its own: whatever was suspect is up, and what was tried before
 * `startedMs` (monotonic) is old news.
 */
export function forgive(state: FamilyState, startedMs: number, nowMs: number): FamilyState {
  const probes = state.probes.map((probe): ProbeState => {
    if (probe.verdict !== 'suspect') return probe
    const newestStartedMs = Math.max(startedMs, probe.newestStartedMs)
    return { ...probe, verdict: 'up', streak: 0, lastOk: true, newestStartedMs }
  })
  return settle(state, probes, nowMs, null)
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
  const next = settle(state, states, nowMs, null)
  if (states.some(({ probe }) => probe.required)) return next
  return { ...next, verdict: next.found, fellAtMs: null, roseAtMs: null, penalty: noPenalty }
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

/**
 * How long a dead node may still be handed out, when nothing guards it: it dies right after a try passed, the next begins an
 * interval later (a fifth more for the jitter) and waits for its whole timeout; the quick tries begin at once, `confirm` apart,
 * and the last of them waits for its whole timeout too. A node that refuses has no timeouts to wait for. What it takes to carry
 * observations between threads (10 ms) and the prober's lag come on top.
 */
export function removalBoundMs({ intervalMs, timeoutMs, confirmMs, fall }: ProbeTiming): number {
  const first = 1.2 * intervalMs + timeoutMs
  return fall === 1 ? first : first + (fall - 2) * confirmMs + timeoutMs
}

function beginProbe(probe: Probe, verdict: Verdict): ProbeState {
  return { probe, verdict, streak: 0, lastOk: null, newestStartedMs: -Infinity }
}

function settle(
  state: FamilyState,
  probes: readonly ProbeState[],
  nowMs: number,
  flapping: FlappingSettings | null,
): FamilyState {
  const found = combine(state.found, probes)
  const penalty = penaltyOf(state, found, nowMs, flapping)
  const verdict = penalty.heldOut && isServing(found) ? 'probation' : found
  if (verdict === state.verdict) return { ...state, found, penalty, probes }
  const [served, serves] = [isServing(state.verdict), isServing(verdict)]
  return {
    verdict,
    found,
    sinceMs: nowMs,
    fellAtMs: served && !serves ? nowMs : state.fellAtMs,
    roseAtMs: served === serves ? state.roseAtMs : serves && state.verdict !== 'unknown' ? nowMs : null,
    penalty,
    probes,
  }
}

/** Also who is held out falls again when its probes fail again. */
function penaltyOf(
  { found: before, penalty }: FamilyState,
  found: Verdict,
  nowMs: number,
  flapping: FlappingSettings | null,
): Penalty {
  if (flapping === null) return penalty
  if (isServing(before) && !isServing(found)) return afterFall(penalty, flapping, nowMs)
  return afterTime(penalty, flapping, nowMs)
}

/** A late answer of a try begun before one that contradicts it is old news: overlapping tries may end in any order. */
function count(state: ProbeState, ok: boolean, startedMs: number, mayFall: boolean): ProbeState {
  if (startedMs < state.newestStartedMs && ok !== state.lastOk) return state
  const [verdict, streak] = judge(state, ok, mayFall)
  return { ...state, verdict, streak, lastOk: ok, newestStartedMs: Math.max(startedMs, state.newestStartedMs) }
}

function judge({ verdict, streak, probe }: ProbeState, ok: boolean, mayFall: boolean): [Verdict, number] {
  switch (verdict) {
    case 'unknown':
      return [ok ? 'up' : 'down', 0]
    case 'up':
    case 'suspect':
      if (ok) return ['up', 0]
      if (streak + 1 < probe.fall) return ['suspect', streak + 1]
      return mayFall || !probe.required ? ['down', 0] : ['suspect', streak]
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
