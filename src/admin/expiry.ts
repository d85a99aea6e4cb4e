// When an override begins and ends: an ISO 8601 time or a duration from now. Must not know overrides.
import { RefusedKey } from './problem.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const longestMs = 30 * unitMs.d

/** What `starts` and `expires` may be, for people; durations count from now. */
export const timeForm = 'a time such as 2030-01-31T18:00:00Z or a duration from now such as 90m, 2h or 3d, 30d at most'

/**
 * The Unix time in milliseconds that a key of the body means.
 * @throws RefusedKey for `body.<key>`
 */
export function parseAhead(key: 'starts' | 'expires', text: string, now: number): number {
  const at = parseDuration(text, now) ?? parseTime(text)
  if (at === null) throw new RefusedKey(`body.${key}`, `found ${JSON.stringify(text)}: expected ${timeForm}`)
  if (at <= now)
    throw new RefusedKey(`body.${key}`, `${text} is not in the future: it is ${new Date(now).toISOString()}`)
  if (at - now > longestMs)
    throw new RefusedKey(`body.${key}`, `${text} is more than 30 days ahead: set it again later`)
  return at
}

function parseDuration(text: string, now: number): number | null {
  const match = /^(\d{1,9})([smhd])$/.exec(text)
  return match === null ? null : now + Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
}

function parseTime(text: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.exec(text)
  if (match === null) return null
  const at = Date.parse(text)
  // Date.parse turns 30 February into 2 March.
  const isDay = !Number.isNaN(at) && new Date(match[1]).toISOString().startsWith(match[1])
  return isDay ? at : null
}
