// Every scenario of this folder against a real daemon, run as a process: language.ts says what a scenario may say.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadScenarios } from './scenario-file.ts'
import { Site } from './site.ts'
import { runScenario } from './steps.ts'

/** Daemons at once: most of their time goes by waiting for probes. */
const atOnce = 3
/** Far longer than a scenario takes; the wait for its turn counts. */
const timeout = 300_000

const scenarios = loadScenarios()
const byDaemon = Map.groupBy(scenarios, ({ shares, name }) => shares ?? name)

describe('scenarios', () => {
  it('have numbers of their own', () => {
    const numbers = scenarios.map(({ name }) => name.split('-')[0])
    expect(numbers).toEqual([...new Set(numbers)])
  })
})

for (const group of byDaemon.values()) {
  if (group.length === 1) continue
  describe(`scenarios that share the daemon of ${group[0].name}`, () => {
    let site: Site
    beforeAll(async () => {
      site = await Site.start(group[0])
    })
    afterAll(() => site?.stop())

    it.each(group)('$name: $title', async (scenario) => {
      await runScenario(scenario, site)
    })
  })
}

describe.concurrent('scenarios with a daemon of their own', { timeout }, () => {
  let free = atOnce
  const waiting: (() => void)[] = []

  const own = [...byDaemon.values()].filter(({ length }) => length === 1).flat()
  it.each(own)('$name: $title', async (scenario) => {
    if (free === 0) await new Promise<void>((turn) => waiting.push(turn))
    else free--
    let site: Site | undefined
    try {
      site = await Site.start(scenario)
      await runScenario(scenario, site)
    } finally {
      await site?.stop()
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  })
})
