// What a running process cannot take from a new configuration. Knows no process.
import { isDeepStrictEqual } from 'node:util'
import { NearcastError } from '../errors.ts'
import type { Config } from './config.ts'

/**
 * Sockets are bound, the server's names for itself handed out and tokens named once; all else follows a reload, their secrets too.
 * @throws NC_CONFIG naming the keys that changed
 */
export function refuseRestartOnly(before: Config, after: Config): void {
  const changed: string[] = []
  for (const key of ['identity', 'version', 'listen', 'udpThreads'] as const) {
    if (!isDeepStrictEqual(before.server[key], after.server[key])) changed.push(`server.${key}`)
  }
  if (!isDeepStrictEqual(before.admin, after.admin)) changed.push('admin')
  if (changed.length === 0) return
  throw new NearcastError(
    'NC_CONFIG',
    `${changed.join(' and ')} changed, which no reload can do: replace or restart Nearcast, or undo the change; nothing else of the ` +
      'new configuration is in force either',
  )
}
