// Judges the cookie of a query and makes the one for its answer (RFC 7873, RFC 9018). Knows no packet and no clock of its own.
import {
  ageOf,
  clientCookieLength,
  isInteroperable,
  isSignedBy,
  serverCookieLength,
  signCookie,
} from '../wire/cookie.ts'
import type { Cookie } from '../wire/cookie.ts'
import type { Client } from './client.ts'

/** What a query's cookie is worth. */
export const Standing = { none: 0, clientOnly: 1, valid: 2, bad: 3 } as const

/** A cookie is good for so long, and may come from a clock that is so far ahead (RFC 9018 section 4.3). */
const oldestSeconds = 3600
const earliestSeconds = -300
/** An older one is answered with a new one, a younger one with itself. */
const renewSeconds = 1800

const secretWords = 4
/** Words of a pair: a secret, the one before it, and whether there is one. */
const pairWords = secretWords * 2 + 1
const previousAt = secretWords
const hasPreviousAt = secretWords * 2

/**
 * The secrets, shared by all threads: which of two pairs is in force, then the pairs. Main writes the one that is not and
 * turns the first word, so nobody reads half a secret.
 */
export type CookieSecrets = Int32Array<SharedArrayBuffer>

/** Secrets of 16 octets each. */
export interface SecretPair {
  /** Signs, and is accepted. */
  readonly current: Uint8Array
  /** Is accepted as well, while cookies made with it are around. */
  readonly previous: Uint8Array | null
}

/** Room for secrets; until some are set, cookies are made with zeros. */
export function createCookieSecrets(): CookieSecrets {
  return new Int32Array(new SharedArrayBuffer((1 + pairWords * 2) * 4))
}

/** Puts secrets into force for every thread. */
export function setCookieSecrets(secrets: CookieSecrets, { current, previous }: SecretPair): void {
  const next = 1 - secrets[0]
  const at = 1 + next * pairWords
  secrets.set(wordsOf(current), at)
  if (previous !== null) secrets.set(wordsOf(previous), at + previousAt)
  secrets[at + hasPreviousAt] = previous === null ? 0 : 1
  Atomics.store(secrets, 0, next)
}

/** One a thread. */
export class Cookies {
  /** A member of Standing, of the last query judged. */
  standing: number = Standing.none
  /** The data of the answer's option, when the query had one. */
  readonly data: Uint8Array = new Uint8Array(clientCookieLength + serverCookieLength)
  readonly #secrets: CookieSecrets

  constructor(secrets: CookieSecrets) {
    this.#secrets = secrets
  }

  /** Judges a query's cookie, and makes the answer's. */
  judge(cookie: Cookie, { family, words }: Client, seconds: number): void {
    const secrets = this.#secrets
    const at = 1 + secrets[0] * pairWords
    this.standing = cookie.rawLength === clientCookieLength ? Standing.clientOnly : Standing.bad
    const age = isInteroperable(cookie) ? ageOf(cookie, seconds) : oldestSeconds + 1
    if (age <= oldestSeconds && age >= earliestSeconds) {
      if (isSignedBy(cookie, family, words, secrets, at)) {
        this.standing = Standing.valid
        if (age < renewSeconds) {
          for (let i = 0; i < this.data.length; i++) this.data[i] = cookie.raw[i]
          return
        }
      } else if (secrets[at + hasPreviousAt] === 1 && isSignedBy(cookie, family, words, secrets, at + previousAt)) {
        this.standing = Standing.valid
      }
    }
    signCookie(cookie, seconds, family, words, secrets, at, this.data)
  }
}

function wordsOf(secret: Uint8Array): Int32Array {
  const view = new DataView(secret.buffer, secret.byteOffset, secret.byteLength)
  return Int32Array.from({ length: secretWords }, (_, i) => view.getInt32(i * 4, true))
}
