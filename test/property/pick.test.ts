// The pick against its definition, one node at a time, over random fleets, rules and health. Knows no DNS.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allUp, isAvailable } from '../../src/fleet/availability.ts'
import type { Node } from '../../src/fleet/model.ts'
import { distanceKm } from '../../src/geo/distance.ts'
import { hashText } from '../../src/ip/hash.ts'
import { bucketCost, bucketCount } from '../../src/scheduler/bucket.ts'
import type { Rule } from '../../src/scheduler/model.ts'
import { lotOf } from '../../src/scheduler/lots.ts'
import { noWindow, WindowState } from '../../src/scheduler/columns.ts'
import { pick } from '../../src/scheduler/pick.ts'
import { Picked } from '../../src/scheduler/picked.ts'
import { walk } from '../../src/scheduler/walk.ts'
import { matchesCell, matchesNode, scoreTerms, steer, totalMs } from '../../src/scheduler/score.ts'
import { cellFacts } from '../../src/compile/directory.ts'
import { makeWorld, node, rule, service, sites, type World } from '../support/world.ts'

const siteKeys = sites.map(({ key }) => key)

const someNodes = fc
  .array(
    fc.record({
      site: fc.constantFrom(...siteKeys),
      weight: fc.constantFrom(0, 1, 1, 2.5, 40),
      carriers: fc.constantFrom([], ['hkt'], ['singtel']),
      families: fc.constantFrom('4', '4', '46', '6'),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .filter((rows) => rows.some(({ weight }) => weight > 0))
  .map((rows) =>
    rows.map(({ site, weight, carriers, families }, i): Node => {
      const v4 = families.includes('4') ? `198.51.100.${i + 1}` : null
      const v6 = families.includes('6') ? `2001:db8:e::${(i + 1).toString(16)}` : null
      return node(`${site}-${i + 1}`, site, { weight, carriers, v4, v6 })
    }),
  )

const someRules: fc.Arbitrary<Rule[]> = fc.array(
  fc
    .record({
      country: fc.constantFrom('HK', 'SG', 'DE', 'US', null),
      site: fc.constantFrom(...siteKeys),
      what: fc.constantFrom<Partial<Rule>>(
        { weight: 0 },
        { weight: 3 },
        { biasMs: 25 },
        { biasMs: -60 },
        { only: true },
      ),
    })
    .map(({ country, site, what }) =>
      rule({ countries: country === null ? null : [country] }, { sites: [site] }, what),
    ),
  { maxLength: 3 },
)

/** All up, down, one family only, ramping, in motion. */
const someWord = fc.constantFrom(
  allUp,
  allUp,
  allUp,
  0,
  1 | (255 << 8),
  2 | (255 << 16),
  3 | (90 << 8) | (90 << 16),
  allUp | 4,
)

const situation = fc.record({
  nodes: someNodes,
  rules: someRules,
  words: fc.array(someWord, { minLength: 60, maxLength: 60 }),
  answers: fc.integer({ min: 1, max: 8 }),
  copies: fc.integer({ min: 1, max: 8 }),
  locality: fc.constantFrom<'stream' | 'none'>('stream', 'none'),
  spreadMs: fc.constantFrom(0, 15, 80),
  cell: fc.integer({ min: 0, max: 8 }),
  family: fc.constantFrom<4 | 6>(4, 6),
  blockHash: fc.integer(),
  streamHash: fc.integer(),
})
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never

function build({ nodes, rules, words, answers, copies, locality, spreadMs }: Situation): World {
  const world = makeWorld({
    nodes,
    pools: [{ key: 'edges', nodes: nodes.map(({ name }) => name) }],
    steering: rules,
    services: [service('play', 'edges', { answers, copies, locality, spreadMs }), service('plain', 'edges')],
  })
  nodes.forEach(({ name, v4, v6 }, i) => {
    const families = (v4 === null ? 0 : 0x5) | (v6 === null ? 0 : 0xa)
    world.setVerdict(name, words[i] & (families | 0xffffff00))
  })
  return world
}

interface Row {
  readonly node: number
  readonly score: number
  readonly weight: number
}

/** The rank by definition, one node at a time. */
function rankByDefinition(world: World, cell: number): Row[] {
  const { config, directory } = world
  const facts = cellFacts(config, directory, cell)
  const rules = config.steering.filter(
    ({ clients, nodes, only }) =>
      matchesCell(clients, facts) && (!only || directory.nodes.some((row) => matchesNode(nodes, row))),
  )
  const rows: Row[] = []
  for (const [index, row] of directory.nodes.entries()) {
    const steering = steer(rules, ({ nodes }) => matchesNode(nodes, row))
    if (steering.excludedBy || row.weight === 0) continue
    const score = Math.fround(totalMs(scoreTerms(config.scoring, facts, row, steering.biasMs, distanceKm)))
    rows.push({ node: index, score, weight: row.weight * steering.weight })
  }
  return rows.sort((a, b) => a.score - b.score)
}

/** The window by definition: empty when the family has nothing to give. */
function windowByDefinition(world: World, rank: Row[], { family, blockHash, spreadMs }: Situation): Row[] {
  const has = (row: Row, f: 4 | 6): boolean => world.config.nodes[row.node][f === 4 ? 'v4' : 'v6'] !== null
  const up = (row: Row, f: 4 | 6): boolean => {
    const { name } = world.config.nodes[row.node]
    return has(row, f) && isAvailable(world.words, world.slotOf(name), f, lotOf(hashText(name), blockHash))
  }
  const partly = (row: Row, f: 4 | 6): boolean => {
    const slot = world.slotOf(world.config.nodes[row.node].name)
    return has(row, f) && Array.from({ length: 255 }).some((_, lot) => isAvailable(world.words, slot, f, lot))
  }
  for (const usable of [up, partly, has]) {
    const own = rank.filter((row) => usable(row, family))
    const any = family === 4 ? own : rank.filter((row) => usable(row, 4) || usable(row, 6))
    if (any.length === 0) continue
    const withheldBeyond = any[0].score + spreadMs + 20
    if (own.length === 0 || own[0].score > withheldBeyond) return []
    return own.filter(({ score }) => score <= Math.min(own[0].score + spreadMs, withheldBeyond))
  }
  return []
}

function cost(world: World, { node: index, weight }: Row, hash: number): number {
  return bucketCost(hashText(world.config.nodes[index].name), hash & (bucketCount - 1)) / weight
}

function pickOf(world: World, { cell, family, blockHash, streamHash }: Situation): Picked {
  const picked = new Picked()
  pick(world.tables, world.words, world.directory.cells.length, 0, cell, family, blockHash, streamHash, picked)
  return picked
}

describe('pick', () => {
  it('is what its definition says, whatever fleet, rules and health', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const world = build(given)
        const rank = rankByDefinition(world, given.cell)
        const window = windowByDefinition(world, rank, given)
        const picked = pickOf(world, given)
        const nodes = [...picked.nodes.subarray(0, picked.count)]
        const wanted = given.locality === 'stream' ? given.copies : given.answers
        expect(nodes).toHaveLength(Math.min(window.length, wanted, given.answers))
        expect(new Set(nodes).size).toBe(nodes.length)
        const hash = given.locality === 'stream' ? given.streamHash : given.blockHash
        const costs = window.map((row) => cost(world, row, hash)).sort((a, b) => a - b)
        const dearest = costs[Math.min(wanted, costs.length) - 1]
        for (const index of nodes) {
          const row = window.find((candidate) => candidate.node === index)
          expect(row).toBeDefined()
          if (row) expect(cost(world, row, hash)).toBeLessThanOrEqual(dearest * (1 + 1e-5))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('takes from a compiled window what a walk along the rank would find', () => {
    let compiled = 0
    fc.assert(
      fc.property(situation, (given) => {
        const world = build(given)
        const { tables, words } = world
        const wanted = given.locality === 'stream' ? given.copies : given.answers
        fc.pre(wanted <= given.answers)
        const hash = given.locality === 'stream' ? given.streamHash : given.blockHash
        const rank = tables.rankOf[given.cell]
        const walked = new Picked()
        walk(tables, words, 0, rank, given.family, wanted, hash, given.blockHash, walked)
        const picked = pickOf(world, given)
        const plain = ({ nodes, count, moving, failedOpen }: Picked) => [nodes.slice(0, count), moving, failedOpen]
        expect(plain(picked)).toEqual(plain(walked))
        const window = tables.windowOf[tables.serviceWindows[0] + rank * 2 + (given.family === 6 ? 1 : 0)]
        if (window !== noWindow && (tables.windowState[window] & WindowState.holds) !== 0) compiled++
      }),
      { numRuns: 1000 },
    )
    expect(compiled).toBeGreaterThan(100)
  })

  it('moves only the share of a node that is taken away', () => {
    fc.assert(
      fc.property(situation, fc.nat(), (given, victim) => {
        fc.pre(given.locality === 'none' || given.copies <= given.answers)
        const world = build({ ...given, words: given.words.map(() => allUp) })
        const before = pickOf(world, given)
        const wide = windowByDefinition(world, rankByDefinition(world, given.cell), given)
        const index = victim % world.config.nodes.length
        const picks = (p: Picked): number[] => [...p.nodes.subarray(0, p.count)]
        const had = picks(before)
        world.setVerdict(world.config.nodes[index].name, 0)
        const after = picks(pickOf(world, given))
        const window = windowByDefinition(world, rankByDefinition(world, given.cell), given)
        fc.pre(window.every(({ node: w }) => wide.some((row) => row.node === w)))
        const kept = had.filter((n) => n !== index)
        for (const n of kept) expect(after).toContain(n)
      }),
      { numRuns: 500 },
    )
  })
})
