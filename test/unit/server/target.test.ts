// What the spine answers where a service has names instead of addresses, read back with dns-packet. Knows no sockets.
import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/compile/explain.ts'
import { nodeSlot, single, slot } from '../../../src/telemetry/counters.ts'
import { Type } from '../../../src/wire/constants.ts'
import { ask, type Reply } from '../../support/ask.ts'
import { makeWorld, name, node, records, service, zone } from '../../support/world.ts'

const apex = 'live.example.net'
const nodes = [
  node('hkg-1', 'hkg', { target: 'hkg.cdn.example.org.' }),
  node('fra-1', 'fra', { target: `edge.${apex}.`, v6: '2001:db8:e::2' }),
  node('iad-1', 'iad', { target: `plain.${apex}.` }),
]
const hongKong = '198.51.100.0/24'
const germany = '192.0.2.0/25'
const america = '192.0.2.128/25'

function world() {
  const steeredNames = [
    { owner: name(`cdn.${apex}`), service: 'cdn' },
    { owner: name(`*.cdn.${apex}`), service: 'cdn' },
    { owner: name(`plain.${apex}`), service: 'plain' },
  ]
  const staticRRsets = [
    ...zone.staticRRsets,
    records(`edge.${apex}`, Type.A, 600, '192.0.2.200'),
    records(`alias.${apex}`, Type.CNAME, 600, `show1.cdn.${apex}.`),
  ]
  return makeWorld({
    nodes,
    zones: [{ ...zone, steeredNames, staticRRsets }],
    services: [service('cdn', 'edges', { target: true, answers: 1 }), service('plain', 'edges')],
  })
}

const shape = ({ answers }: Reply): string[] =>
  answers.map((record) => `${record.name} ${record.type} ${String((record as { data: unknown }).data)}`)

describe('a service that answers with names', () => {
  it.each(['A', 'AAAA', 'HTTPS', 'TXT', 'MX', 'CNAME', 'NS', 'DS', 'ANY'])(
    'gives the same CNAME for %s, with the scope of the pick',
    (type) => {
      const { state, slotOf } = world()
      const reply = ask(state, { name: `show1.cdn.${apex}`, type, subnet: hongKong })
      expect(shape(reply)).toEqual([`show1.cdn.${apex} CNAME hkg.cdn.example.org`])
      expect([reply.rcode, reply.packet.flag_aa, reply.scope]).toEqual(['NOERROR', true, 24])
      expect((reply.answers[0] as { ttl: number }).ttl).toBe(30)
      expect(state.counters[nodeSlot(slotOf('hkg-1'))]).toBe(1)
      expect(state.counters[slot.outcomes.steered]).toBe(1)
    },
  )

  it('goes on with a target in its own zones, static or steered, in the same scope', () => {
    const { state } = world()
    const fixed = ask(state, { name: `cdn.${apex}`, subnet: germany })
    expect(shape(fixed)).toEqual([`cdn.${apex} CNAME edge.${apex}`, `edge.${apex} A 192.0.2.200`])
    expect(fixed.scope).toBe(25)
    const steered = ask(state, { name: `cdn.${apex}`, subnet: america })
    expect(shape(steered)[0]).toBe(`cdn.${apex} CNAME plain.${apex}`)
    expect(shape(steered)[1]).toBe(`plain.${apex} A ${nodes[2].v4}`)
    expect(steered.scope).toBe(25)
    expect(state.counters[single.chased]).toBe(2)
    expect(shape(ask(state, { name: `cdn.${apex}`, type: 'CNAME', subnet: germany }))).toHaveLength(1)
    expect(shape(ask(state, { name: `alias.${apex}`, subnet: hongKong }))).toEqual([
      `alias.${apex} CNAME show1.cdn.${apex}`,
      `show1.cdn.${apex} CNAME hkg.cdn.example.org`,
    ])
  })

  it('leaves out a node that fails, and answers with one of them when all do', () => {
    const { state, setVerdict } = world()
    setVerdict('hkg-1', 0)
    expect(shape(ask(state, { name: `cdn.${apex}`, subnet: hongKong }))[0]).not.toContain('hkg.cdn')
    for (const one of nodes) setVerdict(one.name, 0)
    const open = ask(state, { name: `cdn.${apex}`, subnet: hongKong })
    expect(shape(open)).toEqual([`cdn.${apex} CNAME hkg.cdn.example.org`])
    expect((open.answers[0] as { ttl: number }).ttl).toBe(10)
    expect(state.counters[single.failOpen]).toBe(1)
  })

  it('is explained by the node whose name was given, whatever type is asked for', () => {
    const { config, directory, published, words } = world()
    for (const type of ['A', 'AAAA', 'TXT']) {
      const question = { client: '198.51.100.7', name: `show1.cdn.${apex}`, type }
      const explanation = explain({ config, directory, published, words, health: () => null }, question)
      expect(explanation).toMatchObject({
        service: 'cdn',
        answer: ['hkg-1'],
        scope: 24,
        rcode: 'NOERROR',
        ttlSeconds: 30,
      })
      expect(explanation.candidates.map((one) => [one.node, one.answered])).toContainEqual(['hkg-1', true])
    }
  })
})
