// Calls the admin API of the running daemon, wherever the configuration says it listens. Knows no route.
import { readFile } from 'node:fs/promises'
import type { AdminSettings, AdminToken } from '../admin/model.ts'
import type { Problem } from '../admin/problem.ts'
import { NearcastError } from '../errors.ts'

export interface DaemonCall {
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly path: string
  /** A token for this, where tokens are asked for. */
  readonly token: (tokens: readonly AdminToken[]) => AdminToken | undefined
  /** A daemon that takes longer is not going to answer. */
  readonly timeoutMs: number
}

/**
 * What the daemon answers; null when none listens.
 * @throws NearcastError as the daemon refuses; NC_UNAUTHORIZED without a token to read; NC_UNREACHABLE
 */
export async function callDaemon<T extends object>(
  { address, port, tokens }: AdminSettings,
  { method, path, token, timeoutMs }: DaemonCall,
): Promise<T | null> {
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`
  const used = tokens.length > 0 ? token(tokens) : null
  const headers: Record<string, string> = used === null ? {} : { authorization: await bearer(used) }
  try {
    const response = await fetch(`http://${host}${path}`, { method, headers, signal: AbortSignal.timeout(timeoutMs) })
    const body = (await response.json()) as T | Problem
    if ('error' in body) {
      const { code, message } = body.error
      throw new NearcastError(code, code === 'NC_UNAUTHORIZED' && used ? notTakenUp(used) : message)
    }
    return body
  } catch (error) {
    if (error instanceof NearcastError) throw error
    if (isRefused(error)) return null
    const found = error instanceof Error ? error.message : String(error)
    const message = `Asked the daemon at ${host} (admin.listen) and got no answer: ${found}.\nDoes something else listen there?`
    throw new NearcastError('NC_UNREACHABLE', message, { cause: error })
  }
}

async function bearer(token: AdminToken | undefined): Promise<string> {
  if (token === undefined)
    throw new NearcastError('NC_UNAUTHORIZED', 'admin.tokens has no token of the role that this takes.')
  try {
    return `Bearer ${(await readFile(token.secretFile, 'utf8')).trim()}`
  } catch (cause) {
    const message = `The daemon asks for a token, and ${token.secretFile} cannot be read here: run this as a user who may.`
    throw new NearcastError('NC_UNAUTHORIZED', message, { cause })
  }
}

function notTakenUp({ secretFile }: AdminToken): string {
  return (
    `The daemon does not take the secret in ${secretFile}. A new one is taken from the next reload on: send the daemon SIGHUP, and ` +
    'look in its log for what became of it.'
  )
}

/** Nothing listens there. */
function isRefused(error: unknown): boolean {
  const { cause } = error as {
    readonly cause?: NodeJS.ErrnoException & { readonly errors?: readonly NodeJS.ErrnoException[] }
  }
  return [cause, ...(cause?.errors ?? [])].some((each) => each?.code === 'ECONNREFUSED')
}
