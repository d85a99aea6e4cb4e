// What main shares with every door's thread against attacks: secrets of cookies, limits and their counts. Decides nothing.
import { createCookieSecrets, type CookieSecrets } from './cookies.ts'
import { createRateLimits, type RateLimits } from './rate-limits.ts'

export interface Protection {
  readonly secrets: CookieSecrets
  readonly limits: RateLimits
}

/** No limit in force, and secrets that anybody knows, until both are set. */
export function createProtection(tableLines?: number): Protection {
  return { secrets: createCookieSecrets(), limits: createRateLimits(tableLines) }
}
