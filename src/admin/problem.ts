// How a failed call is told: one JSON shape for every error. Must not know any route.
import type { FastifySchemaValidationError } from 'fastify'
import { type ErrorCode, NearcastError } from '../errors.ts'

/** The body of every error reply; `path` is the key that was refused, e.g. `body.share`, or null. */
export interface Problem {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly path: string | null }
}

/** A request refused because of one key of it. */
export class RefusedKey extends NearcastError {
  readonly path: string

  constructor(path: string, message: string) {
    super('NC_BAD_REQUEST', message)
    this.path = path
  }
}

/** The reply to an error thrown anywhere in a call; `foreseen` is false for what only the log should tell. */
export function problemOf(error: unknown): { status: number; body: Problem; foreseen: boolean } {
  if (error instanceof NearcastError) {
    const path = error instanceof RefusedKey ? error.path : null
    return { status: error.status, body: problem(error.code, error.message, path), foreseen: error.status < 500 }
  }
  const status = statusOf(error)
  if (error instanceof Error && status >= 400 && status < 500) {
    return { status, body: problem('NC_BAD_REQUEST', error.message + adviceOn(error, status)), foreseen: true }
  }
  return {
    status: 500,
    body: problem('NC_INTERNAL', 'this is a fault of Nearcast; its log says more'),
    foreseen: false,
  }
}

/** What Fastify's own words leave open. */
function adviceOn(error: Error, status: number): string {
  if (status === 415) return "; expected JSON: send it with the header 'content-type: application/json'"
  const isSyntax = 'code' in error && error.code === 'FST_ERR_CTP_INVALID_JSON_BODY'
  return isSyntax
    ? '; expected keys and texts in double quotes, such as {"mode": "drain"}, without a comma after the last'
    : ''
}

/** The body of an error reply. */
export function problem(code: ErrorCode, message: string, path: string | null = null): Problem {
  return { error: { code, message, path } }
}

/** The status that Fastify gives its own errors (media type, size, JSON syntax). */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null
  return typeof status === 'number' ? status : 500
}

/** Ajv's own additions when it is told to be verbose. */
interface Fault extends FastifySchemaValidationError {
  readonly data?: unknown
  readonly parentSchema?: {
    readonly description?: string
    readonly properties?: Record<string, { description?: string }>
  }
}

/**
 * Words a schema's refusal: the key path, what was found and what its schema's description expects.
 * @param part what was validated: `body`, `querystring`, `params`
 */
export function refusal(faults: readonly FastifySchemaValidationError[], part: string): RefusedKey {
  const [fault]: readonly Fault[] = faults
  const path = (part === 'querystring' ? 'query' : part) + fault.instancePath.replaceAll('/', '.')
  const { description, properties = {} } = fault.parentSchema ?? {}
  if (fault.keyword === 'additionalProperties') {
    const key = String(fault.params.additionalProperty)
    const known = Object.keys(properties)
    const expected = known.length > 0 ? `expected one of: ${known.join(', ')}` : 'none is expected here'
    return new RefusedKey(`${path}.${key}`, `unknown key ${quote(key)}: ${expected}`)
  }
  if (fault.keyword === 'required') {
    const key = String(fault.params.missingProperty)
    const unknown = Object.keys(Object(fault.data)).find((name) => !Object.hasOwn(properties, name))
    const instead = unknown === undefined ? '' : `; unknown key ${quote(unknown)} stands there`
    const expected = properties[key]?.description ?? 'a value'
    return new RefusedKey(`${path}.${key}`, `${key} is missing: expected ${expected}${instead}`)
  }
  return new RefusedKey(path, `found ${quote(fault.data)}: expected ${description ?? fault.message ?? 'another value'}`)
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
