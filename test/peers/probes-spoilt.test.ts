// Probes of a real nginx, with RTMP and TLS in front of it, that freezes, breaks off, drips or talks noise anywhere in its answer.
import { createServer, connect, type AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Probe } from '../../src/health/model.ts'
import { judgeServerHello, packetBytes } from '../../src/health/probes/rtmp-handshake.ts'
import { misbehaviours, relayTo } from '../support/spoiling-relay.ts'
import { authority } from '../unit/health/certificates.ts'
import { endsInTime, runOne, stepsOf, usual } from '../unit/health/probe-contract.ts'
import {
  end,
  rtmpModule,
  start,
  startEncoder,
  startMediaServer,
  streamModule,
  until,
  writeFlv,
  type Encoder,
  type MediaServer,
} from './media-server.ts'
import { isMissing } from './tools.ts'

const skipped = isMissing('probes of an nginx that fails half way', {
  nginx: 'nginx',
  [rtmpModule]: 'libnginx-mod-rtmp',
  [streamModule]: 'libnginx-mod-stream',
  ffmpeg: 'ffmpeg',
})

const checks = { host: 'edge.example.net', verify: true, certificateDays: 0 }
const page = { status: [200], bodyContains: 'well', ...checks }
const address = '127.0.0.1'

/** Probes by the port of nginx that they ask. */
const probes: readonly [string, keyof MediaServer['ports'], (port: number) => Probe][] = [
  ['http', 'http', (port) => http('http', port, false)],
  ['https', 'https', (port) => http('https', port, false)],
  ['https (HTTP/2)', 'https', (port) => http('https', port, true)],
  ['hls', 'http', (port) => ({ ...usual, ...checks, type: 'hls', url: `http://{address}:${port}/hls/show1.m3u8` })],
  [
    'hls over TLS',
    'https',
    (port) => ({ ...usual, ...checks, type: 'hls', url: `https://{address}:${port}/hls/show1.m3u8` }),
  ],
  [
    'httpflv',
    'http',
    (port) => ({ ...usual, ...checks, type: 'httpflv', url: `http://{address}:${port}/hls/show1.flv` }),
  ],
  ['tls', 'https', (port) => ({ ...usual, ...checks, type: 'tls', port, alpn: ['h2'] })],
  ['rtmp', 'rtmp', (port) => ({ ...usual, ...checks, type: 'rtmp', port, app: 'live' })],
  ['rtmps', 'rtmps', (port) => ({ ...usual, ...checks, type: 'rtmps', port, app: 'live' })],
]

function http(type: 'http' | 'https', port: number, http2: boolean): Probe {
  return { ...usual, ...page, type, http2, url: `${type}://{address}:${port}/health.html` }
}

describe.skipIf(skipped)('probes of a real media server', () => {
  const before = getCACertificates('default')
  let server: MediaServer
  let encoder: Encoder

  beforeAll(async () => {
    setDefaultCACertificates([authority])
    server = await startMediaServer({ 'health.html': 'all is well\n' })
    await writeFlv(`${server.directory}/hls/show1.flv`)
    encoder = await startEncoder(server, 'show1')
  })
  afterAll(async () => {
    setDefaultCACertificates(before)
    await encoder.stop()
    await server.stop()
  })

  it.each(probes)('%s: pass, and end in time wherever in its answer it misbehaves', async (_type, at, probe) => {
    const port = server.ports[at]
    const whole = await relayTo({ address, port }, () => {}, Infinity)
    expect(await runOne({ ...probe(whole.port), timeoutMs: 20_000 })).toMatchObject({ ok: true })
    const size = whole.answered()
    await whole.close()
    const tries = Object.values(misbehaviours).flatMap((misbehave) =>
      [0, 0.2, 0.4, 0.6, 0.8].map(async (share) => {
        const relay = await relayTo({ address, port }, misbehave, Math.round(size * share))
        const { ok } = await endsInTime({ ...probe(relay.port), timeoutMs: 300 })
        await relay.close()
        if (share === 0) expect(ok).toBe(false)
      }),
    )
    await Promise.all(tries)
  })

  it('say what did not come while all of it is frozen', async () => {
    server.freeze()
    try {
      const seen = await Promise.all(
        probes.map(([, at, probe]) => runOne({ ...probe(server.ports[at]), timeoutMs: 300 })),
      )
      expect(seen.map(({ reason }) => reason)).toEqual(probes.map(() => 'timeout'))
    } finally {
      server.goOn()
    }
  })

  it('connect to an application over TLS, step by step', async () => {
    const probe: Probe = {
      ...usual,
      ...checks,
      type: 'rtmps',
      port: server.ports.rtmps,
      app: 'live',
      timeoutMs: 20_000,
    }
    expect(await stepsOf(probe)).toEqual(['connect', 'tls', 'handshake', 'connect to application'])
    expect(await runOne({ ...probe, host: 'other.example.net' })).toMatchObject({ ok: false, reason: 'tls_name' })
  })

  it('know the digest by which nginx answers a client that sends one, as ffmpeg does', async () => {
    const [asked, answered]: [Buffer[], Buffer[]] = [[], []]
    const between = createServer((client) => {
      const node = connect({ host: address, port: server.ports.rtmp })
      for (const socket of [client, node]) socket.on('error', () => socket.destroy())
      client.on('data', (bytes: Buffer) => asked.push(bytes) && node.write(bytes))
      node.on('data', (bytes: Buffer) => answered.push(bytes) && client.write(bytes))
      client.on('close', () => node.destroy())
    })
    await new Promise<void>((resolve) => void between.listen(0, address, resolve))
    const { port } = between.address() as AddressInfo
    const player = start('ffmpeg', ['-i', `rtmp://${address}:${port}/live/show1`, '-f', 'null', '-'])
    const size = 1 + 2 * packetBytes
    await until('a handshake', player, async () => Buffer.concat(answered).length >= size)
    await end(player)
    await new Promise<void>((resolve) => void between.close(() => resolve()))
    const hello = Buffer.concat(asked).subarray(0, 1 + packetBytes)
    expect(judgeServerHello(hello, Buffer.concat(answered).subarray(0, size))).toBe('digest')
  })
})
