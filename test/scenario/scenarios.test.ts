// Every scenario of this folder against a real daemon, run as a process: language.ts says what a scenario may say.
import { afterAll, describe, expect, it } from 'vitest'
import { loadScenarios, type ScenarioFile } from './scenario-file.ts'
import { Site } from './site.ts'
import { runScenario } from './steps.ts'

/** The daemons that more than one scenario asks, each with how many still will. */
const shared = new Map<string, { readonly site: Promise<Site>; left: number }>()
const scenarios = loadScenarios()

describe('scenarios', () => {
  afterAll(async () => {
    const sites = await Promise.allSettled([...shared.values()].map(({ site }) => site))
    await Promise.all(sites.map((one) => (one.status === 'fulfilled' ? one.value.stop() : null)))
  })

  it('have numbers of their own', () => {
    const numbers = scenarios.map(({ name }) => name.split('-')[0])
    expect(numbers).toEqual([...new Set(numbers)])
  })

  it.each(scenarios)('$name: $title', { timeout: 90_000 }, async (scenario) => {
    const site = await siteFor(scenario)
    try {
      await runScenario(scenario, site)
    } finally {
      await release(scenario, site)
    }
  })
})

function siteFor(scenario: ScenarioFile): Promise<Site> {
  if (scenario.shares === null) return Site.start(scenario)
  let known = shared.get(scenario.shares)
  if (known === undefined) {
    const left = scenarios.filter(({ shares }) => shares === scenario.shares).length
    known = { site: Site.start(scenario), left }
    shared.set(scenario.shares, known)
  }
  return known.site
}

async function release({ shares }: ScenarioFile, site: Site): Promise<void> {
  const known = shares === null ? undefined : shared.get(shares)
  if (known !== undefined && --known.left > 0) return
  if (shares !== null) shared.delete(shares)
  await site.stop()
}
