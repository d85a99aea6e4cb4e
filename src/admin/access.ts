// Who may call: the Host and Origin headers, bearer tokens and roles. Must not know what a call does.
import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList } from 'node:net'
import { NearcastError } from '../errors.ts'
import { parseAddress } from '../ip/address.ts'
import { secretForm, secretFormInWords, type AdminRole } from './model.ts'

/** A bearer token with its secret read. */
export interface Token {
  readonly name: string
  readonly role: AdminRole
  readonly secret: string
}

/** Who calls: a token, or anybody on this machine when there are no tokens. */
export interface Caller {
  readonly name: string
  readonly role: AdminRole
}

const ranks = { viewer: 0, reporter: 1, operator: 2 } as const satisfies Record<AdminRole, number>

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/**
 * Checks the tokens before anybody is let in by them.
 * @throws NC_CONFIG when others than this machine could call without a token, or a secret could be guessed
 */
export function checkTokens(tokens: readonly Token[], address: string): void {
  const family = parseAddress(address)?.length === 4 ? 'ipv4' : 'ipv6'
  if (tokens.length === 0 && !loopback.check(address, family)) {
    throw new NearcastError('NC_CONFIG', `admin.listen ${address} can be reached from elsewhere: give admin.tokens`)
  }
  for (const { name, secret } of tokens) {
    if (!secretForm.test(secret)) {
      throw new NearcastError('NC_CONFIG', `the secret of admin token ${name} must be ${secretFormInWords}`)
    }
  }
}

/**
 * Finds out who calls, by the Authorization header, in a time that does not depend on the secrets.
 * @throws NC_UNAUTHORIZED
 */
export function identify(tokens: readonly Token[]): (authorization: string | undefined) => Caller {
  const known = tokens.map(({ name, role, secret }) => ({ name, role, digest: digest(secret) }))
  return (authorization) => {
    if (known.length === 0) return { name: 'local', role: 'operator' }
    const given = digest(/^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1] ?? '')
    const [caller] = known.filter((token) => timingSafeEqual(token.digest, given))
    if (caller === undefined) {
      throw new NearcastError(
        'NC_UNAUTHORIZED',
        'expected a header `Authorization: Bearer` with a token of admin.tokens',
      )
    }
    return caller
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** @throws NC_FORBIDDEN when the caller's role is lower than the one needed */
export function permit({ name, role }: Caller, needed: AdminRole): void {
  if (ranks[role] < ranks[needed]) {
    throw new NearcastError('NC_FORBIDDEN', `token ${name} is a ${role}; this takes the role ${needed}`)
  }
}

/**
 * Refuses what a browser may be tricked into: names that were rebound to this address, and pages of other origins.
 * @param address where the admin API listens, canonical
 * @throws NC_FORBIDDEN
 */
export function checkOrigin(host: string | undefined, origin: string | undefined, address: string): void {
  const named = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host ?? '')
  const name = named?.[1] ?? named?.[2] ?? ''
  if (parseAddress(name) === null && name.toLowerCase() !== 'localhost' && name !== address) {
    throw new NearcastError(
      'NC_FORBIDDEN',
      `Host ${JSON.stringify(host ?? '')}: expected an address, localhost or ${address}`,
    )
  }
  if (origin !== undefined && !sameOrigin(origin, `${host}`)) {
    throw new NearcastError('NC_FORBIDDEN', `Origin ${JSON.stringify(origin)} is not this host`)
  }
}

/** Whether a page of `origin` was served by `host`; over TLS when a proxy in front ends it. */
function sameOrigin(origin: string, host: string): boolean {
  const from = URL.parse(origin)
  if (from === null || (from.protocol !== 'http:' && from.protocol !== 'https:')) return false
  return from.host === URL.parse(`${from.protocol}//${host}`)?.host
}
