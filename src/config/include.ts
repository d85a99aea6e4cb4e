// Follows `include`: what other files hold is put where it is named. Knows files and positions, no key's meaning.
import { glob } from 'node:fs/promises'
import { dirname, extname, isAbsolute, relative, resolve } from 'node:path'
import type { Place, Report } from './problem.ts'
import { readTree } from './read.ts'
import type { IncludeForm, Schema } from './schema-words.ts'
import { describeTree, shown } from './tree.ts'
import type { Entry, MapTree, Tree } from './tree.ts'
import type { ParseCache } from './tree-cache.ts'

/** What makes a path a pattern. */
const special = /[*?[\]{}]/

/** Reads the main file and all it includes; `files` are all that were wanted, in the order met, patterns as a file `*` beside theirs. */
export class Includer {
  readonly files: string[] = []
  /** Everything wanted was read: what is not there is not just in a file that is broken. */
  complete = true
  readonly #main: string
  readonly #report: Report
  readonly #cache: ParseCache | undefined
  /** The files being followed right now, the main one first. */
  readonly #open: string[] = []
  /** Files of the section being followed, with the place that named them first. */
  #section = new Map<string, Place>()

  constructor(main: string, report: Report, cache?: ParseCache) {
    this.#main = main
    this.#report = report
    this.#cache = cache
  }

  /** The main file's tree with every include followed; null when it is empty or broken. */
  async read(schema: Schema): Promise<Tree | null> {
    const start = { file: this.#main, line: 1, column: 1 }
    this.files.push(this.#main)
    const tree = await readTree(this.#main, start, 'yaml', this.#report, this.#cache)
    if (tree === null) {
      if (this.#report.problems.length === 0) this.#report.problem(start, 'the file is empty, expected a configuration')
      return null
    }
    this.#open.push(this.#main)
    return this.#follow(tree, schema)
  }

  async #follow(tree: Tree, schema: Schema): Promise<Tree> {
    if (tree.kind !== 'map') return tree
    const entries = new Map(tree.entries)
    for (const [key, part] of Object.entries(schema.properties ?? {})) {
      const entry = entries.get(key)
      if (entry === undefined) continue
      this.#section = new Map()
      const value =
        part.include === undefined
          ? await this.#follow(entry.value, part)
          : await this.#expand(entry.value, part.include)
      entries.set(key, { place: entry.place, value })
    }
    return { ...tree, entries }
  }

  async #expand(tree: Tree, form: IncludeForm): Promise<Tree> {
    if (form === 'list') return tree.kind === 'list' ? await this.#expandList(tree) : tree
    return tree.kind === 'map' ? await this.#expandMap(tree, form) : tree
  }

  async #expandMap(tree: MapTree, form: 'map' | 'define'): Promise<Tree> {
    const merged = new Map<string, Entry>()
    const add = (key: string, entry: Entry): void => {
      const first = merged.get(key)
      if (first === undefined) merged.set(key, entry)
      else
        this.#report.problem(entry.place, `${shown(key)} is written twice, first at ${this.#report.show(first.place)}`)
    }
    const include = tree.entries.get('include')
    for (const part of include === undefined ? [] : await this.#included(include.value, 'map')) {
      if (part.kind === 'map') for (const [key, entry] of part.entries) add(key, entry)
    }
    for (const [key, entry] of form === 'define' ? this.#defined(tree) : tree.entries) {
      if (key !== 'include') add(key, entry)
    }
    return { ...tree, entries: merged }
  }

  /** What stands under `define`; anything beside it and `include` is in the wrong place. */
  #defined(tree: MapTree): ReadonlyMap<string, Entry> {
    for (const [key, entry] of tree.entries) {
      if (key === 'define' || key === 'include') continue
      this.complete = false
      this.#report.problem(
        entry.place,
        `unknown key ${shown(key)}, expected include or define: put ${shown(key)} under define`,
      )
    }
    const define = tree.entries.get('define')?.value
    if (define?.kind === 'map') return define.entries
    const empty = define === undefined || (define.kind === 'scalar' && define.value === null)
    if (!empty) this.complete = false
    if (!empty) this.#report.problem(define.place, `define is ${describeTree(define)}, expected a map`)
    return new Map()
  }

  async #expandList(tree: Tree & { kind: 'list' }): Promise<Tree> {
    const items: Tree[] = []
    for (const item of tree.items) {
      const include = item.kind === 'map' && item.entries.size === 1 ? item.entries.get('include') : undefined
      if (include === undefined) items.push(item)
      else
        for (const part of await this.#included(include.value, 'list'))
          if (part.kind === 'list') items.push(...part.items)
    }
    return { ...tree, items }
  }

  /** The trees an include names, their own includes followed. */
  async #included(include: Tree, kind: 'map' | 'list'): Promise<Tree[]> {
    const trees: Tree[] = []
    for (const item of include.kind === 'list' ? include.items : [include]) {
      if (item.kind !== 'scalar' || typeof item.value !== 'string' || item.value === '') {
        this.complete = false
        this.#report.problem(
          item.place,
          `include is ${describeTree(item)}, expected a path, a pattern or a list of them`,
        )
        continue
      }
      for (const file of await this.#filesOf(item.value, item.place)) {
        const tree = await this.#read(file, item.place, kind)
        if (tree !== null) trees.push(tree)
      }
    }
    return trees
  }

  async #filesOf(pattern: string, from: Place): Promise<string[]> {
    const base = dirname(from.file)
    if (!special.test(pattern)) return [resolve(base, pattern)]
    const found: string[] = []
    this.files.push(placeOf(resolve(base, pattern)))
    for await (const entry of glob(pattern, { cwd: base, withFileTypes: true })) {
      if (!entry.isDirectory()) found.push(resolve(entry.parentPath, entry.name))
    }
    if (found.length === 0) this.#report.warning(from, `no file matches ${shown(pattern)}`)
    return found.toSorted()
  }

  async #read(file: string, from: Place, kind: 'map' | 'list'): Promise<Tree | null> {
    const refusal = this.#refuse(file, from)
    if (refusal !== null) return this.#without(from, refusal)
    this.#section.set(file, from)
    this.files.push(file)
    const before = this.#report.problems.length
    const tree = await readTree(file, from, file.endsWith('.csv') ? 'csv' : 'yaml', this.#report, this.#cache)
    if (tree === null) {
      this.complete &&= this.#report.problems.length === before
      return null
    }
    if (tree.kind !== kind) {
      return this.#without(
        tree.place,
        `the file holds ${describeTree(tree)}, expected a ${kind}: it is included in one`,
      )
    }
    this.#open.push(file)
    const expanded = await this.#expand(tree, kind)
    this.#open.pop()
    return expanded
  }

  #without(place: Place, message: string): null {
    this.complete = false
    this.#report.problem(place, message)
    return null
  }

  /** Only the main file reaches out of its directory: what is dropped into it later must not pull in the rest of the disk. */
  #refuse(file: string, from: Place): string | null {
    if (this.#open.includes(file)) return `include goes round in a circle: ${[...this.#open, file].join(' → ')}`
    const first = this.#section.get(file)
    if (first !== undefined) return `${file} is already included at ${this.#report.show(first)}`
    if (from.file === this.#main) return null
    const roots = [dirname(this.#main), dirname(from.file)]
    if (roots.some((root) => isInside(root, file))) return null
    return `${file} lies outside the directory of the main file: only that file, ${this.#main}, includes from elsewhere`
  }
}

/** Whether a file lies below a directory. */
export function isInside(root: string, file: string): boolean {
  const path = relative(root, file)
  return path !== '' && !path.startsWith('..') && !isAbsolute(path)
}

/** Where the files of a pattern would come, as a file of their kind there. */
function placeOf(pattern: string): string {
  const names = pattern.split('/')
  const first = names.findIndex((name) => special.test(name))
  const last = extname(pattern)
  return [...names.slice(0, first), `*${special.test(last) ? '.yaml' : last}`].join('/')
}
