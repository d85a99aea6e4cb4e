// Rules that cannot be served or that do nothing are found when the ranks are compiled.
import { describe, expect, it } from 'vitest'
import { makeWorld, nodes, rule, service } from '../../support/world.ts'

const at = 'steering.yaml:9:5'

describe('advice', () => {
  it('finds nothing wrong with rules that work', () => {
    const { problems, warnings } = makeWorld({
      steering: [
        rule({ carriers: ['hkt'] }, { nodes: ['hkg-1'] }, { weight: 3 }),
        rule({ countries: ['DE'] }, { sites: ['fra'] }, { biasMs: 30 }),
      ],
    })
    expect([problems, warnings]).toEqual([[], []])
  })

  it('refuses a rule that leaves clients no node', () => {
    const { problems } = makeWorld({ steering: [rule({ countries: ['DE'] }, {}, { weight: 0, at })] })
    expect(problems).toHaveLength(1)
    expect(problems[0].at).toBe(at)
    expect(problems[0].message).toMatch(
      /^this rule leaves 2 cells of clients \(such as Germany, carrier unknown\) no node of pool edges/,
    )
  })

  it('names every rule of an `only` that intersects to nothing', () => {
    const { problems } = makeWorld({
      steering: [
        rule({ countries: ['SG'] }, { sites: ['sin'] }, { only: true, at: 'steering.yaml:1:5' }),
        rule({ carriers: ['singtel'] }, { sites: ['hkg'] }, { only: true, at }),
      ],
    })
    expect(problems[0].at).toBe(at)
    expect(problems[0].message).toContain('this rule, with steering.yaml:1:5, leaves 1 cell')
  })

  it('takes an `only` as being about the pools that hold its nodes, and warns of those that it passes over', () => {
    const adviceOn = (...named: string[]) => {
      const { problems, warnings } = makeWorld({
        pools: [
          { key: 'edges', nodes: nodes.map(({ name }) => name) },
          { key: 'origins', nodes: ['fra-2', 'iad-2'] },
          { key: 'unused', nodes: ['sin-1'] },
        ],
        services: [service('play', 'edges'), service('plain', 'origins'), service('ingest', 'origins')],
        steering: [rule({ countries: ['HK'] }, { nodes: named }, { only: true, at })],
      })
      return [problems, warnings]
    }
    const message =
      'only names no node of pool origins, so it does not restrict what is answered from there (plain, ingest); ' +
      'name one of its nodes too if it should'
    expect(adviceOn('hkg-1')).toEqual([[], [{ at, message }]])
    expect(adviceOn('hkg-1', 'fra-2')).toEqual([[], []])
  })

  it('warns of a weight that meets no other nodes in a window', () => {
    const { warnings } = makeWorld({ steering: [rule({ countries: ['HK'] }, { sites: ['hkg'] }, { weight: 9, at })] })
    expect(warnings).toEqual([{ at, message: expect.stringMatching(/^weight 9 changes nothing: .* use bias/) }])
  })

  it('warns of a rule that says what holds anyway', () => {
    const { warnings } = makeWorld({ steering: [rule({ countries: ['HK'] }, { sites: ['hkg'] }, { weight: 1, at })] })
    expect(warnings).toEqual([{ at, message: expect.stringMatching(/^weight 1 and bias 0 .* it changes nothing$/) }])
  })

  it('warns of rules for nobody and for nothing', () => {
    const { warnings } = makeWorld({
      steering: [
        rule({ tiers: [3] }, { sites: ['hkg'] }, { biasMs: 5 }),
        rule({ countries: ['DE'] }, { labels: ['missing'] }, { biasMs: 5 }),
      ],
    })
    expect(warnings.map(({ message }) => message)).toEqual([
      'no client address matches this rule; it changes nothing',
      'no node of any pool matches this rule; it changes nothing',
    ])
  })
})
