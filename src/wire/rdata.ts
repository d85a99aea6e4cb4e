// Record data between presentation format and octets, type by type. Control path only; knows no owner, no TTL and no zone.
import { typeName } from './constants.ts'
import { string } from './rdata/fields.ts'
import { encodeHex, layouts, notHex, type Layout } from './rdata/layouts.ts'
import { failed, tokenize, type Result } from './rdata/presentation.ts'
import { encodeParams, formatParams } from './rdata/svcb.ts'

const longestRdata = 65535

/**
 * The uncompressed data of a record from its presentation format, or from `\# length hex` for any type (RFC 3597 section 5).
 * Relative names are completed with `origin`. `error` says what was found and what was expected.
 */
export function encodeRdata(
  type: number,
  text: string,
  origin?: Uint8Array,
): { rdata: Uint8Array } | { error: string } {
  const tokens = tokenize(text)
  if (failed(tokens)) return { error: `${typeName(type)}: ${tokens.error}` }
  const encoded = encodeRdataTokens(type, tokens, origin)
  return 'error' in encoded ? { error: encoded.error } : encoded
}

/**
 * The same from tokens: quotes taken off, escapes as they are. `token` is the index of the one that is wrong, or of the last where
 * one is missing; -1 when there is none at all.
 */
export function encodeRdataTokens(
  type: number,
  tokens: readonly string[],
  origin?: Uint8Array,
): { rdata: Uint8Array } | { error: string; token: number } {
  const rdata = encodeTokens(type, tokens, origin)
  const whole = failed(rdata) || rdata.length <= longestRdata
  const result = whole ? rdata : { error: `${rdata.length} octets, expected at most ${longestRdata}` }
  if (!failed(result)) return { rdata: Uint8Array.from(result) }
  return { error: `${typeName(type)}: ${result.error}`, token: Math.min(result.token ?? 0, tokens.length - 1) }
}

/** The presentation format of uncompressed record data; `\# length hex` for other types and for data that is malformed. */
export function formatRdata(type: number, rdata: Uint8Array): string {
  const layout = layouts.get(type)
  return (layout && formatLayout(layout, rdata)) ?? formatGeneric(rdata)
}

function encodeTokens(type: number, tokens: readonly string[], origin?: Uint8Array): Result<Uint8Array> {
  const layout = layouts.get(type)
  if (tokens[0] === '\\#') {
    const rdata = encodeGeneric(tokens)
    if (layout === undefined || failed(rdata) || formatLayout(layout, rdata) !== null) return rdata
    return { error: `${tokens.join(' ')} is malformed data for this type` }
  }
  if (layout?.whole) return layout.whole.parse(tokens)
  return layout ? encodeLayout(layout, tokens, origin) : { error: `"${tokens.join(' ')}", expected \\# length hex` }
}

function encodeLayout(layout: Layout, tokens: readonly string[], origin?: Uint8Array): Result<Uint8Array> {
  const parts: Uint8Array[] = []
  for (const [i, [what, field]] of layout.fields.entries()) {
    if (i >= tokens.length)
      return { error: `no ${what}, expected ${layout.fields.map(([each]) => each).join(', ')}`, token: i }
    const part = field.parse(tokens[i], origin)
    if (failed(part)) return { error: `${what} is ${part.error}`, token: i }
    parts.push(part)
  }
  const first = layout.fields.length
  const left = tokens.slice(first)
  if (layout.rest === undefined && left.length > 0)
    return { error: `"${left[0]}" after ${layout.fields.at(-1)?.[0]}`, token: first }
  if (layout.rest === 'strings') {
    for (const [i, token] of left.entries()) {
      const part = string.parse(token)
      if (failed(part)) return { error: `string is ${part.error}`, token: first + i }
      parts.push(part)
    }
  }
  if (layout.rest === 'params') {
    // Priority 0 is an alias; clients ignore its parameters (RFC 9460 section 2.4.2).
    if (left.length > 0 && Number(tokens[0]) === 0)
      return { error: `"${left[0]}" with priority 0, expected no parameters`, token: first }
    const part = encodeParams(left)
    if (failed(part)) return { ...part, token: first + (part.token ?? 0) }
    parts.push(part)
  }
  if (layout.rest === 'hex') {
    const part = encodeHex(left)
    if (failed(part)) return { ...part, token: first + (part.token ?? 0) }
    parts.push(part)
  }
  const rdata = Buffer.concat(parts)
  const wrong = layout.check?.(rdata) ?? null
  return wrong === null ? rdata : { error: wrong, token: first }
}

/** null when the data does not fit the layout. */
function formatLayout(layout: Layout, rdata: Uint8Array): string | null {
  if (layout.whole) return layout.whole.format(rdata)
  const texts: string[] = []
  let at = 0
  for (const [, field] of layout.fields) {
    const part = field.format(rdata, at)
    if (part === null) return null
    texts.push(part.text)
    at = part.next
  }
  if (layout.rest === 'params') {
    const params = formatParams(rdata, at)
    return params === null ? null : texts.join(' ') + params
  }
  if (layout.rest === 'hex') {
    if (at === rdata.length || (layout.check?.(rdata) ?? null) !== null) return null
    return `${texts.join(' ')} ${Buffer.from(rdata.subarray(at)).toString('hex')}`
  }
  while (layout.rest === 'strings' && at < rdata.length) {
    const part = string.format(rdata, at)
    if (part === null) return null
    texts.push(part.text)
    at = part.next
  }
  return at === rdata.length ? texts.join(' ') : null
}

function encodeGeneric(tokens: readonly string[]): Result<Uint8Array> {
  const hex = tokens.slice(2).join('')
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(hex))
    return { error: `"${hex}", expected pairs of hexadecimal digits`, token: 2 + notHex(tokens.slice(2)) }
  if (tokens[1] !== String(hex.length / 2))
    return { error: `length "${tokens[1] ?? ''}", expected ${hex.length / 2}`, token: 1 }
  return Buffer.from(hex, 'hex')
}

function formatGeneric(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${Buffer.from(rdata).toString('hex')}`
}
