// What the log says of a compilation. Knows no process.
import type { Logger } from '../telemetry/logger.ts'
import type { Compiled, Refused } from './run.ts'

/** Everything worth knowing but why it was refused, which is the caller's to say. */
export function logOutcome(log: Logger, outcome: Compiled | Refused): void {
  for (const note of outcome.notes) log.warn({ event: 'compile.cache' }, note)
  for (const warning of outcome.warnings) log.warn({ event: 'config.warning' }, warning)
  if (outcome.ok) log.info({ event: 'compile.done', epoch: outcome.epoch, ...outcome.timings })
}
