// The words of the schema: JSON Schema's and our own, as the fragments use them. Knows no fragment and checks nothing.
import type { FormatName } from './formats.ts'
import type { NameKind } from './names.ts'

/** How a section includes: beside its keys, beside `define`, or as an item of its list. */
export type IncludeForm = 'map' | 'define' | 'list'

/**
 * JSON Schema as the fragments write it, with words of our own: a value may be left out when it has a `default`, so Static
 * of a schema is the type of the value after defaults.
 */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly minProperties?: number
  /** Objects are closed unless this says what other keys hold. */
  readonly additionalProperties?: Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  /** One schema for a list, several for a tuple. */
  readonly items?: Schema | readonly Schema[]
  readonly minItems?: number
  readonly maxItems?: number
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly (string | number)[]
  readonly const?: string | number | boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  /** How a text is read; see formats.ts. */
  readonly reads?: FormatName
  /** The least and the most a duration or TTL may be. */
  readonly least?: string
  readonly most?: string
  /** The text is the key of something defined elsewhere. */
  readonly reference?: NameKind
  /** How a map's keys are read. */
  readonly keys?: FormatName
  /** How the section takes in other files. */
  readonly include?: IncludeForm
  /** The key is part of the language, its feature is not there yet: what to do meanwhile. */
  readonly notBuilt?: string
  /** Stands for a required value that is missing or was refused, so that the rest of what holds it is checked as well. */
  readonly standIn?: string | number
  /** The key whose value tells which of `anyOf` is meant. */
  readonly discriminator?: string
}
