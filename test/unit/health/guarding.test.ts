// Guards in the monitor: who is kept, what the log and the tables say of it, and what happens when it is over. Opens no socket.
import { describe, expect, it } from 'vitest'
import { createWords, isAvailable, Override } from '../../../src/fleet/availability.ts'
import type { Confirm, ProbedNode } from '../../../src/health/messages.ts'
import type { HealthSettings } from '../../../src/health/model.ts'
import { Monitor } from '../../../src/health/monitor.ts'
import type { Observation } from '../../../src/health/observation.ts'
import type { MonitorTarget } from '../../../src/health/watched.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { health, observation, target } from './probes.ts'

const reference = { key: 'tcp://198.51.100.1:443', family: 4, address: '198.51.100.1', port: 443 } as const

/** Four nodes of two sites of one region, and what a test changes. */
function setUp(changes: Partial<HealthSettings> = {}, nodes: readonly Partial<MonitorTarget>[] = fourNodes) {
  const words = createWords(nodes.length)
  const lines: Record<string, unknown>[] = []
  const confirms: Confirm[] = []
  const told: (readonly ProbedNode[])[] = []
  const clock = { ms: 1_000_000 }
  const monitor = new Monitor({
    words,
    now: () => clock.ms,
    onFlip: () => {},
    log: createLogger({ level: 'debug', destination: { write: (line) => lines.push(JSON.parse(line)) } }),
    startProber: () => ({
      setNodes: (list) => void told.push(list),
      confirm: (asked) => void confirms.push(...asked),
      heard: () => {},
      stop: () => Promise.resolve(),
    }),
  })
  const targets = nodes.map((node, slot) => target({ slot, v4: `192.0.2.${slot + 1}`, ...node }))
  monitor.update(targets, { health: { ...health, ...changes }, steadyTtlMs: 30_000 })
  const see = (name: string, ok: boolean, more: Partial<Observation> = {}): void => {
    const address = targets.find((one) => one.name === name)?.v4 ?? ''
    monitor.observe([observation(ok, { node: name, address, startedMs: clock.ms, ...more })])
  }
  const names = targets.map(({ name }) => name)
  /** One round of results, each a little later than the one before. */
  const round = (ok: boolean, whose: readonly string[] = names, more: Partial<Observation> = {}): void => {
    for (const name of whose) {
      clock.ms += 50
      see(name, ok, more)
    }
  }
  const refer = (ok: boolean): void => {
    clock.ms += 150
    const at = { node: `reference:${reference.key}`, address: reference.address, probe: 'reference' }
    monitor.observe([observation(ok, { ...at, startedMs: clock.ms })])
  }
  const serving = () => names.filter((_, slot) => isAvailable(words, slot, 4, 0))
  const events = (...wanted: string[]) =>
    lines
      .filter(({ event }) => wanted.includes(String(event)))
      .map(({ event, guard, node }) => [event, guard, node].join(' ').trim())
  round(true)
  return { monitor, words, lines, confirms, told, clock, see, round, refer, serving, events, names }
}

const fourNodes: readonly Partial<MonitorTarget>[] = [
  { name: 'hkg-1', site: 'hkg' },
  { name: 'hkg-2', site: 'hkg' },
  { name: 'sin-1', site: 'sin' },
  { name: 'sin-2', site: 'sin' },
]

describe('self-suspicion', () => {
  const references = [reference]

  it('has the references probed like nodes, first of all', () => {
    const { told } = setUp({ references })
    expect(told[0][0]).toMatchObject({ name: 'reference:tcp://198.51.100.1:443', v4: '198.51.100.1', v6: null })
    expect(told[0][0].probes).toMatchObject([{ type: 'tcp', port: 443 }])
  })

  it('asks the references at once when a node becomes suspect, before the node itself, and not for every node', () => {
    const { confirms, round, clock } = setUp({ references })
    round(false, ['hkg-1', 'hkg-2'])
    expect(confirms.map(({ node, tries }) => `${node} ${tries}`)).toEqual([
      'reference:tcp://198.51.100.1:443 1',
      'hkg-1 2',
      'hkg-2 2',
    ])
    clock.ms += 1_000
    round(false, ['sin-1'])
    expect(confirms.filter(({ node }) => node.startsWith('reference')).length).toBe(2)
  })

  it('keeps everybody while references and most nodes fail', () => {
    const { refer, round, serving, names, monitor, events } = setUp({ references })
    refer(false)
    for (let n = 0; n < 6; n++) round(false)
    expect(serving()).toEqual(names)
    expect(monitor.states().map(({ v4 }) => `${v4?.verdict} ${v4?.kept}`)).toEqual(
      names.map(() => 'suspect self_suspicion'),
    )
    expect(monitor.guards()).toMatchObject({
      acting: [{ guard: 'self_suspicion', scope: { family: 4 } }],
      prevented: { self_suspicion: 4 },
    })
    expect(events('guard.acts', 'health.verdict').filter((line) => line.startsWith('guard'))).toEqual([
      'guard.acts self_suspicion',
    ])
  })

  it('forgives when the references answer again: nobody falls by a try from before', () => {
    const { refer, round, serving, names, monitor, clock, events } = setUp({ references })
    refer(false)
    for (let n = 0; n < 6; n++) round(false)
    const lateMs = clock.ms
    refer(true)
    round(false, ['hkg-1'], { startedMs: lateMs })
    monitor.tick()
    expect(monitor.guards().acting).toEqual([])
    expect(events('guard.rests')).toEqual(['guard.rests self_suspicion'])
    for (let n = 0; n < 6; n++) round(false, names, { startedMs: lateMs })
    expect(serving()).toEqual(names)
    expect(monitor.states().map(({ v4 }) => v4?.verdict)).toEqual(names.map(() => 'up'))
  })

  it('lets fall who goes on failing after it', () => {
    const { refer, round, serving, monitor } = setUp({ references })
    refer(false)
    for (let n = 0; n < 3; n++) round(false)
    refer(true)
    monitor.tick()
    for (let n = 0; n < 3; n++) round(false, ['hkg-1'])
    expect(serving()).toEqual(['hkg-2', 'sin-1', 'sin-2'])
  })

  it('is not there when references fail alone, nor when a few nodes do', () => {
    const { refer, round, serving } = setUp({ references })
    refer(false)
    for (let n = 0; n < 3; n++) {
      round(false, ['hkg-1'])
      round(true, ['hkg-2', 'sin-1', 'sin-2'])
    }
    expect(serving()).toEqual(['hkg-2', 'sin-1', 'sin-2'])
  })

  it('waits for others to be tried when the references are gone for good, and then lets fall who fails', () => {
    const { refer, round, serving, names, monitor } = setUp({ references })
    refer(false)
    for (let n = 0; n < 4; n++) round(false, ['hkg-1'])
    expect(serving()).toEqual(names)
    round(true, ['hkg-2', 'sin-1', 'sin-2'])
    monitor.tick()
    for (let n = 0; n < 3; n++) round(false, ['hkg-1'])
    expect(serving()).toEqual(['hkg-2', 'sin-1', 'sin-2'])
  })

  it('is not there when nodes fail alone, nor without references', () => {
    for (const settings of [{ references }, {}]) {
      const { refer, round, serving } = setUp(settings)
      refer(true)
      for (let n = 0; n < 3; n++) round(false)
      expect(serving()).toEqual([])
    }
  })
})

describe('the removal budget', () => {
  const removalBudget = { share: 0.4, perMs: 60_000 }
  const fail = (whose: readonly string[], round: (ok: boolean, whose: readonly string[]) => void): void => {
    for (let n = 0; n < 3; n++) round(false, whose)
  }

  it('lets one whole site go and keeps who fails beside it', () => {
    const { round, serving, monitor, events } = setUp({ removalBudget })
    fail(['hkg-1', 'hkg-2'], round)
    expect(serving()).toEqual(['sin-1', 'sin-2'])
    expect(monitor.guards().acting).toEqual([])
    fail(['sin-1', 'sin-2'], round)
    expect(serving()).toEqual(['sin-1', 'sin-2'])
    expect(monitor.states().map(({ v4 }) => v4?.kept)).toEqual([null, null, 'removal_budget', 'removal_budget'])
    expect(events('guard.acts', 'guard.kept')).toEqual([
      'guard.acts removal_budget',
      'guard.kept removal_budget sin-1',
      'guard.kept removal_budget sin-2',
    ])
  })

  it('lets them go when its time is over', () => {
    const { round, serving, monitor, clock, events } = setUp({ removalBudget })
    fail(['hkg-1', 'hkg-2', 'sin-1'], round)
    expect(serving()).toEqual(['sin-1', 'sin-2'])
    clock.ms += 60_000
    round(false, ['sin-1'])
    expect(serving()).toEqual(['sin-2'])
    monitor.tick()
    expect(events('guard.rests')).toEqual(['guard.rests removal_budget'])
  })

  it('ends with a success of who was kept, at once', () => {
    const { round, monitor, serving } = setUp({ removalBudget })
    fail(['hkg-1', 'hkg-2', 'sin-1'], round)
    round(true, ['sin-1'])
    expect(monitor.states()[2].v4).toMatchObject({ verdict: 'up', kept: null })
    expect(serving()).toEqual(['sin-1', 'sin-2'])
  })

  it('does not count whom an operator took out, and never keeps whom an operator decides about', () => {
    const { round, words, serving, monitor } = setUp({ removalBudget })
    for (const slot of [0, 1]) words[slot * 2 + 1] = Override.drain | (255 << 8)
    fail(['hkg-1', 'hkg-2'], round)
    fail(['sin-1', 'sin-2'], round)
    expect(serving()).toEqual([])
    expect(monitor.guards().prevented.removal_budget).toBe(0)
  })

  it('weighs edges and origins, and families, apart', () => {
    const nodes = [...fourNodes, { name: 'origin', site: 'sin', role: 'origin' } as const]
    const { round, serving } = setUp({ removalBudget }, nodes)
    fail(['hkg-1', 'hkg-2', 'origin'], round)
    expect(serving()).toEqual(['sin-1', 'sin-2'])
  })
})

describe('a stream', () => {
  const stream = '/live/probe.m3u8'
  const stale = { reason: 'stale', stream, reached: 40 } as const

  it('that stands still everywhere removes nobody', () => {
    const { round, serving, names, monitor, events } = setUp()
    round(true, names, { stream, reached: 40 })
    for (let n = 0; n < 5; n++) round(false, names, stale)
    expect(serving()).toEqual(names)
    expect(monitor.guards().acting).toMatchObject([{ guard: 'origin', scope: { stream } }])
    expect(events('guard.acts')).toEqual(['guard.acts origin'])
    round(true, names, { stream, reached: 41 })
    monitor.tick()
    expect(monitor.guards().acting).toEqual([])
  })

  it('that goes on elsewhere removes the node where it stands still', () => {
    const { round, serving } = setUp()
    round(true, ['hkg-2', 'sin-1', 'sin-2'], { stream, reached: 41 })
    for (let n = 0; n < 3; n++) round(false, ['hkg-1'], stale)
    expect(serving()).toEqual(['hkg-2', 'sin-1', 'sin-2'])
  })

  it('that stands still is no excuse for other failures, nor for who serves it alone', () => {
    const { round, serving, names } = setUp()
    round(true, names, { stream, reached: 40 })
    for (let n = 0; n < 3; n++) round(false, ['hkg-1'])
    expect(serving()).toEqual(['hkg-2', 'sin-1', 'sin-2'])
    for (let n = 0; n < 3; n++) round(false, ['hkg-2'], { ...stale, stream: '/other.m3u8' })
    expect(serving()).toEqual(['sin-1', 'sin-2'])
  })

  it('position that is old news says nothing of who is ahead', () => {
    const { round, serving, clock, names } = setUp()
    round(true, names, { stream, reached: 90 })
    clock.ms += 60_000
    round(true, names, { stream, reached: 40 })
    for (let n = 0; n < 3; n++) round(false, names, stale)
    expect(serving()).toEqual(names)
  })
})

describe('a site', () => {
  it('of which no node is left is told, and when it is back', () => {
    const { round, monitor, events, clock, serving } = setUp()
    for (let n = 0; n < 3; n++) round(false, ['hkg-1', 'hkg-2'])
    monitor.tick()
    expect(monitor.guards().acting).toMatchObject([{ guard: 'spill', scope: { site: 'hkg', role: 'edge', family: 4 } }])
    clock.ms += 5_000
    for (let n = 0; n < 2; n++) round(true, ['hkg-1'])
    monitor.tick()
    expect(serving()).toEqual(['hkg-1', 'sin-1', 'sin-2'])
    expect(events('guard.acts', 'guard.rests')).toEqual(['guard.acts spill', 'guard.rests spill'])
  })

  it('is not empty while nothing is known of it, and is when an operator took it out', () => {
    const nodes = [{ name: 'fra-1', site: 'fra' }]
    const { monitor, words } = setUp({}, nodes)
    const fresh = setUp()
    fresh.monitor.update([target({ slot: 0, name: 'new', site: 'lhr' })], { health, steadyTtlMs: 0 })
    fresh.monitor.tick()
    expect(fresh.monitor.guards().acting).toEqual([])
    words[1] = Override.down
    monitor.tick()
    expect(monitor.guards().acting).toMatchObject([{ guard: 'spill', scope: { site: 'fra' } }])
  })
})

describe('a node that came back', () => {
  const slowStartMs = 100_000

  it('is handed out to a growing share of blocks, which the log ends', () => {
    const { round, monitor, words, clock, lines } = setUp({ slowStartMs })
    for (let n = 0; n < 3; n++) round(false, ['hkg-1'])
    for (let n = 0; n < 2; n++) round(true, ['hkg-1'])
    const shares = [0, 50_000, 99_000, 1_000].map((afterMs) => {
      clock.ms += afterMs
      monitor.tick()
      return [(words[0] >> 8) & 255, monitor.states()[0].v4?.share]
    })
    expect(shares).toEqual([
      [25, 0.1],
      [140, 0.55],
      [255, 1],
      [255, 1],
    ])
    expect(lines.filter(({ event }) => event === 'health.slow_start_over')).toMatchObject([
      { node: 'hkg-1', family: 4 },
    ])
  })

  it('too often is held out although it passes, until the time the log said', () => {
    const { round, monitor, clock, serving, lines } = setUp()
    const flap = (): void => {
      for (let n = 0; n < 3; n++) round(false, ['hkg-1'])
      for (let n = 0; n < 2; n++) round(true, ['hkg-1'])
    }
    for (let n = 0; n < 3; n++) flap()
    expect(serving()).not.toContain('hkg-1')
    const { verdict, heldOutUntil } = monitor.states()[0].v4 ?? {}
    expect(verdict).toBe('probation')
    const told = lines.filter(({ event }) => event === 'health.held_out')
    expect(told).toMatchObject([{ level: 'warn', node: 'hkg-1', until: new Date(heldOutUntil ?? 0).toISOString() }])
    clock.ms = (heldOutUntil ?? 0) + 1
    round(true, ['hkg-1'])
    expect(serving()).toContain('hkg-1')
    expect(monitor.states()[0].v4?.heldOutUntil).toBeNull()
  })
})
