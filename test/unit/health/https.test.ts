// The HTTPS probe against real TLS servers: chain, name and dates of the certificate.
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpProbe } from '../../../src/health/model.ts'
import { authority, certificates, key } from './certificates.ts'
import { probeContract, runOne } from './probe-contract.ts'
import { serveHttp, serveHttps, serveTcp } from './servers.ts'

const before = getCACertificates('default')

beforeAll(() => setDefaultCACertificates([authority]))
afterAll(() => setDefaultCACertificates(before))

function httpsProbe(port: number, changes: Partial<HttpProbe> = {}): HttpProbe {
  return {
    key: 'it',
    type: 'https',
    url: `https://{address}:${port}/probe`,
    host: 'edge.example.net',
    status: [200],
    bodyContains: 'well',
    verify: true,
    certificateDays: 0,
    http2: false,
    intervalMs: 60_000,
    timeoutMs: 5_000,
    confirmMs: 150,
    fall: 3,
    rise: 5,
    required: true,
    ...changes,
  }
}

function serve(name: keyof typeof certificates, address?: string) {
  return serveHttps({ cert: certificates[name], key }, address)
}

probeContract('https', {
  serveWell: (address) => serve('good', address),
  probe: (port, timeoutMs) => httpsProbe(port, { timeoutMs }),
  listens: true,
  behindTls: { alpn: ['http/1.1'], listens: true },
})

describe('the certificate an HTTPS probe is shown', () => {
  it.each([
    ['expired', {}, 'tls_expired'],
    ['expired', { verify: false }, 'tls_expired'],
    ['future', {}, 'tls_expired'],
    ['future', { verify: false }, 'tls_expired'],
    ['selfSigned', {}, 'tls_chain'],
    ['selfSigned', { verify: false }, 'ok'],
    ['good', { host: 'other.example.net' }, 'tls_name'],
    ['good', { host: 'other.example.net', verify: false }, 'ok'],
    ['good', { host: 'edge.example.net:8443' }, 'ok'],
    ['good', { host: null }, 'tls_name'],
    ['good', { certificateDays: 365 }, 'ok'],
    ['good', { certificateDays: 50_000 }, 'tls_expiring'],
  ] as const)('%s, asked with %j, gives %s', async (name, changes, reason) => {
    const { port } = await serve(name)
    expect(await runOne(httpsProbe(port, changes))).toMatchObject({ ok: reason === 'ok', reason })
  })

  it('may name the address where the probe has no host', async () => {
    const { port } = await serve('good', '::1')
    expect(await runOne(httpsProbe(port, { host: null }), '::1', 6)).toMatchObject({ ok: true })
  })

  it('is told apart by its dates in words', async () => {
    const { port } = await serve('expired')
    const { detail } = await runOne(httpsProbe(port, { verify: false }))
    expect(detail).toBe('certificate expired on 2020-02-01T00:00:00.000Z')
  })
})

describe('an HTTPS probe of a node that speaks no TLS', () => {
  it('says protocol to plain HTTP', async () => {
    const { port } = await serveHttp((_request, response) => response.end())
    expect(await runOne(httpsProbe(port))).toMatchObject({ ok: false, reason: 'protocol' })
  })

  it('says what it waited for when the handshake stalls', async () => {
    const { port } = await serveTcp((socket) => socket.resume())
    const detail = 'no sign of a TLS session in 150 ms'
    expect(await runOne(httpsProbe(port, { timeoutMs: 150 }))).toMatchObject({ reason: 'timeout', detail })
  })
})
