// RFC 4592, The Role of Wildcards in the Domain Name System, on the zone of its section 2.2.1.
import { describe, expect, it } from 'vitest'
import { ask } from './fixture.ts'

describe('RFC 4592', () => {
  it('2.1.1: a wildcard is asked for by its own name like any other', () => {
    const { answers } = ask({ name: '*.example.org', type: 'TXT' })
    expect(answers.map(({ owner, data }) => [owner, data])).toEqual([['*.example.org.', '"this is a wildcard"']])
  })

  it('2.2.1: a name that does not exist is answered from the wildcard, under its own name', () => {
    const { rcode, flags, answers } = ask({ name: 'host3.example.org', type: 'MX' })
    expect([rcode, flags]).toEqual(['NOERROR', ['qr', 'aa']])
    expect(answers.map(({ owner, type, ttl, data }) => [owner, type, ttl, data])).toEqual([
      ['host3.example.org.', 'MX', 3600, '10 host1.example.org.'],
    ])
  })

  it('2.2.1: a type that the wildcard does not have is no data', () => {
    const { rcode, counts } = ask({ name: 'host3.example.org' })
    expect([rcode, counts]).toEqual(['NOERROR', [1, 0, 1, 0]])
  })

  it('2.2.1: it stands for several labels where none of them exists', () => {
    const { answers } = ask({ name: 'foo.bar.example.org', type: 'TXT' })
    expect(answers.map(({ owner, data }) => [owner, data])).toEqual([['foo.bar.example.org.', '"this is a wildcard"']])
  })

  it.each([
    ['host1.example.org', 'MX', 'NOERROR', 'it exists'],
    ['sub.*.example.org', 'MX', 'NOERROR', 'it exists'],
    ['_telnet._tcp.host1.example.org', 'SRV', 'NXDOMAIN', 'its closest encloser is _tcp.host1, which has no wildcard'],
    ['ghost.*.example.org', 'MX', 'NXDOMAIN', 'its closest encloser is *, which has no wildcard below it'],
  ])('2.2.1: %s %s is not made from it: %s, as %s', (name, type, rcode) => {
    const message = ask({ name, type })
    expect([message.rcode, message.counts]).toEqual([rcode, [1, 0, 1, 0]])
  })

  it('2.2.1: host.subdel.example.org is not made from it: it is delegated', () => {
    const { flags, counts, authority } = ask({ name: 'host.subdel.example.org' })
    expect([flags, counts, authority.map(({ type }) => type)]).toEqual([['qr'], [1, 0, 2, 0], ['NS', 'NS']])
  })

  it('2.2.2: an empty non-terminal exists, so the wildcard beside it does not stand for it', () => {
    for (const name of ['_tcp.host1.example.org', 'host2.example.org', '_tcp.host2.example.org']) {
      const { rcode, counts } = ask({ name, type: 'TXT' })
      expect([name, rcode, counts]).toEqual([name, 'NOERROR', [1, 0, 1, 0]])
    }
  })

  it('2.2.3: nothing but the first label makes a wildcard: sub.* answers for itself', () => {
    expect(ask({ name: 'sub.*.example.org', type: 'TXT' }).answers[0].data).toBe('"this is not a wildcard"')
  })

  it('4.4: an alias at a wildcard is followed from the name that was asked', () => {
    const { answers } = ask({ name: 'a.b.cname.live.example.net' })
    expect(answers.slice(0, 2).map(({ owner, type }) => [owner, type])).toEqual([
      ['a.b.cname.live.example.net.', 'CNAME'],
      ['multi.live.example.net.', 'A'],
    ])
    expect(answers).toHaveLength(4)
  })

  it('3.3.1: a steered wildcard stands for one label and for many', () => {
    for (const name of ['show1.play.live.example.net', 'a.b.c.play.live.example.net']) {
      const { rcode, answers } = ask({ name, subnet: '198.51.100.0/24' })
      expect([rcode, new Set(answers.map(({ owner }) => owner))]).toEqual(['NOERROR', new Set([`${name}.`])])
    }
  })
})
