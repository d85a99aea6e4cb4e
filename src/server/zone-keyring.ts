// The private keys of the signed zones, read by the thread that signs and kept there. Never tells one, also not in an error.
import { dirname } from 'node:path'
import { formatName } from '../wire/name.ts'
import { readKeys } from '../zone/key-directory.ts'
import type { SigningKey } from '../zone/signing/key.ts'
import { keySetOf } from '../zone/signing/key-set.ts'
import type { ZoneSigning } from './signer.ts'
import type { ZoneKeys } from './tables.ts'

export class ZoneKeyring {
  readonly #tell: (missing: readonly string[]) => void
  #wanted: readonly (ZoneKeys | null)[] = []
  #told = ''
  zones: readonly (ZoneSigning | null)[] = []

  /** @param tell told which zones have no keys and why, a line each, whenever that changes */
  constructor(tell: (missing: readonly string[]) => void) {
    this.#tell = tell
  }

  /** Reads the keys of these zones. */
  setZones(zones: readonly (ZoneKeys | null)[]): void {
    this.#wanted = zones
    this.#read()
  }

  /** Reads again what could not be read. Whether something changed. */
  retry(): boolean {
    if (this.#told === '') return false
    const before = this.#told
    this.#read()
    return this.#told !== before
  }

  #read(): void {
    const missing: string[] = []
    this.zones = this.#wanted.map((zone) => {
      if (zone === null) return null
      const { apex, keySet, files, validitySeconds, refreshSeconds } = zone
      const found = keysIn(files, apex)
      const problem = typeof found === 'string' ? found : keySetOf(found) === keySet ? null : 'the key files changed'
      if (problem !== null) missing.push(`${formatName(apex)}: ${problem}`)
      return {
        apex,
        keySet,
        keys: typeof found === 'string' || problem !== null ? [] : found,
        validitySeconds,
        refreshSeconds,
      }
    })
    const told = missing.join('\n')
    if (told === this.#told) return
    this.#told = told
    this.#tell(missing)
  }
}

/** The keys that lie in these files of one directory, or why there are not all of them. */
function keysIn(files: readonly string[], apex: Uint8Array): SigningKey[] | string {
  const { keys, problems } = readKeys(dirname(files[0] ?? ''), apex)
  const found = keys.filter(({ file }) => files.includes(file)).map(({ key }) => key)
  if (found.length === files.length && found.length > 0) return found
  return problems.length > 0 ? problems.join('; ') : `${files.join(', ')}: no longer there`
}
