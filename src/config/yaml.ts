// YAML text as a tree: every syntax error at once, with its place. Knows no key's meaning and opens no file.
import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Node, YAMLMap } from 'yaml'
import type { Place, Report } from './problem.ts'
import { placeAt } from './text.ts'
import type { Text } from './text.ts'
import { shown } from './tree.ts'
import type { Entry, MapTree, Tree } from './tree.ts'
import { faultsOf, parserOptions } from './yaml-faults.ts'

/** Levels of nesting; the language itself needs six. */
const deepest = 32
/** Values that may come in through aliases, so that a few lines cannot stand for millions. */
const mostAliased = 10_000

/**
 * The tree of a file; null when it is empty or, with problems reported, when its syntax is broken. A key written twice is
 * reported too, and its first value is taken.
 */
export function parseYaml(text: Text, report: Report): Tree | null {
  let document: Document.Parsed
  try {
    document = parseDocument(text.content, parserOptions)
  } catch (error) {
    // The parser recurses: only nesting no person wrote exhausts the stack.
    if (!(error instanceof RangeError)) throw error
    report.problem(placeAt(text, 0), 'nested too deeply to be read')
    return null
  }
  const complaints = [...document.errors, ...document.warnings]
  const faults = complaints.length === 0 ? [] : faultsOf(text.content, complaints)
  for (const { offset, message } of faults) report.problem(placeAt(text, offset), message)
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    report.problem(placeAt(text, 0), `%YAML ${document.directives.yaml.version}, expected 1.2: remove the line`)
    return null
  }
  if (complaints.length > 0 || document.contents === null) return null
  const builder = new TreeBuilder(text, report)
  const tree = builder.build(document.contents, 1)
  if (builder.broken) return null
  return tree.kind === 'scalar' && tree.value === null ? null : tree
}

class TreeBuilder {
  readonly #text: Text
  readonly #report: Report
  readonly #anchors = new Map<string, { tree: Tree; size: number }>()
  #built = 0
  #aliased = 0
  /** Something in the tree stands for what could not be read. */
  broken = false

  constructor(text: Text, report: Report) {
    this.#text = text
    this.#report = report
  }

  build(node: Node | null, depth: number): Tree {
    const place = placeAt(this.#text, node?.range?.[0] ?? 0)
    const before = this.#built++
    let tree: Tree = { kind: 'scalar', place, value: null }
    if (depth > deepest) this.#break(place, `nested deeper than ${deepest} levels`)
    else if (isAlias(node)) return this.#alias(node.source, tree)
    else if (isMap<Node, Node | null>(node)) tree = this.#map(node, depth, tree)
    else if (isSeq<Node>(node))
      tree = { kind: 'list', place, items: node.items.map((item) => this.build(item, depth + 1)) }
    else if (isScalar(node)) tree = { kind: 'scalar', place, value: plain(node.value) }
    if (node !== null && 'anchor' in node && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, { tree, size: this.#built - before })
    }
    return tree
  }

  #map(node: YAMLMap<Node, Node | null>, depth: number, { place }: Tree): MapTree {
    const entries = new Map<string, Entry>()
    for (const pair of node.items) {
      const at = placeAt(this.#text, pair.key.range?.[0] ?? 0)
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      const first = entries.get(key)
      const value = this.build(pair.value ?? null, depth + 1)
      if (first === undefined) {
        entries.set(key, { place: at, value: pair.value === null ? { ...value, place: at } : value })
      } else {
        this.#report.problem(at, `key ${shown(key)} is written twice, first at ${this.#report.show(first.place)}`)
      }
    }
    return { kind: 'map', place, entries }
  }

  #alias(name: string, nothing: Tree): Tree {
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) {
      this.#break(nothing.place, `alias *${name} has no finished anchor &${name} above it`)
      return nothing
    }
    this.#aliased += anchored.size
    this.#built += anchored.size
    if (this.#aliased <= mostAliased) return anchored.tree
    if (this.#aliased - anchored.size <= mostAliased) {
      this.#break(
        nothing.place,
        `more than ${mostAliased} values come in through aliases: write them out or use include`,
      )
    }
    return nothing
  }

  #break(place: Place, message: string): void {
    this.broken = true
    this.#report.problem(place, message)
  }
}

function plain(value: unknown): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
