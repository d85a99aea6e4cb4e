// The probe loop with probes that answer when the test says so. Opens no socket.
import { expect, it } from 'vitest'
import { ProbeLoop } from '../../../src/health/loop.ts'
import type { ProbedNode } from '../../../src/health/messages.ts'
import type { Observation, ProbeTarget } from '../../../src/health/observation.ts'
import { observation, tcpProbe } from './probes.ts'

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function start() {
  const started: ProbeTarget[] = []
  const answers: (() => void)[] = []
  const observed: Observation[] = []
  const loop = new ProbeLoop({
    run: (target) => {
      started.push(target)
      const seen = observation(true, { ...target, probe: target.probe.key })
      return new Promise((resolve) => {
        answers.push(() => resolve(seen))
      })
    },
    observed: (seen) => void observed.push(seen),
    random: () => 0.5,
  })
  return { loop, started, answers, observed }
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
