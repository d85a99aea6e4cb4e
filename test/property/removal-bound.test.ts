// The whole path from schedule to verdict in simulated time: a node that dies is down within the bound, a healthy one never.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Probe } from '../../src/health/model.ts'
import { Schedule } from '../../src/health/schedule.ts'
import {
  advance,
  beginState,
  confirmTries,
  isServing,
  removalBoundMs,
  type FamilyState,
} from '../../src/health/verdict.ts'
import { observation, tcpProbe } from '../unit/health/probes.ts'

/** What messages between the threads take, there and back. */
const carriedMs = 10

interface Simulation {
  readonly probe: Probe
  /** How long a try takes while the node lives. */
  readonly answersAfterMs: (try_: number) => number
  /** When it dies; what the death is like: nothing answers, or every try is refused at once. */
  readonly diesMs: number
  readonly death: 'silent' | 'refuses'
  readonly untilMs: number
  readonly random: () => number
}

/** Runs probes by the real schedule and machine; the states with the times at which they came about. */
function simulate({ probe, answersAfterMs, diesMs, death, untilMs, random }: Simulation) {
  const schedule = new Schedule<string>(random)
  schedule.replace([{ key: 'k', intervalMs: probe.intervalMs, hurryMs: probe.confirmMs, value: 'k' }], 0)
  const arriving: { atMs: number; startedMs: number; ok: boolean }[] = []
  const asking: { atMs: number; tries: number }[] = []
  const states: { atMs: number; state: FamilyState }[] = []
  let state = beginState([probe], 0)
  let tries = 0
  for (;;) {
    arriving.sort((a, b) => a.atMs - b.atMs)
    const nowMs = Math.min(schedule.nextMs(), arriving[0]?.atMs ?? Infinity, asking[0]?.atMs ?? Infinity)
    if (nowMs > untilMs) return states
    if (asking[0]?.atMs === nowMs) schedule.hurry('k', asking.shift()?.tries ?? 0, nowMs)
    else if (arriving[0]?.atMs === nowMs) {
      const { ok = false, startedMs = 0 } = arriving.shift() ?? {}
      const before = state
      state = advance(state, observation(ok, { startedMs }), nowMs)
      states.push({ atMs: nowMs, state })
      const wanted = confirmTries(before, state, probe.key)
      if (wanted !== null) asking.push({ atMs: nowMs, tries: wanted })
    } else if (schedule.take(nowMs) !== null) {
      const takesMs = answersAfterMs((tries += 1))
      const ok = nowMs + takesMs < diesMs
      const failsMs = death === 'silent' ? probe.timeoutMs : Math.max(0, diesMs - nowMs)
      arriving.push({ atMs: nowMs + (ok ? takesMs : failsMs) + carriedMs, startedMs: nowMs, ok })
    }
  }
}

const probes = fc
  .record({
    intervalMs: fc.integer({ min: 200, max: 10_000 }),
    part: fc.double({ min: 0.05, max: 1, noNaN: true }),
    confirmMs: fc.integer({ min: 10, max: 500 }),
    fall: fc.integer({ min: 1, max: 6 }),
    rise: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ intervalMs, part, confirmMs, fall, rise }) =>
    tcpProbe({ intervalMs, timeoutMs: Math.max(10, Math.floor(intervalMs * part)), confirmMs, fall, rise }),
  )

function seeded(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const world = fc.record({
  probe: probes,
  seed: fc.nat(),
  lives: fc.double({ min: 0, max: 1, noNaN: true }),
  slow: fc.double({ min: 0, max: 0.99, noNaN: true }),
  death: fc.constantFrom('silent', 'refuses') satisfies fc.Arbitrary<Simulation['death']>,
})

describe('a node that dies', () => {
  it('is down within the stated bound, whenever it dies and however', () => {
    fc.assert(
      fc.property(world, ({ probe, seed, lives, slow, death }) => {
        const random = seeded(seed)
        const diesMs = 3_000 + lives * 10 * probe.intervalMs
        const answersAfterMs = () => slow * probe.timeoutMs * random()
        const untilMs = diesMs + 3 * (probe.intervalMs + probe.timeoutMs) + probe.fall * probe.confirmMs
        const states = simulate({ probe, answersAfterMs, diesMs, death, untilMs, random })
        const down = states.find(({ atMs, state }) => atMs >= diesMs && !isServing(state.verdict))
        expect(down).toBeDefined()
        // Quick tries are asked for when the first failure has been carried over, and the last result is carried as well.
        expect(down?.atMs).toBeLessThanOrEqual(diesMs + removalBoundMs(probe) + 2 * carriedMs)
      }),
    )
  })

  it('has a bound that is the one documented: 1.2 × interval + 2 × timeout + confirm × (fall − 2)', () => {
    const probe = tcpProbe({ intervalMs: 1_000, timeoutMs: 500, confirmMs: 150, fall: 3 })
    expect(removalBoundMs(probe)).toBe(1_200 + 1_000 + 150)
    expect(removalBoundMs({ ...probe, fall: 1 })).toBe(1_200 + 500)
  })
})

describe('a healthy node', () => {
  it('is never removed, nor suspect, however slowly it answers within the timeout', () => {
    fc.assert(
      fc.property(world, ({ probe, seed, slow, death }) => {
        const random = seeded(seed)
        const answersAfterMs = () => slow * (probe.timeoutMs - 1) * random()
        const simulation = { probe, answersAfterMs, diesMs: Infinity, death, untilMs: 30 * probe.intervalMs, random }
        expect(simulate(simulation).every(({ state }) => state.verdict === 'up')).toBe(true)
      }),
    )
  })
})
