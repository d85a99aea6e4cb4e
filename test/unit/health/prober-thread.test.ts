// The prober's thread for real: it probes loopback servers, forgets removed nodes, and comes back when it dies.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createWords, isAvailable } from '../../../src/fleet/availability.ts'
import type { FromProber } from '../../../src/health/messages.ts'
import { Monitor, type Flip } from '../../../src/health/monitor.ts'
import type { Observation } from '../../../src/health/observation.ts'
import { ProberThread, type Prober } from '../../../src/health/prober-thread.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { health, target, tcpProbe } from './probes.ts'
import { closedPort, closeServersAfterEach, serveTcp } from './servers.ts'

closeServersAfterEach()

const deadline = { timeout: 90_000 }
const stops: (() => Promise<void>)[] = []
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())))

function startThread(entry?: URL) {
  const seen: Observation[] = []
  const lags: number[] = []
  const lines: string[] = []
  const hear = (message: FromProber): void => {
    if (message.kind === 'observations') seen.push(...message.observations)
    else lags.push(message.lagMs)
  }
  const log = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const prober: Prober = new ProberThread(hear, log, entry)
  stops.push(() => prober.stop())
  return { prober, seen, lags, lines }
}

describe('the prober', () => {
  it('probes the nodes it is told, and of those left out says nothing more', async () => {
    const { port } = await serveTcp((socket) => socket.resume())
    const { prober, seen, lags } = startThread()
    const probes = [tcpProbe({ port, intervalMs: 100 })]
    const stays = { name: 'stays', v4: '127.0.0.1', v6: null, probes }
    prober.setNodes([stays, { name: 'goes', v4: '127.0.0.2', v6: null, probes }])
    await vi.waitFor(() => expect(new Set(seen.map(({ node }) => node))).toEqual(new Set(['stays', 'goes'])), deadline)
    prober.setNodes([stays])
    const latest = (): string[] => seen.slice(-8).map(({ node }) => node)
    await vi.waitFor(() => expect(latest()).toEqual(Array(8).fill('stays')), deadline)
    const before = seen.length
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(before + 4), deadline)
    expect(new Set(seen.slice(before).map(({ node }) => node))).toEqual(new Set(['stays']))
    await vi.waitFor(() => expect(lags.length).toBeGreaterThan(0), deadline)
  })

  it('confirms when asked, long before the next round', async () => {
    const { prober, seen } = startThread()
    const probe = tcpProbe({ port: await closedPort(), intervalMs: 3_600_000, confirmMs: 10 })
    prober.setNodes([{ name: 'edge', v4: '127.0.0.1', v6: null, probes: [probe] }])
    await vi.waitFor(() => expect(seen).toHaveLength(1), deadline)
    prober.confirm([{ node: 'edge', family: 4, address: '127.0.0.1', probe: 'tcp', tries: 3 }])
    await vi.waitFor(() => expect(seen.map(({ reason }) => reason)).toEqual(Array(4).fill('refused')), deadline)
  })
})

describe('a prober that dies', () => {
  it('is started again, told again, and leaves a line in the log', async () => {
    // It reports how many nodes it was told of, then throws.
    const code = `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ nodes }) => {
        parentPort.postMessage({ kind: 'lag', lagMs: nodes.length })
        setImmediate(() => { throw new Error('fell over') })
      })`
    const { prober, lags, lines } = startThread(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
    const node = { name: 'edge', v4: '127.0.0.1', v6: null, probes: [] }
    prober.setNodes([node, node, node])
    await vi.waitFor(() => expect(lags.slice(0, 2)).toEqual([3, 3]), deadline)
    expect(lines.join('')).toMatch(/prober\.failed.*fell over[^]*prober\.died/)
  })
})

describe('the monitor with its own prober', () => {
  it('takes a node out when its server stops and back when it is there again', async () => {
    const server = await serveTcp((socket) => socket.resume())
    const words = createWords(1)
    const flips: Flip[] = []
    const monitor = new Monitor({
      words,
      now: Date.now,
      onFlip: (flip) => void flips.push(flip),
      log: createLogger({ level: 'silent' }),
    })
    stops.push(() => monitor.stop())
    const probe = tcpProbe({ port: server.port, intervalMs: 100, confirmMs: 20, timeoutMs: 5_000 })
    monitor.update([target({ slot: 0, v4: '127.0.0.1', probes: [probe] })], { health, steadyTtlMs: 0 })
    await monitor.firstRound
    expect(isAvailable(words, 0, 4, 0)).toBe(true)
    await server.close()
    await vi.waitFor(() => expect(isAvailable(words, 0, 4, 0)).toBe(false), deadline)
    await server.reopen()
    await vi.waitFor(() => expect(isAvailable(words, 0, 4, 0)).toBe(true), deadline)
    const story = flips.map(({ to, reason }) => `${to} ${reason}`)
    expect(story.slice(0, 1)).toEqual(['up ok'])
    expect(story).toContain('down refused')
    expect(story.at(-1)).toBe('up ok')
  })
})
