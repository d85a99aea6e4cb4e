// The operator's words on nodes: the only writer of override words, and their memory across restarts. Must not know health or HTTP.
import { NearcastError } from '../errors.ts'
import { type AvailabilityWords, Override as Mode } from './availability.ts'
import {
  covers,
  parseTarget,
  specificity,
  targetForm,
  type Overridable,
  type OverrideTarget,
} from './override-target.ts'
import { readOverrides, writeOverrides } from './overrides-file.ts'

export type OverrideMode = 'drain' | 'up' | 'down'

/** What an operator orders. Times are Unix milliseconds. */
export interface OverrideOrder {
  readonly mode: OverrideMode
  /** Percent of client blocks sent elsewhere, 0-100; 100 unless the mode is `drain`. */
  readonly sharePercent: number
  readonly reason: string
  /** Name of the token that ordered it, or `local`. */
  readonly by: string
  /** Not in force before; planned maintenance lies ahead. */
  readonly startsAt: number
  readonly expiresAt: number
}

/** An order that was taken. */
export interface HeldOverride extends OverrideOrder {
  /** As `override-target.ts` spells it. */
  readonly target: string
  readonly setAt: number
}

/** As listed: the nodes it is about in the table now in force, and whether its time has begun. */
export interface ListedOverride extends HeldOverride {
  /** Empty while the node table has none of them; the override is kept until it expires. */
  readonly nodes: readonly string[]
  readonly active: boolean
}

/** A row of the table that overrides are about. */
export interface OverridableNode extends Overridable {
  readonly slot: number
}

export interface OverridesOptions {
  readonly words: AvailabilityWords
  /** Where the overrides outlive the process; null: nowhere. */
  readonly file: string | null
}

/** What became of overrides by the time alone. */
export interface OverridesAdvance {
  readonly begun: readonly HeldOverride[]
  readonly expired: readonly HeldOverride[]
  /** What was wrong with writing that down, for the log. */
  readonly problem: string | null
}

/**
 * Keeps one override a target. A change is on disk before its words are stored, so what was confirmed survives a restart
 * and what could not be written is not in force.
 */
export class Overrides {
  readonly #words: AvailabilityWords
  readonly #file: string | null
  #nodes: readonly OverridableNode[] = []
  #overrides: ReadonlyMap<string, HeldOverride> = new Map()
  /** What is in force, by node. */
  #inForce = new Map<string, HeldOverride>()
  /** Slots whose word is not zero. */
  #slots = new Set<number>()
  #now = 0
  #advancedTo = 0
  /** The file holds overrides that are not known here. */
  #unread = false

  constructor({ words, file }: OverridesOptions) {
    this.#words = words
    this.#file = file
  }

  /**
   * Takes up what the file holds and has not expired.
   * @returns what was wrong with the file, for the log; null when nothing was
   */
  load(now: number): string | null {
    if (this.#file === null) return null
    const { overrides, problem, unread } = readOverrides(this.#file, now)
    this.#unread = unread
    this.#overrides = new Map(overrides.filter((held) => held.expiresAt > now).map((held) => [held.target, held]))
    this.#advancedTo = now
    this.#enforce(now)
    return problem
  }

  /**
   * Puts an override on a target, in place of the one it had.
   * @returns the override and the one it replaced
   * @throws NC_BAD_REQUEST for a target that is none, NC_NOT_FOUND for one that no node belongs to, NC_INTERNAL when it cannot
   * be written down, or not without losing those of a file that cannot be read
   */
  set(
    target: string,
    order: OverrideOrder,
    now: number,
  ): { override: ListedOverride; replaced: ListedOverride | null } {
    const wanted = parse(target)
    if (!this.#nodes.some((node) => covers(wanted, node)))
      throw new NearcastError('NC_NOT_FOUND', nobody(wanted, this.#nodes))
    this.#loadUnread(now)
    const { mode, sharePercent, reason, by, startsAt, expiresAt } = order
    const override = { target, mode, sharePercent, reason, by, startsAt, expiresAt, setAt: now }
    const replaced = this.#overrides.get(target) ?? null
    this.#replace(new Map(this.#overrides).set(target, override), now)
    return { override: this.#listed(override), replaced: replaced && this.#listed(replaced) }
  }

  /**
   * Takes the override off a target; others and the verdict decide again. Its nodes may have left the table.
   * @throws NC_NOT_FOUND when there is none, NC_INTERNAL as `set` does
   */
  clear(target: string, now: number): ListedOverride {
    this.#loadUnread(now)
    const cleared = this.#overrides.get(target)
    if (cleared === undefined) {
      throw new NearcastError('NC_NOT_FOUND', `there is no override on ${target}: GET /v1/overrides lists them`)
    }
    const listed = this.#listed(cleared)
    const rest = new Map(this.#overrides)
    rest.delete(target)
    this.#replace(rest, now)
    return listed
  }

  /** The override that decides about a node now, or null. */
  inForce(node: string): HeldOverride | null {
    return this.#inForce.get(node) ?? null
  }

  /** Every override, by target. */
  list(): ListedOverride[] {
    return [...this.#overrides.values()]
      .map((override) => this.#listed(override))
      .sort((one, other) => (one.target < other.target ? -1 : 1))
  }

  /**
   * Begins and ends overrides whose time has come. Words of those that end go even when the file cannot be written: they would
   * not be taken from it again.
   */
  advance(now: number): OverridesAdvance {
    const all = [...this.#overrides.values()]
    const isPlanned = ({ setAt, startsAt }: HeldOverride): boolean => startsAt > Math.max(setAt, this.#advancedTo)
    const begun = all.filter((held) => isPlanned(held) && held.startsAt <= now && held.expiresAt > now)
    const expired = all.filter(({ expiresAt }) => expiresAt <= now)
    this.#advancedTo = now
    if (begun.length + expired.length === 0) return { begun, expired, problem: null }
    this.#overrides = new Map([...this.#overrides].filter(([, held]) => held.expiresAt > now))
    this.#enforce(now)
    try {
      if (expired.length > 0) this.#persist(this.#overrides)
    } catch (error) {
      return { begun, expired, problem: error instanceof Error ? error.message : String(error) }
    }
    return { begun, expired, problem: null }
  }

  /** Stores every word anew for this node table. Call it when the table changed, before a freed slot is given to another node. */
  bind(nodes: readonly OverridableNode[], now: number): void {
    this.#nodes = nodes
    this.#enforce(now)
  }

  /** A file that could not be read may be readable by now; until it is, it is not written over. */
  #loadUnread(now: number): void {
    const problem = this.#unread ? this.load(now) : null
    if (problem !== null) throw new NearcastError('NC_INTERNAL', `nothing was changed: ${problem}`)
  }

  #listed(override: HeldOverride): ListedOverride {
    const target = parse(override.target)
    const nodes = this.#nodes.filter((node) => covers(target, node)).map(({ name }) => name)
    return { ...override, nodes, active: override.startsAt <= this.#now }
  }

  #replace(overrides: ReadonlyMap<string, HeldOverride>, now: number): void {
    this.#persist(overrides)
    this.#overrides = overrides
    this.#enforce(now)
  }

  /** The more specific decides about a node; of two that are alike, the one set later. */
  #enforce(now: number): void {
    this.#now = now
    const active = [...this.#overrides.values()]
      .filter(({ startsAt }) => startsAt <= now)
      .map((override) => ({ override, target: parse(override.target) }))
      .sort((a, b) => specificity(a.target) - specificity(b.target) || a.override.setAt - b.override.setAt)
    this.#inForce = new Map()
    const slots = new Set<number>()
    for (const node of this.#nodes) {
      const decides = active.findLast(({ target }) => covers(target, node))
      if (decides === undefined) continue
      this.#inForce.set(node.name, decides.override)
      slots.add(node.slot)
      Atomics.store(this.#words, node.slot * 2 + 1, wordOf(decides.override))
    }
    for (const at of this.#slots) if (!slots.has(at)) Atomics.store(this.#words, at * 2 + 1, Mode.none)
    this.#slots = slots
  }

  #persist(overrides: ReadonlyMap<string, HeldOverride>): void {
    if (this.#file !== null) writeOverrides(this.#file, [...overrides.values()])
  }
}

function parse(target: string): OverrideTarget {
  const parsed = parseTarget(target)
  if (parsed !== null) return parsed
  const found = JSON.stringify(target.slice(0, 60))
  throw new NearcastError('NC_BAD_REQUEST', `${found} is no target: expected ${targetForm}`)
}

function nobody(target: OverrideTarget, nodes: readonly OverridableNode[]): string {
  if ('node' in target) {
    const isSite = nodes.some(({ site }) => site === target.node)
    const instead = isSite ? `write site:${target.node} for all nodes of that site` : 'GET /v1/nodes lists them'
    return `there is no node ${JSON.stringify(target.node)}: ${instead}`
  }
  const { site, carrier } = target
  const whom = carrier === null ? `site ${site} has no node` : `no node of site ${site} lists carrier ${carrier}`
  return `${whom}: GET /v1/nodes lists them`
}

function wordOf({ mode, sharePercent }: HeldOverride): number {
  return Mode[mode] | (Math.round((sharePercent * 255) / 100) << 8)
}
