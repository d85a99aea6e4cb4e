// What stands at one name of a zone, and how names lie to each other as texts with the final dot. Knows no rule and no YAML.
import { formatName, lowerName } from '../wire/name.ts'
import type { SteeredName } from '../zone/model.ts'
import type { Place } from './problem.ts'

export interface RRset {
  readonly owner: Uint8Array
  readonly type: number
  readonly ttlSeconds: number
  readonly rdatas: Uint8Array[]
  readonly place: Place
}

export interface Owner {
  /** By type. */
  readonly sets: Map<number, RRset>
  steered: { readonly name: SteeredName; readonly place: Place } | null
}

/** Whether a name is another one or below it. */
export function liesIn(name: string, apex: string): boolean {
  return name === apex || name.endsWith(`.${apex}`)
}

/** A name without its first label, a dot in which is escaped; '' for the root. */
export function parentOf(name: string): string {
  return name.replace(/^(?:[^.\\]|\\.)*\./s, '')
}

/** Whether a name ends with its zone's own name twice, both with the final dot, as one does that was taken for relative. */
export function hasApexTwice(name: string, apex: string): boolean {
  return `.${name}`.endsWith(`.${apex}${apex}`)
}

/** What to ask about such a name; nothing about others. */
export function missingDot(name: string, apex: string): string {
  return hasApexTwice(name, apex) ? '; is a final dot missing?' : ''
}

/** The text of a name in wire form, in lower case. */
export function textOf(name: Uint8Array): string {
  return formatName(lowerName(name))
}
