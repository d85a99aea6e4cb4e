// The RTMP probes against small servers: plain and digest handshakes, connect, and nodes that mean it ill.
import { createHmac, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RtmpProbe } from '../../../src/health/model.ts'
import { authority, certificates, key } from './certificates.ts'
import { probeContract, runOne, stepsOf, usual } from './probe-contract.ts'
import { serveTcp, serveTls } from './servers.ts'

const before = getCACertificates('default')

beforeAll(() => setDefaultCACertificates([authority]))
afterAll(() => setDefaultCACertificates(before))

const packetBytes = 1536

function rtmpProbe(port: number, changes: Partial<RtmpProbe> = {}): RtmpProbe {
  return { ...usual, type: 'rtmp', port, host: null, app: null, verify: true, certificateDays: 0, ...changes }
}

interface Server {
  /** S0, S1 and S2 for C0 and C1. */
  readonly answer?: (hello: Buffer) => Buffer
  /** What is said to C2 and a command behind it. */
  readonly reply?: (command: Buffer, socket: Socket) => void
}

function plain(hello: Buffer): Buffer {
  return Buffer.concat([Buffer.of(3), Buffer.alloc(8), randomBytes(packetBytes - 8), hello.subarray(1)])
}

/** S1 with a digest behind `stretch`, S2 of noise. */
function digest(stretch: number): Buffer {
  const s1 = randomBytes(packetBytes)
  const at = stretch + 4 + ((s1[stretch] + s1[stretch + 1] + s1[stretch + 2] + s1[stretch + 3]) % 728)
  const rest = Buffer.concat([s1.subarray(0, at), s1.subarray(at + 32)])
  createHmac('sha256', 'Genuine Adobe Flash Media Server 001').update(rest).digest().copy(s1, at)
  return Buffer.concat([Buffer.of(3), s1, randomBytes(packetBytes)])
}

function talk({ answer = plain, reply }: Server): (socket: Socket) => void {
  return (socket) => {
    let heard = Buffer.alloc(0)
    let [greeted, replied] = [false, false]
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      if (!greeted && heard.length >= 1 + packetBytes) {
        greeted = true
        socket.write(answer(heard.subarray(0, 1 + packetBytes)))
      }
      const command = heard.subarray(1 + 2 * packetBytes)
      if (!replied && command.length > 0) {
        replied = true
        reply?.(command, socket)
      }
    })
  }
}

const serve = (server: Server = {}, address?: string) => serveTcp(talk(server), address)

/** One chunk with its whole header. */
function chunk(type: number, body: Buffer, stream = 3): Buffer {
  const header = Buffer.alloc(12)
  header[0] = stream
  header.writeUIntBE(body.length, 4, 3)
  header[7] = type
  return Buffer.concat([header, body])
}

/** An AMF0 command with the number of the one it answers. */
function command(name: string, answers: number): Buffer {
  const head = Buffer.concat([Buffer.of(2, 0, name.length), Buffer.from(name), Buffer.alloc(9)])
  head.writeDoubleBE(answers, head.length - 8)
  return head
}

const windowSize = chunk(5, Buffer.of(0, 0x4c, 0x4b, 0x40), 2)
const result = chunk(20, command('_result', 1))

probeContract('rtmp', {
  serveWell: (address) => serve({}, address),
  probe: (port, timeoutMs) => rtmpProbe(port, { timeoutMs }),
  listens: true,
})

describe('the handshake of an RTMP probe', () => {
  it.each([
    ['plain', plain],
    ['plain, with another time in S2', (hello: Buffer) => plain(hello).fill(9, 1 + packetBytes, 1 + packetBytes + 8)],
    ['with a digest near the front', () => digest(8)],
    ['with a digest near the back', () => digest(772)],
  ])('passes when it is answered %s', async (_how, answer) => {
    const { port } = await serve({ answer })
    expect(await runOne(rtmpProbe(port))).toMatchObject({ ok: true })
  })

  it('begins as every server takes it, and gives S1 back', async () => {
    const heard: Buffer[] = []
    let said: Buffer = Buffer.alloc(0)
    const server = await serveTcp((socket) => {
      socket.on('data', (bytes: Buffer) => heard.push(bytes))
      talk({ answer: (hello) => (said = plain(hello)) })(socket)
    })
    await runOne(rtmpProbe(server.port))
    await vi.waitFor(() => expect(Buffer.concat(heard)).toHaveLength(1 + 2 * packetBytes))
    const all = Buffer.concat(heard)
    expect(all.subarray(0, 9)).toEqual(Buffer.from('030000000000000000', 'hex'))
    expect(all.subarray(1 + packetBytes)).toEqual(said.subarray(1, 1 + packetBytes))
  })

  it.each([
    ['noise after the version', (): Buffer => Buffer.concat([Buffer.of(3), randomBytes(2 * packetBytes)])],
    ['its own S1 in place of C1', () => Buffer.concat([Buffer.of(3), Buffer.alloc(2 * packetBytes, 7)])],
    ['another version', (hello: Buffer) => Buffer.concat([Buffer.of(6), plain(hello).subarray(1)])],
    ['HTTP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('says protocol to %s', async (_what, answer) => {
    const server = await serve({ answer })
    expect(await runOne(rtmpProbe(server.port))).toMatchObject({ ok: false, reason: 'protocol' })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  it('is waited for by name when it stops half way', async () => {
    const { port } = await serve({ answer: (hello) => plain(hello).subarray(0, 2_000) })
    const detail = "no sign of the server's handshake in 150 ms"
    expect(await runOne(rtmpProbe(port, { timeoutMs: 150 }))).toMatchObject({ reason: 'timeout', detail })
  })
})

describe('connect', () => {
  const probe = (port: number, timeoutMs = 5_000) => rtmpProbe(port, { app: 'live', timeoutMs })

  it('names the application and the URL', async () => {
    const asked: Buffer[] = []
    const { port } = await serve({
      reply: (heard, socket) => {
        asked.push(heard)
        socket.write(result)
      },
    })
    expect(await runOne(rtmpProbe(port, { app: 'a'.repeat(200), host: 'in.example.net' }))).toMatchObject({ ok: true })
    // A command in chunks of 128 bytes: a whole header, then one byte before each further chunk.
    const [bytes] = asked
    expect([bytes[0], bytes[7], bytes[12 + 128]]).toEqual([3, 20, 0xc3])
    const length = bytes.readUIntBE(4, 3)
    expect(bytes.length).toBe(12 + length + Math.ceil(length / 128) - 1)
    const text = Buffer.concat([
      bytes.subarray(12, 140),
      bytes.subarray(141, 269),
      bytes.subarray(270, 398),
      bytes.subarray(399),
    ])
    expect(text.toString('latin1')).toContain(`rtmp://in.example.net:${port}/${'a'.repeat(200)}`)
  })

  it('passes when the answer comes between other messages, in small and interleaved chunks', async () => {
    const body = Buffer.concat([command('_result', 1), Buffer.alloc(300, 5)])
    const begun = chunk(20, body).subarray(0, 12 + 128)
    const bytes = Buffer.concat([
      windowSize,
      begun,
      chunk(4, Buffer.alloc(6), 2),
      Buffer.of(0xc3),
      body.subarray(128, 256),
      Buffer.of(0xc3),
      body.subarray(256),
    ])
    const { port } = await serve({ reply: (_heard, socket) => socket.write(bytes) })
    expect(await runOne(probe(port))).toMatchObject({ ok: true })
    expect(await stepsOf(probe(port))).toEqual(['connect', 'handshake', 'connect to application'])
  })

  it('passes when the server takes larger chunks, streams of high numbers and extended timestamps', async () => {
    const body = Buffer.concat([command('_result', 1), Buffer.alloc(500, 5)])
    const header = Buffer.concat([Buffer.of(0, 200), chunk(20, body).subarray(1, 12), Buffer.of(0, 0xff, 0xff, 0xff)])
    header.writeUIntBE(0xff_ffff, 2, 3)
    const bytes = Buffer.concat([chunk(1, Buffer.of(0, 0, 16, 0), 2), header, body])
    const { port } = await serve({ reply: (_heard, socket) => socket.write(bytes) })
    expect(await runOne(probe(port))).toMatchObject({ ok: true })
  })

  it('fails when the server refuses', async () => {
    const { port } = await serve({ reply: (_heard, socket) => socket.write(chunk(20, command('_error', 1))) })
    expect(await runOne(probe(port))).toMatchObject({ reason: 'status', detail: 'connect to live was refused' })
  })

  it('is not answered by the answer to something else', async () => {
    const { port } = await serve({ reply: (_heard, socket) => socket.write(chunk(20, command('_result', 2))) })
    const detail = 'no sign of an answer to connect in 150 ms'
    expect(await runOne(probe(port, 150))).toMatchObject({ reason: 'timeout', detail })
  })

  it.each([
    ['a message of 16 MB', Buffer.concat([chunk(20, Buffer.alloc(0)).fill(0xff, 4, 7)])],
    ['a chunk that refers to none', Buffer.of(0xc9, 1, 2, 3)],
    [
      'more streams than it needs',
      Buffer.concat(Array.from({ length: 20 }, (_, id) => chunk(8, Buffer.alloc(300), id + 2).subarray(0, 140))),
    ],
    ['a chunk size of 0', chunk(1, Buffer.alloc(4), 2)],
    ['a chunk size without digits', chunk(1, Buffer.alloc(0), 2)],
    [
      'a message inside another',
      Buffer.concat([chunk(8, Buffer.alloc(300)).subarray(0, 140), chunk(8, Buffer.alloc(4))]),
    ],
    ['messages without end', Buffer.concat(Array.from({ length: 6_000 }, () => windowSize))],
  ])('says protocol to %s', async (_what, bytes) => {
    const server = await serve({ reply: (_heard, socket) => socket.write(bytes) })
    expect(await runOne(probe(server.port))).toMatchObject({ ok: false, reason: 'protocol' })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})

describe('an RTMPS probe', () => {
  const serveSecure = (name: keyof typeof certificates, address?: string) =>
    serveTls({ cert: certificates[name], key }, address, talk({}))
  const probe = (port: number, changes: Partial<RtmpProbe> = {}) =>
    rtmpProbe(port, { type: 'rtmps', host: 'edge.example.net', ...changes })

  probeContract('rtmps', {
    serveWell: (address) => serveSecure('good', address),
    probe: (port, timeoutMs) => probe(port, { timeoutMs }),
    listens: true,
    behindTls: { alpn: [], listens: true },
  })

  it.each([
    ['good', {}, 'ok'],
    ['good', { host: 'other.example.net' }, 'tls_name'],
    ['expired', {}, 'tls_expired'],
    ['selfSigned', {}, 'tls_chain'],
    ['selfSigned', { verify: false }, 'ok'],
  ] as const)('of a node with a certificate that is %s, asked with %j, says %s', async (name, changes, reason) => {
    const { port } = await serveSecure(name)
    expect(await runOne(probe(port, changes))).toMatchObject({ ok: reason === 'ok', reason })
  })
})
