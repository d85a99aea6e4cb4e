// The latest report of each node: replaced, listed, forgotten. Knows no HTTP.
import { describe, expect, it } from 'vitest'
import { Reports, type HeardReport } from '../../../src/health/reports.ts'

function report(node: string, at: number): HeardReport {
  return { node, at, by: 'edge', load: 0.5, mbps: null, connections: null, streams: null, cpu: null, disk: null }
}

describe('reports', () => {
  it('are the latest of each node', () => {
    const reports = new Reports()
    for (const one of [report('a', 1), report('b', 2), report('a', 3)]) reports.hear(one)
    expect(reports.list().map(({ node, at }) => [node, at])).toEqual([
      ['a', 3],
      ['b', 2],
    ])
  })

  it('are forgotten with their node', () => {
    const reports = new Reports()
    for (const one of [report('a', 1), report('b', 2)]) reports.hear(one)
    reports.keep(['b', 'c'])
    expect(reports.list().map(({ node }) => node)).toEqual(['b'])
  })
})
