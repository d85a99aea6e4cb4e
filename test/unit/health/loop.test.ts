// The probe loop with probes that answer when the test says so. Opens no socket.
import { expect, it } from 'vitest'
import { ProbeLoop } from '../../../src/health/loop.ts'
import type { ProbeMemory } from '../../../src/health/memory.ts'
import type { ProbedNode } from '../../../src/health/messages.ts'
import type { Observation, ProbeTarget } from '../../../src/health/observation.ts'
import { observation, tcpProbe } from './probes.ts'

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function start() {
  const started: ProbeTarget[] = []
  const answers: (() => void)[] = []
  const observed: Observation[] = []
  const memories: ProbeMemory[] = []
  const loop = new ProbeLoop({
    run: (target, memory) => {
      started.push(target)
      memories.push(memory)
      const seen = observation(true, { ...target, probe: target.probe.key })
      return new Promise((resolve) => {
        answers.push(() => resolve(seen))
      })
    },
    observed: (seen) => void observed.push(seen),
    random: () => 0.5,
  })
  return { loop, started, answers, observed, memories }
}

function node(name: string, changes: Partial<ProbedNode> = {}): ProbedNode {
  return { name, v4: '192.0.2.1', v6: null, probes: [tcpProbe()], ...changes }
}

it('runs every probe of every address of every node', async () => {
  const { loop, started, answers, observed } = start()
  const probes = [tcpProbe({ key: 'a' }), tcpProbe({ key: 'b' })]
  loop.setNodes(
    [node('x', { v6: '2001:db8::1', probes }), node('y', { v4: null, probes }), node('z', { probes: [] })],
    0,
  )
  loop.tick(1_000)
  for (const answer of answers) answer()
  await settled()
  const seen = observed.map(({ node: name, family, address, probe }) => `${name} ${family} ${address} ${probe}`)
  expect(seen.toSorted()).toEqual(['x 4 192.0.2.1 a', 'x 4 192.0.2.1 b', 'x 6 2001:db8::1 a', 'x 6 2001:db8::1 b'])
  expect(started).toHaveLength(4)
})

it('says when it wants to be called again', () => {
  const { loop, started } = start()
  expect(loop.tick(0)).toBe(Infinity)
  loop.setNodes([node('x')], 0)
  const waitMs = loop.tick(0)
  expect(waitMs).toBeGreaterThan(0)
  expect(started).toEqual([])
  expect(loop.tick(waitMs)).toBeGreaterThan(1_000)
  expect(started).toHaveLength(1)
})

it('does not hear what is in flight for a node or address that is gone', async () => {
  const { loop, answers, observed } = start()
  loop.setNodes([node('gone'), node('moved'), node('stays')], 0)
  loop.tick(1_000)
  loop.setNodes([node('moved', { v4: '192.0.2.2' }), node('stays')], 1_000)
  for (const answer of answers) answer()
  await settled()
  expect(observed.map(({ node: name }) => name)).toEqual(['stays'])
})

it('confirms with tries that overlap', () => {
  const { loop, started } = start()
  loop.setNodes([node('x'), node('y')], 0)
  loop.tick(1_000)
  started.length = 0
  loop.confirm({ node: 'x', family: 4, address: '192.0.2.1', probe: 'tcp', tries: 3 }, 1_000)
  for (const now of [1_000, 1_149, 1_150, 1_300, 1_450]) loop.tick(now)
  expect(started.map(({ node: name }) => name)).toEqual(['x', 'x', 'x'])
})

it('lets socket events in between many starts', () => {
  const { loop, started } = start()
  loop.setNodes(
    Array.from({ length: 100 }, (_, at) => node(`n${at}`)),
    0,
  )
  expect(loop.tick(1_000)).toBe(0)
  expect(started).toHaveLength(64)
  loop.tick(1_000)
  expect(started).toHaveLength(100)
})

it('tells how late the latest start was, once', () => {
  const { loop } = start()
  loop.setNodes([node('x')], 0)
  const dueMs = loop.tick(0)
  loop.tick(dueMs + 250)
  expect(loop.takeLag()).toBeCloseTo(250, 5)
  expect(loop.takeLag()).toBe(0)
})

it('gives each run of a target what the last one left, and forgets it with the target', () => {
  const { loop, memories } = start()
  const playlist = { url: 'u', first: 1, end: 2, newest: '', changedMs: 0, seenMs: 0 }
  loop.setNodes([node('x')], 0)
  loop.tick(1_000)
  memories[0].playlist = playlist
  loop.setNodes([node('x'), node('y', { v4: '192.0.2.2' })], 1_500)
  loop.tick(4_000)
  expect(memories.slice(1).map((memory) => memory.playlist)).toEqual(expect.arrayContaining([playlist, null]))
  loop.setNodes([node('x', { v4: '192.0.2.9' })], 5_000)
  const before = memories.length
  loop.tick(9_000)
  expect(memories.slice(before).map((memory) => memory.playlist)).toEqual([null])
})

it('tells every address of a node when the node last spoke, and since when it listens', () => {
  const { loop, memories } = start()
  loop.setNodes([node('x', { v6: '2001:db8::1' }), node('y', { v4: '192.0.2.2' })], 100)
  loop.heard('x', 700)
  loop.heard('stranger', 800)
  loop.setNodes([node('x', { v6: '2001:db8::1' }), node('y', { v4: '192.0.2.2' })], 900)
  loop.tick(3_000)
  expect(memories.map(({ spoken }) => spoken)).toEqual(
    expect.arrayContaining([
      { sinceMs: 100, heardMs: 700 },
      { sinceMs: 100, heardMs: 700 },
      { sinceMs: 100, heardMs: null },
    ]),
  )
  expect(memories).toHaveLength(3)
})
