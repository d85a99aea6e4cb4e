// Probes of a live stream: ffmpeg sends it over RTMP to nginx, which serves it as HLS; then it freezes, goes on, and ends.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshMemory, type ProbeMemory } from '../../src/health/memory.ts'
import type { HlsProbe, RtmpProbe } from '../../src/health/model.ts'
import type { Observation } from '../../src/health/observation.ts'
import { runOne, stepsOf, usual } from '../unit/health/probe-contract.ts'
import { rtmpModule, startEncoder, startMediaServer, type Encoder, type MediaServer } from './media-server.ts'
import { isMissing } from './tools.ts'

const skipped = isMissing('probes of a live stream', {
  nginx: 'nginx',
  [rtmpModule]: 'libnginx-mod-rtmp',
  ffmpeg: 'ffmpeg',
})

describe.skipIf(skipped)('probes of a live stream', () => {
  let server: MediaServer
  let encoder: Encoder

  beforeAll(async () => {
    server = await startMediaServer({})
    encoder = await startEncoder(server, 'show1')
  })
  afterAll(async () => {
    await encoder.stop()
    await server.stop()
  })

  const rtmp = (app: string | null, port = server.ports.rtmp): RtmpProbe => {
    return { ...usual, type: 'rtmp', port, host: null, app, verify: true, certificateDays: 0 }
  }
  const hls = (name = 'show1'): HlsProbe => {
    const url = `http://{address}:${server.ports.http}/hls/${name}.m3u8`
    return { ...usual, type: 'hls', url, host: null, verify: true, certificateDays: 0 }
  }
  const look = (memory: ProbeMemory) => runOne(hls(), '127.0.0.1', 4, memory)

  /** Probes five times a second until it says this, for as long as a busy machine may take. */
  async function probeUntil(memory: ProbeMemory, isSo: (observation: Observation) => boolean): Promise<Observation> {
    const deadline = performance.now() + 20_000
    for (;;) {
      const observation = await look(memory)
      if (isSo(observation) || performance.now() > deadline) return observation
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  it('shake hands with nginx over RTMP, and connect to its application', async () => {
    expect(await runOne(rtmp(null))).toMatchObject({ ok: true })
    expect(await runOne(rtmp('live'))).toMatchObject({ ok: true })
    expect(await stepsOf(rtmp('live'))).toEqual(['connect', 'handshake', 'connect to application'])
  })

  it('fail where the application is another', async () => {
    expect((await runOne(rtmp('vod'))).ok).toBe(false)
  })

  it('say protocol where RTMP is asked of a port that speaks HTTP', async () => {
    const observation = await runOne({ ...rtmp(null, server.ports.http), timeoutMs: 1_000 })
    expect(observation.ok).toBe(false)
    expect(observation.reason).not.toBe('local')
  })

  it('see it move, stand still when its encoder freezes, and move again', async () => {
    const memory = freshMemory({ sinceMs: 0, heardMs: null })
    const first = await look(memory)
    expect(first).toMatchObject({ ok: true, stream: '/hls/show1.m3u8' })
    const moved = await probeUntil(memory, ({ reached = 0 }) => reached > (first.reached ?? 0))
    expect(moved.reached).toBeGreaterThan(first.reached ?? 0)
    encoder.freeze()
    const frozen = await probeUntil(memory, ({ reason }) => reason === 'stale')
    expect(frozen).toMatchObject({ ok: false, reason: 'stale', stream: '/hls/show1.m3u8' })
    encoder.goOn()
    expect(await probeUntil(memory, ({ ok }) => ok)).toMatchObject({ ok: true })
  })

  it('say which stream is not there', async () => {
    expect(await runOne(hls('show9'))).toMatchObject({
      reason: 'status',
      detail: '/hls/show9.m3u8 answered 404, expected 200',
    })
  })
})
