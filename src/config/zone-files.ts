// Reads the zone files that zones name, with all they $INCLUDE. Knows files and positions, no zone's content.
import { dirname, resolve } from 'node:path'
import { encodeName, lowerName } from '../wire/name.ts'
import { isInside } from './include.ts'
import type { Place, Report } from './problem.ts'
import type { Resolving } from './resolving.ts'
import { placeAt, readText } from './text.ts'
import type { Text } from './text.ts'
import { shown } from './tree.ts'
import type { ParseCache } from './tree-cache.ts'
import { packZoneFile, unpackZoneFile, zoneFileKey } from './zone-file-cache.ts'
import { parseZoneFile } from './zone-file.ts'
import type { Begin, FileRecord, ParsedFile } from './zone-file.ts'

export interface PlacedRecord extends Omit<FileRecord, 'at'> {
  readonly place: Place
}

export interface ZoneFileContent {
  readonly records: readonly PlacedRecord[]
  /** Nothing was wrong with the file and what it includes. */
  readonly whole: boolean
}

const deepest = 10
/** Files, and bytes in them, that one zone is put together from: a file may come in more than once. */
const mostFiles = 1000
const mostBytes = 64 * 1024 * 1024

/** What is being read, from the zone's own file down to the innermost included one. */
interface Descent {
  readonly file: string
  readonly from: Place
  readonly begin: Begin
  readonly open: readonly string[]
}

export class ZoneFiles {
  /** All that were wanted, in the order met. */
  readonly files: string[] = []
  readonly #main: string
  readonly #report: Report
  readonly #cache: ParseCache | undefined
  #count = 0
  #bytes = 0

  constructor(main: string, report: Report, cache?: ParseCache) {
    this.#main = main
    this.#report = report
    this.#cache = cache
  }

  /** The records of each zone that names a file, by the zone's key; what is wrong is reported. Rejects only when the cache does. */
  async read(from: Resolving): Promise<Map<string, ZoneFileContent>> {
    const content = new Map<string, ZoneFileContent>()
    for (const [key, { zoneFile }] of Object.entries(from.raw.zones)) {
      if (zoneFile === undefined) continue
      const place = from.at('zones', key, 'zoneFile')
      const records: PlacedRecord[] = []
      const origin = lowerName(encodeName(key) ?? Uint8Array.of(0))
      const file = resolve(dirname(place.file), zoneFile)
      const before = this.#report.problems.length
      this.#count = 0
      this.#bytes = 0
      await this.#read({ file, from: place, begin: { origin, ttlSeconds: null }, open: [] }, records)
      content.set(key, { records, whole: this.#report.problems.length === before })
    }
    return content
  }

  async #read({ file, from, begin, open }: Descent, records: PlacedRecord[]): Promise<void> {
    const refusal = this.#refuse(file, open)
    if (refusal !== null) return this.#report.problem(from, refusal)
    this.files.push(file)
    const text = await readText(file)
    if ('error' in text) return this.#report.problem(text.place ?? from, text.error)
    this.#bytes += text.bytes.length
    const parsed = await this.#parse(text, begin)
    if (parsed.records.length + parsed.includes.length + parsed.problems.length === 0)
      this.#report.warning(placeAt(text, 0), 'the file holds no record')
    for (const { at, error } of parsed.problems) this.#report.problem(placeAt(text, at), error)
    for (const { at, error } of parsed.warnings) this.#report.warning(placeAt(text, at), error)
    for (const { at, ...record } of parsed.records) records.push({ ...record, place: placeAt(text, at) })
    for (const { at, path, ...inner } of parsed.includes) {
      const place = placeAt(text, at)
      const next = { file: resolve(dirname(file), path), from: place, begin: inner, open: [...open, file] }
      await this.#read(next, records)
    }
  }

  async #parse(text: Text, begin: Begin): Promise<ParsedFile> {
    const key = zoneFileKey(text.bytes, begin)
    const kept = await this.#cache?.get(key)
    const known = kept ? unpackZoneFile(kept) : null
    if (known !== null) return known
    const parsed = parseZoneFile(text.content, begin)
    if (parsed.problems.length === 0) await this.#cache?.set(key, packZoneFile(parsed))
    return parsed
  }

  /** As with `include`, only the configuration itself reaches out of its directory. */
  #refuse(file: string, open: readonly string[]): string | null {
    if (open.includes(file)) return `$INCLUDE goes round in a circle: ${[...open, file].join(' → ')}`
    if (open.length > deepest) return `$INCLUDE nested deeper than ${deepest} files`
    if (++this.#count > mostFiles) return `more than ${mostFiles} files for one zone`
    if (this.#bytes > mostBytes) return `more than ${mostBytes} bytes for one zone`
    const by = open.at(-1)
    if (by === undefined || [dirname(this.#main), dirname(by)].some((root) => isInside(root, file))) return null
    return `${shown(file)} lies outside the directory of the main file: a zone file includes from there or from beside itself`
  }
}
