// The HTTP probe over HTTP/2, with and without TLS: what it asks, and nodes that mean it ill.
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { HttpProbe } from '../../../src/health/model.ts'
import { authority, certificates, key } from './certificates.ts'
import { probeContract, runOne, stepsOf, usual } from './probe-contract.ts'
import { repeat, serveHttp, serveHttp2, serveHttps, serveTcp, serveTls } from './servers.ts'

const before = getCACertificates('default')

beforeAll(() => setDefaultCACertificates([authority]))
afterAll(() => setDefaultCACertificates(before))

function http2Probe(port: number, changes: Partial<HttpProbe> = {}): HttpProbe {
  return {
    ...usual,
    type: 'http',
    url: `http://{address}:${port}/probe`,
    host: null,
    http2: true,
    status: [200],
    bodyContains: 'well',
    verify: true,
    certificateDays: 0,
    ...changes,
  }
}

const secure = (port: number): HttpProbe =>
  http2Probe(port, { type: 'https', url: `https://{address}:${port}/probe`, host: 'edge.example.net' })

probeContract('http (HTTP/2)', {
  serveWell: (address) => serveHttp2((stream) => stream.end('all is well'), address),
  probe: (port, timeoutMs) => http2Probe(port, { timeoutMs }),
  listens: true,
})

const serveSecure = (address?: string) =>
  serveHttp2((stream) => stream.end('all is well'), address, { cert: certificates.good, key })

probeContract('https (HTTP/2)', {
  serveWell: serveSecure,
  probe: (port, timeoutMs) => ({ ...secure(port), timeoutMs }),
  listens: true,
  behindTls: { alpn: ['h2'], listens: true },
})

describe('an HTTP/2 probe', () => {
  it('asks for path and query, of the host it is told', async () => {
    const seen: unknown[] = []
    const { port } = await serveHttp2((stream, headers) => {
      seen.push(headers[':method'], headers[':path'], headers[':authority'], headers[':scheme'])
      stream.end('well')
    })
    await runOne(http2Probe(port, { url: `http://{address}:${port}/a?b=c`, host: 'play.example.net' }))
    expect(seen).toEqual(['GET', '/a?b=c', 'play.example.net', 'http'])
  })

  it('is judged by status and body', async () => {
    const { port } = await serveHttp2((stream) => {
      stream.respond({ ':status': 503 })
      stream.end('not well')
    })
    expect(await runOne(http2Probe(port))).toMatchObject({ reason: 'status', detail: 'answered 503, expected 200' })
    expect(await runOne(http2Probe(port, { status: [503], bodyContains: 'ill' }))).toMatchObject({ reason: 'body' })
  })

  it('agrees on h2 over TLS, and fails at a node that knows only HTTP/1.1', async () => {
    const { port } = await serveSecure()
    expect(await runOne(secure(port))).toMatchObject({ ok: true })
    expect(await stepsOf(secure(port))).toEqual(['connect', 'tls', 'headers', 'body'])
    const old = await serveHttps({ cert: certificates.good, key })
    expect(await runOne(secure(old.port))).toMatchObject({ ok: false, reason: 'tls_alpn' })
  })
})

describe('an HTTP/2 probe of a hostile node', () => {
  it('says protocol to HTTP/1.1', async () => {
    const { port } = await serveHttp((_request, response) => response.end('all is well'))
    expect(await runOne(http2Probe(port))).toMatchObject({ ok: false, reason: 'protocol' })
  })

  it.each([
    ['closes the session', Buffer.from('0000000400000000000000080700000000000000000000000000', 'hex')],
    ['announces a frame beyond every limit', Buffer.from('ffffff040000000000', 'hex')],
    ['answers on a stream nobody opened', Buffer.from('00000004000000000000000101050000006388', 'hex')],
    ['pushes unasked', Buffer.from('0000000400000000000000050504000000010000000288', 'hex')],
  ])('fails when it %s', async (_does, bytes) => {
    const server = await serveTcp((socket) => socket.once('data', () => socket.write(bytes)))
    const observation = await runOne(http2Probe(server.port, { timeoutMs: 300 }))
    expect(observation.ok).toBe(false)
    expect(observation.reason).not.toBe('local')
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  it('fails when it pings without end', async () => {
    const settings = Buffer.from('000000040000000000', 'hex')
    const ping = Buffer.from('0000080600000000000102030405060708', 'hex').toString('latin1')
    const server = await serveTls({ cert: certificates.good, key, ALPNProtocols: ['h2'] }, '127.0.0.1', (socket) => {
      socket.setDefaultEncoding('latin1')
      socket.write(settings)
      repeat(socket, ping.repeat(100), 1)
    })
    const observation = await runOne({ ...secure(server.port), timeoutMs: 300 })
    expect(observation.ok).toBe(false)
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  it('hangs up on a body without end', async () => {
    const server = await serveHttp2((stream) => {
      const more = (): void => void stream.write('x'.repeat(16_384), (error) => error ?? setImmediate(more))
      more()
    })
    expect(await runOne(http2Probe(server.port))).toMatchObject({
      reason: 'body',
      detail: 'expected text is not in the first 64 KiB',
    })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})
