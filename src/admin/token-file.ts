// Reads the secrets of tokens from their files. Must not know what a token permits.
import { NearcastError } from '../errors.ts'
import { readRegularAside } from '../memory/regular-file.ts'
import type { Token } from './access.ts'
import type { AdminToken } from './model.ts'

/**
 * The tokens with their secrets; blanks and line ends around a secret are not part of it.
 * @throws NC_CONFIG naming token and file
 */
export async function readTokens(tokens: readonly AdminToken[]): Promise<Token[]> {
  return Promise.all(tokens.map(readToken))
}

async function readToken({ name, role, secretFile }: AdminToken): Promise<Token> {
  try {
    return { name, role, secret: (await readRegularAside(secretFile)).toString().trim() }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `the secret of admin token ${name} cannot be read: ${reason}; write it to ${secretFile}`
    throw new NearcastError('NC_CONFIG', message, { cause: error })
  }
}
