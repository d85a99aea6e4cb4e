// The verdict's edges one by one; test/property has what holds along every path.
import { describe, expect, it } from 'vitest'
import { advance, beginState, confirmTries, isDecided, reconfigure } from '../../../src/health/verdict.ts'
import type { FamilyState } from '../../../src/health/verdict.ts'
import { observation, tcpProbe } from './probes.ts'

const one = [tcpProbe()]
const two = [tcpProbe({ key: 'a' }), tcpProbe({ key: 'b' })]

/** Feeds `+` and `-` as successes and failures of one probe, a second apart. */
function feed(state: FamilyState, results: string, probe = 'tcp', fromMs = 0): FamilyState {
  return results.split('').reduce((now, result, at) => {
    const timeMs = fromMs + at * 1_000
    return advance(now, observation(result === '+', { probe, startedMs: timeMs }), timeMs)
  }, state)
}

describe('a node with one probe', () => {
  it.each([
    ['', 'unknown'],
    ['+', 'up'],
    ['-', 'down'],
    ['+-', 'suspect'],
    ['+--', 'suspect'],
    ['+---', 'down'],
    ['+--+', 'up'],
    ['+--+--', 'suspect'],
    ['+---+', 'probation'],
    ['+---+-', 'down'],
    ['+---+-+', 'probation'],
    ['+---++', 'up'],
    ['-+', 'probation'],
    ['-++', 'up'],
  ])('after "%s" is %s', (results, verdict) => {
    expect(feed(beginState(one, 0), results).verdict).toBe(verdict)
  })

  it('goes at the first failure where fall is 1, and returns at the first success where rise is 1', () => {
    const quick = beginState([tcpProbe({ fall: 1, rise: 1 })], 0)
    expect(feed(quick, '+-').verdict).toBe('down')
    expect(feed(quick, '+-+').verdict).toBe('up')
  })

  it('keeps when its verdict began and when it fell', () => {
    expect(feed(beginState(one, 0), '+---')).toMatchObject({ sinceMs: 3_000, fellAtMs: 3_000 })
    expect(feed(beginState(one, 0), '+---+++')).toMatchObject({ sinceMs: 5_000, fellAtMs: 3_000 })
    expect(feed(beginState(one, 0), '-')).toMatchObject({ sinceMs: 0, fellAtMs: null })
  })
})

describe('an observation', () => {
  it('of a probe nobody set changes nothing', () => {
    const state = feed(beginState(one, 0), '+')
    expect(advance(state, observation(false, { probe: 'other', startedMs: 9 }), 9)).toBe(state)
  })

  it('that failed for want of our own means changes nothing', () => {
    const state = feed(beginState(one, 0), '+')
    expect(advance(state, observation(false, { reason: 'local', startedMs: 9 }), 9)).toBe(state)
  })

  it('of success begun before a failure that overtook it is old news', () => {
    const failing = advance(feed(beginState(one, 0), '+'), observation(false, { startedMs: 500 }), 510)
    expect(advance(failing, observation(true, { startedMs: 400 }), 520)).toBe(failing)
    expect(advance(failing, observation(true, { startedMs: 600 }), 610).verdict).toBe('up')
  })

  it('of failure begun before a success that overtook it is old news', () => {
    const state = advance(feed(beginState(one, 0), '+'), observation(true, { startedMs: 500 }), 510)
    expect(advance(state, observation(false, { startedMs: 400 }), 900)).toBe(state)
  })

  it('of failure counts in whatever order overlapping tries end', () => {
    const late = [300, 100, 200].reduce(
      (state, startedMs) => advance(state, observation(false, { startedMs }), 1_000),
      advance(beginState(one, 0), observation(true, { startedMs: 0 }), 0),
    )
    expect(late.verdict).toBe('down')
  })
})

describe('a node with several probes', () => {
  it('is unknown until each has a result, unless one already failed', () => {
    expect(feed(beginState(two, 0), '+', 'a').verdict).toBe('unknown')
    expect(feed(beginState(two, 0), '-', 'a').verdict).toBe('down')
    expect(feed(feed(beginState(two, 0), '+', 'a'), '+', 'b').verdict).toBe('up')
  })

  it('goes when one goes', () => {
    const up = feed(feed(beginState(two, 0), '+', 'a'), '+', 'b')
    expect(feed(up, '---', 'b', 5_000).verdict).toBe('down')
  })

  it('counts each by itself: failures in turn are not failures in a row', () => {
    const up = feed(feed(beginState(two, 0), '+', 'a'), '+', 'b')
    const inTurn = feed(feed(feed(up, '--', 'a', 5_000), '--', 'b', 5_000), '+', 'a', 8_000)
    expect(inTurn.verdict).toBe('suspect')
  })

  it('is back only when all are, not while one is suspect', () => {
    const down = feed(feed(feed(beginState(two, 0), '+', 'b'), '-', 'a'), '+', 'b', 1_000)
    const returning = feed(feed(down, '-', 'b', 2_000), '++', 'a', 2_000)
    expect(returning.verdict).toBe('probation')
    expect(feed(returning, '+', 'b', 5_000).verdict).toBe('up')
  })

  it('ignores those that are not required', () => {
    const probes = [tcpProbe({ key: 'a' }), tcpProbe({ key: 'b', required: false })]
    const state = feed(feed(beginState(probes, 0), '+', 'a'), '-----', 'b')
    expect(state.verdict).toBe('up')
    expect(state.probes[1].verdict).toBe('down')
  })

  it('is up from the start when none is required', () => {
    expect(beginState([], 0).verdict).toBe('up')
    expect(beginState([tcpProbe({ required: false })], 0)).toMatchObject({ verdict: 'up' })
    expect(isDecided(beginState([tcpProbe({ required: false })], 0))).toBe(true)
  })
})

describe('a reload', () => {
  it('keeps the counts of probes that stay, under their new thresholds', () => {
    const suspect = feed(beginState(one, 0), '+-')
    const stricter = reconfigure(suspect, [tcpProbe({ fall: 2 })], 2_000)
    expect(stricter.verdict).toBe('suspect')
    expect(feed(stricter, '-', 'tcp', 3_000).verdict).toBe('down')
  })

  it.each([
    ['new', [tcpProbe(), tcpProbe({ key: 'b' })]],
    ['newly required', [tcpProbe(), tcpProbe({ key: 'b', required: true })]],
  ])('that adds a %s probe to a serving node removes it only after fall failures', (what, probes) => {
    const first = what === 'new' ? one : [tcpProbe(), tcpProbe({ key: 'b', required: false })]
    const up = feed(feed(beginState(first, 0), '+'), '-----', 'b')
    const reloaded = reconfigure(up, probes, 6_000)
    expect(reloaded.verdict).toBe('up')
    expect(feed(reloaded, '--', 'b', 7_000).verdict).toBe('suspect')
    expect(feed(reloaded, '---', 'b', 7_000).verdict).toBe('down')
  })

  it('that adds a probe to a node that is down waits for its first result', () => {
    const down = reconfigure(feed(beginState(one, 0), '-'), [tcpProbe({ key: 'b' })], 1_000)
    expect(down.verdict).toBe('down')
    expect(feed(down, '+', 'b', 2_000).verdict).toBe('up')
  })

  it('that takes away the failing probe brings the node back', () => {
    const down = feed(feed(beginState(two, 0), '+', 'a'), '-', 'b')
    expect(reconfigure(down, [two[0]], 5_000).verdict).toBe('up')
  })

  it('that takes away every probe leaves nothing in motion', () => {
    expect(reconfigure(feed(beginState(one, 0), '+---'), [], 4_000)).toMatchObject({ verdict: 'up', fellAtMs: null })
  })
})

describe('confirmation', () => {
  const tries = (from: string, result: string, probe = tcpProbe({ fall: 5 })) => {
    const before = feed(beginState([probe], 0), from)
    return confirmTries(before, feed(before, result, 'tcp', 10_000), 'tcp')
  }

  it('asks for what fall still lacks, once, when a node becomes suspect', () => {
    expect([tries('+', '-'), tries('+-', '-'), tries('', '-'), tries('-', '-')]).toEqual([4, null, null, null])
  })

  it('is called off when the suspect is cleared', () => {
    expect([tries('+-', '+'), tries('+', '+'), tries('+-----', '+')]).toEqual([0, null, null])
  })

  it('is not asked for a probe that decides nothing, nor where one failure is enough', () => {
    expect(tries('+', '-', tcpProbe({ required: false }))).toBeNull()
    expect(tries('+', '-', tcpProbe({ fall: 1 }))).toBeNull()
  })
})
