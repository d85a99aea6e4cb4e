// The story of one incident, read from the log alone: a real daemon, real edges on loopback, one thing after the other going wrong.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { freePort } from '../support/free-port.ts'
import type { Line } from '../support/daemon.ts'
import { StandInEdge } from '../support/stand-in-edges.ts'
import { Site } from './site.ts'

const patience = { timeout: 60_000, interval: 20 }
const referenceAddress = '127.30.9.1'

let site: Site
let reference: StandInEdge

beforeEach(async () => {
  reference = new StandInEdge(referenceAddress, await freePort())
  await reference.start()
  site = await Site.start({
    title: 'an incident',
    base: 'edges',
    config: {
      health: {
        references: [`tcp://${referenceAddress}:${reference.port}`],
        removalBudget: { share: 0.4, per: '10m' },
        slowStart: '2s',
      },
    },
    steps: [],
  })
})
afterEach(async () => {
  await site?.stop()
  await reference.stop()
})

/** What an operator would look for in the log. */
const telling = [
  'health.verdict',
  'health.slow_start_over',
  'guard.acts',
  'guard.kept',
  'guard.rests',
  'reference.failing',
  'reference.answering',
  'override.set',
  'override.expired',
]

/** The story so far, a line an event, in the order of the log. */
function story(lines: readonly Line[]): string[] {
  return lines.filter(({ event }) => telling.includes(event)).map(tell)
}

function tell({ event, node, to, reason, guard, site: where, region, target, reference: which }: Line): string {
  const what: Readonly<Record<string, unknown[]>> = {
    'health.verdict': [node, to, reason],
    'health.slow_start_over': [node],
    'guard.kept': [guard, node, reason],
    'reference.failing': [which],
    'reference.answering': [which],
    'override.set': [target],
    'override.expired': [target],
  }
  const parts = [event, ...(what[event] ?? [guard, where ?? region])]
  return parts.flatMap((part) => (part === undefined ? [] : [String(part as string)])).join(' ')
}

/** Waits until the log tells all of this, in this order, other lines between. */
async function untilTold(...wanted: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    const told = story(site.lines)
    let at = -1
    const missing = wanted.find((line) => (at = told.indexOf(line, at + 1)) === -1)
    if (missing !== undefined) throw new Error(`not told yet: ${missing}\n${told.join('\n')}`)
  }, patience)
}

async function edge(name: string, act: 'stop' | 'start' | number): Promise<void> {
  for (const stand of site.edges(name)) {
    if (typeof act === 'number') stand.status = act
    else await stand[act]()
  }
}

it(
  'is told in order: what failed and why, which guard did what, what the operator said, and how it ended',
  { timeout: 300_000 },
  async () => {
    const incident: string[] = []
    const then = async (...lines: readonly string[]): Promise<void> => {
      incident.push(...lines)
      await untilTold(...incident)
    }
    const which = `tcp://${referenceAddress}:${reference.port}`

    await edge('hkg-1', 500)
    await then('health.verdict hkg-1 down status')
    await edge('hkg-2', 'stop')
    await then('health.verdict hkg-2 down refused', 'guard.acts spill hkg')
    await edge('sin-1', 'stop')
    await then('guard.acts removal_budget apac', 'guard.kept removal_budget sin-1 refused')

    const reply = await site.call('PUT', '/v1/overrides/sin-1', { mode: 'down', reason: 'it is dead', expires: '4s' })
    expect(reply.status).toBe(201)
    await then('override.set sin-1', 'health.verdict sin-1 down refused', 'guard.rests removal_budget apac')
    await untilTold('override.set sin-1', 'guard.acts spill sin')

    await edge('hkg-1', 200)
    await then('health.verdict hkg-1 up ok', 'guard.rests spill hkg', 'health.slow_start_over hkg-1')
    await edge('hkg-2', 'start')
    await edge('sin-1', 'start')
    await then('health.verdict hkg-2 up ok', 'health.slow_start_over hkg-2')
    await untilTold('override.expired sin-1', 'health.verdict sin-1 up ok', 'guard.rests spill sin')

    const names = ['hkg-1', 'hkg-2', 'sin-1', 'fra-1', 'iad-1']
    await Promise.all([reference.stop(), ...names.map((name) => edge(name, 'stop'))])
    await then(`reference.failing ${which}`, 'guard.acts self_suspicion')
    // Either may come back first and end the suspicion.
    await Promise.all([reference.start(), ...names.map((name) => edge(name, 'start'))])
    await untilTold(...incident, `reference.answering ${which}`)
    await untilTold(...incident, 'guard.rests self_suspicion')

    // What never happened is part of the story: nobody else was removed.
    const removed = story(site.lines).filter((line) => / down /.test(line))
    expect(removed).toEqual([
      'health.verdict hkg-1 down status',
      'health.verdict hkg-2 down refused',
      'health.verdict sin-1 down refused',
    ])
    // Each line stands by itself: when, whose, why.
    for (const line of site.lines.filter(({ event }) => event === 'health.verdict')) {
      expect(line).toMatchObject({ time: expect.any(String), node: expect.any(String), family: 4, probe: 'edge' })
    }
  },
)
