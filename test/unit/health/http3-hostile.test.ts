// HTTP/3 probes of a node that shakes hands and then is silent, slow, endless, broken or talks garbage.
import { randomBytes } from 'node:crypto'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Config } from '@matrixai/quic/native/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QuicProbe } from '../../../src/health/model.ts'
import type { Http3Talk } from '../../support/http3-server.ts'
import { relayUdp, type OnAnswer } from '../../support/spoiling-udp-relay.ts'
import { authority, certificates, key } from './certificates.ts'
import { endsInTime, runOne, stepsOf, usual } from './probe-contract.ts'
import { closeAfterThis, closeServersAfterEach } from './servers.ts'

type ChangeLimits = (config: Config) => void

const generousMs = 20_000
/** For what can only end by the deadline. */
const shortMs = 600

const get = { host: 'edge.example.net', path: '/', status: [200], verify: true, certificateDays: 0 }
const probe = (port: number, timeoutMs = generousMs): QuicProbe => ({ ...usual, type: 'quic', port, get, timeoutMs })

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
/** A HEADERS frame with `:status: 200`. */
const ok = hex('01 03 0000d9')
/** A HEADERS frame with `:status: 103`. */
const interim = hex('01 03 0000d8')
/** Where the answer is due, and a stream of the server's own. */
const [answers, own] = [0, 3]

// The QUIC that both sides speak here is built for no other architecture.
describe.skipIf(process.arch !== 'x64')('an HTTP/3 probe, once the handshake is over,', () => {
  closeServersAfterEach()
  const before = getCACertificates('default')

  beforeAll(() => setDefaultCACertificates([authority]))
  afterAll(() => setDefaultCACertificates(before))

  async function serve(behave: (talk: Http3Talk) => void, change?: ChangeLimits) {
    const { serveHttp3 } = await import('../../support/http3-server.ts')
    const server = await serveHttp3({ cert: certificates.good, key }, behave, change)
    closeAfterThis(server)
    return server
  }

  it('takes an answer, whole or in pieces', async () => {
    const whole = await serve((talk) => talk.say(answers, ok, true))
    expect(await runOne(probe(whole.port))).toMatchObject({ ok: true })
    expect(await stepsOf(probe(whole.port))).toEqual(['handshake', 'headers'])
    const pieces = await serve((talk) => {
      const bytes = [...interim, ...ok]
      talk.everyTurn(() => bytes.length > 0 && talk.say(answers, Uint8Array.from(bytes.splice(0, 1))))
    })
    expect(await runOne(probe(pieces.port))).toMatchObject({ ok: true })
  })

  it('says all of its request to a node that takes a few bytes at a time', async () => {
    const { port } = await serve(
      (talk) => talk.onRequest(() => talk.say(answers, ok, true)),
      (config) => config.setInitialMaxStreamDataBidiRemote(16),
    )
    const path = `/${'p'.repeat(200)}`
    expect(await runOne({ ...probe(port), get: { ...get, path } })).toMatchObject({ ok: true })
  })

  it.each<[string, (talk: Http3Talk) => void]>([
    ['says nothing', () => {}],
    ['says nothing but the beginning of an answer', (talk) => talk.say(answers, ok.subarray(0, 4))],
    [
      'drips a frame that nobody knows',
      (talk) => {
        talk.say(answers, hex('21 7fff'))
        talk.everyTurn(() => talk.say(answers, Uint8Array.of(0)))
      },
    ],
    [
      'drips on a stream of its own',
      (talk) => {
        talk.say(own, hex('00 04 00'))
        talk.everyTurn(() => talk.say(own, hex('21 00')))
      },
    ],
  ])('says timeout to a node that %s', async (_does, behave) => {
    const server = await serve(behave)
    const observation = await endsInTime(probe(server.port, shortMs))
    expect(server.shaken()).toBe(1)
    expect(observation).toMatchObject({ reason: 'timeout', detail: `no sign of an answer in ${shortMs} ms` })
  })

  it.each<[string, (talk: Http3Talk) => void, string]>([
    ['goes on for ever on a stream of its own', endless(own, Buffer.alloc(16_384, 0x21)), 'goes on beyond 256 KiB'],
    [
      'goes on for ever with empty frames',
      endless(answers, Buffer.alloc(16_384).fill(hex('2100'))),
      'more than 8 frames',
    ],
    ['goes on for ever with interim answers', endless(answers, interim), 'more than 8 frames'],
    ['announces a frame beyond every limit', (talk) => talk.say(answers, hex('01 bfffffff')), 'a frame of'],
    ['answers noise', (talk) => talk.say(answers, randomBytes(64).fill(hex('01 02 ffff'), 0, 4)), 'header fields'],
  ])('says protocol to a node that %s', async (_does, behave, detail) => {
    const { port } = await serve(behave)
    const observation = await runOne(probe(port))
    expect(observation).toMatchObject({ ok: false, reason: 'protocol', detail: expect.stringContaining(detail) })
  })

  it.each<[string, (talk: Http3Talk) => void]>([
    ['closes the connection', (talk) => talk.close()],
    ['ends the answer before it began', (talk) => talk.say(answers, new Uint8Array(), true)],
    ['ends the answer in the middle', (talk) => talk.say(answers, ok.subarray(0, 4), true)],
    ['breaks off the answer', (talk) => talk.onRequest(() => talk.reset(answers))],
  ])('says reset to a node that %s', async (_does, behave) => {
    const { port } = await serve(behave)
    expect(await runOne(probe(port))).toMatchObject({ ok: false, reason: 'reset' })
  })

  it.each<[string, OnAnswer]>([
    ['falls silent after one datagram', (answer, say, count) => count < 2 && say(answer)],
    ['falls silent after two datagrams', (answer, say, count) => count < 3 && say(answer)],
    ['goes on with noise', (answer, say, count) => say(count < 3 ? answer : randomBytes(1_200))],
    [
      'floods with noise and says nothing more',
      (answer, say, count) => {
        if (count < 3) say(answer)
        else for (let time = 0; time < 1_000; time += 1) say(randomBytes(100))
      },
    ],
    ['cuts its datagrams', (answer, say) => say(answer.subarray(0, answer.length / 2))],
  ])('ends in time when a node %s', async (_does, onAnswer) => {
    const server = await serve((talk) => talk.onRequest(() => setTimeout(() => talk.say(answers, ok), 50)))
    const relay = await relayUdp(server.port, onAnswer)
    closeAfterThis(relay)
    expect((await endsInTime(probe(relay.port, shortMs))).ok).toBe(false)
  })

  it('takes an answer of which every datagram comes twice, in the midst of noise', async () => {
    const server = await serve((talk) => talk.onRequest(() => talk.say(answers, ok)))
    const relay = await relayUdp(server.port, (answer, say) => {
      for (const datagram of [randomBytes(500), answer, answer, randomBytes(30)]) say(datagram)
    })
    closeAfterThis(relay)
    expect(await runOne(probe(relay.port))).toMatchObject({ ok: true })
  })

  it.each<[string, ChangeLimits]>([
    ['allows no request', (config) => config.setInitialMaxStreamsBidi(0)],
    ['allows no control stream', (config) => config.setInitialMaxStreamsUni(0)],
    ['allows not a byte', (config) => config.setInitialMaxData(0)],
    ['allows not a byte of a request', (config) => config.setInitialMaxStreamDataBidiRemote(0)],
  ])('blames a node that %s', async (_does, change) => {
    const { port } = await serve(() => {}, change)
    const { reason } = await runOne(probe(port, shortMs))
    expect(['protocol', 'timeout']).toContain(reason)
  })
})

/** Says this for ever, as fast as the client takes it. */
function endless(stream: number, bytes: Uint8Array): (talk: Http3Talk) => void {
  return (talk) => talk.everyTurn((waitingBytes) => waitingBytes < 65_536 && talk.say(stream, bytes))
}
