// How the tests are found and run. Knows nothing of what they test.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Two: scenarios start daemons of their own, and a machine with more of them at once only measures its scheduler.
    maxWorkers: 2,
    // Commands that tests start share what they compile, and leave the user's own cache alone.
    env: { CACHE_DIRECTORY: fileURLToPath(new URL('.cache/test', import.meta.url)) },
    // A deadline for what hangs, not a judgement of speed: scenarios wait for real probes, and machines are shared.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
