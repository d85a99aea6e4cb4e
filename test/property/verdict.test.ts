// What holds of the verdict along every path of observations. Has no clock: time is what the path says.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Probe } from '../../src/health/model.ts'
import type { Observation } from '../../src/health/observation.ts'
import { advance, beginState, isServing, type FamilyState } from '../../src/health/verdict.ts'
import { observation, tcpProbe } from '../unit/health/probes.ts'

const threshold = fc.integer({ min: 1, max: 6 })

interface Result {
  readonly probe: 'a' | 'b'
  readonly ok: boolean
}

/** Long stretches of one outcome as well as changes, of two probes in turn. */
const path = fc
  .array(fc.record({ probe: fc.constantFrom('a', 'b'), ok: fc.boolean(), times: fc.integer({ min: 1, max: 8 }) }), {
    maxLength: 30,
  })
  .map((stretches) => stretches.flatMap(({ times, probe, ok }) => Array<Result>(times).fill({ probe, ok })))

const pair = fc
  .record({ fall: threshold, rise: threshold })
  .chain((a) =>
    fc
      .record({ fall: threshold, rise: threshold })
      .map((b): [Probe, Probe] => [tcpProbe({ key: 'a', ...a }), tcpProbe({ key: 'b', ...b })]),
  )

/** The states after each result, in order, one second apart. */
function walk(state: FamilyState, results: readonly Result[], fromMs = 0): FamilyState[] {
  let now = state
  return results.map(({ probe, ok }, at) => {
    now = step(now, { probe, ok, startedMs: fromMs + at * 1_000 })
    return now
  })
}

function step(state: FamilyState, changes: Pick<Observation, 'probe' | 'ok' | 'startedMs'>): FamilyState {
  return advance(state, observation(changes.ok, changes), changes.startedMs)
}

/** How many results of this probe, back from the end, were like the last one. */
function run(results: readonly Result[], key: string, ok: boolean): number {
  const mine = results.filter(({ probe }) => probe === key)
  const other = mine.findLastIndex((result) => result.ok !== ok)
  return mine.length - 1 - other
}

describe('the verdict on a node', () => {
  it('leaves service only by way of suspect and after `fall` failures in a row of one probe', () => {
    fc.assert(
      fc.property(pair, path, (probes, results) => {
        const states = [beginState(probes, 0), ...walk(beginState(probes, 0), results)]
        results.forEach(({ probe }, at) => {
          const [before, after] = [states[at], states[at + 1]]
          if (!isServing(before.verdict) || isServing(after.verdict)) return
          const { fall } = probes[probe === 'a' ? 0 : 1]
          expect(run(results.slice(0, at + 1), probe, false)).toBeGreaterThanOrEqual(fall)
          expect(after.verdict).toBe('down')
          expect(fall === 1 || before.verdict === 'suspect').toBe(true)
        })
      }),
    )
  })

  it('comes back to service only when every probe that failed it has had `rise` successes in a row', () => {
    fc.assert(
      fc.property(pair, path, (probes, results) => {
        const states = [beginState(probes, 0), ...walk(beginState(probes, 0), results)]
        results.forEach((_, at) => {
          const [before, after] = [states[at].verdict, states[at + 1].verdict]
          if (before === 'unknown' || isServing(before) || !isServing(after)) return
          probes.forEach(({ key, rise }, index) => {
            expect(states[at + 1].probes[index].verdict).toBe('up')
            const downAt = states.findLastIndex((state, when) => when <= at && state.probes[index].verdict === 'down')
            const since = results.slice(downAt, at + 1).filter(({ probe }) => probe === key)
            expect(downAt === -1 || since.length >= rise).toBe(true)
            expect(downAt === -1 || since.slice(0, rise).every(({ ok }) => ok)).toBe(true)
          })
        })
      }),
    )
  })

  it('that is dead is down after at most `fall` failures, whatever it was before', () => {
    fc.assert(
      fc.property(pair, path, (probes, results) => {
        const before = walk(beginState(probes, 0), results).at(-1) ?? beginState(probes, 0)
        const dead = Array<Result>(probes[0].fall).fill({ probe: 'a', ok: false })
        expect(walk(before, dead, 1e9).at(-1)?.verdict).toBe('down')
      }),
    )
  })

  it('that is dead is down after at most `fall` failures in whatever order overlapping tries end', () => {
    fc.assert(
      fc.property(
        threshold,
        fc.uniqueArray(fc.integer({ min: 0, max: 2_000 }), { minLength: 7, maxLength: 30 }),
        (fall, starts) => {
          const diedMs = starts.toSorted((a, b) => a - b)[starts.length - 6]
          let state = step(beginState([tcpProbe({ fall })], 0), { probe: 'tcp', ok: true, startedMs: -1 })
          let failures = 0
          for (const startedMs of starts) {
            state = step(state, { probe: 'tcp', ok: startedMs < diedMs, startedMs })
            if (startedMs >= diedMs) failures += 1
          }
          expect(failures).toBe(6)
          expect(state.verdict).toBe('down')
        },
      ),
    )
  })

  it('that never fails `fall` times in a row stays in service for ever', () => {
    fc.assert(
      fc.property(pair, path, (probes, results) => {
        const streaks = { a: 0, b: 0 }
        const healthy = results.map(({ probe, ok }): Result => {
          const { fall } = probes[probe === 'a' ? 0 : 1]
          const passes = ok || streaks[probe] + 1 >= fall
          streaks[probe] = passes ? 0 : streaks[probe] + 1
          return { probe, ok: passes }
        })
        const up = walk(beginState(probes, 0), [
          { probe: 'a', ok: true },
          { probe: 'b', ok: true },
        ])[1]
        expect(walk(up, healthy, 10_000).every(({ verdict }) => isServing(verdict))).toBe(true)
      }),
    )
  })

  it('that is healthy again is up after at most the greater `rise` of successes of each probe', () => {
    fc.assert(
      fc.property(pair, path, (probes, results) => {
        const before = walk(beginState(probes, 0), results).at(-1) ?? beginState(probes, 0)
        const rounds = Math.max(probes[0].rise, probes[1].rise)
        const well = Array.from({ length: rounds }, (): Result[] => [
          { probe: 'a', ok: true },
          { probe: 'b', ok: true },
        ]).flat()
        expect(walk(before, well, 1e9).at(-1)?.verdict).toBe('up')
      }),
    )
  })

  it('is decided by the first result of each probe', () => {
    fc.assert(
      fc.property(pair, fc.boolean(), fc.boolean(), (probes, a, b) => {
        const results: Result[] = [
          { probe: 'a', ok: a },
          { probe: 'b', ok: b },
        ]
        expect(walk(beginState(probes, 0), results)[1].verdict).toBe(a && b ? 'up' : 'down')
      }),
    )
  })
})
