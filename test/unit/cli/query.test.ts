// How `nearcast query` finds a server, waits for it, and prints its answer. Sockets on loopback only.
import { createSocket } from 'node:dgram'
import { createServer, type AddressInfo } from 'node:net'
import dnsPacket from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { exchangeTcp, exchangeUdp, formatServer, parseServer } from '../../../src/cli/dns-exchange.ts'
import { decodeReply, type Reply } from '../../../src/cli/dns-message.ts'
import type { WireRecord } from '../../../src/cli/dns-records.ts'
import { formatReply } from '../../../src/cli/query.ts'
import { encodeRdata } from '../../../src/wire/rdata.ts'
import { name } from '../../support/world.ts'

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
  const owner = name('show1.play.live.example.net')
  const record = (type: number, rdata: Uint8Array, from = owner): WireRecord => {
    return { name: from, owner: from, type, ttlSeconds: 30, rdata }
  }
  const encoded = (type: number, text: string): WireRecord => {
    const result = encodeRdata(type, text)
    if ('error' in result) throw new Error(result.error)
    return record(type, result.rdata)
  }

  it('shows the records, the scope, the server and its notes', () => {
    const edns = {
      udpSize: 1232,
      subnet: { text: '203.0.113.0', source: 24, scope: 20 },
      nsid: Buffer.from('hkg-a'),
      errors: [{ code: 3, text: 'no node is up' }],
    }
    const answers = [encoded(1, '192.0.2.11'), encoded(28, '2001:db8::11')]
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
    const bad = Buffer.from('\u001B[2Jx')
    const answers = [
      record(16, Uint8Array.of(bad.length, ...bad)),
      record(16, Uint8Array.of(0), Uint8Array.of(bad.length, ...bad, 0)),
    ]
    const edns = { udpSize: 1232, subnet: null, nsid: bad, errors: [{ code: 3, text: String(bad) }] }
    expect(formatReply({ ...plain, answers, edns }, 'x').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it.each([
    [15, '10 mx.example.net.'],
    [33, '1 2 443 a.example.net.'],
    [257, '0 issue "ca.example"'],
    [16, '"a" "b\\""'],
    [65, '1 . alpn="h2"'],
    [52, '3 1 1 ' + 'ab'.repeat(32)],
    [43, '12345 13 2 ' + 'ab'.repeat(32)],
    [999, '\\# 3 000100'],
    [5, 'status.example.org.'],
    [6, 'ns1.example.net. hostmaster.example.net. 1 2 3 4 5'],
  ])('shows a record of type %i as a zone file would', (type, text) => {
    expect(formatReply({ ...plain, answers: [encoded(type, text)] }, 'x')).toContain(`  ${text}\n`)
  })

  it('shows DNSKEY, CDS, CDNSKEY, NSEC and RRSIG as a zone file would, as they come off the wire', () => {
    const at = 'live.example.net'
    const key = Buffer.alloc(64, 0xab)
    const dnskey = { flags: 257, algorithm: 13, key }
    const signature = {
      algorithm: 13,
      labels: 3,
      originalTTL: 3600,
      expiration: Date.UTC(2026, 0, 31, 23, 59, 59) / 1000,
      inception: Date.UTC(2026, 0, 17, 22) / 1000,
      keyTag: 21471,
      signersName: at,
      signature: key,
    }
    const digest = Buffer.alloc(32, 0xcd)
    const message = dnsPacket.encode({
      type: 'response',
      id: 1,
      answers: [
        { name: at, ttl: 60, type: 'DNSKEY', data: dnskey },
        { name: at, ttl: 60, type: 'RRSIG', data: { ...signature, typeCovered: 'DNSKEY' } },
        { name: at, ttl: 60, type: 'DS', data: { keyTag: 21471, algorithm: 13, digestType: 2, digest } },
        { name: at, ttl: 60, type: 'NSEC', data: { nextDomain: `*.play.${at}`, rrtypes: ['A', 'RRSIG', 'NSEC'] } },
        { name: at, ttl: 60, type: 'UNKNOWN_59' as never, data: Buffer.from([0, 0, 0, 0, 0]) },
        { name: at, ttl: 60, type: 'UNKNOWN_60' as never, data: Buffer.from([0, 0, 3, 0, 0]) },
      ],
    })
    const base64 = key.toString('base64')
    const text = formatReply(decodeReply(message), 'x').replaceAll(/ {2,}/g, ' ')
    for (const line of [
      `DNSKEY 257 3 13 ${base64}`,
      `RRSIG DNSKEY 13 3 3600 20260131235959 20260117220000 21471 ${at}. ${base64}`,
      `DS 21471 13 2 ${'cd'.repeat(32)}`,
      `NSEC *.play.${at}. A RRSIG NSEC`,
      'CDS 0 0 0 00',
      'CDNSKEY 0 3 0 AA==',
    ])
      expect(text).toContain(`\n${at}. 60s ${line}\n`)
  })
})
