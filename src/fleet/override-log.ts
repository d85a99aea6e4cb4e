// What the log says of overrides whose time has come. Decides nothing.
import type { Logger } from '../telemetry/logger.ts'
import type { HeldOverride, OverridesAdvance } from './overrides.ts'

/** A line for each that began or ended, and one when the file could not be written. */
export function logAdvance(log: Logger, { begun, expired, problem }: OverridesAdvance): void {
  const tell = (event: 'override.begun' | 'override.expired', { target, mode, reason, by }: HeldOverride): void =>
    log.info({ event, target, mode, reason, by })
  for (const override of begun) tell('override.begun', override)
  for (const override of expired) tell('override.expired', override)
  if (problem !== null) log.error({ event: 'override.not_written', problem })
}

/** @param problem what was wrong with the file when it was read; null for nothing */
export function logDamage(log: Logger, problem: string | null): void {
  if (problem !== null) log.error({ event: 'override.file_damaged', problem })
}
