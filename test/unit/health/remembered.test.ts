// Verdicts across a restart: what the next process starts from, how it is marked, and which files are not believed.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWords, isAvailable } from '../../../src/fleet/availability.ts'
import { Monitor } from '../../../src/health/monitor.ts'
import type { Probe } from '../../../src/health/model.ts'
import type { Remembered } from '../../../src/health/remembered.ts'
import { VerdictFile } from '../../../src/health/verdict-file.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { health, observation, target, tcpProbe } from './probes.ts'

const startMs = 1_900_000_000_000

function setUp(remembered: readonly Remembered[], probes: readonly Probe[] = [tcpProbe()], nowMs = startMs) {
  const words = createWords(2)
  const clock = { ms: nowMs }
  const monitor = new Monitor({
    words,
    now: () => clock.ms,
    onFlip: () => {},
    log: createLogger({ level: 'silent' }),
    startProber: () => ({ setNodes() {}, confirm() {}, heard() {}, stop: () => Promise.resolve() }),
  })
  monitor.restore(remembered)
  monitor.update([target({ probes })], { health: { ...health, slowStartMs: 100_000 }, steadyTtlMs: 30_000 })
  const feed = (results: string, probe = 'tcp'): void => {
    for (const result of results) {
      clock.ms += 1_000
      monitor.observe([observation(result === '+', { startedMs: clock.ms, probe })])
    }
  }
  return { monitor, words, clock, feed, verdict: () => monitor.states()[0].v4 }
}

/** What a process that saw these results leaves behind. */
function left(results: string): Remembered[] {
  const { monitor, feed } = setUp([])
  feed(results)
  return monitor.export()
}

describe('a process that remembers', () => {
  it('answers as the one before did, before the first probe', async () => {
    const up = setUp(left('+'))
    expect(isAvailable(up.words, 1, 4, 254)).toBe(true)
    await up.monitor.firstRound
    const down = setUp(left('+---'))
    expect(isAvailable(down.words, 1, 4, 0)).toBe(false)
    await down.monitor.firstRound
  })

  it('goes on counting where the other stopped', () => {
    const suspect = setUp(left('+--'))
    expect(suspect.verdict()).toMatchObject({ verdict: 'suspect', stale: true })
    suspect.feed('-')
    expect(suspect.verdict()).toMatchObject({ verdict: 'down', stale: false })
    const returning = setUp(left('+---+'))
    returning.feed('+')
    expect(returning.verdict()?.verdict).toBe('up')
  })

  it('keeps since when, the ramp and the penalty', () => {
    const before = left('+---++')
    const { verdict, clock, monitor } = setUp(before, [tcpProbe()], startMs + 16_000)
    expect(verdict()).toMatchObject({ since: startMs + 6_000, share: 0.19 })
    clock.ms += 90_000
    monitor.tick()
    expect(verdict()?.share).toBe(1)
    expect(monitor.export()[0].penalty).toEqual(before[0].penalty)
  })

  it('is sure of nothing until each required probe has spoken again', () => {
    const probes = [tcpProbe(), tcpProbe({ key: 'b' }), tcpProbe({ key: 'informs', required: false })]
    const first = setUp([], probes)
    for (const key of ['tcp', 'b', 'informs']) first.feed('+', key)
    const { feed, verdict, monitor } = setUp(first.monitor.export(), probes)
    const stale = ['', 'tcp', 'b'].map((key) => {
      if (key !== '') feed('+', key)
      return verdict()?.stale
    })
    expect(stale).toEqual([true, true, false])
    expect(monitor.export()[0].verdict).toBe('up')
  })

  it('takes a try that could not be made for no confirmation', () => {
    const { monitor, verdict, clock } = setUp(left('+'))
    monitor.observe([observation(false, { reason: 'local', startedMs: clock.ms })])
    expect(verdict()).toMatchObject({ verdict: 'up', stale: true })
  })

  it('starts anew with another address, and where nothing was known', () => {
    const [known] = left('+')
    expect(setUp([{ ...known, address: '192.0.2.9' }]).verdict()).toMatchObject({ verdict: 'unknown', stale: false })
    expect(left('')).toEqual([])
  })

  it('presumes that a probe which is new passes on a node that was up, and waits for it on one that was down', () => {
    const probes = [tcpProbe(), tcpProbe({ key: 'b' })]
    const up = setUp(left('+'), probes)
    up.feed('--', 'b')
    expect(up.verdict()?.verdict).toBe('suspect')
    expect(setUp(left('+---'), probes).verdict()?.verdict).toBe('down')
  })

  it('is not fooled by times that lie ahead', () => {
    const [known] = left('+---++')
    const { verdict, clock, monitor } = setUp([{ ...known, roseAtMs: startMs + 9e9, sinceMs: startMs + 9e9 }])
    clock.ms += 100_000
    monitor.tick()
    expect(verdict()).toMatchObject({ share: 1, since: startMs })
  })
})

describe('the file', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nearcast-verdicts-'))
    path = join(folder, 'verdicts.json')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function open(nowMs = startMs, file = path) {
    const lines: Record<string, unknown>[] = []
    const clock = { ms: nowMs }
    const log = createLogger({ level: 'debug', destination: { write: (line) => lines.push(JSON.parse(line)) } })
    return { verdictFile: new VerdictFile({ file, now: () => clock.ms, log }), lines, clock }
  }

  it('gives back what was saved, word for word', async () => {
    const verdicts = left('+---++')
    await open().verdictFile.save(verdicts)
    const { verdictFile, lines } = open(startMs + 30_000)
    expect(verdictFile.load()).toEqual(verdicts)
    expect(lines).toMatchObject([{ event: 'health.remembered', level: 'info', verdicts: 1, seconds: 30 }])
    expect(readdirSync(folder)).toEqual(['verdicts.json'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('may be absent', () => {
    const { verdictFile, lines } = open()
    expect([verdictFile.load(), lines]).toEqual([[], []])
  })

  it.each([
    ['is older than an hour', 3_600_001],
    ['was written later than now by more than that, by a clock that was set', -3_600_001],
  ])('is not started from when it %s', async (_what, laterMs) => {
    await open().verdictFile.save(left('+'))
    const { verdictFile, lines } = open(startMs + laterMs)
    expect(verdictFile.load()).toEqual([])
    expect(lines).toMatchObject([{ event: 'health.remembered', level: 'warn', verdicts: 0 }])
  })

  it.each([
    ['cut short', (text: string) => text.slice(0, 100)],
    ['empty', () => ''],
    ['changed by one letter', (text: string) => text.replace('"up"', '"down"')],
    ['of another version', (text: string) => text.replace('"version":1', '"version":9')],
    ['with a verdict that is none', (text: string) => text.replace('"up"', '"fine"')],
  ])('is kept aside when it is %s, the log says so, and nothing of it is believed', async (_what, damage) => {
    await open().verdictFile.save(left('+'))
    const damaged = damage(readFileSync(path, 'utf8'))
    writeFileSync(path, damaged)
    const { verdictFile, lines } = open()
    expect(verdictFile.load()).toEqual([])
    expect(lines).toMatchObject([
      { event: 'health.memory_damaged', level: 'error', problem: expect.stringContaining(path) },
    ])
    expect(readFileSync(`${path}.bad-${startMs}`, 'utf8')).toBe(damaged)
    await verdictFile.save(left('+'))
    expect(open().verdictFile.load().length).toBe(1)
  })

  it('that cannot be written is told', async () => {
    writeFileSync(join(folder, 'occupied'), 'by a file')
    const { verdictFile, lines } = open(startMs, join(folder, 'occupied', 'verdicts.json'))
    await verdictFile.save(left('+'))
    expect(lines).toMatchObject([{ event: 'health.memory_not_written', level: 'error' }])
  })

  it('is written soon after a change and seldom without one', async () => {
    const { verdictFile, clock } = open()
    const saved: number[] = []
    const step = async (afterMs: number): Promise<void> => {
      clock.ms += afterMs
      await verdictFile.tick(() => {
        saved.push(clock.ms - startMs)
        return []
      })
    }
    await step(0)
    await step(5_000)
    verdictFile.changed()
    await step(0)
    await step(4_000)
    verdictFile.changed()
    await step(1_000)
    await step(59_000)
    await step(1_000)
    expect(saved).toEqual([0, 5_000, 10_000, 70_000])
  })
})
