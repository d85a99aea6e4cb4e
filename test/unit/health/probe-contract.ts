// What every probe type promises, whatever it speaks: run by each probe's own test against real servers on loopback.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { freshMemory, type ProbeMemory } from '../../../src/health/memory.ts'
import type { Probe } from '../../../src/health/model.ts'
import type { Family, Observation } from '../../../src/health/observation.ts'
import { runProbe } from '../../../src/health/probes/run.ts'
import { watchThread } from '../../support/held-up.ts'
import { misbehaviours, relayTo } from '../../support/spoiling-relay.ts'
import { certificates, key } from './certificates.ts'
import {
  blackHole,
  closeAfterThis,
  closedPort,
  closeServersAfterEach,
  repeat,
  serveTcp,
  serveTls,
  type TestServer,
} from './servers.ts'

/** Of a probe over TCP. */
export interface ProbeContract {
  /** Starts a server that satisfies the probe. */
  readonly serveWell: (address: string) => Promise<TestServer>
  /** A probe of this type, at this port, with nothing else out of the ordinary. */
  readonly probe: (port: number, timeoutMs: number) => Probe
  /** Whether the node has to say something for the probe to succeed. */
  readonly listens: boolean
  /** Where TLS is spoken: the protocols the node agrees to, and whether it has to say something behind the handshake. */
  readonly behindTls?: { readonly alpn: string[]; readonly listens: boolean }
}

/** Long enough for a busy machine, and only waited for where a node keeps silent. */
const generousMs = 5_000
const shortMs = 150
/** What a try may take beyond its timeout when the machine is busy; any that waits for the node to end would take more. */
const overtimeMs = 2_000
/** Where an answer is spoilt: after so many parts of it. */
const cuts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const

export function probeContract(type: string, contract: ProbeContract): void {
  const { serveWell, probe, listens, behindTls } = contract
  closeServersAfterEach()

  describe(`a ${type} probe, like any probe,`, () => {
    it.each([
      [4, '127.0.0.1'],
      [6, '::1'],
    ] as const)('succeeds over IPv%d and says what it measured', async (family, address) => {
      const server = await serveWell(address)
      const observation = await runOne(probe(server.port, generousMs), address, family)
      expect(observation).toMatchObject({
        node: 'edge',
        family,
        address,
        probe: 'it',
        ok: true,
        reason: 'ok',
        detail: '',
      })
      expect(observation.elapsedMs).toBeGreaterThan(0)
      expect(observation.elapsedMs).toBeLessThan(generousMs)
    })

    it('leaves no connection open after success', async () => {
      const server = await serveWell('127.0.0.1')
      await runOne(probe(server.port, generousMs))
      await vi.waitFor(() => expect([server.taken(), server.open()]).toEqual([1, 0]))
    })

    it('says refused where nothing listens', async () => {
      const observation = await runOne(probe(await closedPort(), generousMs))
      expect(observation).toMatchObject({ ok: false, reason: 'refused' })
    })

    it('says unreachable where no way leads', async () => {
      // The broadcast address of loopback: no packet leaves for it.
      const observation = await runOne(probe(9, generousMs), '127.255.255.255')
      expect(observation).toMatchObject({ ok: false, reason: 'unreachable' })
    })

    it('says timeout where packets vanish', async () => {
      const observation = await runOne(probe(await blackHole(), shortMs))
      expect(observation).toMatchObject({ ok: false, reason: 'timeout', detail: 'no sign of a connection in 150 ms' })
      expect(observation.elapsedMs).toBeGreaterThanOrEqual(shortMs - 2)
    })

    it('blames no node for the time our own thread was held up', async () => {
      const server = await serveWell('127.0.0.1')
      const running = runOne(probe(server.port, shortMs))
      await new Promise((resolve) => process.nextTick(resolve))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * shortMs)
      expect(await running).toMatchObject({ ok: true })
    })

    it.each(Object.entries(hostile))('ends in time and hangs up on a node that %s', async (_does, talk) => {
      const server = await serveTcp((socket) => {
        talk(socket, () => socket.resetAndDestroy())
        socket.resume()
      })
      const { ok } = await endsInTime(probe(server.port, shortMs))
      expect(listens && ok).toBe(false)
      await vi.waitFor(() => expect(server.open()).toBe(0))
    })

    it.each(Object.entries(misbehaviours))(
      'ends in time wherever in its answer a node %s',
      async (_does, misbehave) => {
        const good = await serveWell('127.0.0.1')
        const size = await answerSize(good, probe)
        const tries = cuts.map(async (cut) => {
          const relay = await relayTo(good, misbehave, Math.round((size * cut) / cuts.length))
          closeAfterThis(relay)
          const { ok } = await endsInTime(probe(relay.port, shortMs))
          if (cut === 0) expect(listens && ok).toBe(false)
          await vi.waitFor(() => expect(relay.open()).toBe(0))
        })
        await Promise.all(tries)
      },
    )
  })

  if (behindTls !== undefined) describeBehindTls(type, contract, behindTls)
}

function describeBehindTls(
  type: string,
  { probe }: ProbeContract,
  { alpn, listens }: NonNullable<ProbeContract['behindTls']>,
): void {
  describe(`a ${type} probe, like any probe over TLS,`, () => {
    it.each(Object.entries(hostile))(
      'ends in time and hangs up on a node that shakes hands and %s',
      async (_does, talk) => {
        const options = { cert: certificates.good, key, ...(alpn.length > 0 ? { ALPNProtocols: alpn } : {}) }
        const server = await serveTls(options, '127.0.0.1', (socket, reset) => {
          talk(socket, reset)
          socket.resume()
        })
        const { ok, reason } = await endsInTime(probe(server.port, shortMs))
        expect(ok).toBe(!listens)
        expect(reason).not.toMatch(/^(tls_.*|refused|unreachable)$/)
        await vi.waitFor(() => expect(server.open()).toBe(0))
      },
    )
  })
}

/** One measurement that must not outlast its timeout by much, our own delays aside, nor fail by our own fault. */
export async function endsInTime(probe: Probe): Promise<Observation> {
  const { result, heldUpMs } = await watchThread(() => runOne(probe))
  expect(result.reason).not.toBe('local')
  expect(result.elapsedMs - heldUpMs).toBeLessThan(probe.timeoutMs + overtimeMs)
  return result
}

/** Bytes that a good node says until the probe is content. */
async function answerSize(good: TestServer, probe: ProbeContract['probe']): Promise<number> {
  const relay = await relayTo(good, () => {}, Infinity)
  closeAfterThis(relay)
  expect(await runOne(probe(relay.port, generousMs))).toMatchObject({ ok: true })
  return relay.answered()
}

/** What probes have in common, for tests that wait for no schedule. */
export const usual = {
  key: 'it',
  intervalMs: 60_000,
  timeoutMs: generousMs,
  confirmMs: 150,
  fall: 3,
  rise: 5,
  required: true,
} as const

/** One measurement of a node called edge. */
export function runOne(
  probe: Probe,
  address = '127.0.0.1',
  family: Family = 4,
  memory: ProbeMemory = freshMemory({ sinceMs: 0, heardMs: null }),
): Promise<Observation> {
  return runProbe({ node: 'edge', family, address, probe }, memory)
}

/** The names of the steps one measurement took. */
export async function stepsOf(probe: Probe): Promise<string[]> {
  const steps: string[] = []
  const memory = freshMemory({ sinceMs: 0, heardMs: null })
  const target = { node: 'edge', family: 4, address: '127.0.0.1', probe } as const
  await runProbe(target, memory, ({ name, tookMs }) => steps.push(tookMs >= 0 ? name : 'a step back in time'))
  return steps
}

type Talk = (socket: Socket, reset: () => void) => void

const hostile: Readonly<Record<string, Talk>> = {
  'never says a word': () => {},
  'closes its half at once': (socket) => socket.end(),
  'closes its half once it was spoken to': (socket) => socket.once('data', () => socket.end()),
  'resets the connection': (_socket, reset) => reset(),
  'resets once it was spoken to': (socket, reset) => socket.once('data', reset),
  'talks noise': (socket) => socket.write(randomBytes(4096)),
  'talks noise without end': (socket) => repeat(socket, randomBytes(65_536).toString('latin1'), 1),
  'sends one letter at a time': (socket) => repeat(socket, 'H', 5),
  'sends empty lines without end': (socket) => repeat(socket, '\r\n', 1),
}
