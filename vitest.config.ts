// How the tests are found and run. Knows nothing of what they test.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Two: scenarios start daemons of their own, and a machine with more of them at once only measures its scheduler.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
