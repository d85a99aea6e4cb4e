// HTTP/3 probes: the frames of a GET and its answer, and nodes that do not speak QUIC. A server that does is a peer's test.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { QuicProbe } from '../../../src/health/model.ts'
import { getRequest, StatusFinder } from '../../../src/health/probes/http3-frames.ts'
import { runOne, usual } from './probe-contract.ts'
import { closeServersAfterEach, serveUdp } from './servers.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** A HEADERS frame of these fields, behind their empty prefix. */
function headers(fields: string): Buffer {
  const body = hex(`0000${fields}`)
  return Buffer.concat([Buffer.of(1, body.length), body])
}

describe('the request of an HTTP/3 probe', () => {
  it('is one HEADERS frame: method, scheme, authority, path', () => {
    expect(getRequest('edge.example.net', '/a?b=c').toString('latin1')).toBe(
      '\u0001\u001e\0\0\xd1\xd7\x50\u0010edge.example.net\x51\u0006/a?b=c',
    )
  })

  it('may have a path of any length', () => {
    const request = getRequest('edge.example.net', `/${'p'.repeat(4_000)}`)
    expect(request.readUInt16BE(1) & 0x3fff).toBe(request.length - 3)
    // 127 and then 4001 - 127 in groups of seven bits, lowest first.
    expect(request.indexOf(hex('51 7f a21e 2f70'))).toBeGreaterThan(0)
  })
})

describe('the status of an HTTP/3 answer', () => {
  it.each([
    ['of the static table', 'd9', 200],
    ['of the far end of the static table', 'ff08', 500],
    ['in plain digits', '5f09 03 343138', 418],
    ['in Huffman code', '5f09 83 682f7f', 418],
    ['followed by other fields', 'd9 5f4d 8faa69d29ad962a9924ac4a20b6772d9', 200],
  ])('%s is read', (_where, fields, status) => {
    const finder = new StatusFinder()
    expect(finder.push(headers(fields))).toBe(status)
  })

  it('is read though it comes byte by byte, behind frames nobody knows and interim replies', () => {
    const finder = new StatusFinder()
    const bytes = Buffer.concat([
      hex('2105 6772656173'),
      headers('d8'),
      hex('40ff 00'),
      headers('dc'),
      hex('0003 616263'),
    ])
    const found = [...bytes].map((byte) => finder.push(Buffer.of(byte)))
    expect(found.find((status) => status !== null)).toBe(503)
  })

  it.each([
    ['fields that are not there', hex('0100')],
    ['a prefix alone', hex('01020000')],
    ['a dynamic table', hex('0103 0200 80')],
    ['another field first', headers('d1')],
    ['a status of letters', headers('5f09 03 616263')],
    ['a status that is cut off', headers('5f09 03 34')],
    ['Huffman code of letters', headers('5f09 83 ffffff')],
    ['a length without end', headers('5fffffffffff')],
    ['a frame beyond 16 KiB', hex('01 80005000')],
    ['a frame of data beyond all', hex('00 c000010000000000')],
    ['frames without end', Buffer.alloc(100, 0x21).fill(0, 1, 2).fill(hex('2100'))],
  ])('is not looked for in %s', (_what, bytes) => {
    expect(() => new StatusFinder().push(bytes)).toThrow(/./)
  })

  it('is not there as long as nothing was said', () => {
    const finder = new StatusFinder()
    expect([
      finder.push(Buffer.alloc(0)),
      finder.push(hex('01')),
      finder.push(hex('4005')),
      finder.push(hex('00')),
    ]).toEqual([null, null, null, null])
  })

  it('comes out of no noise but as a fault or nothing', () => {
    for (let time = 0; time < 2_000; time += 1) {
      const finder = new StatusFinder()
      try {
        const status = finder.push(randomBytes(64))
        if (status !== null) expect(status).toBeGreaterThanOrEqual(200)
      } catch (error) {
        expect(error).toHaveProperty('reason', 'protocol')
      }
    }
  })
})

// The QUIC that we fetch with is built for no other architecture.
describe.skipIf(process.arch !== 'x64')('an HTTP/3 probe of a node that does not speak QUIC', () => {
  closeServersAfterEach()

  const get = { host: 'edge.example.net', path: '/', status: [200], verify: true, certificateDays: 0 }
  const probe = (port: number, timeoutMs = 5_000): QuicProbe => ({ ...usual, type: 'quic', port, get, timeoutMs })

  it('says refused where nothing listens', async () => {
    expect(await runOne(probe(9), '127.0.0.77')).toMatchObject({ ok: false, reason: 'refused' })
  })

  it('says timeout where nobody answers', async () => {
    const { port } = await serveUdp(() => {})
    const detail = 'no sign of a QUIC handshake in 150 ms'
    expect(await runOne(probe(port, 150))).toMatchObject({ ok: false, reason: 'timeout', detail })
  })

  it.each([
    ['noise', () => randomBytes(1_200)],
    ['nothing', () => Buffer.alloc(0)],
    ['zeros', () => Buffer.alloc(1_200)],
    ['its own words', (packet: Buffer) => packet],
    [
      'versions it does not speak',
      (packet: Buffer) =>
        Buffer.concat([
          hex('ea00000000'),
          packet.subarray(packet[5] + 6, packet[5] + 7 + packet[packet[5] + 6]),
          packet.subarray(5, packet[5] + 6),
          hex('ff00001d'),
        ]),
    ],
  ])('fails in time when it is answered %s', async (_what, answer) => {
    const { port } = await serveUdp((packet, say) => say(answer(packet)))
    const observation = await runOne(probe(port, 300))
    expect(observation.ok).toBe(false)
    expect(observation.reason).not.toBe('local')
    expect(observation.elapsedMs).toBeLessThan(2_000)
  })
})
