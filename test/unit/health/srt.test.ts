// The SRT probe against small listeners: what counts as an induction answer, and what does not.
import { describe, expect, it } from 'vitest'
import type { SrtProbe } from '../../../src/health/model.ts'
import { runOne, usual } from './probe-contract.ts'
import { serveUdp } from './servers.ts'
import { udpProbeContract } from './udp-probe-contract.ts'

const srtProbe = (port: number, timeoutMs = 5_000): SrtProbe => ({ ...usual, type: 'srt', port, timeoutMs })

/** A listener's answer to an induction request, with some words of it changed: [offset, value]. */
function inductionAnswer(request: Buffer, changes: readonly (readonly [number, number])[] = []): Buffer {
  const reply = Buffer.alloc(64)
  const words = [
    [0, 0x8000_0000],
    [12, request.readUInt32BE(40)],
    [16, 5],
    [20, 0x4a17],
    [36, 1],
    [40, 77],
    [44, 0xc00c1e],
    ...changes,
  ] as const
  for (const [at, word] of words) reply.writeUInt32BE(word, at)
  return reply
}

udpProbeContract('srt', {
  serveWell: (address) => serveUdp((request, say) => say(inductionAnswer(request)), address),
  probe: srtProbe,
  answer: 'an SRT handshake',
})

describe('the request of an SRT probe', () => {
  it('is an induction of 64 bytes that any listener takes, without cookie', async () => {
    const requests: Buffer[] = []
    const { port } = await serveUdp((request, say) => {
      requests.push(request)
      say(inductionAnswer(request))
    })
    await runOne(srtProbe(port))
    const words = Array.from({ length: 16 }, (_, at) => requests[0].readUInt32BE(at * 4))
    expect(requests).toHaveLength(1)
    expect(words.with(6, 0).with(10, 0)).toEqual([0x8000_0000, 0, 0, 0, 4, 2, 0, 1500, 8192, 1, 0, 0, 0, 0, 0, 0])
    expect(words[10]).toBeGreaterThan(0)
  })
})

describe('an SRT answer', () => {
  it.each([
    ['of UDT, without the magic', [[20, 2]]],
    ['of version 4', [[16, 4]]],
    ['that rejects the caller', [[36, 1002]]],
    ['that concludes at once', [[36, 0xffff_ffff]]],
    ['for another socket', [[12, 1]]],
    ['that is data', [[0, 0]]],
    ['that is a keep-alive', [[0, 0x8001_0000]]],
  ] as const)('%s fails the probe', async (_what, changes) => {
    const { port } = await serveUdp((request, say) => say(inductionAnswer(request, changes)))
    expect(await runOne(srtProbe(port))).toMatchObject({ ok: false, reason: 'protocol' })
  })
})
