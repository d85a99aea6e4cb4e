// RFC 9460, Service Binding and Parameter Specification via the DNS (SVCB and HTTPS Resource Records).
import { describe, expect, it } from 'vitest'
import { allUp, Verdict } from '../../src/fleet/availability.ts'
import { ask, fixtureWorld, type Asked, type Message } from './fixture.ts'

const name = 'show1.play.live.example.net'
const subnet = '198.51.100.0/24'

interface Binding {
  readonly priority: number
  /** In hexadecimal, wire form. */
  readonly target: string
  readonly params: readonly (readonly [number, string])[]
}

/** The data of the only answer, read by hand. */
function bindingOf({ bytes, question, counts }: Message): Binding {
  expect(counts[1]).toBe(1)
  const at = 12 + question.length + 2 + 10
  const end = at + bytes.readUInt16BE(at - 2)
  let next = at + 2
  while (bytes[next] !== 0) next += bytes[next] + 1
  const params: [number, string][] = []
  const target = bytes.toString('hex', at + 2, ++next)
  for (; next < end; next += 4 + bytes.readUInt16BE(next + 2)) {
    params.push([bytes.readUInt16BE(next), bytes.toString('hex', next + 4, next + 4 + bytes.readUInt16BE(next + 2))])
  }
  return { priority: bytes.readUInt16BE(at), target, params }
}

function wire(text: string): string {
  const labels = text.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0)]).toString('hex')
}

function addresses(asked: Asked): string {
  return ask(asked)
    .answers.map(({ data }) => Buffer.from(data.split('.').map(Number)).toString('hex'))
    .join('')
}

describe('RFC 9460', () => {
  it('2.2: priority, a target that is not compressed, and keys in increasing order', () => {
    const { priority, target, params } = bindingOf(ask({ name: 'bound.live.example.net', type: 'SVCB' }))
    expect([priority, target]).toEqual([1, wire('multi.live.example.net')])
    // Written as port, alpn, ipv4hint.
    expect(params).toEqual([
      [1, '026832026833'],
      [3, '20fb'],
      [4, 'c00002c9'],
    ])
  })

  it('4.1: addresses and bindings of a target in the zone come along, but not what depends on who asks', () => {
    const extras = (asked: Asked): string[] =>
      ask(asked)
        .additional.map(({ owner, type }) => `${owner} ${type}`)
        .toSorted()
    const target = Array.from({ length: 3 }, () => 'multi.live.example.net. A')
    expect(extras({ name: 'bound.live.example.net', type: 'SVCB' })).toEqual(target)
    expect(extras({ name: 'own.live.example.net', type: 'HTTPS' })).toEqual(['own.live.example.net. AAAA'])
    expect(extras({ name: 'led.live.example.net', type: 'HTTPS' })).toEqual([
      'own.live.example.net. AAAA',
      'own.live.example.net. HTTPS',
    ])
    expect(extras({ name: 'alias.live.example.net', type: 'HTTPS' })).toEqual([])
  })

  it('2.4.2: an alias has priority 0, a target and nothing else', () => {
    expect(bindingOf(ask({ name: 'alias.live.example.net', type: 'HTTPS' }))).toEqual({
      priority: 0,
      target: wire(name),
      params: [],
    })
  })

  it('2.5: a target of "." means the owner: steered names have it', () => {
    expect(bindingOf(ask({ name, type: 'HTTPS', subnet }))).toMatchObject({ priority: 1, target: '00' })
  })

  it('7.1: alpn lists protocols, each with its length; h3 only while every node answers QUIC', () => {
    const world = fixtureWorld()
    const alpn = (): string | undefined =>
      bindingOf(ask({ name, type: 'HTTPS', subnet }, world)).params.find(([key]) => key === 1)?.[1]
    expect(alpn()).toBe('026832')
    for (const node of world.config.nodes) world.setVerdict(node.name, allUp | Verdict.quic)
    expect(alpn()).toBe('026833026832')
  })

  it('7.3: the hints are the addresses that A and AAAA give the same client', () => {
    const hints = new Map(bindingOf(ask({ name, type: 'HTTPS', subnet })).params)
    expect(hints.get(4)).toBe(addresses({ name, subnet }))
    const [aaaa] = ask({ name, type: 'AAAA', subnet }).answers
    expect([hints.get(6)?.length, aaaa.data]).toEqual([32, '2001:db8:e::1'])
  })

  it('7.3: and their scope is that of the addresses', () => {
    const scopes = ['A', 'AAAA', 'HTTPS'].map((type) => ask({ name, type, subnet }).opt?.options[0].data[3])
    expect(scopes).toEqual([24, 24, 24])
  })

  it('9: a name without HTTPS records has no data of that type', () => {
    for (const asked of [{ name: 'plain.live.example.net' }, { name: 'multi.live.example.net' }]) {
      const { rcode, counts } = ask({ ...asked, type: 'HTTPS' })
      expect([rcode, counts]).toEqual(['NOERROR', [1, 0, 1, 0]])
    }
  })
})
