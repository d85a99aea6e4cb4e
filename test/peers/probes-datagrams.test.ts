// Probes over UDP against the real thing: srt-live-transmit as a listener, and ngtcp2's HTTP/3 server.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import type { QuicProbe, SrtProbe } from '../../src/health/model.ts'
import { freePort } from '../support/free-port.ts'
import { certificates, key } from '../unit/health/certificates.ts'
import { runOne, usual } from '../unit/health/probe-contract.ts'
import { end, start, until } from './media-server.ts'
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

  it('say protocol or timeout to a caller that waits for others, never ok', async () => {
    const [port, elsewhere] = [await freePort(), await freePort()]
    const input = `srt://127.0.0.1:${elsewhere}?mode=rendezvous&port=${port}`
    child = start('srt-live-transmit', ['-q', input, 'file://con'])
    expect((await runOne({ ...srt(port), timeoutMs: 300 })).ok).toBe(false)
  })
})

describe.skipIf(isMissing('probes of QUIC', { gtlsserver: 'ngtcp2-server' }))("probes of ngtcp2's server", () => {
  const quic = (port: number): QuicProbe => ({ ...usual, type: 'quic', port, timeoutMs: 1_000, required: false })

  it('are offered QUIC 1, until it is gone', async () => {
    const port = await freePort()
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-quic-'))
    const [keyFile, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
    writeFileSync(keyFile, key)
    writeFileSync(certificate, certificates.good)
    const server = start('gtlsserver', ['-q', '-d', directory, '127.0.0.1', `${port}`, keyFile, certificate])
    child = server
    await until('a QUIC server', server, async () => (await runOne(quic(port))).ok)
    expect(await runOne(quic(port))).toMatchObject({ ok: true, reason: 'ok' })
    await end(server)
    expect(await runOne(quic(port))).toMatchObject({ ok: false, reason: 'refused' })
    rmSync(directory, { recursive: true, force: true })
  })
})
