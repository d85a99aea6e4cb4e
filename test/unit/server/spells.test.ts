// Spells of failing open and of limiting: one line when it begins, one when it is over, whatever happens between. No clock runs.
import { beforeEach, describe, expect, it } from 'vitest'
import { Spells } from '../../../src/server/spells.ts'
import { createCounters, single, slot, type Counters } from '../../../src/telemetry/counters.ts'
import type { Logger } from '../../../src/telemetry/logger.ts'

let rows: Counters[]
let lines: object[]
let spells: Spells

beforeEach(() => {
  rows = [createCounters(1), createCounters(1)]
  lines = []
  const keep = (line: object): void => void lines.push(line)
  spells = new Spells(rows, { info: keep, warn: keep } as unknown as Logger)
})

const kinds: readonly (readonly [string, number, object, object])[] = [
  ['failing open', single.failOpen, { event: 'guard.acts', guard: 'fail_open' }, { event: 'guard.rests' }],
  ['dropping', slot.rate_limited.dropped, { event: 'rate_limit.acts' }, { event: 'rate_limit.rests' }],
  ['slipping', slot.rate_limited.slipped, { event: 'rate_limit.acts' }, { event: 'rate_limit.rests' }],
  ['asking for cookies', slot.rate_limited.badcookie, { event: 'rate_limit.acts' }, { event: 'rate_limit.rests' }],
  ['limiting in the log alone', slot.rate_limited.logged, { event: 'rate_limit.acts' }, { event: 'rate_limit.rests' }],
]

describe.each(kinds)('%s', (_what, counter, begins, ends) => {
  it('is told once when it begins, on whatever thread, and once when it is over, with how many answers', () => {
    spells.tick(0)
    expect(lines).toEqual([])
    rows[1][counter] += 3
    spells.tick(1_000)
    rows[0][counter] += 2
    for (const at of [2_000, 11_000]) spells.tick(at)
    expect(lines).toEqual([begins])
    spells.tick(12_000)
    expect(lines.slice(1)).toEqual([expect.objectContaining({ ...ends, seconds: 1, answers: 5 })])
  })

  it('that comes back is told again', () => {
    for (const at of [0, 20_000]) {
      rows[0][counter]++
      spells.tick(at)
      spells.tick(at + 10_000)
    }
    expect(lines).toHaveLength(4)
    expect(lines[3]).toMatchObject({ answers: 1 })
  })
})

it('says since when answers fail open, and of nothing else', () => {
  rows[0][slot.rate_limited.dropped]++
  spells.tick(5)
  expect(spells.failOpenSinceMs).toBeNull()
  rows[0][single.failOpen]++
  spells.tick(7)
  expect(spells.failOpenSinceMs).toBe(7)
})
