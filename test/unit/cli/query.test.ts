// How `nearcast query` finds a server, waits for it, and prints its answer. Sockets on loopback only.
import { createSocket } from 'node:dgram'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { exchangeTcp, exchangeUdp, formatServer, parseServer } from '../../../src/cli/dns-exchange.ts'
import { formatReply } from '../../../src/cli/query.ts'
import type { Reply } from '../../../src/cli/dns-message.ts'

const query = Uint8Array.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
const reply = Uint8Array.from([0, 7, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0])
const forged = Uint8Array.from([0, 8, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0])

describe('a server', () => {
  it.each([
    ['127.0.0.1:5300', '127.0.0.1:5300'],
    ['[::1]:5300', '[::1]:5300'],
    ['192.0.2.1', '192.0.2.1:53'],
  ])('%s is %s', (text, canonical) => {
    const server = parseServer(text)
    expect(server && formatServer(server)).toBe(canonical)
  })

  it.each(['::1:5300', 'ns1.example.net', '192.0.2.1:0', '192.0.2.1:65536', ''])('%j is none', (text) => {
    expect(parseServer(text)).toBeNull()
  })
})

describe('an exchange', () => {
  it('over UDP passes over packets with another id', async () => {
    const socket = createSocket('udp4')
    socket.on('message', (_, from) => {
      socket.send(forged, from.port, from.address)
      socket.send(reply, from.port, from.address)
    })
    await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound))
    const server = { address: '127.0.0.1', port: socket.address().port }
    expect([...(await exchangeUdp(server, query, 7, 5000))]).toEqual([...reply])
    socket.close()
  })

  it('over UDP with nobody there says what to do', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound))
    const { port } = socket.address()
    await new Promise<void>((closed) => socket.close(closed))
    await expect(exchangeUdp({ address: '127.0.0.1', port }, query, 7, 5000)).rejects.toMatchObject({
      code: 'NC_UNREACHABLE',
      message: expect.stringContaining('nearcast demo'),
    })
  })

  it('over TCP joins an answer that comes in pieces', async () => {
    const framed = [0, reply.length, ...reply]
    const server = createServer((socket) => {
      socket.setNoDelay(true)
      socket.once('data', () => {
        let sent = 0
        const next = (): void => {
          if (sent < framed.length) socket.write(Uint8Array.of(framed[sent++]), () => setImmediate(next))
        }
        next()
      })
      socket.on('error', () => socket.destroy())
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    expect([...(await exchangeTcp({ address: '127.0.0.1', port }, query, 7, 5000))]).toEqual([...reply])
    server.close()
  })

  it('over TCP that is hung up on says so', async () => {
    const server = createServer((socket) => socket.end())
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    const asked = exchangeTcp({ address: '127.0.0.1', port }, query, 7, 5000)
    await expect(asked).rejects.toMatchObject({ code: 'NC_UNREACHABLE' })
    server.close()
  })
})

describe('a printed answer', () => {
  const plain: Reply = {
    rcode: 0,
    authoritative: true,
    truncated: false,
    octets: 98,
    answers: [],
    authorities: [],
    additionals: [],
    flaws: [],
    edns: { udpSize: 1232, subnet: null, nsid: null, errors: [] },
  }
  const record = { name: 'show1.play.live.example.net', type: 1, class: 1, ttl: 30, toBuffer: () => Buffer.alloc(0) }

  it('shows the records, the scope, the server and its notes', () => {
    const edns = {
      udpSize: 1232,
      subnet: { text: '203.0.113.0', source: 24, scope: 20 },
      nsid: Buffer.from('hkg-a'),
      errors: [{ code: 3, text: 'no node is up' }],
    }
    const answers = [
      { ...record, address: '192.0.2.11' },
      { ...record, type: 28, address: '2001:db8::11' },
    ]
    expect(formatReply({ ...plain, answers, edns }, '127.0.0.1:5300 over UDP in 0.8 ms')).toBe(
      `NOERROR from 127.0.0.1:5300 over UDP in 0.8 ms (authoritative, 98 octets)

show1.play.live.example.net.  30s  A     192.0.2.11
show1.play.live.example.net.  30s  AAAA  2001:db8::11

subnet  203.0.113.0/24, answered for its /20
server  hkg-a
note    stale answer: no node is up
`,
    )
  })

  it('writes out what would move the cursor', () => {
    const text = formatReply(
      {
        ...plain,
        answers: [
          { ...record, type: 16, data: ['\u001B[2Jx'] },
          { ...record, name: '\u001B[2J' },
        ],
      },
      'x',
    )
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it.each([
    [15, { priority: 10, exchange: 'mx.example.net' }, '10 mx.example.net.'],
    [33, { priority: 1, weight: 2, port: 443, target: 'a.example.net' }, '1 2 443 a.example.net.'],
    [257, { flags: 0, tag: 'issue', value: 'ca.example' }, '0 issue "ca.example"'],
    [16, { data: ['a', 'b"'] }, '"a" "b\\""'],
    [65, { data: Buffer.from('00010000010003026832', 'hex') }, '1 . alpn="h2"'],
    [999, { data: Buffer.from('000100', 'hex') }, '\\# 3 000100'],
    [5, { domain: 'status.example.org' }, 'status.example.org.'],
  ])('shows a record of type %i as a zone file would', (type, fields, expected) => {
    expect(formatReply({ ...plain, answers: [{ ...record, type, ...fields }] }, 'x')).toContain(`  ${expected}\n`)
  })
})
