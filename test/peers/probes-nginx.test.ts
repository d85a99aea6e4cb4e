// Probes against a real nginx: HTTP/1.1, HTTP/2, TLS and an FLV file of ffmpeg's.
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpProbe, TlsProbe } from '../../src/health/model.ts'
import { authority } from '../unit/health/certificates.ts'
import { runOne, stepsOf, usual } from '../unit/health/probe-contract.ts'
import { rtmpModule, startMediaServer, writeFlv, type MediaServer } from './media-server.ts'
import { isMissing } from './tools.ts'

const skipped = isMissing('probes of nginx', { nginx: 'nginx', [rtmpModule]: 'libnginx-mod-rtmp', ffmpeg: 'ffmpeg' })

describe.skipIf(skipped)('probes of nginx', () => {
  const before = getCACertificates('default')
  let server: MediaServer

  beforeAll(async () => {
    setDefaultCACertificates([authority])
    server = await startMediaServer({ 'health.html': 'all is well\n' })
    await writeFlv(join(server.directory, 'www', 'show1.flv'))
  })
  afterAll(async () => {
    setDefaultCACertificates(before)
    await server.stop()
  })

  const http = (changes: Partial<HttpProbe> = {}): HttpProbe => ({
    ...usual,
    type: 'http',
    url: `http://{address}:${server.ports.http}/health.html`,
    host: null,
    http2: false,
    status: [200],
    bodyContains: 'well',
    verify: true,
    certificateDays: 0,
    ...changes,
  })
  const https = (changes: Partial<HttpProbe> = {}): HttpProbe =>
    http({
      type: 'https',
      url: `https://{address}:${server.ports.https}/health.html`,
      host: 'edge.example.net',
      ...changes,
    })
  const tls = (changes: Partial<TlsProbe> = {}): TlsProbe => ({
    ...usual,
    type: 'tls',
    port: server.ports.https,
    host: 'edge.example.net',
    alpn: [],
    verify: true,
    certificateDays: 30,
    ...changes,
  })

  it('pass over HTTP/1.1, with and without TLS', async () => {
    expect(await runOne(http())).toMatchObject({ ok: true })
    expect(await runOne(https())).toMatchObject({ ok: true })
  })

  it('pass over HTTP/2, step by step', async () => {
    expect(await runOne(https({ http2: true }))).toMatchObject({ ok: true })
    expect(await stepsOf(https({ http2: true }))).toEqual(['connect', 'tls', 'headers', 'body'])
  })

  it('say protocol where HTTP/2 is asked of a port that speaks HTTP/1.1', async () => {
    expect(await runOne(http({ http2: true }))).toMatchObject({ ok: false, reason: 'protocol' })
  })

  it('say what nginx answered', async () => {
    const url = `http://{address}:${server.ports.http}/gone.html`
    expect(await runOne(http({ url }))).toMatchObject({ reason: 'status', detail: 'answered 404, expected 200' })
    expect(await runOne(https({ http2: true, status: [204] }))).toMatchObject({ reason: 'status' })
    expect(await runOne(http({ bodyContains: 'ill' }))).toMatchObject({ reason: 'body' })
  })

  it('judge the certificate and the protocol', async () => {
    expect(await runOne(tls({ alpn: ['h2'] }))).toMatchObject({ ok: true })
    expect(await runOne(tls({ alpn: ['h3'] }))).toMatchObject({ ok: false, reason: 'tls_alpn' })
    expect(await runOne(tls({ host: 'other.example.net' }))).toMatchObject({ ok: false, reason: 'tls_name' })
  })

  it('find the first keyframe of an FLV file', async () => {
    const url = `http://{address}:${server.ports.http}/show1.flv`
    const probe = { ...usual, type: 'httpflv', url, host: null, verify: true, certificateDays: 0 } as const
    expect(await runOne(probe)).toMatchObject({ ok: true })
    expect(await stepsOf(probe)).toEqual(['connect', 'headers', 'FLV header', 'keyframe'])
  })
})
