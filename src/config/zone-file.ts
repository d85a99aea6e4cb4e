// The text of one zone file into records in wire form (RFC 1035 section 5, RFC 2308 section 4). A pure function; opens no file.
import { typeName, typeNumber } from '../wire/constants.ts'
import { completeName, lowerName } from '../wire/name.ts'
import { parsePeriod } from '../wire/rdata/presentation.ts'
import { encodeRdataTokens } from '../wire/rdata.ts'
import { entriesOf } from './master-file.ts'
import type { Entry, Flaw, Token } from './master-file.ts'
import { didYouMean, didYouMeanAscii } from './nearest.ts'
import { shown } from './tree.ts'
import { refuseType, whyNoType, whyNotTaken } from './type-words.ts'

export interface FileRecord {
  /** Where its first token stands in the file. */
  readonly at: number
  /** Lower-case wire form; not judged whether it lies in the zone. */
  readonly owner: Uint8Array
  readonly type: number
  /** null when neither the record nor anything before it says one. */
  readonly ttlSeconds: number | null
  readonly rdata: Uint8Array
}

/** `$INCLUDE`: a file to read as well, with what it begins with. */
export interface FileInclude extends Begin {
  readonly at: number
  /** As written. */
  readonly path: string
}

/** What holds at the beginning of a file. */
export interface Begin {
  /** In wire form. */
  readonly origin: Uint8Array
  readonly ttlSeconds: number | null
}

export interface ParsedFile {
  readonly records: readonly FileRecord[]
  readonly includes: readonly FileInclude[]
  readonly problems: readonly Flaw[]
  /** What is read all the same. */
  readonly warnings: readonly Flaw[]
}

const form = 'owner [TTL] [IN] TYPE data'
/** A file of another kind is wrong in every line; so many say enough. */
const mostProblems = 200
/** RFC 2181 section 8. */
const longestTtl = 2147483647
const classes = ['IN', 'CH', 'HS', 'CS']

/** Reads all records of a file, and says what is wrong with the others. Never throws. */
export function parseZoneFile(content: string, begin: Begin): ParsedFile {
  const reader = new ZoneFileReader(begin)
  for (const entry of entriesOf(content)) {
    if ('error' in entry) reader.problem(entry.at, entry.error)
    else reader.read(entry)
    if (reader.problems.length < mostProblems) continue
    reader.problem(entryAt(entry), `${mostProblems} problems so far: the rest of the file is not read`)
    break
  }
  reader.finish()
  return reader
}

class ZoneFileReader implements ParsedFile {
  readonly records: FileRecord[] = []
  readonly includes: FileInclude[] = []
  readonly problems: Flaw[] = []
  readonly warnings: Flaw[] = []
  /** Of types that the server makes: where the first stands, and how many there are. */
  readonly #made = new Map<number, { at: number; count: number }>()
  /** The first record that takes its TTL from one before it, and how many do. */
  #heir: { at: number; ttlSeconds: number; count: number } | null = null
  #origin: Uint8Array
  /** null when there was none yet, undefined when the last was no name. */
  #owner: Uint8Array | null | undefined = null
  /** By `$TTL`, else the last that a record said. */
  #ttlSeconds: number | null
  #hasDefault = false

  constructor({ origin, ttlSeconds }: Begin) {
    this.#origin = origin
    this.#ttlSeconds = ttlSeconds
    this.#hasDefault = ttlSeconds !== null
  }

  problem(at: number, error: string): void {
    this.problems.push({ at, error })
  }

  read({ blank, tokens }: Entry): void {
    const [first, ...rest] = tokens
    if (!blank && first.text.startsWith('$')) return this.#directive(first, rest)
    if (!blank) {
      if (first.text.startsWith('#')) {
        this.#owner = undefined
        return this.problem(
          first.at,
          `${shown(first.text)} begins no comment here, expected ; before one, or \\# where a name begins so`,
        )
      }
      const owner = completeName(first.text, this.#origin)
      this.#owner = owner === null ? undefined : lowerName(owner)
      if (owner === null) {
        const isLong = first.text.split('.').some((label) => label.length > 63) || first.text.length > 253
        const why = isLong ? ': labels take 1 to 63 letters, the whole name at most 255' : `, expected ${form}`
        return this.problem(first.at, `${shown(first.text)} is no name${why}${didYouMeanAscii(first.text)}`)
      }
    }
    if (this.#owner === undefined) return
    if (this.#owner === null)
      return this.problem(first.at, 'a line that begins with a blank, expected an owner before it')
    this.#record(this.#owner, first.at, blank ? tokens : rest)
  }

  /** Says once for each type what is not taken from files, and once which TTLs are taken from other records. */
  finish(): void {
    for (const [type, { at, count }] of this.#made) {
      const others = count === 1 ? '' : ` and ${count - 1} more`
      this.problem(at, `${typeName(type)}${others}: ${whyNotTaken(type)}, remove them`)
    }
    if (this.#heir === null) return
    const { at, ttlSeconds, count } = this.#heir
    const what = count === 1 ? 'a record without a TTL takes' : `${count} records without a TTL take`
    this.warnings.push({ at, error: `${what} the last that was said, here ${ttlSeconds}: write $TTL before` })
  }

  #record(owner: Uint8Array, at: number, tokens: readonly Token[]): void {
    const head = this.#head(tokens)
    if ('error' in head) return this.problem(head.at, head.error)
    const { ttlSeconds, next } = head
    const typeToken = tokens.at(next)
    if (typeToken === undefined || next >= tokens.length)
      return this.problem(at, `a record without a type, expected ${form}`)
    const type = typeNumber(typeToken.text)
    if (type === null) return this.problem(typeToken.at, whyNoType(typeToken.text, form))
    if (whyNotTaken(type) !== null) return this.#countMade(type, typeToken.at)
    const refusal = refuseType(type)
    if (refusal !== null) return this.problem(typeToken.at, refusal)
    const data = tokens.slice(next + 1)
    const encoded = encodeRdataTokens(
      type,
      data.map(({ text }) => text),
      this.#origin,
    )
    if ('error' in encoded) return this.problem((data.at(encoded.token) ?? typeToken).at, encoded.error)
    this.records.push({ at, owner, type, ttlSeconds: this.#ttlOf(ttlSeconds, at), rdata: encoded.rdata })
  }

  /** What is written, else by `$TTL`, else the last that was written (RFC 2308 section 4, RFC 1035 section 5.1). */
  #ttlOf(written: number | null, at: number): number | null {
    if (this.#hasDefault) return written ?? this.#ttlSeconds
    if (written !== null) this.#ttlSeconds = written
    else if (this.#ttlSeconds !== null) {
      this.#heir ??= { at, ttlSeconds: this.#ttlSeconds, count: 0 }
      this.#heir.count++
    }
    return this.#ttlSeconds
  }

  /** TTL and class, in either order, each once at most; `next` is the index of the type. */
  #head(tokens: readonly Token[]): { ttlSeconds: number | null; next: number } | Flaw {
    let ttlSeconds: number | null = null
    let hasClass = false
    for (const [next, { text, at }] of tokens.entries()) {
      const isTtl = /^-?\d/.test(text)
      const isClass = classes.includes(text.toUpperCase()) || /^CLASS\d+$/i.test(text)
      if (!isTtl && !isClass) return { ttlSeconds, next }
      if (isTtl ? ttlSeconds !== null : hasClass)
        return { at, error: `a second ${isTtl ? 'TTL' : 'class'} ${text}, expected ${form}` }
      if (isTtl) {
        ttlSeconds = parsePeriod(text, longestTtl)
        if (ttlSeconds === null) return { at, error: `TTL ${text}, expected ${ttlForm}` }
      } else {
        hasClass = true
        if (!/^(?:IN|CLASS1)$/i.test(text)) return { at, error: `class ${text.toUpperCase()}, expected IN` }
      }
    }
    return { ttlSeconds, next: tokens.length }
  }

  #directive({ text, at }: Token, rest: readonly Token[]): void {
    const name = text.toUpperCase()
    const most = name === '$INCLUDE' ? 2 : 1
    if (!['$ORIGIN', '$TTL', '$INCLUDE'].includes(name)) {
      const known = ['$ORIGIN', '$TTL', '$INCLUDE']
      const instead = name === '$GENERATE' ? ': write the records out' : ''
      return this.problem(
        at,
        `${text} is no directive here, expected ${known.join(', ')}${didYouMean(name, known)}${instead}`,
      )
    }
    if (rest.length === 0 || rest.length > most) {
      const expected = { $ORIGIN: 'a name', $TTL: 'a TTL', $INCLUDE: 'a file and perhaps an origin' }[name]
      return this.problem(at, `${text} with ${rest.length} words after it, expected ${expected}`)
    }
    if (name === '$TTL') {
      const ttlSeconds = parsePeriod(rest[0].text, longestTtl)
      if (ttlSeconds === null) return this.problem(rest[0].at, `TTL ${rest[0].text}, expected ${ttlForm}`)
      this.#ttlSeconds = ttlSeconds
      this.#hasDefault = true
      return
    }
    const last = rest[most - 1]
    const origin = last === undefined ? this.#origin : completeName(last.text, this.#origin)
    if (origin === null) return this.problem(last.at, `${shown(last.text)} is no name, expected an origin`)
    if (name === '$ORIGIN') this.#origin = origin
    else {
      const ttlSeconds = this.#hasDefault ? this.#ttlSeconds : null
      this.includes.push({ at: rest[0].at, path: rest[0].text, origin, ttlSeconds })
    }
  }

  #countMade(type: number, at: number): void {
    const made = this.#made.get(type) ?? { at, count: 0 }
    made.count++
    this.#made.set(type, made)
  }
}

const ttlForm = 'seconds from 0 to 2147483647, or units such as 1h30m'

function entryAt(entry: Entry | Flaw): number {
  return 'error' in entry ? entry.at : entry.tokens[0].at
}
