// What is wrong with YAML that cannot be read: each fault once, where it begins, in words of what to write. Knows no key.
import { parseDocument } from 'yaml'
import type { YAMLError } from 'yaml'
import { shown, unseen } from './tree.ts'
import { openedLast } from './yaml-brackets.ts'

/** One thing to mend, `offset` into the text. */
export interface Fault {
  readonly offset: number
  readonly message: string
}

/** As parseYaml reads; keys written twice are its own to tell. */
export const parserOptions = {
  prettyErrors: false,
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false,
} as const

/** Levels into which a broken text is taken apart; below them are single values. */
const deepest = 8
const withoutColon = 'a line without ": ", expected "key: value" with a blank after the colon'
/** What to write where the parser says this, the first that fits. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/^Implicit (?:map )?keys need/, withoutColon],
  [
    /^Nested mappings are not/,
    'a second colon in one line, expected one: put a value that has ": " in it or ends in ":" in quotes',
  ],
  [
    /^A block sequence may not|^Sequence item without/,
    'list items and keys side by side, expected one or the other: mend the indentation',
  ],
  [/^Unexpected block-seq-ind/, 'a list item beside its key, expected it on a line of its own, or as [a, b]'],
  [
    /^Block collections are not|^Implicit keys of flow/,
    'a second colon or a "- " in one entry, expected a comma between two, or quotes around the value',
  ],
  [/^Missing , or : between/, 'two values side by side, expected "key: value" or a comma between them'],
  [/^Missing , between/, 'two entries side by side, expected a comma between them'],
  [/^Missing space after :/, 'a colon without a blank after it, expected "key: value"'],
  [/^Unexpected , in/, 'a comma with nothing before it, expected an entry there or one comma less'],
  [
    /^Comments must be/,
    'a # right after something else, expected a blank before a comment, or quotes around a value with #',
  ],
  [/^Block scalar header|^Not a YAML token/, 'text beside a | or >, expected quotes around a value that begins so'],
  [/^Plain value cannot start with .*?(\S)$/, 'a value that begins with $1, expected it in quotes'],
  [
    /^Invalid escape sequence (.*)$/,
    '$1 in double quotes stands for nothing, expected single quotes around it, or \\\\',
  ],
  [/^Tabs are not/, 'a tab is used as indentation, expected spaces'],
  [/^Map comment with trailing/, 'a value on a line of its own, expected it beside its key'],
]

/**
 * What is wrong with a text that the parser complained of, each fault once. What follows from a fault is left out: the text
 * is taken apart into its entries, by indentation, and each is read alone.
 */
export function faultsOf(content: string, complaints: readonly YAMLError[]): Fault[] {
  const faults = taken(content, 0, 0)
  if (faults.length === 0) return complaints.slice(0, 1).map((complaint) => faultOf(content, complaint))
  // Told from the whole, of which no entry knows.
  const whole = complaints
    .filter(({ code }) => code === 'MULTIPLE_DOCS')
    .map((complaint) => faultOf(content, complaint))
  return [...faults, ...whole]
}

/** The faults of the entries of a text that begins at `offset` of the whole. */
function taken(text: string, offset: number, level: number): Fault[] {
  return entriesOf(text).flatMap((entry) => {
    const inside = text.slice(entry.start, entry.end)
    const [complaint] = complaintsOf(inside)
    if (complaint === undefined) return []
    const head = /^.*?:[ \t]*(?:#.*)?\r?\n/.exec(inside)?.[0]
    const below =
      head === undefined || level === deepest ? [] : taken(inside.slice(head.length), head.length, level + 1)
    const found = below.length > 0 ? below : [faultOf(inside, complaint)]
    return found.map((fault) => ({ ...fault, offset: fault.offset + offset + entry.start }))
  })
}

function complaintsOf(text: string): readonly YAMLError[] {
  const { errors, warnings } = parseDocument(text, parserOptions)
  return [...errors, ...warnings]
}

/** Where the entries of a text begin and end: a line as little indented as the first begins one. */
function entriesOf(text: string): { start: number; end: number }[] {
  const starts: number[] = []
  let first: { indent: number; item: boolean } | null = null
  for (const { 1: blanks, 2: code, index } of text.matchAll(/^( *)([^\s#].*)$/gm)) {
    const item = /^-(?:\s|$)/.test(code)
    first ??= { indent: blanks.length, item }
    // Brackets that close, and all of a text in brackets, belong to what was before.
    if (blanks.length <= first.indent && (item || !first.item) && !/^[\]}[{]/.test(code)) starts.push(index)
  }
  return starts.map((start, at) => ({ start: at === 0 ? 0 : start, end: starts[at + 1] ?? text.length }))
}

function faultOf(text: string, { code, message, pos: [offset] }: YAMLError): Fault {
  const words = message.replace(/\s+/g, ' ')
  if (code === 'MULTIPLE_DOCS')
    return {
      offset,
      message: `a second document begins here, expected one: remove the line ${text.startsWith('---', offset) ? '---' : '... above'}`,
    }
  if (code === 'TAB_AS_INDENT' || code === 'RESOURCE_EXHAUSTION') return { offset, message: worded(code, words) }
  const line = lineAt(text, offset)
  const written = withoutComment(line.text)
  const hidden = [...written.matchAll(unseen)].at(0)
  if (hidden !== undefined) {
    const name = hidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return {
      offset: line.start + hidden.index,
      message: `an unseen character, U+${name}, expected an ordinary blank or none`,
    }
  }
  const curly = /(?:^|[\s[{,])([“”‘’«»])/.exec(written)
  if (curly !== null) {
    const at = line.start + curly.index + curly[0].length - 1
    return { offset: at, message: `${curly[1]} is a letter like any other, expected straight quotes: " or '` }
  }
  const opened = openedLast(text)
  if (opened !== null)
    return {
      offset: opened.offset,
      message: `${opened.mark} is never closed, expected ${opened.closing} after what it holds`,
    }
  if (/^Unexpected .*(?:at node end|in YAML stream| token$)|^All |^Flow /.test(words)) return unexpectedAt(text, offset)
  return { offset, message: worded(code, words) }
}

/** What stands where it cannot: a line in the wrong column, a bracket that closes nothing, more than a value. */
function unexpectedAt(text: string, offset: number): Fault {
  const line = lineAt(text, offset)
  const indent = /^\s*/.exec(line.text)?.[0].length ?? 0
  const found = text.slice(offset, line.start + line.text.length)
  if (offset > line.start + indent) {
    const bracket = /^[\]}]/.exec(found)?.[0]
    if (bracket !== undefined)
      return { offset, message: `${bracket} closes nothing, expected one less, or its other half before it` }
    const more = shown(withoutComment(found).trim())
    return {
      offset,
      message: `${more} after the end of a value, expected it on the next line, or quotes around the whole`,
    }
  }
  const before = [...text.slice(0, line.start).matchAll(/^( *)([^\s#].*)$/gm)].at(-1)
  if (before !== undefined && !/:(?:\s|$)|^[-\]}"']|[,[\]{}]$/.test(withoutComment(before[2]).trimEnd()))
    return { offset: before.index + before[1].length, message: withoutColon }
  const above = before?.[1].length ?? indent
  const beside = above === indent ? '' : `, the line before it in column ${above + 1}`
  return {
    offset: line.start + indent,
    message: `begins in column ${indent + 1}${beside}, expected keys of one map in one column: mend the indentation`,
  }
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)#.*/, '')
}

function lineAt(text: string, offset: number): { start: number; text: string } {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return { start, text: text.slice(start, end < 0 ? undefined : end) }
}

function worded(code: string, words: string): string {
  if (code === 'NON_STRING_KEY')
    return 'a key is a list, a map or an alias, expected text: put a key that begins with [, { or * in quotes'
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply to be read'
  if (code === 'TAG_RESOLVE_FAILED') return `${words}, expected none: remove it`
  const [form, instead] = advice.find(([pattern]) => pattern.test(words)) ?? []
  return form === undefined || instead === undefined
    ? `YAML: ${words}`
    : (form.exec(words)?.[0].replace(form, instead) ?? '')
}
