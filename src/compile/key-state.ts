// Whether key files changed since a snapshot was compiled, told without reading one. Knows no keys.
import type { Config } from '../config/config.ts'
import { stateOfDirectory } from '../zone/key-directory.ts'

/** Whether they changed since the snapshot in use was compiled. */
export function keysChanged(inUse: { readonly config: Config; readonly keyState: string } | null): boolean {
  return inUse !== null && keyStateOf(inUse.config) !== inUse.keyState
}

/** Another text whenever a key file of a signed zone came, went or changed; the same otherwise. */
export function keyStateOf({ zones }: Pick<Config, 'zones'>): string {
  const directories = new Set(zones.flatMap(({ dnssec }) => (dnssec === null ? [] : [dnssec.directory])))
  return [...directories].map((directory) => `${directory} ${stateOfDirectory(directory)}`).join('\n')
}
