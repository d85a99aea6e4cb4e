// The monitor with a prober that does nothing: observations in, words, flips and confirmations out. Opens no socket.
import { describe, expect, it } from 'vitest'
import { createWords, isAvailable, Verdict as bits } from '../../../src/fleet/availability.ts'
import type { Confirm, FromProber, ProbedNode } from '../../../src/health/messages.ts'
import { Monitor, type Flip } from '../../../src/health/monitor.ts'
import type { Observation } from '../../../src/health/observation.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { health, observation, target, tcpProbe } from './probes.ts'

const steadyTtlMs = 30_000
const settings = { health, steadyTtlMs }
const everything = 0

function setUp() {
  const words = createWords(4)
  const flips: Flip[] = []
  const confirms: Confirm[] = []
  const lines: Record<string, unknown>[] = []
  const told: (readonly ProbedNode[])[] = []
  const clock = { ms: 1_000_000 }
  let hear: (message: FromProber) => void = () => {}
  const monitor = new Monitor({
    words,
    now: () => clock.ms,
    onFlip: (flip) => void flips.push(flip),
    log: createLogger({ level: 'debug', destination: { write: (line) => lines.push(JSON.parse(line)) } }),
    startProber: (listener) => {
      hear = listener
      return {
        setNodes: (nodes) => void told.push(nodes),
        heard: () => undefined,
        confirm: (asked) => void confirms.push(...asked),
        stop: () => Promise.resolve(),
      }
    },
  })
  /** Observes successes and failures of edge's probe, a second apart. */
  const feed = (results: string, changes: Partial<Observation> = {}): void => {
    for (const result of results) {
      clock.ms += 1_000
      monitor.observe([observation(result === '+', { startedMs: clock.ms, ...changes })])
    }
  }
  return { monitor, words, flips, confirms, lines, told, clock, feed, hear: (message: FromProber) => hear(message) }
}

/** Whether a promise has resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))])
}

describe('the word of a node', () => {
  it('follows the verdict: out when down, back when up', () => {
    const { monitor, words, feed } = setUp()
    monitor.update([target()], settings)
    const seen = ['', '+', '-', '-', '-', '+', '+'].map((result) => {
      feed(result)
      return isAvailable(words, 1, 4, everything)
    })
    expect(seen).toEqual([false, true, true, true, false, false, true])
  })

  it('moves while suspect, in probation, and for one steady TTL after a fall', () => {
    const { monitor, words, feed, clock } = setUp()
    monitor.update([target()], settings)
    const moving = (): boolean => (words[2] & bits.movingV4) !== 0
    const seen = ['+', '-', '+', '-', '-', '-'].map((result) => {
      feed(result)
      return moving()
    })
    expect(seen).toEqual([false, true, false, true, true, true])
    clock.ms += steadyTtlMs
    feed('-')
    expect(moving()).toBe(false)
    feed('+')
    expect(moving()).toBe(true)
  })

  it('keeps families apart, and the bits of a family without address clear', () => {
    const { monitor, words, feed } = setUp()
    monitor.update(
      [target({ v6: '2001:db8::1' }), target({ name: 'other', slot: 3, v4: null, v6: '2001:db8::2' })],
      settings,
    )
    feed('+')
    feed('-', { family: 6, address: '2001:db8::1' })
    feed('+', { node: 'other', family: 6, address: '2001:db8::2' })
    expect([isAvailable(words, 1, 4, everything), isAvailable(words, 1, 6, everything)]).toEqual([true, false])
    expect([isAvailable(words, 3, 4, everything), isAvailable(words, 3, 6, everything)]).toEqual([false, true])
  })

  it('is up for a node without probes, from the first', async () => {
    const { monitor, words } = setUp()
    monitor.update([target({ probes: [] })], settings)
    expect(isAvailable(words, 1, 4, 254)).toBe(true)
    await monitor.firstRound
  })

  it('stands until release when the node is left out', () => {
    const { monitor, words, feed } = setUp()
    monitor.update([target()], settings)
    feed('+')
    monitor.update([], settings)
    feed('---')
    expect(isAvailable(words, 1, 4, everything)).toBe(true)
    words[3] = 7
    monitor.release([1])
    expect([words[2], words[3]]).toEqual([0, 7])
  })
})

describe('an observation', () => {
  it.each([
    ['a node nobody watches', { node: 'stranger' }],
    ['an address the node no longer has', { address: '192.0.2.9' }],
    ['a family the node has not', { family: 6, address: '2001:db8::1' }],
    ['a probe the node has not', { probe: 'other' }],
  ] as const)('of %s is ignored', (_whose, changes) => {
    const { monitor, feed, flips } = setUp()
    monitor.update([target()], settings)
    feed('+')
    flips.length = 0
    feed('-----', changes)
    expect(flips).toEqual([])
    expect(monitor.probes()).toMatchObject({ observations: 1, failures: 0 })
  })

  it('is counted and shown as the last one, with its reason', () => {
    const { monitor, feed, clock } = setUp()
    monitor.update([target({ v6: '2001:db8::1' })], settings)
    feed('+-')
    expect(monitor.probes()).toMatchObject({ observations: 2, failures: 1 })
    const [{ node, v4, v6 }] = monitor.states()
    expect(node).toBe('edge')
    expect(v4).toEqual({
      address: '192.0.2.1',
      verdict: 'suspect',
      since: clock.ms,
      share: 1,
      kept: null,
      heldOutUntil: null,
      stale: false,
      probes: [
        {
          probe: 'tcp',
          required: true,
          verdict: 'suspect',
          streak: 1,
          last: { ok: false, reason: 'refused', detail: 'nobody home', elapsedMs: 1, at: clock.ms },
        },
      ],
    })
    expect(v6).toMatchObject({ verdict: 'unknown', probes: [{ last: null }] })
  })

  it('that makes a node suspect asks for confirmation, one that clears it calls it off', () => {
    const { monitor, feed, confirms } = setUp()
    monitor.update([target()], settings)
    feed('+-')
    const asked = { node: 'edge', family: 4, address: '192.0.2.1', probe: 'tcp', tries: 2 }
    expect(confirms).toEqual([asked])
    feed('-+')
    expect(confirms).toEqual([asked, { ...asked, tries: 0 }])
  })
})

describe('a flip', () => {
  it('is told with its cause, after the word is written', () => {
    const { monitor, feed, flips } = setUp()
    monitor.update([target()], settings)
    feed('+---++')
    expect(flips.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'unknown up',
      'up suspect',
      'suspect down',
      'down probation',
      'probation up',
    ])
    expect(flips[2]).toEqual({
      node: 'edge',
      family: 4,
      from: 'suspect',
      to: 'down',
      reason: 'refused',
      probe: 'tcp',
      detail: 'nobody home',
      at: 1_004_000,
    })
  })

  it('is a line in the log: a warning when the node goes, a word when it is back', () => {
    const { monitor, feed, lines } = setUp()
    monitor.update([target()], settings)
    feed('+---++')
    expect(lines.map(({ level, to }) => `${String(level)} ${String(to)}`)).toEqual([
      'debug up',
      'debug suspect',
      'warn down',
      'debug probation',
      'info up',
    ])
  })
})

describe('a reload', () => {
  it('keeps the verdict of what stays and starts a changed address anew', () => {
    const { monitor, feed, words, flips } = setUp()
    monitor.update([target({ v6: '2001:db8::1' })], settings)
    feed('+')
    feed('+', { family: 6, address: '2001:db8::1' })
    flips.length = 0
    monitor.update([target({ v4: '192.0.2.2', v6: '2001:db8::1' })], settings)
    expect([isAvailable(words, 1, 4, everything), isAvailable(words, 1, 6, everything)]).toEqual([false, true])
    expect(flips).toEqual([])
    feed('+', { address: '192.0.2.2' })
    expect(isAvailable(words, 1, 4, everything)).toBe(true)
  })

  it('that takes away the failing probe brings the node back and says why', () => {
    const { monitor, feed, words, flips } = setUp()
    monitor.update([target()], settings)
    feed('-')
    flips.length = 0
    monitor.update([target({ probes: [] })], settings)
    expect(isAvailable(words, 1, 4, everything)).toBe(true)
    expect(flips).toMatchObject([{ from: 'down', to: 'up', reason: 'reload', probe: null }])
    expect(monitor.states()[0].v4?.probes).toEqual([])
  })

  it('tells the prober the whole list, and nothing it need not know', () => {
    const { monitor, told } = setUp()
    monitor.update([target(), target({ name: 'other', slot: 2 })], settings)
    monitor.update([target({ name: 'other', slot: 2 })], settings)
    expect(told.map((nodes) => nodes.map(({ name }) => name))).toEqual([['edge', 'other'], ['other']])
    expect(Object.keys(told[1][0])).toEqual(['name', 'v4', 'v6', 'probes'])
  })
})

describe('the first round', () => {
  it('is over when every required probe of every address has a result', async () => {
    const { monitor, feed } = setUp()
    const probes = [tcpProbe(), tcpProbe({ key: 'b' }), tcpProbe({ key: 'informs', required: false })]
    monitor.update([target({ probes, v6: '2001:db8::1' })], settings)
    feed('+')
    feed('-', { family: 6, address: '2001:db8::1' })
    feed('+', { probe: 'b' })
    expect(await isDone(monitor.firstRound)).toBe(false)
    feed('+', { probe: 'b', family: 6, address: '2001:db8::1' })
    expect(await isDone(monitor.firstRound)).toBe(true)
  })

  it('is not over before there is anything to watch', async () => {
    const { monitor, feed } = setUp()
    feed('+')
    expect(await isDone(monitor.firstRound)).toBe(false)
    monitor.update([], settings)
    expect(await isDone(monitor.firstRound)).toBe(true)
  })

  it('does not wait for nodes a reload leaves out', async () => {
    const { monitor, feed } = setUp()
    monitor.update([target(), target({ name: 'other', slot: 2 })], settings)
    feed('+')
    expect(await isDone(monitor.firstRound)).toBe(false)
    monitor.update([target()], settings)
    expect(await isDone(monitor.firstRound)).toBe(true)
  })

  it('waits while we cannot probe', async () => {
    const { monitor, feed } = setUp()
    monitor.update([target()], settings)
    feed('--', { reason: 'local' })
    expect(await isDone(monitor.firstRound)).toBe(false)
  })
})

describe('lag', () => {
  it('is what the prober says, and its silence when it says nothing', () => {
    const { monitor, clock, hear } = setUp()
    expect(monitor.probes().lagMs).toBe(0)
    monitor.update([target()], settings)
    hear({ kind: 'lag', lagMs: 12 })
    clock.ms += 1_500
    expect(monitor.probes().lagMs).toBe(12)
    clock.ms += 5_000
    expect(monitor.probes().lagMs).toBe(6_500)
    hear({ kind: 'observations', observations: [observation(true)] })
    expect(monitor.probes()).toEqual({ observations: 1, failures: 0, lagMs: 12 })
  })
})
