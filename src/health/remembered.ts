// Verdicts as they outlive a process: taken from states, and states made of them again. Knows no file.
import { type Static, Type } from 'typebox'
import type { Probe } from './model.ts'
import type { Family } from './observation.ts'
import { beginState, reconfigure, type FamilyState } from './verdict.ts'

const closed = { additionalProperties: false }
const VerdictWord = Type.Enum(['unknown', 'up', 'suspect', 'down', 'probation'])
const time = Type.Union([Type.Number(), Type.Null()])

/** One verdict; times in Unix milliseconds. */
export const RememberedSchema = Type.Object(
  {
    node: Type.String({ minLength: 1, maxLength: 63 }),
    family: Type.Enum([4, 6]),
    address: Type.String({ minLength: 2, maxLength: 45 }),
    verdict: VerdictWord,
    found: VerdictWord,
    sinceMs: Type.Number(),
    fellAtMs: time,
    roseAtMs: time,
    penalty: Type.Object({ points: Type.Number({ minimum: 0 }), atMs: Type.Number(), heldOut: Type.Boolean() }, closed),
    probes: Type.Array(
      Type.Object(
        { key: Type.String(), verdict: VerdictWord, streak: Type.Integer({ minimum: 0 }), required: Type.Boolean() },
        closed,
      ),
    ),
  },
  closed,
)

export type Remembered = Static<typeof RememberedSchema>

/** What of a state is worth keeping. */
export function remember(node: string, family: Family, address: string, state: FamilyState): Remembered {
  const { verdict, found, sinceMs, fellAtMs, roseAtMs, penalty, probes } = state
  return {
    node,
    family,
    address,
    verdict,
    found,
    sinceMs,
    fellAtMs,
    roseAtMs,
    penalty,
    probes: probes.map((counted) => ({
      key: counted.probe.key,
      required: counted.probe.required,
      verdict: counted.verdict,
      streak: counted.streak,
    })),
  }
}

/**
 * The state that was remembered, under the probes of today. A probe that is not what it was (by key) is taken as new; times that
 * lie ahead, because a clock went back, are now.
 */
export function recall(known: Remembered, probes: readonly Probe[], nowMs: number): FamilyState {
  const past = (ms: number | null): number | null => ms && Math.min(ms, nowMs)
  const asked = probes.filter(({ key, required }) =>
    known.probes.some((old) => old.key === key && old.required === required),
  )
  const states = beginState(asked, nowMs).probes.map((fresh) => {
    const old = known.probes.find(({ key }) => key === fresh.probe.key)
    return old === undefined ? fresh : { ...fresh, verdict: old.verdict, streak: old.streak }
  })
  const state: FamilyState = {
    verdict: known.verdict,
    found: known.found,
    sinceMs: Math.min(known.sinceMs, nowMs),
    fellAtMs: past(known.fellAtMs),
    roseAtMs: past(known.roseAtMs),
    penalty: { ...known.penalty, atMs: Math.min(known.penalty.atMs, nowMs) },
    probes: states,
  }
  return reconfigure(state, probes, nowMs)
}
