// What is wrong and where: problems are collected as values, never thrown. Knows no YAML and no meaning of a key.
import { isAbsolute, relative } from 'node:path'

/** A spot in a file, both numbers from 1; columns count UTF-16 units. */
export interface Place {
  /** Absolute path. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One thing to mend: what was found, what was expected, perhaps what was meant. */
export interface Problem extends Place {
  readonly message: string
}

/** Takes problems (the configuration is refused) and warnings (it is not). */
export class Report {
  readonly problems: Problem[] = []
  readonly warnings: Problem[] = []
  readonly #directory: string
  readonly #reader: string | null

  /**
   * @param directory of the main file: what goes into the configuration tells places from there
   * @param reader the directory from which people read messages; null: no particular one
   */
  constructor(directory: string, reader: string | null) {
    this.#directory = directory
    this.#reader = reader
  }

  problem({ file, line, column }: Place, message: string): void {
    this.problems.push({ file, line, column, message })
  }

  warning({ file, line, column }: Place, message: string): void {
    this.warnings.push({ file, line, column, message })
  }

  /** A place inside a message. */
  show(place: Place): string {
    return formatPlace(place, this.#reader)
  }

  /** A place that the configuration keeps. */
  keep(place: Place): string {
    return formatPlace(place, this.#directory)
  }
}

/** `file:line:column: message`, the file relative to `cwd` when it lies below it. */
export function formatProblem(problem: Problem, cwd = workingDirectory()): string {
  return `${formatPlace(problem, cwd)}: ${problem.message}`
}

/** That of the process; null when it was removed under it, which is no reason to read nothing more. */
export function workingDirectory(): string | null {
  try {
    return process.cwd()
  } catch {
    return null
  }
}

/** `file:line:column`, the file relative to `directory` when it lies below it. */
function formatPlace({ file, line, column }: Place, directory: string | null): string {
  if (directory === null) return `${file}:${line}:${column}`
  const path = relative(directory, file)
  const shown = path === '' || path.startsWith('..') || isAbsolute(path) ? file : path
  return `${shown}:${line}:${column}`
}

/** In the order a person meets them: by file as first met, then line, then column; the same twice is said once. */
export function inReadingOrder(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const order = new Map(files.map((file, index) => [file, index]))
  const unique = new Map(problems.map((problem) => [`${formatPlace(problem, '/')} ${problem.message}`, problem]))
  const rank = (problem: Problem): number => order.get(problem.file) ?? files.length
  return [...unique.values()].toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column)
}
