// RFC 2181, Clarifications to the DNS Specification.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ask, messageOf, queryOf, send, serve } from './fixture.ts'

describe('RFC 2181', () => {
  it('4: an answer over UDP comes from the address and the port that were asked', async () => {
    const server = await serve()
    onTestFinished(() => server.stop())
    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    // What comes from anywhere else does not reach a connected socket.
    socket.connect(server.port, server.address)
    await once(socket, 'connect')
    socket.send(queryOf({ name: 'live.example.net', type: 'SOA' }))
    const [answer] = (await once(socket, 'message')) as [Buffer]
    expect(messageOf(answer).rcode).toBe('NOERROR')
  })

  it('5: an RRset is answered whole', () => {
    expect(ask({ name: 'multi.live.example.net' }).answers).toHaveLength(3)
  })

  it('5.2: all records of an RRset have one TTL', () => {
    const steered = ask({ name: 'show1.play.live.example.net', subnet: '198.51.100.0/24' })
    expect(steered.answers.length).toBeGreaterThan(1)
    for (const { answers } of [steered, ask({ name: 'multi.live.example.net' })]) {
      expect(new Set(answers.map(({ ttl }) => ttl)).size).toBe(1)
    }
  })

  it('7.1: the SOA of a negative answer lies in the authority section', () => {
    for (const asked of [{ name: 'nowhere.live.example.net' }, { name: 'multi.live.example.net', type: 'TXT' }]) {
      const { answers, authority, additional } = ask(asked)
      expect([answers, authority.map(({ owner, type }) => [owner, type]), additional]).toEqual([
        [],
        [['live.example.net.', 'SOA']],
        [],
      ])
    }
  })

  it('8: a TTL has 31 bits', () => {
    // The strict reader refuses a record whose TTL has its upper bit.
    for (const type of ['A', 'AAAA', 'HTTPS', 'TXT', 'SOA', 'NS']) {
      for (const name of ['show1.play.live.example.net', 'live.example.net', 'multi.live.example.net']) {
        for (const { ttl } of ask({ name, type }).answers) expect(ttl).toBeLessThan(2 ** 31)
      }
    }
  })

  it('9: TC is not set because additional records do not fit; they are left out', () => {
    const small = ask({ name: 'example.org', type: 'NS' })
    expect([small.flags, small.counts]).toEqual([
      ['qr', 'aa'],
      [1, 9, 0, 0],
    ])
    expect(small.bytes.length).toBeLessThanOrEqual(512)
    expect(ask({ name: 'example.org', type: 'NS' }, { tcp: true }).counts).toEqual([1, 9, 0, 18])
  })

  it('9: TC is set when what was asked for does not fit, and no part of it is left', () => {
    const { flags, counts } = ask({ name: 'big.live.example.net', type: 'TXT' })
    expect([flags, counts]).toEqual([
      ['qr', 'aa', 'tc'],
      [1, 0, 0, 0],
    ])
  })

  it('10.1: beside a CNAME there is nothing, so any other type is answered with it', () => {
    for (const type of ['A', 'AAAA', 'MX', 'TYPE65280']) {
      expect(ask({ name: 'away.live.example.net', type }).answers.map((record) => record.type)).toEqual(['CNAME'])
    }
  })

  it('11: labels may hold any octets', () => {
    const query = Buffer.concat([
      queryOf({ name: '' }).subarray(0, 12),
      Buffer.from([5, 0, 0xff, 0x2e, 0x20, 0x80]),
      queryOf({ name: 'live.example.net' }).subarray(12),
    ])
    const message = send(query)
    expect([message?.rcode, message?.question]).toEqual(['NXDOMAIN', query.subarray(12)])
  })
})
