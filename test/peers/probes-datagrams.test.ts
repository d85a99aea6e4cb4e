// Probes over UDP against the real thing: srt-live-transmit as a listener, and ngtcp2's HTTP/3 server.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { QuicProbe, SrtProbe } from '../../src/health/model.ts'
import { freePort } from '../support/free-port.ts'
import { relayUdp, type OnAnswer } from '../support/spoiling-udp-relay.ts'
import { authority, certificates, key } from '../unit/health/certificates.ts'
import { endsInTime, runOne, usual } from '../unit/health/probe-contract.ts'
import { end, freeze, start, until } from './media-server.ts'
import { isMissing } from './tools.ts'

let child: ChildProcess | null = null

afterEach(async () => {
  if (child !== null) await end(child)
  child = null
})

describe.skipIf(isMissing('probes of SRT', { 'srt-live-transmit': 'srt-tools' }))('probes of an SRT listener', () => {
  const srt = (port: number): SrtProbe => ({ ...usual, type: 'srt', port, timeoutMs: 1_000 })

  it('get its handshake, again and again, until it is gone', async () => {
    const port = await freePort()
    const listener = start('srt-live-transmit', ['-q', `srt://127.0.0.1:${port}?mode=listener`, 'file://con'])
    child = listener
    await until('an SRT listener', listener, async () => (await runOne(srt(port))).ok)
    for (let time = 0; time < 20; time += 1) expect(await runOne(srt(port))).toMatchObject({ ok: true })
    await end(listener)
    expect(await runOne(srt(port))).toMatchObject({ ok: false, reason: 'refused' })
  })

  it('say timeout while it is frozen', async () => {
    const port = await freePort()
    child = start('srt-live-transmit', ['-q', `srt://127.0.0.1:${port}?mode=listener`, 'file://con'])
    await until('an SRT listener', child, async () => (await runOne(srt(port))).ok)
    await freeze(child)
    expect(await runOne({ ...srt(port), timeoutMs: 300 })).toMatchObject({ ok: false, reason: 'timeout' })
  })

  it('say protocol or timeout to a caller that waits for others, never ok', async () => {
    const [port, elsewhere] = [await freePort(), await freePort()]
    const input = `srt://127.0.0.1:${elsewhere}?mode=rendezvous&port=${port}`
    child = start('srt-live-transmit', ['-q', input, 'file://con'])
    expect((await runOne({ ...srt(port), timeoutMs: 300 })).ok).toBe(false)
  })
})

describe.skipIf(isMissing('probes of QUIC', { gtlsserver: 'ngtcp2-server' }))("probes of ngtcp2's server", () => {
  const before = getCACertificates('default')
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-quic-'))

  beforeAll(() => setDefaultCACertificates([authority]))
  afterAll(() => {
    setDefaultCACertificates(before)
    rmSync(directory, { recursive: true, force: true })
  })

  const quic = (port: number, get: QuicProbe['get'] = null): QuicProbe => {
    return { ...usual, type: 'quic', port, get, timeoutMs: 2_000, required: false }
  }

  /** Starts it with one page, health.html, and waits until it offers QUIC. */
  async function serve(name: keyof typeof certificates): Promise<number> {
    const port = await freePort()
    const [keyFile, certificate] = [join(directory, 'key.pem'), join(directory, `${name}.pem`)]
    writeFileSync(keyFile, key)
    writeFileSync(certificate, certificates[name])
    writeFileSync(join(directory, 'health.html'), 'all is well\n')
    const server = start('gtlsserver', ['-q', '-d', directory, '127.0.0.1', `${port}`, keyFile, certificate])
    child = server
    await until('a QUIC server', server, async () => (await runOne(quic(port))).ok)
    return port
  }

  it('are offered QUIC 1, until it is gone', async () => {
    const port = await serve('good')
    expect(await runOne(quic(port))).toMatchObject({ ok: true, reason: 'ok' })
    if (child !== null) await end(child)
    expect(await runOne(quic(port))).toMatchObject({ ok: false, reason: 'refused' })
  })

  it('say timeout while it is frozen', async () => {
    const port = await serve('good')
    if (child !== null) await freeze(child)
    expect(await runOne({ ...quic(port), timeoutMs: 300 })).toMatchObject({ ok: false, reason: 'timeout' })
  })

  const page = { path: '/health.html', host: 'edge.example.net', status: [200], verify: true, certificateDays: 0 }

  it.skipIf(process.arch !== 'x64').each<[string, OnAnswer]>([
    ['falls silent after one datagram', (answer, say, count) => count < 2 && say(answer)],
    ['falls silent after two datagrams', (answer, say, count) => count < 3 && say(answer)],
    ['cuts its datagrams', (answer, say) => say(answer.subarray(0, answer.length / 2))],
    ['goes on with noise', (answer, say, count) => say(count < 2 ? answer : randomBytes(1_200))],
  ])('fail in time when it %s', async (_does, onAnswer) => {
    const relay = await relayUdp(await serve('good'), onAnswer)
    const { ok } = await endsInTime({ ...quic(relay.port, page), timeoutMs: 300 })
    await relay.close()
    expect(ok).toBe(false)
  })

  // The QUIC that we fetch with is built for no other architecture.
  it.skipIf(process.arch !== 'x64').each([
    ['good', {}, 'ok'],
    ['good', { path: '/gone.html' }, 'status'],
    ['good', { host: 'other.example.net' }, 'tls_name'],
    ['good', { host: null }, 'tls_name'],
    ['good', { certificateDays: 50_000 }, 'tls_expiring'],
    ['expired', {}, 'tls_expired'],
    ['expired', { verify: false }, 'tls_expired'],
    ['selfSigned', {}, 'tls_chain'],
    ['selfSigned', { verify: false }, 'ok'],
  ] as const)('fetch over HTTP/3 with a certificate that is %s, asked with %j: %s', async (name, changes, reason) => {
    const port = await serve(name)
    for (let time = 0; time < 3; time += 1)
      expect(await runOne(quic(port, { ...page, ...changes }))).toMatchObject({ ok: reason === 'ok', reason })
  })
})
