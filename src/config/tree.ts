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

/** Where the value at a path stands; what was not written (a default) is where the nearest written thing above it is. */
export function placeOf(tree: Tree, path: Path): Place {
  let at = tree
  let place = tree.place
  for (const step of path) {
    const next =
      at.kind === 'map' ? at.entries.get(String(step))?.value : at.kind === 'list' ? at.items[Number(step)] : undefined
    if (next === undefined) return place
    at = next
    place = next.place
  }
  return place
}

/** Where the last key of a path stands; for what was not written, as placeOf. */
export function keyPlaceOf(tree: Tree, path: Path): Place {
  const parent = path.slice(0, -1)
  let at: Tree | undefined = tree
  for (const step of parent) {
    at =
      at?.kind === 'map'
        ? at.entries.get(String(step))?.value
        : at?.kind === 'list'
          ? at.items[Number(step)]
          : undefined
  }
  const entry = at?.kind === 'map' ? at.entries.get(String(path.at(-1))) : undefined
  return entry?.place ?? placeOf(tree, path)
}

/** What a person would call a tree's value: `"hkg"`, `12`, `a map`. */
export function describeTree(tree: Tree): string {
  if (tree.kind === 'map') return 'a map'
  if (tree.kind === 'list') return tree.items.length === 0 ? 'an empty list' : 'a list'
  if (tree.value === null) return 'nothing'
  return shown(tree.value)
}

/** A value in quotes where it is text, shortened when long. */
export function shown(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}…` : value)
}
