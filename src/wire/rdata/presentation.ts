// The fields of a record as zone files write them: tokens, quotes, escapes, character-strings (RFC 1035 section 5.1). Knows no type.
import { escapedOctet, escapeLength } from '../name.ts'

/** What was found and what was expected. */
export interface Failure {
  readonly error: string
  /** Which of the tokens is wrong, or how many there are where one is missing; nothing where there is but one. */
  readonly token?: number
}

export type Result<T> = T | Failure

export function failed<T extends object | string>(result: Result<T>): result is Failure {
  return typeof result === 'object' && 'error' in result
}

/**
 * Splits a record's data at blanks. Quotes are taken off, escapes stay as they are. `;` and parentheses outside quotes are
 * refused: they would begin a comment or a continuation, and there is neither in one line of configuration.
 */
export function tokenize(text: string): Result<string[]> {
  const tokens: string[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at])) {
      at++
      continue
    }
    const token = readToken(text, at)
    if (failed(token)) return token
    tokens.push(token.text)
    at = token.end
  }
  return tokens
}

/** A quoted token ends with its quote; in one that is not (`alpn="h3,h2"`), quotes may enclose a part. */
function readToken(text: string, start: number): Result<{ text: string; end: number }> {
  let token = ''
  let quoted = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      if (quoted && text[start] === '"') return { text: token, end: at + 1 }
      quoted = !quoted
    } else if (character === '\\') {
      if (at + 1 === text.length) return { error: 'a backslash at the end, expected an escaped character' }
      token += text.slice(at, at + 2)
      at++
    } else if (!quoted && /\s/.test(character)) {
      return { text: token, end: at }
    } else if (!quoted && ';()'.includes(character)) {
      return { error: `"${character}" outside quotes, expected it quoted or escaped` }
    } else token += character
  }
  return quoted ? { error: 'a quote that is not closed' } : { text: token, end: text.length }
}

/** The octets of a token: escapes resolved, characters beyond ASCII as UTF-8. */
export function unescapeToken(token: string): Result<Uint8Array> {
  const octets: number[] = []
  for (let at = 0; at < token.length;) {
    const character = String.fromCodePoint(token.codePointAt(at) ?? 0)
    if (character === '\\') {
      const octet = escapedOctet(token, at)
      if (octet < 0) return { error: `"${token.slice(at, at + 4)}", expected an escape: \\DDD up to \\255 or \\X` }
      octets.push(octet)
      at += escapeLength(token, at)
    } else {
      octets.push(...Buffer.from(character))
      at += character.length
    }
  }
  return Uint8Array.from(octets)
}

/** Octets between quotes, escaped where they must be. */
export function quote(octets: Uint8Array): string {
  let text = '"'
  for (const octet of octets) {
    if (octet < 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`
    else if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`
    else text += String.fromCharCode(octet)
  }
  return `${text}"`
}

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Whole seconds of `300`, `1h` or `1h30m`, from 0 to `most`, as BIND and NSD read them; null when the text is none. */
export function parsePeriod(text: string, most: number): number | null {
  if (/^\d+$/.test(text)) return wholeNumber(text, most)
  if (!/^(?:\d{1,10}[smhdw])+$/i.test(text)) return null
  let seconds = 0
  for (const [, number, unit] of text.toLowerCase().matchAll(/(\d+)([smhdw])/g)) {
    seconds += Number(number) * unitSeconds[unit as keyof typeof unitSeconds]
  }
  return seconds <= most ? seconds : null
}

/** A whole number in decimal digits, from 0 to `most`; null when the text is none. */
export function wholeNumber(text: string, most: number): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  return value <= most ? value : null
}
