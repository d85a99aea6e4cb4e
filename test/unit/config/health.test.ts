// What `health` says, its defaults, and what is refused or warned of.
import { describe, expect, it } from 'vitest'
import { changed, loadFiles, main, sayings } from './load-files.ts'
import type { Case } from './load-files.ts'

const given = 'health: { references: ["tcp://192.0.2.1:443"] }'
const wanting = 'health.references names no address: if this machine loses its own network'

const cases: readonly Case[] = [
  {
    title: 'a reference of another protocol',
    from: given,
    to: 'health: { references: ["https://192.0.2.1:443"] }',
    problems: [
      '28:24: references[0]: "https://192.0.2.1:443" is nothing to connect to, expected tcp://192.0.2.1:443 or "tcp://[2001:db8::1]:443"',
    ],
  },
  {
    title: 'a reference by name',
    from: given,
    to: 'health: { references: ["tcp://www.example.org:443"] }',
    problems: [
      '28:24: references[0]: "tcp://www.example.org:443" is nothing to connect to, expected tcp://192.0.2.1:443 or "tcp://[2001:db8::1]:443"',
    ],
  },
  {
    title: 'a reference twice, written otherwise',
    from: given,
    to: 'health: { references: ["tcp://[2001:db8::1]:443", "tcp://[2001:DB8:0::1]:443"] }',
    problems: ['28:51: references: tcp://[2001:DB8:0::1]:443 is written twice'],
  },
  {
    title: 'a share in percent',
    from: '"] }',
    to: '"], removalBudget: { share: 40 } }',
    problems: ['28:72: share: 40, expected a number from 0 to 1'],
  },
  {
    title: 'a threshold that lets nobody back',
    from: '"] }',
    to: '"], flapping: { reuseBelow: 2000 } }',
    problems: [
      '28:72: reuseBelow: 2000 is not below suppressAbove, 2000, expected less: a node that is held out must come back',
    ],
  },
]

describe('health', () => {
  it.each(cases)('says what is wrong with $title', async (one) => {
    expect(await sayings(one)).toEqual({ problems: one.problems, warnings: [] })
  })

  it('has defaults for every guard, and none acts as a reference', async () => {
    const { loaded, warnings } = await loadFiles({ [main]: changed(given, '') })
    expect(loaded.config?.health).toEqual({
      references: [],
      removalBudget: { share: 0.4, perMs: 300_000 },
      slowStartMs: 100_000,
      flapping: { halfLifeMs: 120_000, suppressAbove: 2000, reuseBelow: 750 },
    })
    expect(warnings).toEqual([expect.stringContaining(wanting)])
  })

  it('asks for no references where nothing is probed', async () => {
    const unprobed = changed(given, '').replaceAll(', probes: [web]', '')
    const { warnings } = await loadFiles({ [main]: unprobed })
    expect(warnings).toEqual([expect.stringContaining('without probes')])
  })
})
