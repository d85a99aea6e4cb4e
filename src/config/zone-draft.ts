// A zone while it is put together from its keys and its file. Knows no rule.
import type { Resolving } from './resolving.ts'
import type { ZoneContent } from './zone-content.ts'

/** A zone being filled. */
export interface Draft {
  readonly key: string
  readonly raw: Resolving['raw']['zones'][string]
  /** Lower-case wire form, and its text with the final dot. */
  readonly apex: Uint8Array
  readonly text: string
  readonly content: ZoneContent
  /** Texts of the apexes of other zones below this one. */
  readonly below: readonly string[]
  /** Nothing was wrong with the zone file: what seems to be missing is not just in a line that was refused. */
  readonly fileWhole: boolean
}
