// Interoperable server cookies, by the sections of RFC 9018 and with all test vectors of its appendix A.
import { describe, expect, it } from 'vitest'
import { slot } from '../../src/telemetry/counters.ts'
import { cookieIn, cookieWorld } from '../support/cookie-world.ts'

const secret = 'e5e973e5a6b2a43f48e7dc849e37bfcf'
const name = 'play.live.example.net'
const clientCookie = '2464c4abcf10c957'

describe('RFC 9018 appendix A', () => {
  it('A.1: a client learns a new server cookie', () => {
    const { ask } = cookieWorld({ current: secret }, 1559731985)
    const got = ask({ name, cookie: clientCookie, resolver: '198.51.100.100' })
    expect(cookieIn(got)).toBe('2464c4abcf10c957010000005cf79f111f8130c3eee29480')
  })

  it('A.2: the same client learns a renewed one 40 minutes later', () => {
    const { ask, state } = cookieWorld({ current: secret }, 1559734385)
    const cookie = '2464c4abcf10c957010000005cf79f111f8130c3eee29480'
    const got = ask({ name, cookie, resolver: '198.51.100.100' })
    expect(cookieIn(got)).toBe('2464c4abcf10c957010000005cf7a871d4a564a1442aca77')
    expect(state.counters[slot.cookies.valid]).toBe(1)
  })

  it('A.3: another client, whose cookie has reserved octets, learns one in which they are zero', () => {
    const cookie = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5'
    const fresh = cookieWorld({ current: secret }, 1559734700)
    const got = fresh.ask({ name, cookie, resolver: '203.0.113.203' })
    expect(cookieIn(got)).toBe('fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e')
    // It is older than an hour there; while it was younger it was good, reserved octets and all.
    const then = cookieWorld({ current: secret }, 1559727985 + 60)
    then.ask({ name, cookie, resolver: '203.0.113.203' })
    expect(then.state.counters[slot.cookies.valid]).toBe(1)
  })

  it('A.4: an IPv6 client with a cookie of the old secret learns one of the new', () => {
    const secrets = { current: '445536bcd2513298075a5d379663c962', previous: 'dd3bdf9344b678b185a6f5cb60fca715' }
    const { ask, state } = cookieWorld(secrets, 1559741961)
    const cookie = '22681ab97d52c298010000005cf7c57926556bd0934c72f8'
    const got = ask({ name, cookie, resolver: '2001:db8:220:1:59de:d0f4:8769:82b8' })
    expect(state.counters[slot.cookies.valid]).toBe(1)
    expect(cookieIn(got)).toBe('22681ab97d52c298010000005cf7c609a6bb79d16625507a')
  })
})

describe('RFC 9018 section 4.3: the timestamp', () => {
  const made = 1_800_000_000
  const from = '192.0.2.7'

  function learned(): string {
    const cookie = cookieIn(cookieWorld({ current: secret }, made).ask({ name, cookie: clientCookie, resolver: from }))
    if (cookie === null) throw new Error('no cookie')
    return cookie
  }

  it.each([
    ['at once', 0, 'valid', true],
    ['after just under half an hour', 1799, 'valid', true],
    ['after half an hour', 1800, 'valid', false],
    ['after an hour', 3600, 'valid', false],
    ['after an hour and a second', 3601, 'bad', false],
    ['five minutes before it was made', -300, 'valid', true],
    ['five minutes and a second before it was made', -301, 'bad', false],
  ] as const)('%s', (_when, later, standing, same) => {
    const cookie = learned()
    const { ask, state } = cookieWorld({ current: secret }, made + later)
    const got = cookieIn(ask({ name, cookie, resolver: from }))
    expect(state.counters[slot.cookies[standing]]).toBe(1)
    expect(got === cookie).toBe(same)
    expect(got?.slice(0, 16)).toBe(clientCookie)
  })

  it('is compared by serial number arithmetic, across the wrap of 32 bits', () => {
    const before = 2 ** 32 - 600
    const first = cookieWorld({ current: secret }, before)
    const cookie = cookieIn(first.ask({ name, cookie: clientCookie, resolver: from })) ?? ''
    expect(cookie.slice(24, 32)).toBe((before >>> 0).toString(16))
    const { ask, state } = cookieWorld({ current: secret }, before + 1200)
    ask({ name, cookie, resolver: from })
    expect(state.counters[slot.cookies.valid]).toBe(1)
  })
})

describe('RFC 9018 section 4: what is not ours', () => {
  const good = '2464c4abcf10c957010000005cf79f111f8130c3eee29480'

  it.each([
    ['another version', good.replace(/^(.{16})01/, '$102')],
    ['another hash', good.replace(/80$/, '81')],
    ['another client cookie', good.replace(/^24/, '25')],
    ['reserved octets that were not hashed', good.replace(/^(.{16})010000/, '$101ab00')],
    ['a server cookie of 8 octets', good.slice(0, 32)],
    ['a server cookie of 32 octets', good + good.slice(16)],
  ])('%s', (_what, cookie) => {
    const { ask, state } = cookieWorld({ current: secret }, 1559731990)
    const got = ask({ name, cookie, resolver: '198.51.100.100' })
    expect(state.counters[slot.cookies.bad]).toBe(1)
    expect(got.rcode).toBe('NOERROR')
    expect(cookieIn(got)).toHaveLength(48)
    expect(cookieIn(got)).not.toBe(cookie)
  })

  it('a good cookie from another address', () => {
    const { ask, state } = cookieWorld({ current: secret }, 1559731990)
    ask({ name, cookie: good, resolver: '198.51.100.101' })
    expect(state.counters[slot.cookies.bad]).toBe(1)
  })
})

describe('RFC 9018 section 5: updating the secret', () => {
  const old = secret
  const next = '445536bcd2513298075a5d379663c962'
  const from = '192.0.2.7'

  it('takes cookies of the previous secret, and gives out those of the new one', () => {
    const before = cookieWorld({ current: old }, 1_800_000_000)
    const cookie = cookieIn(before.ask({ name, cookie: clientCookie, resolver: from })) ?? ''
    const after = cookieWorld({ current: next, previous: old }, 1_800_000_600)
    const renewed = cookieIn(after.ask({ name, cookie, resolver: from })) ?? ''
    expect(after.state.counters[slot.cookies.valid]).toBe(1)
    const later = cookieWorld({ current: next }, 1_800_001_200)
    later.ask({ name, cookie: renewed, resolver: from })
    later.ask({ name, cookie, resolver: from })
    expect([later.state.counters[slot.cookies.valid], later.state.counters[slot.cookies.bad]]).toEqual([1, 1])
  })
})
