// Probes of a live stream: ffmpeg sends it over RTMP to nginx, which serves it as HLS; then it freezes, goes on, and ends.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshMemory, type ProbeMemory } from '../../src/health/memory.ts'
import type { HlsProbe, HttpFlvProbe, RtmpProbe } from '../../src/health/model.ts'
import type { Observation } from '../../src/health/observation.ts'
import { runProbe } from '../../src/health/probes/run.ts'
import { freePort } from '../support/free-port.ts'
import { runOne, stepsOf, usual } from '../unit/health/probe-contract.ts'
import {
  end,
  listensAt,
  passOnAsFlv,
  passOnAsFmp4,
  rtmpModule,
  startEncoder,
  startMediaServer,
  until,
  type Encoder,
  type MediaServer,
} from './media-server.ts'
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
  async function probeUntil(
    run: () => Promise<Observation>,
    isSo: (observation: Observation) => boolean,
  ): Promise<Observation> {
    const deadline = performance.now() + 60_000
    for (;;) {
      const observation = await run()
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
    const moved = await probeUntil(
      () => look(memory),
      ({ reached = 0 }) => reached > (first.reached ?? 0),
    )
    expect(moved.reached).toBeGreaterThan(first.reached ?? 0)
    encoder.freeze()
    const frozen = await probeUntil(
      () => look(memory),
      ({ reason }) => reason === 'stale',
    )
    expect(frozen).toMatchObject({ ok: false, reason: 'stale', stream: '/hls/show1.m3u8' })
    encoder.goOn()
    expect(
      await probeUntil(
        () => look(memory),
        ({ ok }) => ok,
      ),
    ).toMatchObject({ ok: true })
  })

  it('see it move as fMP4 too', async () => {
    const ffmpeg = await passOnAsFmp4(server, 'show1')
    const memory = freshMemory({ sinceMs: 0, heardMs: null })
    const notes: string[] = []
    const probe = hls('show1-fmp4')
    const run = () =>
      runProbe({ node: 'edge', family: 4, address: '127.0.0.1', probe }, memory, ({ note }) => notes.push(note))
    const first = await probeUntil(run, ({ ok }) => ok)
    expect(notes.at(-1)).toMatch(/^\/hls\/.*, fMP4$/)
    expect(await probeUntil(run, ({ reached = 0 }) => reached > (first.reached ?? 0))).toMatchObject({ ok: true })
    ffmpeg.kill('SIGSTOP')
    expect(await probeUntil(run, ({ reason }) => reason === 'stale')).toMatchObject({ ok: false, reason: 'stale' })
    await end(ffmpeg)
  })

  it('find a keyframe in it over HTTP-FLV, and wait for one in vain where it freezes', async () => {
    const port = await freePort()
    const url = `http://{address}:${port}/live/show1.flv`
    const flv: HttpFlvProbe = { ...usual, type: 'httpflv', url, host: null, verify: true, certificateDays: 0 }
    const ffmpeg = passOnAsFlv(server, 'show1', port)
    await until('ffmpeg to listen', ffmpeg, async () => listensAt(port))
    expect(await stepsOf({ ...flv, timeoutMs: 20_000 })).toEqual(['connect', 'headers', 'FLV header', 'keyframe'])
    await end(ffmpeg)
    const frozen = passOnAsFlv(server, 'show1', port)
    await until('ffmpeg to listen', frozen, async () => listensAt(port))
    frozen.kill('SIGSTOP')
    expect(await runOne({ ...flv, timeoutMs: 300 })).toMatchObject({ ok: false, reason: 'timeout' })
    await end(frozen)
  })

  it('say which stream is not there', async () => {
    expect(await runOne(hls('show9'))).toMatchObject({
      reason: 'status',
      detail: '/hls/show9.m3u8 answered 404, expected 200',
    })
  })
})
