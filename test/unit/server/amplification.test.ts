// What an attacker gains who asks in somebody else's name: octets of UDP payload out for octets in. Without a valid cookie.
import { describe, expect, it } from 'vitest'
import { answer, Transport } from '../../../src/server/answer.ts'
import { Client } from '../../../src/server/client.ts'
import { setRateLimits } from '../../../src/server/rate-limits.ts'
import { query, type Asked } from '../../support/ask.ts'
import { cookieIn, cookieWorld, type CookieWorld } from '../../support/cookie-world.ts'
import { makeConfig } from '../../support/world.ts'

const from = '203.0.113.9'
const options: Readonly<Record<string, Partial<Asked>>> = {
  'no EDNS': {},
  EDNS: { edns: true },
  'NSID asked for': { nsid: true },
  'a client cookie': { cookie: '2464c4abcf10c957' },
  'a bad server cookie': { cookie: `2464c4abcf10c957${'00'.repeat(16)}` },
  'a client subnet': { subnet: '198.51.100.0/24' },
}
const questions: Readonly<Record<string, Asked>> = {
  ANY: { name: 'live.example.net', type: 'ANY' },
  'ANY of a steered name': { name: 'play.live.example.net', type: 'ANY' },
  NXDOMAIN: { name: 'x.live.example.net' },
  NODATA: { name: 'live.example.net', type: 'TXT' },
  REFUSED: { name: 'example.org' },
  'a steered name': { name: 'plain.live.example.net' },
}
const every = Object.entries(questions).flatMap(([what, asked]) =>
  Object.entries(options).map(([how, more]) => ({ what, how, asked: { ...asked, ...more } })),
)

function world(): CookieWorld {
  const made = cookieWorld({ current: 'e5e973e5a6b2a43f48e7dc849e37bfcf' }, 1_800_000_000)
  const { rateLimit } = makeConfig().server
  setRateLimits(made.protection.limits, { ...rateLimit, mode: 'enforce', steeredPerSecond: rateLimit.otherPerSecond })
  return made
}

/** Octets out by octets in, at so many queries a second for so long. */
function factor({ state }: CookieWorld, asked: Asked, perSecond: number, seconds: number): number {
  const packet = query(asked)
  const room = new Uint8Array(1536)
  const client = new Client()
  client.setFromText(from, 5353)
  let out = 0
  const count = perSecond * seconds
  for (let i = 1; i <= count; i++) {
    state.clock.set(1_800_000_000_000, 1_000_000 + (i / perSecond) * 1000)
    room.set(packet)
    out += answer(room, packet.length, client, Transport.udp, state)
  }
  return out / (count * packet.length)
}

describe('amplification', () => {
  it.each(every)('of a flood of $what with $how is below 1', ({ asked }) => {
    // Ten times the limit.
    expect(factor(world(), asked, 2_000, 20)).toBeLessThan(1)
  })

  it('of a single answer is what RFC 8482 and RFC 2308 need, and no more', () => {
    const single = (what: string): number => factor(world(), questions[what], 1, 1)
    expect(single('ANY')).toBeLessThan(1.7)
    expect(single('REFUSED')).toBe(1)
    expect(single('NXDOMAIN')).toBeLessThan(3.3)
    expect(single('NODATA')).toBeLessThan(3.3)
  })

  it('is bounded by 1,232 octets an answer, whatever size the client takes and whatever cookie it has', () => {
    const { ask } = world()
    const asked = { name: 'big.live.example.net', type: 'TXT', udpSize: 65_535 }
    const cookie = cookieIn(ask({ ...asked, cookie: '2464c4abcf10c957' })) ?? ''
    for (const more of [{}, { edns: true }, { cookie }]) {
      const got = ask({ ...asked, ...more })
      expect(got.bytes.length).toBeLessThanOrEqual(1232)
      expect(got.flags).toContain('tc')
    }
    expect(ask({ ...asked, edns: true, tcp: true }).bytes.length).toBeGreaterThan(1232)
  })
})
