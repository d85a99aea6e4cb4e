// What every probe over UDP promises, whatever it speaks: the same as over TCP, as far as datagrams have it.
import { randomBytes } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { Probe } from '../../../src/health/model.ts'
import { endsInTime, runOne, stepsOf } from './probe-contract.ts'
import { relayUdp } from '../../support/spoiling-udp-relay.ts'
import { closeAfterThis, closeServersAfterEach, serveUdp, type TestUdpServer } from './servers.ts'

export interface UdpProbeContract {
  readonly serveWell: (address: string) => Promise<TestUdpServer>
  readonly probe: (port: number, timeoutMs: number) => Probe
  /** What it waits for, in its own words. */
  readonly answer: string
}

const generousMs = 5_000
const shortMs = 150

export function udpProbeContract(type: string, { serveWell, probe, answer }: UdpProbeContract): void {
  closeServersAfterEach()

  describe(`a ${type} probe, like any probe over UDP,`, () => {
    it.each([
      [4, '127.0.0.1'],
      [6, '::1'],
    ] as const)('succeeds over IPv%d and says what it measured', async (family, address) => {
      const { port } = await serveWell(address)
      const observation = await runOne(probe(port, generousMs), address, family)
      expect(observation).toMatchObject({ node: 'edge', family, address, ok: true, reason: 'ok', detail: '' })
      expect(observation.elapsedMs).toBeGreaterThan(0)
      expect(observation.elapsedMs).toBeLessThan(generousMs)
    })

    it('leaves no socket open, neither after success nor after failure', async () => {
      const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'UDPWRAP').length
      const good = await serveWell('127.0.0.1')
      const silent = await serveUdp(() => {})
      const before = sockets()
      await runOne(probe(good.port, generousMs))
      await runOne(probe(silent.port, shortMs))
      await vi.waitFor(() => expect(sockets()).toBe(before))
    })

    it('says refused where nothing listens', async () => {
      expect(await runOne(probe(9, generousMs), '127.0.0.77')).toMatchObject({ ok: false, reason: 'refused' })
    })

    it('says unreachable where no way leads', async () => {
      expect(await runOne(probe(9, generousMs), '127.255.255.255')).toMatchObject({ ok: false, reason: 'unreachable' })
    })

    it('says timeout where nobody answers, having asked again', async () => {
      const silent = await serveUdp(() => {})
      const observation = await runOne(probe(silent.port, shortMs))
      expect(observation).toMatchObject({ reason: 'timeout', detail: `no sign of ${answer} in ${shortMs} ms` })
      expect(observation.elapsedMs).toBeGreaterThanOrEqual(shortMs - 2)
      expect(silent.taken()).toBeGreaterThan(1)
      expect(silent.taken()).toBeLessThan(4)
    })

    it('blames no node for the time our own thread was held up', async () => {
      const { port } = await serveWell('127.0.0.1')
      const running = runOne(probe(port, shortMs))
      await new Promise((resolve) => process.nextTick(resolve))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * shortMs)
      expect(await running).toMatchObject({ ok: true })
    })

    it.each([
      ['an empty datagram', Buffer.alloc(0)],
      ['one byte', Buffer.of(0x80)],
      ['noise', randomBytes(1400)],
      ['zeros', Buffer.alloc(1200)],
      ['ones', Buffer.alloc(1200, 0xff)],
    ])('says protocol to %s', async (_what, reply) => {
      const { port } = await serveUdp((_datagram, say) => say(reply))
      expect(await runOne(probe(port, generousMs))).toMatchObject({ ok: false, reason: 'protocol' })
    })

    it('asks again when its first question or the first answer is lost', async () => {
      const good = await serveWell('127.0.0.1')
      const relay = await relayUdp(good.port, (answer, say, count) => count > 1 && say(answer))
      closeAfterThis(relay)
      // Asked again after a third of that.
      expect(await runOne(probe(relay.port, 900))).toMatchObject({ ok: true })
      expect(good.taken()).toBeGreaterThan(1)
    })

    it('waits for an answer that is slow, but not beyond its timeout', async () => {
      const good = await serveWell('127.0.0.1')
      const slow = await relayUdp(good.port, (answer, say) => void setTimeout(say, 60, answer))
      const held: (() => void)[] = []
      const late = await relayUdp(good.port, (answer, say) => held.push(() => say(answer)))
      closeAfterThis(slow)
      closeAfterThis(late)
      expect(await runOne(probe(slow.port, generousMs))).toMatchObject({ ok: true })
      expect(await endsInTime(probe(late.port, shortMs))).toMatchObject({ ok: false, reason: 'timeout' })
      for (const say of held) say()
    })

    it('is decided once by a flood of good answers', async () => {
      const good = await serveWell('127.0.0.1')
      const relay = await relayUdp(good.port, (answer, say) => {
        for (let time = 0; time < 2_000; time += 1) say(answer)
      })
      closeAfterThis(relay)
      expect(await stepsOf(probe(relay.port, generousMs))).toEqual(['answer'])
    })

    it('is decided by the first datagram of a flood of noise', async () => {
      const noise = randomBytes(1400)
      const { port } = await serveUdp((_datagram, say) => {
        for (let time = 0; time < 2_000; time += 1) say(noise)
      })
      expect(await runOne(probe(port, generousMs))).toMatchObject({ ok: false, reason: 'protocol' })
    })

    it('says protocol to an answer that is cut anywhere', async () => {
      const good = await serveWell('127.0.0.1')
      for (const kept of [0, 0.1, 0.25, 0.5, 0.75, 0.95]) {
        const relay = await relayUdp(good.port, (answer, say) => say(answer.subarray(0, answer.length * kept)))
        closeAfterThis(relay)
        expect(await runOne(probe(relay.port, generousMs))).toMatchObject({ ok: false, reason: 'protocol' })
      }
    })

    it('says protocol to its own words', async () => {
      const { port } = await serveUdp((datagram, say) => say(datagram))
      expect(await runOne(probe(port, generousMs))).toMatchObject({ ok: false, reason: 'protocol' })
    })
  })
}
