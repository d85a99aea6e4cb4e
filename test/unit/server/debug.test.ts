// What the debug names of steered names say, read back with dns-packet. Knows no sockets.
import { describe, expect, it } from 'vitest'
import { single, slot } from '../../../src/telemetry/counters.ts'
import { ask, type Reply } from '../../support/ask.ts'
import { makeWorld, service, zone } from '../../support/world.ts'

const apex = 'live.example.net'
const world = (debug = true) => makeWorld({ zones: [{ ...zone, debug }] })

function textsOf({ answers }: Reply): string[] {
  return answers.flatMap((record) => ((record as { data: Buffer[] }).data ?? []).map((text) => text.toString()))
}

describe('a debug name', () => {
  it('says which nodes the steered name has, in which state, and why', () => {
    const { state } = world()
    const subnet = '198.51.100.0/24'
    const reply = ask(state, { name: `_nearcast.plain.${apex}`, type: 'TXT', subnet })
    const [first] = reply.answers as { name: string; ttl: number }[]
    expect([reply.rcode, reply.packet.flag_aa, reply.scope, first.ttl]).toEqual(['NOERROR', true, 24, 0])
    expect(first.name).toBe(`_nearcast.plain.${apex}`)
    const texts = textsOf(reply)
    expect(texts.filter((text) => !text.startsWith('A='))).toEqual([
      'epoch=7',
      'service=plain',
      'AAAA=hkg-1:up',
      'scope=24',
      'cell=Hong Kong, carrier hkt',
      'block=198.51.100.0/24 from=subnet',
    ])
    expect(texts.find((text) => text.startsWith('A='))).toMatch(/^A=hkg-[12]:up,hkg-[12]:up$/)
    expect(state.counters[slot.outcomes.steered]).toBe(1)
  })

  it('stands before every name of a wildcard, with the nodes of that name', () => {
    const { state, config } = world()
    for (const stream of ['show1', 'show2', 'a.b', 'SHOW3']) {
      const subnet = '203.0.113.0/24'
      const texts = textsOf(ask(state, { name: `_NEARCAST.${stream}.play.${apex}`, type: 'TXT', subnet }))
      const said =
        texts
          .find((text) => text.startsWith('A='))
          ?.slice(2)
          .replaceAll(':up', '')
          .split(',') ?? []
      const given = ask(state, { name: `${stream}.play.${apex}`, subnet }).data
      expect(
        said
          .map((name) => config.nodes.find((node) => node.name === name)?.v4 ?? '')
          .toSorted((a, b) => (a < b ? -1 : 1)),
      ).toEqual(given)
    }
  })

  it('tells of ramps and of failing open, without counting an answer that failed open', () => {
    const { state, setVerdict, config } = world()
    for (const { name } of config.nodes) setVerdict(name, 3 | 4 | 8 | (254 << 8) | (254 << 16))
    const ask1 = () => textsOf(ask(state, { name: `_nearcast.plain.${apex}`, type: 'TXT', subnet: '192.0.2.0/25' }))
    expect(ask1().find((text) => text.startsWith('A='))).toMatch(/^A=fra-[12]:ramping,/)
    for (const { name } of config.nodes) setVerdict(name, 0)
    expect(ask1()).toContain('AAAA=fra-1:failed-open')
    expect(state.counters[single.failOpen]).toBe(0)
  })

  it('tells the block of the resolver where no subnet is sent or mapped', () => {
    const { state } = world()
    const name = `_nearcast.plain.${apex}`
    const of = (more: object) => textsOf(ask(state, { name, type: 'TXT', ...more })).at(-1)
    expect(of({ resolver: '192.0.2.200' })).toBe('block=192.0.2.128/25 from=resolver')
    expect(of({ resolver: '2001:db8:1::5', subnet: '0.0.0.0/0' })).toBe('block=2001:db8:1::/48 from=resolver')
    expect(of({ resolver: '192.0.2.1', subnet: '2001:db8:2::/56' })).toBe('block=2001:db8:2::/48 from=subnet')
    expect(of({ resolver: '192.0.2.1', subnet: '100.64.0.0/24' })).toBe('block=192.0.2.0/25 from=resolver')
  })

  it('fits 512 octets for the longest name, whatever the client receives, leaving out what is least needed', () => {
    const { state } = makeWorld({
      zones: [{ ...zone, debug: true }],
      services: [service('play', 'edges', { answers: 8, spreadMs: 10_000 }), service('plain', 'edges')],
    })
    const label = 'x'.repeat(63)
    const name = `_nearcast.${label}.${label}.${'x'.repeat(60)}.play.${apex}`
    for (const more of [{ subnet: '2001:db8:1::/56' }, { edns: false }, { tcp: true, subnet: '192.0.2.0/24' }]) {
      const reply = ask(state, {
        name,
        type: 'TXT',
        cookie: more.edns === false ? undefined : '0102030405060708',
        ...more,
      })
      expect(reply.length).toBeLessThanOrEqual(512)
      expect(reply.packet.flag_tc).toBe(false)
      expect(textsOf(reply).slice(0, 2)).toEqual(['epoch=7', 'service=play'])
    }
  })

  it('exists with no other type, and nowhere but before a steered name', () => {
    const { state } = world()
    const outcome = (name: string, type: string) => {
      const { rcode, answers } = ask(state, { name: `${name}.${apex}`, type, edns: false })
      return `${rcode} ${answers.length}`
    }
    expect(outcome('_nearcast.plain', 'A')).toBe('NOERROR 0')
    expect(outcome('_nearcast.plain', 'ANY')).toBe('NOERROR 1')
    expect(outcome('_nearcast.show1.play', 'A')).toBe('NOERROR 2')
    expect(outcome('_nearcast.status', 'TXT')).toBe('NXDOMAIN 0')
    expect(outcome('_nearcast.nowhere', 'TXT')).toBe('NXDOMAIN 0')
    expect(outcome('_nearcast', 'TXT')).toBe('NXDOMAIN 0')
    expect(outcome('_nearcast.x.wild', 'TXT')).toBe('NOERROR 1')
  })

  it('is not there unless the zone says so', () => {
    const { state } = world(false)
    expect(ask(state, { name: `_nearcast.plain.${apex}`, type: 'TXT' }).rcode).toBe('NXDOMAIN')
    expect(textsOf(ask(state, { name: `_nearcast.show1.play.${apex}`, type: 'TXT' }))).toEqual([])
  })
})
