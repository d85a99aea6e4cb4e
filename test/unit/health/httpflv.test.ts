// The HTTP-FLV probe against real HTTP servers: where the first keyframe is found, and streams that have none.
import { describe, expect, it, vi } from 'vitest'
import type { HttpFlvProbe } from '../../../src/health/model.ts'
import { probeContract, runOne, stepsOf, usual } from './probe-contract.ts'
import { serveHttp } from './servers.ts'

function flvProbe(port: number, timeoutMs = 5_000): HttpFlvProbe {
  const url = `http://{address}:${port}/live/show1.flv`
  return { ...usual, type: 'httpflv', url, host: null, verify: true, certificateDays: 0, timeoutMs }
}

const header = Buffer.from('464c5601050000000900000000', 'hex')

/** An FLV tag: 8 audio, 9 video, 18 script. */
function tag(type: number, body: Buffer, atMs = 0): Buffer {
  const bytes = Buffer.alloc(11 + body.length + 4)
  bytes[0] = type
  bytes.writeUIntBE(body.length, 1, 3)
  bytes.writeUIntBE(atMs & 0xff_ffff, 4, 3)
  bytes[7] = atMs >>> 24
  body.copy(bytes, 11)
  bytes.writeUInt32BE(11 + body.length, 11 + body.length)
  return bytes
}

const script = tag(18, Buffer.from('020002', 'hex'))
const audio = tag(8, Buffer.alloc(400, 0xaf))
const avcConfiguration = tag(9, Buffer.of(0x17, 0, 0, 0, 0, 1))
const avcKeyframe = tag(9, Buffer.concat([Buffer.of(0x17, 1, 0, 0, 0), Buffer.alloc(5_000)]))
const avcFrame = tag(9, Buffer.concat([Buffer.of(0x27, 1, 0, 0, 0), Buffer.alloc(900)]))
const stream = Buffer.concat([header, script, avcConfiguration, audio, avcFrame, audio, avcKeyframe])

function serve(bytes: Buffer, address?: string) {
  return serveHttp((_request, response) => void response.writeHead(200).write(bytes), address)
}

probeContract('httpflv', {
  serveWell: (address) => serve(stream, address),
  probe: flvProbe,
  listens: true,
})

describe('an HTTP-FLV probe', () => {
  it('takes the header and the first keyframe as steps', async () => {
    const { port } = await serve(stream)
    expect(await stepsOf(flvProbe(port))).toEqual(['connect', 'headers', 'FLV header', 'keyframe'])
  })

  it('finds a keyframe that comes byte by byte', async () => {
    const { port } = await serveHttp((_request, response) => {
      const bytes = [...stream.subarray(0, -5_000)]
      const next = (): void => {
        const byte = bytes.shift()
        if (byte !== undefined) response.write(Buffer.of(byte), () => setImmediate(next))
      }
      next()
    })
    expect(await runOne(flvProbe(port))).toMatchObject({ ok: true })
  })

  it.each([
    ['AVC', Buffer.of(0x17, 1)],
    ['HEVC in the classic way', Buffer.of(0x1c, 1)],
    ['H.263', Buffer.of(0x12, 0)],
    ['HEVC in the enhanced way', Buffer.from('91687663310000', 'hex')],
    ['AV1', Buffer.from('91617630310000', 'hex')],
    ['HEVC without composition time', Buffer.from('9368766331', 'hex')],
  ])('takes a keyframe of %s', async (_codec, body) => {
    const { port } = await serve(Buffer.concat([header, tag(9, body)]))
    expect(await runOne(flvProbe(port))).toMatchObject({ ok: true })
  })

  it.each([
    ['configuration', avcConfiguration],
    ['configuration in the enhanced way', tag(9, Buffer.from('9068766331', 'hex'))],
    ['frames between keyframes', avcFrame],
    ['sound', audio],
    ['nothing in it', tag(9, Buffer.alloc(0))],
  ])('goes on waiting through video with %s', async (_what, more) => {
    const server = await serve(Buffer.concat([header, more, more]))
    const detail = 'no sign of a video keyframe in 150 ms'
    expect(await runOne(flvProbe(server.port, 150))).toMatchObject({ reason: 'timeout', detail })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})

describe('an HTTP-FLV probe of a hostile node', () => {
  it.each([
    ['a web page', Buffer.from('<html>not a stream</html>')],
    ['another version', Buffer.concat([Buffer.from('FLV\u0002'), header.subarray(4)])],
    ['a header shorter than itself', Buffer.from('464c5601050000000800000000', 'hex')],
    ['a header of four gigabytes', Buffer.concat([Buffer.from('464c560105ffffffff', 'hex'), Buffer.alloc(5 << 20)])],
    ['a tag of no known type', Buffer.concat([header, tag(7, Buffer.alloc(10))])],
    ['a tag of another stream', Buffer.concat([header, tag(8, Buffer.alloc(10)).fill(1, 8, 11)])],
    ['audio without end', Buffer.concat([header, ...Array.from({ length: 11_000 }, () => audio)])],
    ['one tag of 16 MB', Buffer.concat([header, tag(8, Buffer.alloc(0xff_ffff))])],
  ])('says protocol to %s', async (_what, bytes) => {
    const server = await serve(bytes)
    expect(await runOne(flvProbe(server.port))).toMatchObject({ ok: false, reason: 'protocol' })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  it('says reset to a stream that breaks off', async () => {
    const { port } = await serveHttp((_request, response) => response.end(Buffer.concat([header, audio])))
    expect(await runOne(flvProbe(port))).toMatchObject({ ok: false, reason: 'reset' })
  })

  it('says status to a stream that is not there', async () => {
    const { port } = await serveHttp((_request, response) => response.writeHead(404).end())
    expect(await runOne(flvProbe(port))).toMatchObject({ reason: 'status', detail: 'answered 404, expected 200' })
  })
})
