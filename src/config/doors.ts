// From `server` and `admin` to their settings. Knows addresses and files, opens no socket.
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { AdminSettings, AdminToken } from '../admin/model.ts'
import { parseAddress } from '../ip/address.ts'
import type { CookieSettings, Endpoint, ServerSettings } from '../server/model.ts'
import { parseEndpoint } from './formats.ts'
import type { Place } from './problem.ts'
import type { Resolving } from './resolving.ts'

export function resolveServer(from: Resolving): ServerSettings {
  const { identity, version, listen, udpThreads } = from.raw.server
  const known = new Map<string, Place>()
  const endpoints: Endpoint[] = []
  for (const [index, text] of listen.entries()) {
    const place = from.at('server', 'listen', index)
    const endpoint = parseEndpoint(text)
    if (endpoint === null) continue
    const key = `${endpoint.address} ${endpoint.port}`
    const first = known.get(key)
    if (first !== undefined) {
      from.report.problem(place, `listen: ${text} is written twice, first at ${from.show(first)}`)
      continue
    }
    known.set(key, place)
    if (isWildcard(endpoint.address)) {
      from.report.warning(
        place,
        `listen: ${text} answers from whichever address the system picks: name every address instead`,
      )
    }
    endpoints.push(endpoint)
  }
  return {
    identity,
    version: version === 'none' ? null : version,
    listen: endpoints,
    udpThreads,
    cookies: resolveCookies(from),
    rateLimit: resolveRateLimit(from),
  }
}

function resolveRateLimit(from: Resolving): ServerSettings['rateLimit'] {
  const { rateLimit } = from.raw.server
  const { steeredPerSecond, otherPerSecond, totalPerSecond } = rateLimit
  if (totalPerSecond < Math.max(steeredPerSecond, otherPerSecond)) {
    from.report.problem(
      from.at('server', 'rateLimit'),
      `rateLimit: totalPerSecond is ${totalPerSecond}, expected at least steeredPerSecond (${steeredPerSecond}) and ` +
        `otherPerSecond (${otherPerSecond}): they are parts of it`,
    )
  }
  return rateLimit
}

function resolveCookies(from: Resolving): CookieSettings {
  const { secretFile, previousSecretFile } = from.raw.server.cookies
  if (previousSecretFile !== undefined && secretFile === undefined) {
    from.report.problem(
      from.at('server', 'cookies', 'previousSecretFile'),
      'previousSecretFile: there is no secretFile beside it, expected the secret that took its place',
    )
  }
  const resolved = (key: 'secretFile' | 'previousSecretFile', path: string | undefined): string | null => {
    if (path === undefined) return null
    const place = from.at('server', 'cookies', key)
    const file = resolve(dirname(place.file), path)
    if (!existsSync(file)) {
      from.report.warning(place, `${key}: there is no file ${file} yet; it must exist when Nearcast starts`)
    }
    return file
  }
  return {
    secretFile: resolved('secretFile', secretFile),
    previousSecretFile: resolved('previousSecretFile', previousSecretFile),
  }
}

export function resolveAdmin(from: Resolving, listen: readonly Endpoint[]): AdminSettings | null {
  const { tokens } = from.raw.admin
  const place = from.at('admin', 'listen')
  const endpoint = parseEndpoint(from.raw.admin.listen)
  if (endpoint === null) return null
  if (listen.some(({ address, port }) => address === endpoint.address && port === endpoint.port)) {
    from.report.problem(place, `listen: ${from.raw.admin.listen} is taken by server.listen, expected a port of its own`)
  }
  if (!isLoopback(endpoint.address) && tokens.length === 0) {
    from.report.problem(
      place,
      `listen: ${from.raw.admin.listen} is not loopback, expected tokens beside it: add admin.tokens or listen on 127.0.0.1`,
    )
  }
  return { ...endpoint, tokens: resolveTokens(from) }
}

function resolveTokens(from: Resolving): AdminToken[] {
  const known = new Map<string, Place>()
  return from.raw.admin.tokens.map(({ name, role, secretFile }, index) => {
    const place = from.at('admin', 'tokens', index, 'name')
    const first = known.get(name)
    if (first === undefined) known.set(name, place)
    else from.report.problem(place, `name: token "${name}" is written twice, first at ${from.show(first)}`)
    const secret = from.at('admin', 'tokens', index, 'secretFile')
    const file = resolve(dirname(secret.file), secretFile)
    if (!existsSync(file))
      from.report.warning(secret, `secretFile: there is no file ${file} yet; it must exist when Nearcast starts`)
    return { name, role, secretFile: file }
  })
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

function isLoopback(address: string): boolean {
  const bytes = parseAddress(address)
  return address === '::1' || (bytes?.length === 4 && bytes[0] === 127)
}
