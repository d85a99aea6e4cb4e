// What every step from written to checked configuration is given: the values, their places, and where to complain. Knows no step.
import type { Place, Report } from './problem.ts'
import type { RawConfig } from './schema.ts'
import { isWritten, keyPlaceOf, placeOf } from './tree.ts'
import type { KeptItems, Path, Tree } from './tree.ts'

export class Resolving {
  readonly raw: RawConfig
  readonly report: Report
  /** Nothing was refused so far: what seems to be missing is not just something refused. */
  readonly whole: boolean
  readonly #tree: Tree
  readonly #kept: KeptItems

  constructor(raw: RawConfig, tree: Tree, kept: KeptItems, report: Report) {
    this.raw = raw
    this.report = report
    this.whole = report.problems.length === 0
    this.#tree = tree
    this.#kept = kept
  }

  /** Whether somebody wrote the value at a path, so that it is not a default. */
  has(...path: Path): boolean {
    return isWritten(this.#tree, path, this.#kept)
  }

  /** Where the value at a path stands. */
  at(...path: Path): Place {
    return placeOf(this.#tree, path, this.#kept)
  }

  /** Where the key at the end of a path stands. */
  keyAt(...path: Path): Place {
    return keyPlaceOf(this.#tree, path, this.#kept)
  }

  /** A place, inside a message about another one. */
  show(place: Place): string {
    return this.report.show(place)
  }
}

/** One or many as many. */
export function many<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

/** The same, null when nothing is given. */
export function manyOrNull<T>(value: T | readonly T[] | undefined): readonly T[] | null {
  return value === undefined ? null : [...new Set(many(value))]
}

/** Text in code-unit order, each once. */
export function sortedUnique(words: readonly string[]): string[] {
  return [...new Set(words)].toSorted()
}
