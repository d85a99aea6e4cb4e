// DNS cookies as a server sees them, by the sections of RFC 7873.
import { describe, expect, it } from 'vitest'
import { setRateLimits } from '../../src/server/rate-limits.ts'
import { slot } from '../../src/telemetry/counters.ts'
import { query } from '../support/ask.ts'
import { cookieIn, cookieWorld } from '../support/cookie-world.ts'

const secrets = { current: 'e5e973e5a6b2a43f48e7dc849e37bfcf' }
const now = 1_800_000_000
const name = 'play.live.example.net'
const clientCookie = '2464c4abcf10c957'
const from = '198.51.100.100'

/** A query without a question, whose OPT record has one option with these data; null: no such option. */
function withoutQuestion(cookie: string | null): Buffer {
  const option = cookie === null ? '' : `000a${(cookie.length / 2).toString(16).padStart(4, '0')}${cookie}`
  const opt = `00002904d000000000${(option.length / 2).toString(16).padStart(4, '0')}${option}`
  return Buffer.from(`4e4300000000000000000001${opt}`, 'hex')
}

describe('RFC 7873 section 5.2', () => {
  it('5.2: of several COOKIE options only the first is considered', () => {
    const { send } = cookieWorld(secrets, now)
    const packet = query({ name, cookie: clientCookie })
    // One more option, too short to be a cookie.
    const longer = Buffer.concat([packet, Buffer.from('000a0003ffffff', 'hex')])
    const lengthAt = packet.length - 12 - 2
    longer.writeUInt16BE(longer.readUInt16BE(lengthAt) + 7, lengthAt)
    const got = send(longer, from)
    expect(got?.rcode).toBe('NOERROR')
    expect(got && cookieIn(got)?.slice(0, 16)).toBe(clientCookie)
  })

  it('5.2.1: without a COOKIE option the answer has none', () => {
    const { ask } = cookieWorld(secrets, now)
    expect(cookieIn(ask({ name, edns: true }))).toBeNull()
    expect(ask({ name }).opts).toEqual([])
  })

  it.each([0, 1, 7, 9, 15, 41, 64])('5.2.2: an option of %i octets is FORMERR', (octets) => {
    const { ask, state } = cookieWorld(secrets, now)
    const got = ask({ name, cookie: 'ab'.repeat(octets) })
    expect(got.rcode).toBe('FORMERR')
    expect(cookieIn(got)).toBeNull()
    expect(state.counters[slot.formerr.cookie]).toBe(1)
  })

  it.each([8, 16, 17, 24, 39, 40])('5.2.2: an option of %i octets is read', (octets) => {
    const { ask } = cookieWorld(secrets, now)
    const got = ask({ name, cookie: 'ab'.repeat(octets) })
    expect(got.rcode).toBe('NOERROR')
    expect(cookieIn(got)).toMatch(/^abababababababab01000000.{24}$/)
  })

  it.each([
    ['NOERROR', name],
    ['NXDOMAIN', 'nothing.live.example.net'],
    ['REFUSED', 'example.org'],
  ])('5.2.3: a client cookie alone is answered normally, %s too, with a server cookie', (rcode, asked) => {
    const { ask } = cookieWorld(secrets, now)
    const got = ask({ name: asked, cookie: clientCookie })
    expect(got.rcode).toBe(rcode)
    expect(cookieIn(got)).toMatch(new RegExp(`^${clientCookie}01000000`))
  })

  it('5.2.3: over TCP it is answered normally even when UDP is rate limited', () => {
    const { ask, send, protection } = cookieWorld(secrets, now)
    const limit = {
      mode: 'enforce',
      steeredPerSecond: 1,
      otherPerSecond: 1,
      totalPerSecond: 1,
      slip: 1,
      exempt: [],
    } as const
    setRateLimits(protection.limits, limit)
    const packet = query({ name, cookie: clientCookie })
    const rcodes = Array.from({ length: 5 }, () => send(packet, from)?.rcode)
    expect(rcodes).toContain('BADCOOKIE')
    expect(ask({ name, cookie: clientCookie, resolver: from, tcp: true }).rcode).toBe('NOERROR')
  })

  it('5.2.4: a bad server cookie is answered as none, with a good one; BADCOOKIE when rate limited', () => {
    const { ask, send, protection } = cookieWorld(secrets, now)
    const bad = `${clientCookie}${'00'.repeat(16)}`
    const got = ask({ name, cookie: bad, resolver: from })
    expect(got.rcode).toBe('NOERROR')
    const learned = cookieIn(got) ?? ''
    expect(learned).not.toBe(bad)
    const limit = {
      mode: 'enforce',
      steeredPerSecond: 1,
      otherPerSecond: 1,
      totalPerSecond: 1,
      slip: 1,
      exempt: [],
    } as const
    setRateLimits(protection.limits, limit)
    const limited = Array.from({ length: 5 }, () => send(query({ name, cookie: bad }), from)).at(-1)
    expect(limited?.rcode).toBe('BADCOOKIE')
    expect(limited?.flags).not.toContain('tc')
    expect(limited?.answers).toEqual([])
    expect(limited && cookieIn(limited)).toBe(learned)
  })

  it('5.2.5: with a valid server cookie no defence is needed any more', () => {
    const { ask, protection, state } = cookieWorld(secrets, now)
    const cookie = cookieIn(ask({ name, cookie: clientCookie, resolver: from })) ?? ''
    const limit = {
      mode: 'enforce',
      steeredPerSecond: 1,
      otherPerSecond: 1,
      totalPerSecond: 1,
      slip: 0,
      exempt: [],
    } as const
    setRateLimits(protection.limits, limit)
    for (let i = 0; i < 100; i++) expect(ask({ name, cookie, resolver: from }).rcode).toBe('NOERROR')
    expect(state.counters[slot.drops.rate_limited]).toBe(0)
    expect(state.counters[slot.cookies.valid]).toBe(100)
  })
})

describe('RFC 7873 section 5.4: querying for a server cookie', () => {
  it('a client cookie alone is NOERROR with an empty answer section and a server cookie', () => {
    const got = cookieWorld(secrets, now).send(withoutQuestion(clientCookie), from)
    expect(got?.rcode).toBe('NOERROR')
    expect(got?.question).toHaveLength(0)
    expect(got?.answers).toEqual([])
    expect(got && cookieIn(got)).toMatch(new RegExp(`^${clientCookie}01000000.{24}$`))
    expect(got?.trailing).toBe(0)
  })

  it('a good server cookie is NOERROR, a bad one BADCOOKIE with a good one', () => {
    const { send } = cookieWorld(secrets, now)
    const first = send(withoutQuestion(clientCookie), from)
    const cookie = (first && cookieIn(first)) ?? ''
    expect(send(withoutQuestion(cookie), from)?.rcode).toBe('NOERROR')
    const refused = send(withoutQuestion(`${clientCookie}${'11'.repeat(16)}`), from)
    expect(refused?.rcode).toBe('BADCOOKIE')
    expect(refused && cookieIn(refused)).toBe(cookie)
  })

  it('without a COOKIE option, without an OPT record or with another opcode it stays an error', () => {
    const { send } = cookieWorld(secrets, now)
    expect(send(withoutQuestion(null), from)?.rcode).toBe('FORMERR')
    expect(send(Buffer.from('4e4300000000000000000000', 'hex'), from)?.rcode).toBe('FORMERR')
    const notify = withoutQuestion(clientCookie)
    notify[2] = 4 << 3
    expect(send(notify, from)?.rcode).toBe('NOTIMP')
    const short = withoutQuestion('ab')
    expect(send(short, from)?.rcode).toBe('FORMERR')
  })
})
