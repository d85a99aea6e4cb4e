// RFC 1034, Domain Names: Concepts and Facilities, as far as it tells a name server that does no recursion what to do.
import { describe, expect, it } from 'vitest'
import { ask } from './fixture.ts'

describe('RFC 1034', () => {
  it('3.1: names are compared without regard to case, and the question comes back in the case it was asked in', () => {
    const { rcode, answers, question } = ask({ name: 'MULTI.Live.EXAMPLE.net' })
    expect(rcode).toBe('NOERROR')
    expect(answers.map(({ data }) => data)).toEqual(['192.0.2.201', '192.0.2.202', '192.0.2.203'])
    expect(question.toString('latin1', 1, 6)).toBe('MULTI')
    expect(answers.map(({ owner }) => owner)).toEqual(Array.from({ length: 3 }, () => 'MULTI.Live.EXAMPLE.net.'))
  })

  it('3.6.2: an alias is answered with its CNAME, then with what its target has, in the order of the chain', () => {
    const { answers, flags, counts } = ask({ name: 'chain1.live.example.net' })
    expect(answers.map(({ owner, type, ttl, data }) => [owner, type, ttl, data])).toEqual([
      ['chain1.live.example.net.', 'CNAME', 60, 'chain2.live.example.net.'],
      ['chain2.live.example.net.', 'CNAME', 61, 'multi.live.example.net.'],
      ['multi.live.example.net.', 'A', 300, '192.0.2.201'],
      ['multi.live.example.net.', 'A', 300, '192.0.2.202'],
      ['multi.live.example.net.', 'A', 300, '192.0.2.203'],
    ])
    expect(flags).toContain('aa')
    expect(counts).toEqual([1, 5, 0, 0])
  })

  it('3.6.2: a query for CNAME itself is answered with the alias and not followed', () => {
    const { answers, counts } = ask({ name: 'chain1.live.example.net', type: 'CNAME' })
    expect(answers.map(({ type, data }) => [type, data])).toEqual([['CNAME', 'chain2.live.example.net.']])
    expect(counts).toEqual([1, 1, 0, 0])
  })

  it('3.6.2: an alias that leaves the zones is answered as far as we are an authority', () => {
    const { rcode, flags, answers, counts } = ask({ name: 'away.live.example.net' })
    expect([rcode, flags]).toEqual(['NOERROR', ['qr', 'aa']])
    expect(answers.map(({ data }) => data)).toEqual(['www.example.com.'])
    expect(counts[2]).toBe(0)
  })

  it('3.6.2: aliases that go round in a circle come to an end', () => {
    const { answers, rcode } = ask({ name: 'loop1.live.example.net' })
    expect(rcode).toBe('NOERROR')
    expect(answers.length).toBeLessThan(20)
    expect(new Set(answers.map(({ type }) => type))).toEqual(new Set(['CNAME']))
  })

  it('4.2.1: the apex has the SOA, and the NS set comes with the addresses that lie in the zone', () => {
    const soa = ask({ name: 'live.example.net', type: 'SOA' })
    expect([soa.counts, soa.answers[0].data]).toEqual([
      [1, 1, 0, 0],
      'ns1.live.example.net. hostmaster.example.net. 7 7200 1800 1209600 5',
    ])
    const ns = ask({ name: 'live.example.net', type: 'NS' })
    expect(ns.flags).toEqual(['qr', 'aa'])
    expect(ns.answers.map(({ data }) => data)).toEqual(['ns1.live.example.net.', 'ns2.live.example.net.'])
    expect(ns.additional.map(({ owner, type, data }) => [owner, type, data])).toEqual([
      ['ns1.live.example.net.', 'A', '192.0.2.53'],
      ['ns1.live.example.net.', 'AAAA', '2001:db8::53'],
      ['ns2.live.example.net.', 'A', '198.51.100.53'],
    ])
  })

  it('4.3.1: RD is copied, RA says that there is no recursion, and none is done', () => {
    const asking = ask({ name: 'www.example.com', flags: ['rd'] })
    expect([asking.rcode, asking.flags, asking.counts]).toEqual(['REFUSED', ['qr', 'rd'], [1, 0, 0, 0]])
    expect(ask({ name: 'multi.live.example.net' }).flags).toEqual(['qr', 'aa'])
    expect(ask({ name: 'multi.live.example.net', flags: ['rd'] }).flags).toEqual(['qr', 'aa', 'rd'])
  })

  it('4.3.2 step 2: the zone nearest to the name is searched, and a name above or beside the zones is in none', () => {
    expect(ask({ name: 'host1.example.org' }).rcode).toBe('NOERROR')
    for (const name of ['example.net', 'org', '', 'notlive.example.net', 'xlive.example.net']) {
      const { rcode, flags, counts } = ask({ name, type: 'SOA' })
      expect([name, rcode, flags, counts]).toEqual([name, 'REFUSED', ['qr'], [1, 0, 0, 0]])
    }
  })

  it('4.3.2 step 3: a name with other types is no name error', () => {
    const { rcode, counts } = ask({ name: 'multi.live.example.net', type: 'MX' })
    expect([rcode, counts]).toEqual(['NOERROR', [1, 0, 1, 0]])
  })

  it('4.3.2 step 3b: what lies below a cut is referred to its servers, with the glue to reach them and without authority', () => {
    for (const [name, type] of [
      ['www.partner.live.example.net', 'A'],
      ['a.b.c.partner.live.example.net', 'TXT'],
      ['partner.live.example.net', 'NS'],
      ['partner.live.example.net', 'A'],
    ]) {
      const { rcode, flags, answers, authority, additional } = ask({ name, type })
      expect([rcode, flags, answers]).toEqual(['NOERROR', ['qr'], []])
      expect(authority.map(({ owner, type: what, ttl, data }) => [owner, what, ttl, data]).slice(0, 2)).toEqual([
        ['partner.live.example.net.', 'NS', 300, 'ns1.partner.live.example.net.'],
        ['partner.live.example.net.', 'NS', 300, 'ns.example.com.'],
      ])
      expect(additional.map(({ owner, type: what, ttl, data }) => [owner, what, ttl, data])).toEqual([
        ['ns1.partner.live.example.net.', 'A', 302, '192.0.2.99'],
        ['ns1.partner.live.example.net.', 'AAAA', 302, '2001:db8::99'],
      ])
    }
  })

  it('4.2.1: glue is not authoritative data, so asking for it is answered with the referral', () => {
    const { flags, answers } = ask({ name: 'ns1.partner.live.example.net' })
    expect([flags, answers]).toEqual([['qr'], []])
  })

  it('4.3.2 step 3a: an alias into a delegated zone is answered as far as we are an authority', () => {
    const { rcode, flags, answers } = ask({ name: 'theirs.live.example.net' })
    expect([rcode, flags, answers.map(({ data }) => data)]).toEqual([
      'NOERROR',
      ['qr', 'aa'],
      ['www.partner.live.example.net.'],
    ])
  })

  it('4.3.2 step 3c: a name that is not there is an authoritative name error', () => {
    const { rcode, flags, counts } = ask({ name: 'nowhere.live.example.net' })
    expect([rcode, flags, counts]).toEqual(['NXDOMAIN', ['qr', 'aa'], [1, 0, 1, 0]])
  })
})
