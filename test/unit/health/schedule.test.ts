// The schedule in simulated time: evenness, phases, quick tries, stalls.
import { describe, expect, it } from 'vitest'
import { Schedule, type Item } from '../../../src/health/schedule.ts'

const unjittered = (): number => 0.5

function item(key: string, intervalMs = 1_000): Item<string> {
  return { key, intervalMs, hurryMs: 100, value: key }
}

/** Every run between two times, with the time it was due. */
function runs(schedule: Schedule<string>, toMs: number): { value: string; dueMs: number }[] {
  const found = []
  for (;;) {
    const nextMs = schedule.nextMs()
    if (nextMs > toMs) return found
    const run = schedule.take(nextMs)
    if (run !== null) found.push(run)
  }
}

/** A seeded generator of numbers over 0-1. */
function seeded(): () => number {
  let state = 1
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}

describe('many items', () => {
  it('run without bursts: never twice the mean in any 100 ms, the first round included', () => {
    const schedule = new Schedule<string>(seeded())
    const items = Array.from({ length: 10_000 }, (_, at) => item(`${at}`, at % 3 === 0 ? 5_000 : 2_000))
    schedule.replace(items, 0)
    const buckets = new Uint32Array(200)
    for (const { dueMs } of runs(schedule, 20_000 - 1)) buckets[Math.floor(dueMs / 100)] += 1
    const settled = buckets.slice(60)
    const mean = settled.reduce((a, b) => a + b) / settled.length
    expect(Math.max(...settled)).toBeLessThan(2 * mean)
    expect(Math.max(...buckets.slice(0, 10))).toBeLessThan(2 * (10_000 / 10))
  })

  it('each run once an interval, at most a tenth of it early or late', () => {
    const schedule = new Schedule<string>(seeded())
    schedule.replace(
      Array.from({ length: 50 }, (_, at) => item(`${at}`)),
      0,
    )
    const byItem = Map.groupBy(runs(schedule, 60_000), ({ value }) => value)
    for (const times of byItem.values()) {
      const gaps = times.slice(1).map(({ dueMs }, at) => dueMs - times[at].dueMs)
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(800)
      expect(Math.max(...gaps)).toBeLessThanOrEqual(1_200)
      expect(Math.abs(times.length - 60)).toBeLessThanOrEqual(1)
    }
    expect(byItem.size).toBe(50)
  })

  it('all run within the first second, however long their intervals', () => {
    const schedule = new Schedule<string>(unjittered)
    schedule.replace([item('a', 3_600_000), item('b', 10_000), item('c', 1_000), item('d', 200)], 0)
    const first = new Set(runs(schedule, 1_000).map(({ value }) => value))
    expect(first).toEqual(new Set(['a', 'b', 'c', 'd']))
  })
})

describe('a reload', () => {
  it('leaves the phase of what it keeps alone', () => {
    const [untouched, reloaded] = [new Schedule<string>(unjittered), new Schedule<string>(unjittered)]
    for (const schedule of [untouched, reloaded]) schedule.replace([item('a'), item('b')], 0)
    runs(untouched, 2_500)
    runs(reloaded, 2_500)
    reloaded.replace([item('c'), item('b'), { ...item('a'), value: 'a anew' }], 2_500)
    const times = (schedule: Schedule<string>, values: readonly string[]) =>
      runs(schedule, 6_000).flatMap(({ value, dueMs }) => (values.includes(value) ? [dueMs] : []))
    expect(times(reloaded, ['a anew', 'b'])).toEqual(times(untouched, ['a', 'b']))
  })

  it('stops what it leaves out, quick tries included', () => {
    const schedule = new Schedule<string>(unjittered)
    schedule.replace([item('a'), item('b')], 0)
    schedule.hurry('a', 3, 0)
    schedule.replace([item('b')], 0)
    expect(new Set(runs(schedule, 5_000).map(({ value }) => value))).toEqual(new Set(['b']))
    schedule.replace([], 5_000)
    expect([schedule.nextMs(), schedule.take(1e9), schedule.has('b')]).toEqual([Infinity, null, false])
  })

  it('takes up a new interval', () => {
    const schedule = new Schedule<string>(unjittered)
    schedule.replace([item('a', 10_000)], 0)
    schedule.replace([item('a', 100)], 0)
    expect(runs(schedule, 10_000)).toHaveLength(100)
  })
})

describe('quick tries', () => {
  const quick = (schedule: Schedule<string>, toMs: number) => runs(schedule, toMs).map(({ dueMs }) => dueMs)

  function lone(): Schedule<string> {
    const schedule = new Schedule<string>(unjittered)
    schedule.replace([item('a', 1_000_000)], 0)
    runs(schedule, 1_000)
    return schedule
  }

  it('start at once and follow at their distance', () => {
    const schedule = lone()
    schedule.hurry('a', 3, 5_000)
    expect(quick(schedule, 9_000)).toEqual([5_000, 5_100, 5_200])
  })

  it('are called off by asking for none', () => {
    const schedule = lone()
    schedule.hurry('a', 3, 5_000)
    expect(quick(schedule, 5_000)).toEqual([5_000])
    schedule.hurry('a', 0, 5_010)
    expect(quick(schedule, 9_000)).toEqual([])
  })

  it('are asked for anew, never faster than their distance', () => {
    const schedule = lone()
    schedule.hurry('a', 3, 5_000)
    expect(quick(schedule, 5_000)).toEqual([5_000])
    schedule.hurry('a', 0, 5_010)
    schedule.hurry('a', 2, 5_020)
    schedule.hurry('a', 2, 5_030)
    expect(quick(schedule, 9_000)).toEqual([5_100, 5_200])
  })

  it('of something unknown are none', () => {
    const schedule = lone()
    schedule.hurry('b', 3, 5_000)
    expect(quick(schedule, 9_000)).toEqual([])
  })
})

describe('after a stall', () => {
  it('each item runs once and is back on its lattice', () => {
    const schedule = new Schedule<string>(unjittered)
    schedule.replace([item('a'), item('b'), item('c')], 0)
    const lattice = new Map(runs(schedule, 1_000).map(({ value, dueMs }) => [value, dueMs]))
    const late = []
    for (let run = schedule.take(60_000); run !== null; run = schedule.take(60_000)) late.push(run.value)
    expect(late.toSorted()).toEqual(['a', 'b', 'c'])
    const after = runs(schedule, 61_600)
    expect(after.map(({ value }) => value).toSorted()).toEqual(['a', 'b', 'c'])
    for (const { value, dueMs } of after) expect((dueMs - (lattice.get(value) ?? 0)) % 1_000).toBeCloseTo(0, 5)
  })
})
