// The private keys of the signed zones, read by the thread that signs and kept there. Never tells one, also not in an error.
import { dirname } from 'node:path'
import { formatName } from '../wire/name.ts'
import { readKeys, type Listings } from '../zone/key-directory.ts'
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

  /** Reads the keys of these zones, but for those it has: whatever becomes of their files, they go on signing. */
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
    // A thousand zones may have one directory, which is listed once.
    const listings: Listings = new Map()
    const held = new Map(this.zones.flatMap((zone) => (zone?.keys.length ? [[zone.keySet, zone.keys] as const] : [])))
    this.zones = this.#wanted.map((zone) => {
      if (zone === null) return null
      const { apex, keySet, validitySeconds, refreshSeconds } = zone
      const keys = held.get(keySet) ?? keysIn(zone, listings)
      if (typeof keys === 'string') missing.push(`${formatName(apex)}: ${keys}`)
      return { apex, keySet, keys: typeof keys === 'string' ? [] : keys, validitySeconds, refreshSeconds }
    })
    const told = missing.join('\n')
    if (told === this.#told) return
    this.#told = told
    this.#tell(missing)
  }
}

/** The keys that lie in these files of one directory, or why they are not the ones of this set. */
function keysIn({ files, apex, keySet }: ZoneKeys, listings: Listings): SigningKey[] | string {
  const { keys, problems } = readKeys(dirname(files[0] ?? ''), apex, listings)
  const found = keys.filter(({ file }) => files.includes(file)).map(({ key }) => key)
  if (found.length === files.length && found.length > 0)
    return keySetOf(apex, found) === keySet ? found : 'the key files changed'
  return problems.length > 0 ? problems.join('; ') : `${files.join(', ')}: no longer there`
}
