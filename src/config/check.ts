// Holds a tree against the schema: gives the values with defaults filled in, and says what does not fit, and where. Knows no key.
import type { Static, TSchema } from 'typebox'
import { expectation, listed, passes, whyNot } from './expect.ts'
import { formats } from './formats.ts'
import { didYouMean } from './nearest.ts'
import type { Names } from './names.ts'
import type { Place, Report } from './problem.ts'
import type { Schema } from './schema-words.ts'
import { describeTree, shown } from './tree.ts'
import type { Entry, KeptItems, ListTree, MapTree, ScalarTree, Tree } from './tree.ts'

/** Where no more can be meant, all are named. */
const fewEnoughToName = 12
/** What the EU calls two countries (ISO 3166 does not). */
const otherCodes: ReadonlyMap<string, string> = new Map([
  ['UK', 'GB'],
  ['EL', 'GR'],
])
/** Stands for a value that was refused: its problem is reported, and what holds it goes on without it. */
const refused = Symbol('refused')

export interface Checked<T> {
  /** undefined when nothing is left. */
  readonly value: T | undefined
  /** What is left of lists that lost items, so that an index into the value finds its place in the tree. */
  readonly kept: KeptItems
}

/**
 * The value of a tree by a schema, less what was refused: list items and entries of maps are left out, keys get their
 * defaults.
 * @param names what references may refer to; null leaves them unchecked
 */
export function checkTree<S extends TSchema>(
  tree: Tree,
  schema: S,
  names: Names | null,
  report: Report,
): Checked<Static<S>> {
  const kept = new Map<Tree, readonly Tree[]>()
  const spot = { label: 'the configuration', place: tree.place }
  const value = new Checker(names, report, kept).whole(tree, schema, spot)
  return { value: value === refused ? undefined : (value as Static<S>), kept }
}

/** What a value is called in messages, and where its key stands. */
interface Spot {
  readonly label: string
  readonly place: Place
}

class Checker {
  readonly #names: Names | null
  readonly #report: Report
  readonly #kept: Map<Tree, readonly Tree[]>
  /** Names that refer to nothing, each where it was met first, and in how many places more. */
  readonly #unknownNames = new Map<string, { place: Place; message: string; more: number }>()

  constructor(names: Names | null, report: Report, kept: Map<Tree, readonly Tree[]>) {
    this.#names = names
    this.#report = report
    this.#kept = kept
  }

  /** The value of the whole tree; what is wrong in many places is said once. */
  whole(tree: Tree, schema: Schema, spot: Spot): unknown {
    const value = this.value(tree, schema, spot)
    for (const { place, message, more } of this.#unknownNames.values()) {
      const same = more === 0 ? '' : ` (and in ${more} more ${more === 1 ? 'place' : 'places'})`
      this.#say(place, `${message}${same}`)
    }
    return value
  }

  value(tree: Tree, schema: Schema, spot: Spot): unknown {
    if (schema.notBuilt !== undefined) return this.#notBuilt(spot.label, schema.notBuilt, spot.place)
    if (schema.default !== undefined && typeof schema.default === 'object' && isNothing(tree))
      return this.#default(schema)
    if (schema.anyOf !== undefined) return this.#union(tree, schema, schema.anyOf, spot)
    if (schema.type === 'object' && tree.kind === 'map') return this.#map(tree, schema, spot)
    if (schema.type === 'array' && tree.kind === 'list') return this.#list(tree, schema, spot)
    if (schema.type === 'object' || schema.type === 'array' || tree.kind !== 'scalar')
      return this.#unexpected(tree, schema, spot)
    return this.#scalar(tree, schema, spot)
  }

  #map(tree: MapTree, schema: Schema, spot: Spot): unknown {
    const { properties = {}, required = [] } = schema
    const others = schema.additionalProperties ?? Object.values(schema.patternProperties ?? {})[0]
    const entries: [string, unknown][] = []
    let whole = true
    for (const [key, part] of Object.entries(properties)) {
      const entry = tree.entries.get(key)
      const value = entry === undefined ? refused : this.value(entry.value, part, { label: key, place: entry.place })
      if (value !== refused) entries.push([key, value])
      else if (part.default !== undefined) entries.push([key, this.#default(part)])
      else if (required.includes(key)) {
        if (part.standIn === undefined) whole = false
        else entries.push([key, part.standIn])
        if (entry === undefined)
          this.#say(spot.place, `${spot.label}: missing key "${key}", expected ${expectation(part)}`)
      }
    }
    for (const [key, entry] of tree.entries) {
      if (Object.hasOwn(properties, key)) continue
      const value =
        others === undefined ? this.#unknown(key, entry.place, schema, spot) : this.#entry(key, entry, others, schema)
      if (value !== refused) entries.push([key, value])
    }
    if (tree.entries.size < (schema.minProperties ?? 0)) whole = this.#tooFew(tree, schema, spot)
    return whole ? Object.fromEntries(entries) : refused
  }

  #entry(key: string, { place, value }: Entry, schema: Schema, parent: Schema): unknown {
    const wrong = parent.keys === undefined ? null : formats[parent.keys].check(key, {})
    if (wrong !== null) this.#say(place, wrong)
    const checked = this.value(value, schema, { label: key, place })
    return wrong === null ? checked : refused
  }

  #unknown(key: string, place: Place, { properties = {} }: Schema, { label }: Spot): typeof refused {
    const known = Object.keys(properties).filter((name) => properties[name].notBuilt === undefined)
    const expected = known.length === 0 ? '' : `, expected ${listed(known)}`
    const hint = key === '<<' ? '; merge keys are not read: write the keys out' : didYouMean(key, known)
    return this.#say(place, `unknown key ${shown(key)} in ${label}${expected}${hint}`)
  }

  #tooFew(tree: Tree, { properties = {} }: Schema, { label }: Spot): false {
    const known = Object.keys(properties)
    this.#say(
      tree.place,
      `${label}: an empty map, expected ${known.length === 0 ? 'an entry or more' : `one or more of ${listed(known)}`}`,
    )
    return false
  }

  #list(tree: ListTree, schema: Schema, spot: Spot): unknown {
    const { items = {}, minItems = 0, maxItems = Infinity } = schema
    const tuple = Array.isArray(items) ? (items as readonly Schema[]) : null
    const length = tree.items.length
    if (tuple === null ? length < minItems || length > maxItems : length !== tuple.length) {
      return this.#say(tree.place, `${spot.label}: ${describeTree(tree)}, expected ${expectation(schema)}`)
    }
    const values = tree.items.map((item, index) => {
      return this.value(item, tuple?.[index] ?? (items as Schema), {
        label: `${spot.label}[${index}]`,
        place: item.place,
      })
    })
    const kept = values.filter((value) => value !== refused)
    if (kept.length === length) return values
    this.#kept.set(
      tree,
      tree.items.filter((_, index) => values[index] !== refused),
    )
    return tuple === null ? kept : refused
  }

  #union(tree: Tree, schema: Schema, branches: readonly Schema[], spot: Spot): unknown {
    if (schema.discriminator !== undefined && tree.kind === 'map')
      return this.#variant(tree, schema.discriminator, branches, spot)
    const branch = branchFor(tree, branches)
    return branch === undefined ? this.#unexpected(tree, schema, spot) : this.value(tree, branch, spot)
  }

  /** The branch whose discriminator has the value found: only its keys are spoken of. */
  #variant(tree: MapTree, key: string, branches: readonly Schema[], spot: Spot): unknown {
    const kinds = new Map(branches.map((branch) => [branch.properties?.[key].const, branch]))
    const entry = tree.entries.get(key)
    const known = [...kinds.keys()].map(String)
    if (entry === undefined)
      return this.#say(spot.place, `${spot.label}: missing key "${key}", expected ${listed(known, 'or')}`)
    const found = entry.value.kind === 'scalar' ? entry.value.value : null
    const branch = found === null ? undefined : kinds.get(found)
    if (branch !== undefined) return this.#map(tree, branch, spot)
    const meant = didYouMean(String(found), known)
    return this.#say(entry.value.place, `${key}: ${describeTree(entry.value)}, expected ${listed(known, 'or')}${meant}`)
  }

  #scalar(tree: ScalarTree, schema: Schema, spot: Spot): unknown {
    const format = schema.reads === undefined ? undefined : formats[schema.reads]
    const value = format?.numeric === true && typeof tree.value === 'number' ? String(tree.value) : tree.value
    const wrong = whyNot(value, schema)
    if (wrong !== null) return this.#say(tree.place, `${spot.label}: ${wrong}${this.#quotesHelp(tree.value, schema)}`)
    const misread = format?.check(String(value), schema) ?? null
    if (misread !== null) return this.#say(tree.place, `${spot.label}: ${misread}`)
    return this.#refersToSomething(String(value), schema, tree.place, spot) ? value : refused
  }

  /** Whether what was read as a number or a truth would do as a text. */
  #quotesHelp(value: ScalarTree['value'], schema: Schema): string {
    if (schema.type !== 'string' || value === null || typeof value === 'string') return ''
    const text = String(value)
    const known = schema.reference === undefined ? undefined : this.#names?.[schema.reference]
    const misread = schema.reads === undefined ? null : formats[schema.reads].check(text, schema)
    return passes(text, schema) && misread === null && known?.has(text) !== false ? ': put it in quotes' : ''
  }

  #refersToSomething(value: string, { reference }: Schema, place: Place, { label }: Spot): boolean {
    const known = reference === undefined ? undefined : this.#names?.[reference]
    if (known === undefined || known.has(value)) return true
    // Without any all are wrong for one reason.
    const key = `${reference} ${known.size === 0 ? '' : value}`
    const first = this.#unknownNames.get(key)
    if (first !== undefined) {
      first.more++
      return false
    }
    const all = known.size <= fewEnoughToName ? `, expected ${listed([...known], 'or')}` : ''
    const meant = reference === 'country' ? (otherCodes.get(value) ?? value) : value
    const others = known.size === 0 ? ': none is defined' : didYouMean(meant, known) || all
    const message = `${label}: there is no ${reference} ${shown(value)}${others}`
    this.#unknownNames.set(key, { place, message, more: 0 })
    return false
  }

  #default(schema: Schema): unknown {
    const value = schema.default
    if (schema.type !== 'object' || schema.properties === undefined) return structuredClone(value)
    const filled = Object.entries(schema.properties).filter(([, part]) => part.default !== undefined)
    return Object.fromEntries(filled.map(([key, part]) => [key, this.#default(part)]))
  }

  #unexpected(tree: Tree, schema: Schema, { label, place }: Spot): typeof refused {
    return this.#say(
      isNothing(tree) ? place : tree.place,
      `${label}: ${describeTree(tree)}, expected ${expectation(schema)}`,
    )
  }

  #notBuilt(what: string, instead: string, place: Place): typeof refused {
    return this.#say(place, `${what} is not built yet: ${instead}`)
  }

  #say(place: Place, message: string): typeof refused {
    this.#report.problem(place, message)
    return refused
  }
}

function isNothing(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null
}

/** The branch that a value passes, or whose reading says best why it does not. */
function branchFor(tree: Tree, branches: readonly Schema[]): Schema | undefined {
  if (tree.kind !== 'scalar') return branches.find(({ type }) => type === (tree.kind === 'map' ? 'object' : 'array'))
  const text = branches.find((branch) => branch.type === 'string' && branch.const === undefined)
  return branches.find((branch) => passes(tree.value, branch)) ?? (typeof tree.value === 'string' ? text : undefined)
}
