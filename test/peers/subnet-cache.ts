// The contract of every resolver that caches by client subnet in front of Nearcast: its clients get what the authority tells them,
// and from the cache what the scopes allow, to the last answer. Knows no resolver.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Site } from '../scenario/site.ts'
import type { Peers } from '../support/dns-talk.ts'
import { frankfurtWithoutV6, overWorld, strayAnswers, wrongAnswers } from './regions.ts'
import { answersFromCache, askAt, differing, inOrder, randomCases, type Case } from './through.ts'

export interface SubnetCache {
  readonly name: string
  readonly skipped: boolean
  /** Starts it with an empty cache, asking for whole names at this port of 127.0.0.1. */
  start(authority: number): Promise<{ readonly port: number; stop(): Promise<void> }>
  /** Whether it keeps that a client has no address of a family for those the scope names; else it keeps that for everybody. */
  readonly absenceBySubnet: boolean
  /** Whether an answer whose scope is longer than the source it was asked with is kept for the scope alone, not for the whole source. */
  readonly longerScopes: boolean
  /** How many random clients of each family ask. */
  readonly clients: number
}

/** Registers the tests. */
export function subnetCacheContract(cache: SubnetCache): void {
  describe.skipIf(cache.skipped)(`${cache.name} as a cache by subnet`, () => {
    let site: Site
    /** Random clients of both families with what the authority tells them. */
    const cases: Record<4 | 6, Case[]> = { 4: [], 6: [] }
    const opened: { stop(): Promise<void> }[] = []

    beforeAll(async () => {
      site = await Site.start({
        title: cache.name,
        base: 'world',
        config: { ...overWorld, ...(cache.absenceBySubnet ? frankfurtWithoutV6 : {}) },
        steps: [],
      })
      const authority = { to: { address: '127.0.0.1', port: site.port } }
      for (const family of [4, 6] as const) cases[family] = await randomCases(authority, family, cache.clients)
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((resolver) => resolver.stop()))
    })
    afterAll(() => site?.stop())

    async function resolver(): Promise<Peers> {
      const started = await cache.start(site.port)
      opened.push(started)
      return { to: { address: '127.0.0.1', port: started.port } }
    }

    /** Questions for addresses the authority was asked so far. */
    async function asked(): Promise<number> {
      const metrics = await site.metrics()
      return (metrics.get('questions{A}') ?? 0) + (metrics.get('questions{AAAA}') ?? 0)
    }

    it('gives clients of three regions the nodes configured for them, whoever asks first', async () => {
      const through = await resolver()
      const withoutV6 = cache.absenceBySubnet ? 'Germany' : undefined
      expect(await strayAnswers((_, question) => askAt(through, question), { withoutV6 })).toEqual([])
    })

    it('gives everybody the same of what does not depend on them', async () => {
      const through = await resolver()
      expect(await wrongAnswers((_, question) => askAt(through, question))).toEqual([])
    })

    for (const family of [4, 6] as const) {
      for (const order of ['wide blocks first', 'narrow blocks first'] as const) {
        it(`tells ${cache.clients} IPv${family} clients what the authority does, ${order}`, async () => {
          const ordered = inOrder(cases[family], order)
          const through = await resolver()
          const before = await asked()
          expect(await differing(through, ordered)).toEqual([])
          const fromCache = ordered.length - ((await asked()) - before)
          // More would be somebody else's answer. Fewer are questions asked twice, as resolvers do on a busy machine.
          expect(fromCache).toBeLessThanOrEqual(answersFromCache(ordered))
          expect(fromCache).toBeGreaterThanOrEqual(answersFromCache(ordered) - 5)
          // The cases must be able to show a scope that is wrong.
          expect(fromCache).toBeGreaterThan(ordered.length / 10)
          expect(new Set(ordered.map(({ direct }) => direct.data.join())).size).toBeGreaterThan(5)
          expect(new Set(ordered.map(({ direct }) => direct.scope)).size).toBeGreaterThan(5)
        })
      }
    }

    // Who keeps such an answer for the whole source is misled whatever scope it is given.
    if (!cache.longerScopes) return
    it('is not misled by what it was told for wider subnets', async () => {
      const through = await resolver()
      // Sources shorter than the blocks: the answer's scope is then longer than its source.
      for (const [index, { subnet = '', type }] of cases[4].entries())
        await askAt(through, { subnet: shortened(subnet, 8 + (index % 13)), type })
      expect(await differing(through, cases[4])).toEqual([])
    })
  })
}

/** An IPv4 network of so many bits around an address. */
function shortened(subnet: string, bits: number): string {
  const parts = subnet.split('/')[0].split('.').map(Number)
  const kept = parts.map((part, index) => part & (0xff << Math.min(8, Math.max(0, (index + 1) * 8 - bits))) & 0xff)
  return `${kept.join('.')}/${bits}`
}
