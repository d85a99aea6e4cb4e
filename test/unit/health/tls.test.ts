// The TLS probe against real TLS servers: chain, name, dates and protocol.
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TlsProbe } from '../../../src/health/model.ts'
import { authority, certificates, key } from './certificates.ts'
import { probeContract, runOne, stepsOf, usual } from './probe-contract.ts'
import { serveTls } from './servers.ts'

const before = getCACertificates('default')

beforeAll(() => setDefaultCACertificates([authority]))
afterAll(() => setDefaultCACertificates(before))

function tlsProbe(port: number, changes: Partial<TlsProbe> = {}): TlsProbe {
  const host = 'edge.example.net'
  return { ...usual, type: 'tls', port, host, alpn: [], verify: true, certificateDays: 0, ...changes }
}

function serve(name: keyof typeof certificates, ALPNProtocols: string[] = [], address = '127.0.0.1') {
  const alpn = ALPNProtocols.length > 0 ? { ALPNProtocols } : {}
  return serveTls({ cert: certificates[name], key, ...alpn }, address)
}

probeContract('tls', {
  serveWell: (address) => serve('good', [], address),
  probe: (port, timeoutMs) => tlsProbe(port, { timeoutMs }),
  listens: true,
  behindTls: { alpn: [], listens: false },
})

describe('the certificate a TLS probe is shown', () => {
  it.each([
    ['expired', {}, 'tls_expired'],
    ['future', { verify: false }, 'tls_expired'],
    ['selfSigned', {}, 'tls_chain'],
    ['selfSigned', { verify: false }, 'ok'],
    ['good', { host: 'other.example.net' }, 'tls_name'],
    ['good', { host: null }, 'tls_name'],
    ['good', { certificateDays: 50_000 }, 'tls_expiring'],
  ] as const)('%s, asked with %j, gives %s', async (name, changes, reason) => {
    const { port } = await serve(name)
    expect(await runOne(tlsProbe(port, changes))).toMatchObject({ ok: reason === 'ok', reason })
  })
})

describe('the protocol a TLS probe asks for', () => {
  it.each([
    [[], ['h2'], 'ok'],
    [['h2', 'http/1.1'], ['http/1.1'], 'ok'],
    [['h2'], ['http/1.1'], 'tls_alpn'],
    [['h2'], [], 'tls_alpn'],
  ])('of %j, at a node that speaks %j, gives %s', async (alpn, spoken, reason) => {
    const { port } = await serve('good', spoken)
    expect(await runOne(tlsProbe(port, { alpn }))).toMatchObject({ ok: reason === 'ok', reason })
  })

  it('is a step of its own after connecting', async () => {
    const { port } = await serve('good')
    expect(await stepsOf(tlsProbe(port))).toEqual(['connect', 'tls'])
  })
})
