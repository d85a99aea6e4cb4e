// The private keys of the signed zones, read by the thread that signs and kept there. Never tells one, also not in an error.
import { readFileSync } from 'node:fs'
import { formatName } from '../wire/name.ts'
import { signingKey, type SigningKey } from '../zone/signing/key.ts'
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
      const found = readKeys(files)
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

/** The keys, or why one cannot be read. */
function readKeys(files: readonly string[]): SigningKey[] | string {
  const keys: SigningKey[] = []
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch (error) {
      return `${file}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`
    }
    const algorithm = Number(/^Algorithm: (\d+)/m.exec(text)?.[1])
    const octets = Buffer.from(/^PrivateKey: (\S+)/m.exec(text)?.[1] ?? '', 'base64')
    const key = signingKey(algorithm, 257, octets)
    if (key === null) return `${file}: no private key that Nearcast signs with`
    keys.push(key)
  }
  return keys
}
