// Who is limited and who is not, in the small world with a clock that the test moves. Times are simulated.
import { describe, expect, it } from 'vitest'
import { Client } from '../../../src/server/client.ts'
import { Clock } from '../../../src/server/clock.ts'
import type { RateLimitSettings } from '../../../src/server/model.ts'
import { Fate, Kind, RateLimiter } from '../../../src/server/rate-limit.ts'
import { createRateLimits, maximumExempt, setRateLimits } from '../../../src/server/rate-limits.ts'
import { slot } from '../../../src/telemetry/counters.ts'
import { Type } from '../../../src/wire/constants.ts'
import { query, type Asked } from '../../support/ask.ts'
import { cookieIn, cookieWorld, type CookieWorld } from '../../support/cookie-world.ts'
import { records, zone } from '../../support/world.ts'

const defaults: RateLimitSettings = {
  mode: 'enforce',
  steeredPerSecond: 40,
  otherPerSecond: 20,
  totalPerSecond: 100,
  slip: 2,
  exempt: [],
}
const steered = 'plain.live.example.net'
/** Aliases that lead out of our zones, and others that lead to one name. */
const aliases = Array.from({ length: 50 }, (_, i) => [
  records(`out${i}.live.example.net`, Type.CNAME, 300, `x${i}.example.com.`),
  records(`in${i}.live.example.net`, Type.CNAME, 300, 'ns1.live.example.net.'),
]).flat()

interface Fates {
  readonly whole: number
  readonly cut: number
  readonly dropped: number
}

class Flooded {
  readonly world: CookieWorld = cookieWorld({ current: 'e5e973e5a6b2a43f48e7dc849e37bfcf' }, 1_800_000_000, {
    zones: [{ ...zone, staticRRsets: [...zone.staticRRsets, ...aliases] }],
  })
  #ms = 1_000_000

  constructor(settings: Partial<RateLimitSettings> = {}) {
    setRateLimits(this.world.protection.limits, { ...defaults, ...settings })
  }

  /** Asks `perSecond` times a second for so long, evenly, and counts what comes back. */
  flood(perSecond: number, seconds: number, asked: (i: number) => Asked): Fates {
    const fates = { whole: 0, cut: 0, dropped: 0 }
    for (let i = 0; i < perSecond * seconds; i++) {
      this.pass(1000 / perSecond)
      const what = asked(i)
      const got = this.world.send(query(what), what.resolver ?? '192.0.2.200', what.tcp)
      if (got === null) fates.dropped++
      else if (got.flags.includes('tc') || got.rcode === 'BADCOOKIE') fates.cut++
      else fates.whole++
    }
    return fates
  }

  pass(ms: number): void {
    this.#ms += ms
    this.world.state.clock.set(1_800_000_000_000 + this.#ms, this.#ms)
  }
}

/** Rates hold from when the buckets are full: they let in two seconds' worth, and the meter before them as much. */
function about(perSecond: number, seconds: number): [number, number] {
  return [perSecond * seconds, perSecond * (seconds + 5)]
}

function expectBetween(value: number, [least, most]: [number, number]): void {
  expect(value).toBeGreaterThanOrEqual(least)
  expect(value).toBeLessThanOrEqual(most)
}

describe('a source network', () => {
  it('is not limited at the rates it may have', () => {
    const under = new Flooded()
    const all = { whole: 20 * 60, cut: 0, dropped: 0 }
    expect(under.flood(20, 60, () => ({ name: 'text.live.example.net' }))).toEqual(all)
    expect(under.flood(20, 60, () => ({ name: 'nothing.live.example.net' }))).toEqual(all)
    expect(under.flood(40, 60, () => ({ name: steered })).whole).toBe(40 * 60)
  })

  it('gets steered answers for one block at the rate of the limit, whatever the names', () => {
    const { whole, cut, dropped } = new Flooded().flood(400, 60, (i) => ({ name: `s${i}.play.live.example.net` }))
    expectBetween(whole, about(40, 60))
    expect(Math.abs(cut - dropped)).toBeLessThanOrEqual(1)
  })

  it.each([
    ['one name', () => 'live.example.net'],
    ['NXDOMAIN of one zone', (i: number) => `x${i}.live.example.net`],
    ['errors', (i: number) => `x${i}.example.org`],
  ])('gets answers of %s at the rate of the limit', (_what, name) => {
    const { whole, cut, dropped } = new Flooded().flood(400, 60, (i) => ({ name: name(i), type: 'SOA' }))
    if (name(0).endsWith('example.org')) {
      // REFUSED has no records to leave out; one in two of those over the limit is sent as it is.
      expect(cut).toBe(0)
      expectBetween(400 * 60 - dropped * 2, about(20, 60))
    } else {
      expectBetween(whole, about(20, 60))
      expect(Math.abs(cut - dropped)).toBeLessThanOrEqual(1)
    }
  })

  it.each([
    ['lead out of our zones', 'out'],
    ['lead to one name', 'in'],
  ])('that asks for many aliases which %s is counted by what it asked for', (_what, prefix) => {
    const asked = (i: number): Asked => ({ name: `${prefix}${i % 50}.live.example.net` })
    expect(new Flooded({ totalPerSecond: 1000 }).flood(800, 60, asked).whole).toBe(800 * 60)
    const one = new Flooded().flood(400, 60, () => asked(7))
    expectBetween(one.whole, about(20, 60))
  })

  it('that asks who the server is, is limited whatever it asks for in between', () => {
    const flooded = new Flooded({ totalPerSecond: 1000 })
    const asked = (i: number): Asked =>
      i % 2 === 0 ? { name: 'id.server', type: 'TXT', class: 'CH' } : { name: `out${i % 50}.live.example.net` }
    const { whole } = flooded.flood(400, 60, asked)
    // Every other one is another alias each time, which no limit but the source's holds back.
    expectBetween(whole - 200 * 60, about(20, 60))
  })

  it('that asks for many blocks is a public resolver: each block has its own limit, below that of the source', () => {
    const flooded = new Flooded()
    const blocks = ['198.51.100.0/24', '198.51.101.0/24', '192.0.2.0/25', '192.0.2.128/25', '2001:db8:1::/48']
    const resolver = (i: number): Asked => ({ name: steered, subnet: blocks[i % blocks.length] })
    expect(flooded.flood(90, 60, resolver).whole).toBe(90 * 60)
    const { whole } = flooded.flood(500, 60, resolver)
    expectBetween(whole, about(100, 60))
    expect(flooded.world.state.counters[slot.over_limit.total]).toBeGreaterThan(0)
  })

  it('is an IPv4 /24 or an IPv6 /56, and others are not touched by its flood', () => {
    const flooded = new Flooded({ slip: 0 })
    const inside = (i: number): Asked => ({ name: steered, resolver: `203.0.113.${i % 250}` })
    expectBetween(flooded.flood(400, 20, inside).whole, about(40, 20))
    expect(flooded.flood(20, 20, () => ({ name: steered, resolver: '203.0.112.9' })).whole).toBe(400)
    const inside6 = (i: number): Asked => ({
      name: steered,
      resolver: `2001:db8:7:70${(i % 256).toString(16).padStart(2, '0')}::1`,
    })
    expectBetween(flooded.flood(400, 20, inside6).whole, about(40, 20))
    expect(flooded.flood(20, 20, () => ({ name: steered, resolver: '2001:db8:7:7100::1' })).whole).toBe(400)
  })

  it('is free again soon after its flood', () => {
    const flooded = new Flooded()
    flooded.flood(400, 20, () => ({ name: steered }))
    flooded.pass(5_000)
    expect(flooded.flood(40, 20, () => ({ name: steered })).whole).toBe(800)
  })

  it('that was not heard of for as long as the clock takes to wrap is a new one', () => {
    const flooded = new Flooded({ slip: 0 })
    flooded.flood(400, 20, () => ({ name: steered }))
    for (const minutes of [34, 35, 36, 69, 70]) {
      flooded.pass(minutes * 60_000)
      expect(flooded.flood(40, 1, () => ({ name: steered })).whole).toBe(40)
    }
  })
})

describe('who is exempt', () => {
  it('whoever has a valid cookie, whatever others in its network do', () => {
    const flooded = new Flooded({ slip: 0 })
    const cookie = cookieIn(flooded.world.ask({ name: steered, cookie: '2464c4abcf10c957' })) ?? ''
    flooded.flood(400, 20, () => ({ name: steered, resolver: '192.0.2.77' }))
    expect(flooded.flood(400, 5, () => ({ name: steered, cookie })).whole).toBe(2000)
  })

  it('TCP', () => {
    const flooded = new Flooded({ slip: 0 })
    flooded.flood(400, 20, () => ({ name: steered }))
    expect(flooded.flood(400, 5, () => ({ name: steered, tcp: true })).whole).toBe(2000)
  })

  it('prefixes of either family that operators name, and none beside them', () => {
    const exempt = ['192.0.2.128/25', '2001:db8:5::/48', '::1/128', '198.51.100.7/32']
    const flooded = new Flooded({ slip: 0, exempt })
    for (const resolver of ['192.0.2.200', '2001:db8:5:ffff::9', '::1', '198.51.100.7', '::ffff:192.0.2.130']) {
      expect(flooded.flood(400, 2, () => ({ name: steered, resolver })).whole).toBe(800)
    }
    for (const resolver of ['192.0.2.127', '2001:db8:6::9', '::2', '198.51.100.8']) {
      expect(flooded.flood(400, 10, () => ({ name: steered, resolver })).dropped).toBeGreaterThan(2000)
    }
  })

  it('as many prefixes as the schema allows', () => {
    const exempt = Array.from({ length: maximumExempt }, (_, i) => `2001:db8:${i + 1}::/48`)
    const flooded = new Flooded({ slip: 0, exempt })
    const last = `2001:db8:${maximumExempt}::1`
    expect(flooded.flood(400, 5, () => ({ name: steered, resolver: last })).whole).toBe(2000)
  })

  it('everybody when it is off, and in log mode, which counts', () => {
    expect(new Flooded({ mode: 'off' }).flood(400, 5, () => ({ name: steered })).whole).toBe(2000)
    const logging = new Flooded({ mode: 'log' })
    expect(logging.flood(400, 20, () => ({ name: steered })).whole).toBe(8000)
    const { counters } = logging.world.state
    expect(counters[slot.rate_limited.logged]).toBe(counters[slot.over_limit.steered])
    expect(counters[slot.rate_limited.logged]).toBeGreaterThan(6000)
    expect(counters[slot.drops.rate_limited]).toBe(0)
  })
})

describe('over the limit', () => {
  it.each([
    [0, 0],
    [1, 1],
    [3, 1 / 3],
    [10, 0.1],
  ])('slip %i cuts short that share and drops the rest', (slip, share) => {
    const { cut, dropped } = new Flooded({ slip }).flood(400, 20, () => ({ name: steered }))
    expect(cut / (cut + dropped)).toBeCloseTo(share, 2)
  })

  it('what is cut short is truncated, without records, with the question and an extended error', () => {
    const flooded = new Flooded({ slip: 1 })
    flooded.flood(400, 20, () => ({ name: steered }))
    const got = flooded.world.ask({ name: steered, subnet: '198.51.100.0/24', resolver: '192.0.2.200' })
    const cut = got.flags.includes('tc') ? got : flooded.world.ask({ name: steered, edns: true })
    expect(cut.flags).toEqual(['qr', 'aa', 'tc'])
    expect([cut.answers, cut.authority, cut.additional]).toEqual([[], [], []])
    expect(cut.question.length).toBeGreaterThan(0)
    const error = cut.opts[0].options.find(({ code }) => code === 15)
    expect(error?.data.subarray(2).toString()).toBe('rate limited')
  })

  it('who sent a cookie gets BADCOOKIE, and with the cookie in it every answer', () => {
    const flooded = new Flooded({ slip: 1 })
    const cookie = '2464c4abcf10c957'
    expect(flooded.flood(400, 20, () => ({ name: steered, cookie })).cut).toBeGreaterThan(6000)
    const refused = flooded.world.ask({ name: steered, cookie })
    expect(refused.rcode).toBe('BADCOOKIE')
    const learned = cookieIn(refused) ?? ''
    expect(flooded.flood(400, 5, () => ({ name: steered, cookie: learned })).whole).toBe(2000)
  })

  it('every answer is counted as what became of it', () => {
    const flooded = new Flooded({ slip: 2 })
    const { whole, cut, dropped } = flooded.flood(400, 20, (i) => ({
      name: steered,
      ...(i % 2 ? { cookie: '11'.repeat(8) } : {}),
    }))
    const { counters } = flooded.world.state
    const { rate_limited: fate } = slot
    expect(counters[fate.slipped] + counters[fate.badcookie]).toBe(cut)
    expect([counters[fate.dropped], counters[slot.drops.rate_limited]]).toEqual([dropped, dropped])
    expect(counters[slot.over_limit.steered]).toBe(cut + dropped)
    expect(counters[slot.answers.NOERROR] + counters[slot.answers.BADCOOKIE]).toBe(whole + cut)
  })
})

describe('a million sources', () => {
  it('take no more memory, are answered, and do not wash out who is over a limit', () => {
    const flooded = new Flooded({ slip: 0 })
    flooded.flood(400, 20, () => ({ name: steered }))
    let answered = 0
    let fromTheFlood = 0
    for (let i = 0; i < 100_000; i++) {
      flooded.pass(0.01)
      const resolver = `${10 + (i % 200)}.${(i >> 8) & 255}.${(i * 7) & 255}.9`
      if (flooded.world.send(query({ name: steered }), resolver) !== null) answered++
      if (i % 250 === 0 && flooded.world.send(query({ name: steered }), '192.0.2.200') !== null) fromTheFlood++
    }
    expect(answered).toBe(100_000)
    // One second at 400 a second, of which the limit lets 40 pass, and one of the bucket's lost entries two seconds' worth.
    expect(fromTheFlood).toBeLessThan(250)
  })

  it('do not decide whose bucket they fill: processes place them differently', () => {
    const [one, other] = [createRateLimits(1), createRateLimits(1)]
    expect([...one.settings.subarray(7, 11)]).not.toEqual([...other.settings.subarray(7, 11)])
  })
})

describe('threads', () => {
  /** Answers a second that one source network gets from threads that take turns, batch by batch, on clocks so far apart. */
  function answersOf(threads: number, skewMs: number): number {
    const limits = createRateLimits()
    setRateLimits(limits, { ...defaults, otherPerSecond: 200, totalPerSecond: 10_000, slip: 0 })
    const limiters = Array.from({ length: threads }, () => ({ limiter: new RateLimiter(limits), clock: new Clock() }))
    const client = new Client()
    client.setFromText('203.0.113.7', 5353)
    const [perSecond, seconds, batch] = [20_000, 30, 8]
    let answers = 0
    for (let i = 0; i < perSecond * seconds; i++) {
      const thread = Math.floor(i / batch) % threads
      const { limiter, clock } = limiters[thread]
      clock.set(0, 1_000_000 + (i * 1000) / perSecond - thread * skewMs)
      if (limiter.fate(client, clock.ticks, Kind.named, 7) === Fate.answer) answers++
    }
    return answers / seconds
  }

  it.each([0, 0.01, 0.1, 0.3, 1, 10])('limit a source together, their clocks %d ms apart', (skewMs) => {
    for (const threads of [2, 4]) expectBetween(answersOf(threads, skewMs), [200, 200 * 1.25])
  })
})
