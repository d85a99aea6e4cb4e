// What holds of each guard whatever is heard, and in whatever order nodes fail. Pure: no clock, no node.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hear, isOriginsFault, mayRemove, suspectsItself, type Heard, type Member } from '../../src/health/guards.ts'

const heard: fc.Arbitrary<Heard> = fc
  .record({ ok: fc.boolean(), startedMs: fc.integer({ min: 0, max: 1_000 }), before: fc.integer({ min: 0, max: 500 }) })
  .map(({ ok, startedMs, before }) => ({ ok, startedMs, failingSinceMs: ok ? null : startedMs - before }))
const failing = heard.map((one): Heard => ({ ...one, ok: false, failingSinceMs: one.failingSinceMs ?? one.startedMs }))
const passing = heard.map((one): Heard => ({ ...one, ok: true, failingSinceMs: null }))

describe('self-suspicion', () => {
  it('is silenced by any reference that passes or was not heard, and by having none', () => {
    fc.assert(
      fc.property(fc.array(failing), fc.option(passing), fc.array(failing), fc.nat(), (others, good, nodes, at) => {
        const references: (Heard | null)[] = [...others]
        references.splice(at % (others.length + 1), 0, good)
        expect(suspectsItself(references, nodes, -Infinity)).toBe(false)
        expect(suspectsItself([], nodes, -Infinity)).toBe(false)
      }),
    )
  })

  it('counts only what was tried since every reference fails and the trouble began, and wants more than half of it', () => {
    const time = fc.integer({ min: 0, max: 1_000 })
    fc.assert(
      fc.property(fc.array(failing, { minLength: 1 }), fc.array(heard), time, (references, nodes, troubleMs) => {
        const since = Math.max(troubleMs, ...references.map(({ failingSinceMs }) => failingSinceMs ?? 0))
        const tried = nodes.filter(({ startedMs }) => startedMs >= since)
        const failed = tried.filter(({ ok }) => !ok)
        expect(suspectsItself(references, nodes, troubleMs)).toBe(failed.length > tried.length / 2)
      }),
    )
  })

  it('is not there for a single node that fails while the others pass', () => {
    fc.assert(
      fc.property(
        fc.array(failing, { minLength: 1 }),
        failing,
        fc.integer({ min: 1, max: 50 }),
        (references, node, n) => {
          const others = Array.from({ length: n }, (): Heard => ({ ok: true, startedMs: 2_000, failingSinceMs: null }))
          expect(suspectsItself(references, [{ ...node, startedMs: 2_000 }, ...others], 1_000)).toBe(false)
        },
      ),
    )
  })
})

describe('what was last heard', () => {
  it('is of the newest try, and failures in a row keep the start of the first', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (results) => {
        const last = results.reduce<Heard | null>((before, ok, at) => hear(before, ok, at * 10), null)
        const lastOk = results.lastIndexOf(true)
        const ok = results.at(-1) === true
        expect(last).toEqual({
          ok,
          startedMs: (results.length - 1) * 10,
          failingSinceMs: ok ? null : (lastOk + 1) * 10,
        })
        expect(last && hear(last, !ok, -1)).toBe(last)
      }),
    )
  })
})

describe('a stream', () => {
  const reached = fc.integer({ min: 0, max: 1e9 })

  it('that stands still on every node removes none of them', () => {
    fc.assert(
      fc.property(reached, fc.array(fc.nat(5), { minLength: 1 }), (at, behind) => {
        expect(
          isOriginsFault(
            at,
            behind.map((by) => at - by),
          ),
        ).toBe(true)
      }),
    )
  })

  it('that goes on anywhere else is the node’s own fault', () => {
    fc.assert(
      fc.property(reached, fc.array(reached), fc.integer({ min: 1, max: 9 }), fc.nat(), (at, others, ahead, where) => {
        const all = others.toSpliced(where % (others.length + 1), 0, at + ahead)
        expect(isOriginsFault(at, all)).toBe(false)
      }),
    )
  })

  it('that nobody else serves is the node’s own fault', () => {
    expect(isOriginsFault(7, [])).toBe(false)
  })
})

const region = fc.array(
  fc.record({ site: fc.constantFrom('a', 'b', 'c', 'd'), weight: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 24 },
)
const share = fc.double({ min: 0, max: 1, noNaN: true })

/** Lets nodes fail in this order; those the budget lets go are removed. */
function fail(nodes: readonly { site: string; weight: number }[], order: readonly number[], limit: number): Member[] {
  const members = nodes.map((node): Member => ({ ...node, standing: 'in' }))
  for (const at of order) {
    if (mayRemove(members[at], members, limit)) members[at] = { ...members[at], standing: 'removed' }
  }
  return members
}

const weigh = (members: readonly Member[]): number => members.reduce((sum, { weight }) => sum + weight, 0)

describe('the removal budget', () => {
  it('always lets one whole site go, in any order, also when a part of the share is gone elsewhere', () => {
    fc.assert(
      fc.property(region, share, fc.integer(), (nodes, limit, seed) => {
        const { site } = nodes[Math.abs(seed) % nodes.length]
        const inSite = nodes.flatMap((node, at) => (node.site === site ? [at] : []))
        const sitesOf = (members: readonly Member[]) =>
          new Set(members.filter(({ standing }) => standing === 'in').map((member) => member.site))
        // One node elsewhere, if that neither uses up the share nor is a site by itself.
        const other = nodes.findIndex((node) => {
          const twins = nodes.filter((twin) => twin.site === node.site)
          return node.site !== site && twins.length > 1 && node.weight <= limit * weigh(fail(nodes, [], limit))
        })
        const order = other === -1 ? inSite : [other, ...inSite]
        const members = fail(nodes, order, limit)
        expect(sitesOf(members).has(site)).toBe(false)
      }),
    )
  })

  it('never lets more go than the share and one site beside it, and no second whole site beyond the share', () => {
    fc.assert(
      fc.property(
        region.chain((nodes) => fc.tuple(fc.constant(nodes), fc.shuffledSubarray([...nodes.keys()]))),
        share,
        ([nodes, order], limit) => {
          const members = fail(nodes, order, limit)
          const removed = members.filter(({ standing }) => standing === 'removed')
          const most = weigh(members) * limit
          if (weigh(removed) <= most) return
          const sites = [...new Set(removed.map(({ site }) => site))]
          const least = Math.min(...sites.map((site) => weigh(removed.filter((member) => member.site !== site))))
          expect(least).toBeLessThanOrEqual(most)
          const gone = sites.filter((site) => members.every((one) => one.site !== site || one.standing === 'removed'))
          expect(gone.length).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('lets a dead site go to its last node although others failed before, as long as those are within the share', () => {
    const nodes = [40, 40, 20].flatMap((weight) => ['hkg', 'sin'].map((site) => ({ site, weight })))
    const order = (site: string) => nodes.flatMap((one, at) => (one.site === site ? [at] : []))
    const left = (limit: number, first: string, then: string) =>
      fail(nodes, [...order(first).slice(0, 2), ...order(then)], limit)
        .filter(({ standing }) => standing === 'in')
        .map(({ site, weight }) => `${site} ${weight}`)
    // The worst there is: the share, and then one site.
    expect(left(0.4, 'sin', 'hkg')).toEqual(['sin 20'])
    // Where those before are beyond it, theirs is the one site.
    expect(left(0.39, 'sin', 'hkg')).toEqual(['hkg 40', 'hkg 40', 'hkg 20', 'sin 20'])
    // The other way about, and with no share, nothing goes beside the site.
    expect(
      fail(nodes, [...order('hkg'), ...order('sin')], 0.4).filter(({ standing }) => standing === 'in').length,
    ).toBe(3)
    expect(left(0, 'hkg', 'sin')).toEqual(['sin 40', 'sin 40', 'hkg 20', 'sin 20'])
  })

  it('lets everything go with a share of 1, and with 0 what lies in one site', () => {
    fc.assert(
      fc.property(region, (nodes) => {
        const all = [...nodes.keys()]
        expect(fail(nodes, all, 1).every(({ standing }) => standing === 'removed')).toBe(true)
        const removed = fail(nodes, all, 0).filter(({ standing }) => standing === 'removed')
        expect(new Set(removed.map(({ site }) => site)).size).toBe(1)
      }),
    )
  })

  it('gives back its room as what it took is long gone or decided by an operator', () => {
    const in_ = { site: 'b', weight: 1, standing: 'in' } as const
    const gone: Member = { site: 'a', weight: 1, standing: 'removed' }
    expect(mayRemove(in_, [gone, in_], 0.4)).toBe(false)
    expect(mayRemove(in_, [{ ...gone, standing: 'out' }, in_], 0.4)).toBe(true)
  })
})
