// A parsed file as values that know where they stand, whatever file they came from. Knows no YAML syntax and no meaning.
import type { Place } from './problem.ts'

export interface ScalarTree {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: string | number | boolean | null
}

export interface ListTree {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly Tree[]
}

export interface Entry {
  /** Where the key stands. */
  readonly place: Place
  readonly value: Tree
}

export interface MapTree {
  readonly kind: 'map'
  readonly place: Place
  /** In the order written. */
  readonly entries: ReadonlyMap<string, Entry>
}

export type Tree = ScalarTree | ListTree | MapTree

/** Steps from a tree downwards: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[]

/** Items of lists that are not all counted. */
export type KeptItems = ReadonlyMap<Tree, readonly Tree[]>

/** Where the value at a path stands; what was not written (a default) is where the nearest written thing above it is. */
export function placeOf(tree: Tree, path: Path, kept: KeptItems): Place {
  return find(tree, path, kept).value.place
}

/** Where the last key of a path stands; for what was not written, as placeOf. */
export function keyPlaceOf(tree: Tree, path: Path, kept: KeptItems): Place {
  return find(tree, path, kept).place
}

/** Whether a path is written to its end: what is not has its default. */
export function isWritten(tree: Tree, path: Path, kept: KeptItems): boolean {
  let at: Tree | undefined = tree
  for (const step of path) at = at === undefined ? undefined : stepInto(at, step, kept)?.value
  return at !== undefined
}

/** The last thing on a path that is written. */
function find(tree: Tree, path: Path, kept: KeptItems): Entry {
  let at: Entry = { place: tree.place, value: tree }
  for (const step of path) {
    const next = stepInto(at.value, step, kept)
    if (next === undefined) return at
    at = next
  }
  return at
}

function stepInto(tree: Tree, step: string | number, kept: KeptItems): Entry | undefined {
  if (tree.kind === 'map') return tree.entries.get(String(step))
  const item = tree.kind === 'list' ? (kept.get(tree) ?? tree.items)[Number(step)] : undefined
  return item === undefined ? undefined : { place: item.place, value: item }
}

/** What a person would call a tree's value: `"hkg"`, `12`, `a map`. */
export function describeTree(tree: Tree): string {
  if (tree.kind === 'map') return 'a map'
  if (tree.kind === 'list') return tree.items.length === 0 ? 'an empty list' : `a list of ${tree.items.length}`
  if (tree.value === null) return 'nothing'
  return shown(tree.value)
}

/** Blanks that look like the ordinary one, or like nothing. */
export const unseen = /[\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]/g

/** A value in quotes where it is text, what is not seen as \u00a0, shortened when long; backslashes, which escape in names, stay as they are written. */
export function shown(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  const short = JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}…` : value).replaceAll('\\\\', '\\')
  return short.replace(unseen, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
