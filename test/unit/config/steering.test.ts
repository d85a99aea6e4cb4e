// Rules and scores that are right in form and mean what nobody does: warned of, not refused.
import { expect, it } from 'vitest'
import { sayings } from './load-files.ts'
import type { Case } from './load-files.ts'

const cases: readonly Case[] = [
  {
    title: 'a rule copied to change it',
    from: 'weight: 2 }\n',
    to: 'weight: 2 }\n  - { clients: { carrier: [alpha] }, nodes: { node: hkg-1 }, weight: 3, bias: 5ms }\n',
    warnings: [
      '17:70: weight: a rule of the same clients and nodes stands at 16:5 too: both apply, their weights multiply',
    ],
  },
  {
    title: 'a bias of minutes',
    from: 'weight: 2',
    to: 'bias: -30m',
    warnings: ['16:66: bias: -30m is 1800000 ms, scores are tens of ms: did you mean -30ms?'],
  },
  {
    title: 'terms of the score and a spread of minutes',
    from: '{ pool: edges }',
    to: '{ pool: edges, spread: 15m }\nscoring: { rtt: { base: 4m }, price: 1m }',
    warnings: [
      '20:32: spread: 15m is 900000 ms, scores are tens of ms: did you mean 15ms?',
      '21:25: base: 4m is 240000 ms, scores are tens of ms: did you mean 4ms?',
      '21:38: price: 1m is 60000 ms, scores are tens of ms: did you mean 1ms?',
    ],
  },
  {
    title: 'nothing: two rules of the same clients and nodes that do different things',
    from: 'weight: 2 }\n',
    to: 'weight: 2 }\n  - { clients: { carrier: alpha }, nodes: { node: hkg-1 }, bias: 5ms }\n',
    warnings: [],
  },
  {
    title: 'nothing: two rules of the same nodes for other clients',
    from: 'weight: 2 }\n',
    to: 'weight: 2 }\n  - { clients: { carrier: beta }, nodes: { node: hkg-1 }, weight: 3 }\n',
    warnings: [],
  },
]

it.each(cases)('says what is wrong with $title', async (one) => {
  expect(await sayings(one)).toEqual({ problems: [], warnings: one.warnings })
})
