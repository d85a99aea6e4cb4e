// Splits a zone file into entries of tokens (RFC 1035 section 5.1): lines, parentheses, comments, quotes. Knows no record.

export interface Token {
  /** Without the quotes around it; escapes as they are written. */
  readonly text: string
  /** Where it begins in the file. */
  readonly at: number
}

export interface Entry {
  /** The line begins with a blank: the owner is that of the record before. */
  readonly blank: boolean
  /** One at least. */
  readonly tokens: readonly Token[]
}

/** What keeps an entry from being read; the rest of its line is passed over. */
export interface Flaw {
  readonly at: number
  readonly error: string
}

const plain = /[^\s"\\;()]+/y
const lineEnd = /\r?\n|$/g

/** The entries of a file in its order, and what is none. Never throws. */
export function* entriesOf(content: string): Generator<Entry | Flaw> {
  let at = 0
  while (at < content.length) {
    const line = readEntry(content, at)
    at = line.next
    if ('error' in line) yield { at: line.at, error: line.error }
    else if (line.tokens.length > 0) yield { blank: line.blank, tokens: line.tokens }
  }
}

type Line = (Entry & { readonly next: number }) | (Flaw & { readonly next: number })

/** One line, or several with parentheses around their ends. */
function readEntry(content: string, start: number): Line {
  const tokens: Token[] = []
  const blank = content[start] === ' ' || content[start] === '\t'
  /** Where the parentheses that are open begin. */
  const open: number[] = []
  let at = start
  const flaw = (where: number, error: string): Line => ({ at: where, error, next: nextLine(content, at) })
  while (at < content.length) {
    const character = content[at]
    if (character === '\n' && open.length === 0) return { blank, tokens, next: at + 1 }
    if (character === ';') at = endOfLine(content, at)
    else if (character === '(') open.push(at++)
    else if (character === ')') {
      if (open.pop() === undefined) return flaw(at, '")" without "(" before it')
      at++
    } else if (/\s/.test(character)) at++
    else {
      const token = character === '"' ? readQuoted(content, at) : readPlain(content, at)
      if ('error' in token) {
        at = token.at
        return flaw(token.at, token.error)
      }
      tokens.push({ text: token.text, at })
      at = token.end
    }
  }
  const unclosed = open.at(-1)
  return unclosed === undefined ? { blank, tokens, next: at } : flaw(unclosed, '"(" that is not closed')
}

type Read = { readonly text: string; readonly end: number } | Flaw

/** From one quote to the next; a quote that is escaped does not end it. */
function readQuoted(content: string, start: number): Read {
  for (let at = start + 1; at < content.length && content[at] !== '\n'; at++) {
    if (content[at] === '\\') at++
    else if (content[at] === '"') return { text: unlikeGeneric(content.slice(start + 1, at)), end: at + 1 }
  }
  return { at: start, error: 'a quote that is not closed on its line' }
}

/** Up to a blank; a part of it may be quoted, as in `alpn="h3,h2"`. */
function readPlain(content: string, start: number): Read {
  let text = ''
  let at = start
  while (at < content.length) {
    plain.lastIndex = at
    const run = plain.exec(content)?.[0] ?? ''
    text += run
    at += run.length
    const character = content[at]
    if (character === '\\') {
      if (at + 1 === content.length || (/\s/.test(content[at + 1]) && content[at + 1] !== ' ')) {
        return { at, error: 'a backslash at the end of a line, expected an escaped character' }
      }
      text += content.slice(at, at + 2)
      at += 2
    } else if (character === '"') {
      const quoted = readQuoted(content, at)
      if ('error' in quoted) return quoted
      text += quoted.text
      at = quoted.end
    } else break
  }
  return { text, end: at }
}

/** In quotes `\#` is a string, not the sign of generic data (RFC 3597 section 5). */
function unlikeGeneric(text: string): string {
  return text === '\\#' ? '\\035' : text
}

function endOfLine(content: string, at: number): number {
  lineEnd.lastIndex = at
  return lineEnd.exec(content)?.index ?? content.length
}

function nextLine(content: string, at: number): number {
  const end = content.indexOf('\n', at)
  return end < 0 ? content.length : end + 1
}
