// How the tests are found and run. Knows nothing of what they test.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes minutes, the longest first: begun last it would keep one worker waiting for the other. */
const longest = ['scenario/scenarios', 'scenario/replace', 'unit/compile/run', 'scenario/signed', 'scenario/commands']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return place < 0 ? longest.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    // Two: scenarios start daemons of their own, and a machine with more of them at once only measures its scheduler.
    maxWorkers: 2,
    // Commands that tests start share what they compile, and leave the user's own cache alone.
    env: { CACHE_DIRECTORY: fileURLToPath(new URL('.cache/test', import.meta.url)) },
    // A deadline for what hangs, not a judgement of speed: scenarios wait for real probes, and machines are shared.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 90_000 } },
  },
})
