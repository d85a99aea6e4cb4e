// The QUIC probe against small servers: what counts as version negotiation, and what does not.
import { describe, expect, it } from 'vitest'
import type { QuicProbe } from '../../../src/health/model.ts'
import { runOne, usual } from './probe-contract.ts'
import { serveUdp } from './servers.ts'
import { udpProbeContract } from './udp-probe-contract.ts'

const quicProbe = (port: number, timeoutMs = 5_000): QuicProbe => ({
  ...usual,
  type: 'quic',
  port,
  get: null,
  timeoutMs,
})

/** Version Negotiation for an Initial, listing these versions. */
function negotiation(initial: Buffer, versions: readonly number[]): Buffer {
  const [theirs, ours] = [initial.subarray(5, 14), initial.subarray(14, 23)]
  const list = Buffer.alloc(versions.length * 4)
  versions.forEach((version, at) => list.writeUInt32BE(version, at * 4))
  return Buffer.concat([Buffer.of(0x80 | 0x2a, 0, 0, 0, 0), ours, theirs, list])
}

udpProbeContract('quic', {
  serveWell: (address) => serveUdp((initial, say) => say(negotiation(initial, [0x0a1a_2a3a, 1])), address),
  probe: quicProbe,
  answer: 'version negotiation',
})

describe('the packet of a QUIC probe', () => {
  it('is an Initial of 1200 bytes, of a version that is reserved for nobody, with connection IDs of its own', async () => {
    const packets: Buffer[] = []
    const { port } = await serveUdp((initial, say) => {
      packets.push(initial)
      say(negotiation(initial, [1]))
    })
    await runOne(quicProbe(port))
    await runOne(quicProbe(port))
    const [one, other] = packets
    expect([one.length, one[0], one.readUInt32BE(1) & 0x0f0f_0f0f, one[5], one[14]]).toEqual([
      1200, 0xc0, 0x0a0a_0a0a, 8, 8,
    ])
    expect(one.subarray(6, 14)).not.toEqual(other.subarray(6, 14))
  })
})

describe('a version negotiation', () => {
  it.each([
    ['of version 1', [1], true],
    ['of version 2 behind others', [0x0a0a_0a0a, 0x6b33_43cf], true],
    ['of drafts only', [0xff00_001d], false],
    ['of no version', [], false],
  ])('%s: passes %s', async (_what, versions, ok) => {
    const { port } = await serveUdp((initial, say) => say(negotiation(initial, versions)))
    expect(await runOne(quicProbe(port))).toMatchObject({ ok, reason: ok ? 'ok' : 'protocol' })
  })

  it.each([
    [
      'with the IDs not swapped',
      (packet: Buffer) =>
        Buffer.concat([packet.subarray(0, 5), packet.subarray(14, 23), packet.subarray(5, 14), packet.subarray(23)]),
    ],
    ['cut inside a version', (packet: Buffer) => packet.subarray(0, -1)],
    ['with a short header', (packet: Buffer) => Buffer.concat([Buffer.of(packet[0] & 0x7f), packet.subarray(1)])],
    [
      'of another version',
      (packet: Buffer) => Buffer.concat([packet.subarray(0, 4), Buffer.of(1), packet.subarray(5)]),
    ],
    [
      'with an ID of 255 bytes',
      (packet: Buffer) => Buffer.concat([packet.subarray(0, 5), Buffer.of(255), packet.subarray(6)]),
    ],
  ])('%s fails the probe', async (_what, spoil) => {
    const { port } = await serveUdp((initial, say) => say(spoil(negotiation(initial, [1]))))
    expect(await runOne(quicProbe(port))).toMatchObject({ ok: false, reason: 'protocol' })
  })
})
