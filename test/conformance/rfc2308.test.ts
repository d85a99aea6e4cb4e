// RFC 2308, Negative Caching of DNS Queries: what an authority must say so that resolvers may remember that there is nothing.
import { describe, expect, it } from 'vitest'
import { ask } from './fixture.ts'

const soa = ['live.example.net.', 'SOA', 5, 'ns1.live.example.net. hostmaster.example.net. 7 7200 1800 1209600 5']

describe('RFC 2308', () => {
  it('2.1: a name error has the rcode and the SOA of the zone', () => {
    const { rcode, flags, counts, authority } = ask({ name: 'a.b.nowhere.live.example.net' })
    expect([rcode, flags, counts]).toEqual(['NXDOMAIN', ['qr', 'aa'], [1, 0, 1, 0]])
    expect(authority.map(({ owner, type, ttl, data }) => [owner, type, ttl, data])).toEqual([soa])
  })

  it('2.1: behind an alias it is the target that does not exist, and the alias comes along', () => {
    const { rcode, answers, authority } = ask({ name: 'lost.live.example.net' })
    expect(rcode).toBe('NXDOMAIN')
    expect(answers.map(({ type, data }) => [type, data])).toEqual([['CNAME', 'nowhere.live.example.net.']])
    expect(authority.map(({ owner, type, ttl, data }) => [owner, type, ttl, data])).toEqual([soa])
  })

  it('2.2: no data is no error, without answers and with the SOA', () => {
    const { rcode, flags, counts, authority } = ask({ name: 'multi.live.example.net', type: 'AAAA' })
    expect([rcode, flags, counts]).toEqual(['NOERROR', ['qr', 'aa'], [1, 0, 1, 0]])
    expect(authority.map(({ owner, type, ttl, data }) => [owner, type, ttl, data])).toEqual([soa])
  })

  it('2.2: behind an alias too', () => {
    const { rcode, answers, authority } = ask({ name: 'typeless.live.example.net' })
    expect([rcode, answers.map(({ type }) => type), authority.map(({ type }) => type)]).toEqual([
      'NOERROR',
      ['CNAME'],
      ['SOA'],
    ])
  })

  it('2.2: a name that only has names below it exists and has no data', () => {
    const { rcode, counts } = ask({ name: 'b.c.live.example.net' })
    expect([rcode, counts]).toEqual(['NOERROR', [1, 0, 1, 0]])
  })

  it('3: the SOA of a negative answer has the lesser of its own TTL and its MINIMUM', () => {
    const [asked] = ask({ name: 'live.example.net', type: 'SOA' }).answers
    const [negative] = ask({ name: 'nowhere.live.example.net' }).authority
    const minimum = Number(asked.data.split(' ').at(-1))
    expect(asked.ttl).toBeGreaterThan(minimum)
    expect(negative.ttl).toBe(minimum)
    expect(negative.data).toBe(asked.data)
  })

  it('3: it is the SOA of the zone that the name lies in', () => {
    expect(ask({ name: 'x.host1.example.org' }).authority[0].owner).toBe('example.org.')
  })
})
