// Explanations say what the query path does, and why each candidate lost. Knows no daemon.
import { describe, expect, it } from 'vitest'
import { explain, type Explanation } from '../../../src/compile/explain.ts'
import { ask } from '../../support/ask.ts'
import { makeWorld, rule, zone, type World } from '../../support/world.ts'

function explained(world: World, client: string, name = 'plain.live.example.net', type = 'A'): Explanation {
  const { config, directory, published, words } = world
  return explain({ config, directory, published, words, health: () => 'up' }, { client, name, type })
}

function why({ candidates }: Explanation, node: string): string | undefined {
  return candidates.find((candidate) => candidate.node === node)?.why
}

describe('explain', () => {
  it('names the cell, block and scope, and the nodes the query path answers', () => {
    const world = makeWorld()
    const found = explained(world, '198.51.100.7')
    expect(found.cell?.description).toBe('Hong Kong, carrier hkt')
    expect([found.block, found.scope, found.ttlSeconds]).toEqual(['198.51.100.0/24', 24, 30])
    expect(found.answer.toSorted()).toEqual(['hkg-1', 'hkg-2'])
    const asked = ask(world.state, { name: 'plain.live.example.net', subnet: '198.51.100.0/24' })
    expect(asked.data).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(found.candidates).toHaveLength(world.config.nodes.length)
  })

  it('prints every term in milliseconds, with the sum as the score', () => {
    const { candidates } = explained(makeWorld(), '198.51.100.7')
    const best = candidates.find(({ node }) => node === 'hkg-1')
    expect(best?.terms).toMatchObject({ rttKnown: true, carrierMs: 0, regionMs: 0, biasMs: 0 })
    expect(candidates.find(({ node }) => node === 'hkg-2')?.terms.carrierMs).toBe(14)
    expect(candidates.find(({ node }) => node === 'fra-1')?.terms.regionMs).toBe(40)
    for (const { terms, scoreMs } of candidates) {
      const { rttMs, carrierMs, regionMs, priceMs, biasMs } = terms
      expect(scoreMs).toBeCloseTo(rttMs + carrierMs + regionMs + priceMs + biasMs)
    }
  })

  it('says by what each candidate lost', () => {
    const world = makeWorld({
      steering: [rule({ countries: ['HK'] }, { sites: ['iad'] }, { weight: 0, at: 'steering.yaml:3:5' })],
    })
    world.setVerdict('hkg-2', 0)
    const found = explained(world, '198.51.100.7')
    expect(why(found, 'hkg-1')).toBe('answered')
    expect(why(found, 'hkg-2')).toBe('up')
    expect(why(found, 'fra-1')).toMatch(/ms behind the best available node, the window is 15 ms/)
    expect(why(found, 'iad-1')).toBe('excluded by weight 0 at steering.yaml:3:5')
    expect(found.candidates.at(-1)?.place).toBeNull()
  })

  it('shares the window by weight', () => {
    const found = explained(makeWorld(), '198.51.100.7')
    const shares = found.candidates.flatMap(({ node, share }) => (share === null ? [] : [[node, share]]))
    expect(shares).toEqual([
      ['hkg-1', 0.25],
      ['hkg-2', 0.75],
    ])
  })

  it('says where IPv6 is withheld', () => {
    const world = makeWorld()
    world.setVerdict('hkg-1', 0)
    const found = explained(world, '198.51.100.7', 'plain.live.example.net', 'AAAA')
    expect([found.answer, found.ttlSeconds, why(found, 'fra-1')]).toEqual([
      [],
      null,
      expect.stringMatching(/IPv4 has nodes much nearer/),
    ])
  })

  it('explains names that nothing steers, and refuses what is no question', () => {
    const world = makeWorld()
    expect(explained(world, '198.51.100.7', 'nowhere.live.example.net')).toMatchObject({
      rcode: 'NXDOMAIN',
      candidates: [],
    })
    expect(explained(world, '198.51.100.7', 'www.example.org').rcode).toBe('REFUSED')
    expect(() => explained(world, 'hkg')).toThrow(/client: 'hkg' is not an IPv4 or IPv6 address/)
    expect(() => explained(world, '198.51.100.7', 'plain.live.example.net', 'AAAAA')).toThrow(/not a record type/)
    expect(() => explained(world, '198.51.100.7', 'a..b')).toThrow(/not a domain name/)
  })

  it('refuses a debug name, and says which name to explain', () => {
    const names = (debug: boolean): World => makeWorld({ zones: [{ ...zone, debug }] })
    for (const [steered, type] of [
      ['plain.live.example.net', 'A'],
      ['Plain.live.example.net', 'TXT'],
      ['show1.play.live.example.net', 'AAAA'],
    ])
      expect(() => explained(names(true), '198.51.100.7', `_Nearcast.${steered}`, type)).toThrow(
        `name: '_Nearcast.${steered}' is a debug name, which says in TXT what '${steered}' is answered with: explain '${steered}'`,
      )
    // Where it is none, it is a name as any other.
    const nowhere = { rcode: 'NXDOMAIN', service: null }
    expect(explained(names(false), '198.51.100.7', '_nearcast.plain.live.example.net')).toMatchObject(nowhere)
    expect(explained(names(true), '198.51.100.7', '_nearcast.nowhere.live.example.net')).toMatchObject(nowhere)
    expect(explained(names(false), '198.51.100.7', '_nearcast.show1.play.live.example.net').cell).not.toBeNull()
  })
})
