// Says in words what a schema expects, and why a single value is not that. Knows no key and no position.
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import type { FormatName } from './formats.ts'
import { didYouMean } from './nearest.ts'
import type { Schema } from './schema-words.ts'
import { shown } from './tree.ts'

const inWords: Readonly<Record<FormatName, string>> = {
  address: 'an IP address',
  domain: 'a domain name',
  duration: 'a duration such as 20s or 150ms',
  endpoint: 'a listening address such as 192.0.2.1:53',
  host: 'a host name',
  name: 'a name',
  network: 'a network such as 192.0.2.0/24',
  owner: 'a name in the zone',
  path: 'a path such as /health',
  prefix: 'a prefix such as 192.0.2.0/24',
  probeUrl: 'a URL such as http://{address}:8080/health',
  rate: 'a rate such as 40Gbps',
  signedDuration: 'a duration such as 30ms or -30ms',
  tcpTarget: 'an address to connect to such as tcp://192.0.2.1:443',
  ttl: 'a duration such as 30s',
}

/** What a value of this schema looks like, e.g. `a whole number from 1 to 65535`. */
export function expectation(schema: Schema): string {
  if (schema.anyOf !== undefined) return listed([...new Set(schema.anyOf.map(expectation))], 'or')
  if (schema.enum !== undefined) return listed(schema.enum.map(String), 'or')
  if (schema.const !== undefined) return String(schema.const)
  if (schema.reads !== undefined) return inWords[schema.reads]
  if (schema.reference === 'country') return 'a country code such as HK'
  if (schema.reference !== undefined) return `the name of a ${schema.reference}`
  if (schema.type === 'integer') return `a whole number${range(schema)}`
  if (schema.type === 'number') return `a number${range(schema)}`
  if (schema.type === 'boolean') return 'true or false'
  if (schema.type === 'object') return 'a map'
  return schema.type === 'array' ? list(schema) : 'text'
}

/** Why a value is not what a schema of single values expects: what was found, what was expected; null when it is. */
export function whyNot(value: string | number | boolean | null, schema: Schema): string | null {
  if (passes(value, schema)) return null
  const found = value === null ? 'nothing' : shown(value)
  if (
    typeof value === 'string' &&
    schema.type === 'string' &&
    schema.enum === undefined &&
    schema.const === undefined
  ) {
    return `${value === '' ? 'an empty text' : `a text of ${value.length} characters`}, expected ${schema.minLength ?? 0} to ${schema.maxLength ?? 'any number of'}`
  }
  const meant =
    typeof value === 'string' ? didYouMean(value, (schema.enum ?? []).map(String)) || numberMeant(value, schema) : ''
  return `${found}, expected ${expectation(schema)}${meant}`
}

/** `; did you mean 4760?` for numbers as people write them elsewhere: "4760", AS4760, 1,5 and 40%. */
function numberMeant(text: string, schema: Schema): string {
  const [, digits, decimals = '0', percent] = /^(?:AS)?(-?\d+)(?:[.,](\d+))?\s*(%?)[,;]?$/i.exec(text.trim()) ?? []
  const number = Number(`${digits}.${decimals}`) / (percent === '%' ? 100 : 1)
  return digits !== undefined && passes(number, schema) ? `; did you mean ${number}?` : ''
}

/** Whether a single value is what a schema expects, formats and references aside. */
export function passes(value: string | number | boolean | null, schema: Schema): boolean {
  return Value.Check(schema as TSchema, value)
}

/** `a, b and c`. */
export function listed(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  return words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

function range({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return ` of ${minimum} or more`
  return maximum === undefined ? '' : ` of ${maximum} or less`
}

function list({ items, minItems = 0, maxItems }: Schema): string {
  const each: readonly Schema[] = items === undefined ? [{}] : 'length' in items ? items : [items]
  if (each.length > 1) return `[${each.map(expectation).join(', ')}]`
  const of = `each ${expectation(each[0])}`
  if (maxItems !== undefined) return `a list of ${minItems} to ${maxItems}, ${of}`
  return minItems === 0 ? `a list, ${of}` : `a list of ${minItems} or more, ${of}`
}
