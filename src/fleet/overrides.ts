// The operator's words on nodes: the only writer of override words, and their memory across restarts. Must not know health or HTTP.
import { NearcastError } from '../errors.ts'
import { type AvailabilityWords, Override as Mode } from './availability.ts'
import { readOverrides, writeOverrides } from './overrides-file.ts'

export type OverrideMode = 'drain' | 'up' | 'down'

/** What an operator orders for one node. */
export interface OverrideOrder {
  readonly mode: OverrideMode
  /** Percent of client blocks sent elsewhere, 0-100; 100 unless the mode is `drain`. */
  readonly sharePercent: number
  readonly reason: string
  /** Name of the token that ordered it, or `local`. */
  readonly by: string
  /** Unix time in milliseconds. */
  readonly expiresAt: number
}

/** An order that was taken. */
export interface NodeOverride extends OverrideOrder {
  readonly node: string
  /** Unix time in milliseconds. */
  readonly setAt: number
}

/** As listed: `bound` is false while the node table has no such node; the word is kept until it expires. */
export interface ListedOverride extends NodeOverride {
  readonly bound: boolean
}

export interface OverridesOptions {
  readonly words: AvailabilityWords
  /** The slot of a node in the table now in force, or null. */
  readonly slotOf: (node: string) => number | null
  /** Where the overrides outlive the process; null: nowhere. */
  readonly file: string | null
}

/**
 * Keeps one override a node. A change is on disk before its word is stored, so what was confirmed survives a restart
 * and what could not be written is not in force.
 */
export class Overrides {
  readonly #words: AvailabilityWords
  readonly #slotOf: (node: string) => number | null
  readonly #file: string | null
  #overrides: ReadonlyMap<string, NodeOverride> = new Map()
  /** Slots whose word is not zero. */
  #slots = new Set<number>()

  constructor({ words, slotOf, file }: OverridesOptions) {
    this.#words = words
    this.#slotOf = slotOf
    this.#file = file
  }

  /**
   * Takes up what the file holds and has not expired. Call it once the node table is there.
   * @returns what was wrong with the file, for the log; null when nothing was
   */
  load(now: number): string | null {
    if (this.#file === null) return null
    const { overrides, problem } = readOverrides(this.#file, now)
    this.#overrides = new Map(overrides.filter((held) => held.expiresAt > now).map((held) => [held.node, held]))
    this.rebind()
    return problem
  }

  /**
   * Puts an override on a node, in place of the one it had.
   * @returns the override and the one it replaced
   * @throws NC_NOT_FOUND for a node the table does not have, NC_INTERNAL when it cannot be written down
   */
  set(node: string, order: OverrideOrder, now: number): { override: NodeOverride; replaced: NodeOverride | null } {
    if (this.#slotOf(node) === null) {
      throw new NearcastError('NC_NOT_FOUND', `there is no node ${JSON.stringify(node)}: GET /v1/nodes lists them`)
    }
    const { mode, sharePercent, reason, by, expiresAt } = order
    const override = { node, mode, sharePercent, reason, by, expiresAt, setAt: now }
    const replaced = this.#overrides.get(node) ?? null
    this.#replace(new Map(this.#overrides).set(node, override))
    return { override, replaced }
  }

  /**
   * Takes the override off a node; the verdict alone decides again. The node may have left the table.
   * @throws NC_NOT_FOUND when the node has none, NC_INTERNAL when it cannot be written down
   */
  clear(node: string): NodeOverride {
    const cleared = this.#overrides.get(node)
    if (cleared === undefined) {
      throw new NearcastError(
        'NC_NOT_FOUND',
        `node ${JSON.stringify(node)} has no override: GET /v1/overrides lists them`,
      )
    }
    const rest = new Map(this.#overrides)
    rest.delete(node)
    this.#replace(rest)
    return cleared
  }

  /** The override of a node, or null. */
  get(node: string): NodeOverride | null {
    return this.#overrides.get(node) ?? null
  }

  /** Every override, by node name. */
  list(): ListedOverride[] {
    return [...this.#overrides.values()]
      .map((override) => ({ ...override, bound: this.#slotOf(override.node) !== null }))
      .sort((one, other) => (one.node < other.node ? -1 : 1))
  }

  /**
   * Ends the overrides whose time has come. Their words go even when the file cannot be written: they would not be
   * taken from it again.
   * @returns what ended, and what was wrong with writing, for the log
   */
  expire(now: number): { expired: NodeOverride[]; problem: string | null } {
    const expired = [...this.#overrides.values()].filter(({ expiresAt }) => expiresAt <= now)
    if (expired.length === 0) return { expired, problem: null }
    this.#overrides = new Map([...this.#overrides].filter(([, { expiresAt }]) => expiresAt > now))
    this.rebind()
    try {
      this.#persist(this.#overrides)
    } catch (error) {
      return { expired, problem: error instanceof Error ? error.message : String(error) }
    }
    return { expired, problem: null }
  }

  /** Stores every word anew. Call it when the node table changed, before a freed slot is given to another node. */
  rebind(): void {
    const slots = new Set<number>()
    for (const override of this.#overrides.values()) {
      const at = this.#slotOf(override.node)
      if (at === null) continue
      slots.add(at)
      Atomics.store(this.#words, at * 2 + 1, wordOf(override))
    }
    for (const at of this.#slots) if (!slots.has(at)) Atomics.store(this.#words, at * 2 + 1, Mode.none)
    this.#slots = slots
  }

  #replace(overrides: ReadonlyMap<string, NodeOverride>): void {
    this.#persist(overrides)
    this.#overrides = overrides
    this.rebind()
  }

  #persist(overrides: ReadonlyMap<string, NodeOverride>): void {
    if (this.#file !== null) writeOverrides(this.#file, [...overrides.values()])
  }
}

function wordOf({ mode, sharePercent }: NodeOverride): number {
  return Mode[mode] | (Math.round((sharePercent * 255) / 100) << 8)
}
