// RFC 1035, Domain Names: Implementation and Specification: names, messages and how they are carried.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { framed, overTcp, overUdp } from '../support/dns-talk.ts'
import { ask, messageOf, queryOf, send, serve, shared, type Served } from './fixture.ts'

const label = (length: number): string => 'x'.repeat(length)

describe('RFC 1035', () => {
  it('2.3.4: labels have up to 63 octets', () => {
    expect(ask({ name: `${label(63)}.live.example.net` }).rcode).toBe('NXDOMAIN')
    const { rcode, counts } = ask({ name: `${label(64)}.live.example.net` })
    expect([rcode, counts]).toEqual(['FORMERR', [0, 0, 0, 0]])
  })

  it('2.3.4: names have up to 255 octets', () => {
    const rest = `${label(63)}.${label(63)}.${label(63)}.live.example.net`
    // 3 × 64 octets, 18 for the zone: 45 are left for one more label and its length.
    expect(ask({ name: `${label(44)}.${rest}` }).rcode).toBe('NXDOMAIN')
    expect(ask({ name: `${label(45)}.${rest}` }).rcode).toBe('FORMERR')
  })

  it('3.3.9: addresses of a mail exchange come along, each once, and of what SRV names (RFC 2782)', () => {
    const extras = (type: string): string[] =>
      ask({ name: 'hosts.live.example.net', type }).additional.map(({ data }) => data)
    expect(extras('MX')).toEqual(['192.0.2.201', '192.0.2.202', '192.0.2.203'])
    // What is steered depends on who asks, and what lies below a cut is not ours to answer.
    expect(extras('SRV')).toEqual(['2001:db8::7'])
  })

  it('3.3.13: the SOA has two names and five numbers, the serial being that of the table', () => {
    const [soa] = ask({ name: 'live.example.net', type: 'SOA' }).answers
    const [mname, rname, serial, refresh, retry, expire, minimum] = soa.data.split(' ')
    expect([mname, rname]).toEqual(['ns1.live.example.net.', 'hostmaster.example.net.'])
    expect([serial, refresh, retry, expire, minimum].map(Number)).toEqual([
      shared.published.epoch,
      7200,
      1800,
      1209600,
      5,
    ])
  })

  it('3.3.14: a TXT record is its character strings, each with its length', () => {
    const { bytes, answers } = ask({ name: 'text.live.example.net', type: 'TXT' })
    expect(answers[0].data).toBe('"first" "second"')
    expect(bytes.includes(Buffer.from('\x05first\x06second', 'latin1'))).toBe(true)
  })

  it.each([0, 1, 0x1234, 0xffff])('4.1.1: the ID comes back: %i', (id) => {
    expect(ask({ name: 'live.example.net', type: 'SOA', id }).id).toBe(id)
  })

  it('4.1.1: QR is set, the opcode is kept, and what is reserved is zero', () => {
    const { bytes } = ask({ name: 'live.example.net', type: 'SOA', flags: ['z', 'ra', 'aa'] })
    expect(bytes.readUInt16BE(2).toString(16)).toBe('8400')
    expect(ask({ name: 'live.example.net', opcode: 2 }).opcode).toBe(2)
  })

  it('4.1.1: a response is never answered', () => {
    expect(send(queryOf({ name: 'live.example.net', flags: ['qr'] }))).toBeNull()
  })

  it.each([0, 2, 3, 65_535])('4.1.1: %i questions are a format error', (questions) => {
    const query = queryOf({ name: 'live.example.net' })
    query.writeUInt16BE(questions, 4)
    const message = send(query)
    expect([message?.rcode, message?.counts, message?.flags]).toEqual(['FORMERR', [0, 0, 0, 0], ['qr']])
  })

  it('4.1.2: the question comes back octet by octet, of whatever type', () => {
    for (const type of ['A', 'TYPE65280', 'ANY']) {
      const query = queryOf({ name: 'MuLtI.live.example.net', type })
      expect(send(query)?.question).toEqual(query.subarray(12))
    }
  })

  it('4.1.3: owner, type, class, TTL and length of a record', () => {
    const { bytes, question } = ask({ name: 'multi.live.example.net' })
    expect(bytes.toString('hex', 12 + question.length, 12 + question.length + 16)).toBe(
      'c00c000100010000012c0004c00002c9',
    )
  })

  it('4.1.4: the owner of an answer points to the question; a query has nothing to point to', () => {
    const { bytes, question } = ask({ name: 'text.live.example.net', type: 'TXT' })
    expect(bytes.readUInt16BE(12 + question.length)).toBe(0xc00c)
    const pointing = Buffer.from('4e4300000001000000000000c00c00010001', 'hex')
    expect(send(pointing)?.rcode).toBe('FORMERR')
  })

  it('4.2.1: without EDNS an answer over UDP has at most 512 octets, and TC where it would need more', () => {
    const { flags, counts, bytes } = ask({ name: 'big.live.example.net', type: 'TXT' })
    expect([flags, counts]).toEqual([
      ['qr', 'aa', 'tc'],
      [1, 0, 0, 0],
    ])
    expect(bytes.length).toBeLessThanOrEqual(512)
    expect(ask({ name: 'big.live.example.net', type: 'TXT' }, { tcp: true }).counts).toEqual([1, 12, 0, 0])
  })

  describe('4.2: over sockets', () => {
    let server: Served
    beforeAll(async () => {
      server = await serve()
    })
    afterAll(() => server?.stop())

    it('4.2.1: a datagram is a message', async () => {
      const answer = await overUdp(queryOf({ name: 'multi.live.example.net' }), { to: server })
      expect(answer).toEqual(ask({ name: 'multi.live.example.net' }).bytes)
    })

    it('4.2.2: over TCP each message has its length in two octets before it, and nothing is truncated', async () => {
      const { answers } = await overTcp(
        [framed(queryOf({ name: 'big.live.example.net', type: 'TXT' }))],
        { to: server },
        1,
        false,
      )
      const { flags, counts } = messageOf(answers[0])
      expect([answers[0].length > 2400, flags, counts]).toEqual([true, ['qr', 'aa'], [1, 12, 0, 0]])
    })
  })
})
