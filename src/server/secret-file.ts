// Reads the secrets of server cookies from their files. Must not know what is made with them, and never says what they are.
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { NearcastError } from '../errors.ts'
import { readRegularAside } from '../memory/regular-file.ts'
import type { SecretPair } from './cookies.ts'
import type { CookieSettings } from './model.ts'

const secretOctets = 16
/** What others than owner and group may do, and whether the group may write. */
const forbiddenMode = 0o027

/** A secret for a process that was given none; sites that share an address need a file. */
export function randomSecret(): Uint8Array {
  return randomBytes(secretOctets)
}

/**
 * The secrets that settings name; `own` where they name none.
 * @throws NC_CONFIG naming the file and what is wrong with it
 */
export async function readSecrets(
  { secretFile, previousSecretFile }: CookieSettings,
  own: Uint8Array,
): Promise<SecretPair> {
  if (secretFile === null) return { current: own, previous: null }
  const previous = previousSecretFile === null ? null : await readSecret(previousSecretFile)
  return { current: await readSecret(secretFile), previous }
}

/** @throws NC_CONFIG naming the file and what is wrong with it */
export async function readSecret(file: string): Promise<Uint8Array> {
  try {
    const { mode } = await stat(file)
    if ((mode & forbiddenMode) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0')
      throw new Error(`its mode is ${found}, expected 0600 or 0640: chmod 600 ${file}`)
    }
    const text = (await readRegularAside(file)).toString('latin1').trim()
    // What was found is not shown: it may be a secret all the same.
    if (!/^[0-9a-f]{32}$/i.test(text)) throw new Error('expected 32 hexadecimal digits, as openssl rand -hex 16 writes')
    return Buffer.from(text, 'hex')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new NearcastError('NC_CONFIG', `the cookie secret in ${file} cannot be used: ${reason}`, { cause: error })
  }
}
