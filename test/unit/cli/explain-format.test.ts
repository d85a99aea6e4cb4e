// How an explanation is printed. Numbers are made up; what they mean is tested with the scheduler.
import { describe, expect, it } from 'vitest'
import { formatExplanation } from '../../../src/cli/explain-format.ts'
import type { Candidate } from '../../../src/compile/candidates.ts'
import type { Explanation } from '../../../src/compile/explain.ts'

const winner: Candidate = {
  node: 'hkg-1',
  site: 'hkg',
  place: 1,
  scoreMs: 4.04,
  terms: { rttKnown: true, rttMs: 4.04, carrierMs: 0, regionMs: 0, priceMs: 0, biasMs: 0 },
  weight: 60,
  share: 0.6,
  health: 'up',
  override: null,
  answered: true,
  why: 'answered',
}

const loser: Candidate = {
  ...winner,
  node: 'fra-1',
  site: 'fra',
  place: null,
  scoreMs: 224.25,
  terms: { rttKnown: false, rttMs: 150.25, carrierMs: 14, regionMs: 40, priceMs: 0, biasMs: 20 },
  weight: 0,
  share: null,
  health: 'down: timeout',
  answered: false,
  why: 'excluded by weight 0 at nearcast.yaml:9:5',
}

const explanation: Explanation = {
  epoch: 7,
  client: '219.76.4.4',
  name: 'show1.play.live.example.net',
  type: 'A',
  rcode: 'NOERROR',
  service: 'play',
  delegation: null,
  cell: { index: 12, description: 'Hong Kong, carrier hkt', region: 'apac' },
  block: '219.76.0.0/17',
  scope: 17,
  failedOpen: false,
  moving: false,
  ttlSeconds: 30,
  answer: ['hkg-1'],
  candidates: [winner, loser],
}

describe('a printed explanation', () => {
  it('has the cell, the block, the scope and a line of terms for each candidate', () => {
    expect(formatExplanation(explanation)).toBe(`show1.play.live.example.net A for 219.76.4.4

cell     Hong Kong, carrier hkt; region apac
block    219.76.0.0/17, scope /17
service  play
answer   hkg-1, TTL 30 s
epoch    7

Candidates, best first; rtt to bias are milliseconds and add up to the score:

#  node   site  score     rtt  carrier  region  price  bias  weight  share  health         why
1  hkg-1  hkg       4       4        0       0      0     0      60    60%  up             answered
-  fra-1  fra   224.3  150.3?       14      40      0    20       0      -  down: timeout  excluded by weight 0 at nearcast.yaml:9:5

? The distance is not known, so the same rtt counts for every such node.
`)
  })

  it('shows an override in place of the health it overrules', () => {
    const drained = { ...winner, override: 'draining 50 %' }
    expect(formatExplanation({ ...explanation, candidates: [drained] })).toMatch(/60%\s+draining 50 %\s+answered/)
  })

  it('says why the TTL is short and that the answer failed open', () => {
    const text = formatExplanation({ ...explanation, moving: true, failedOpen: true, ttlSeconds: 10 })
    expect(text).toContain('TTL 10 s as a node of the window is changing')
    expect(text).toContain('fail open')
  })

  it('of a name that is not steered has no table', () => {
    const fixed = {
      service: null,
      cell: null,
      block: null,
      scope: 0,
      answer: [],
      candidates: [],
      ttlSeconds: null,
      rcode: 'NXDOMAIN',
    }
    const text = formatExplanation({ ...explanation, ...fixed })
    expect(text).toContain('answer   NXDOMAIN\n')
    expect(text).toContain('service  none: the answer is the same for everybody')
    expect(text).not.toContain('block')
    expect(text).not.toContain('Candidates')
  })
})
