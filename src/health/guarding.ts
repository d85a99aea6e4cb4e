// Asks the guards before a node falls, and tells which of them act: the log when one begins and ends, and whoever looks.
// Must not know words, sockets or DNS.
import type { Logger } from '../telemetry/logger.ts'
import { isOriginsFault, mayRemove, suspectsItself, type Heard, type Member } from './guards.ts'
import type { Confirm, ProbedNode } from './messages.ts'
import type { HealthSettings } from './model.ts'
import type { Family, Observation } from './observation.ts'
import { References } from './references.ts'
import { passedMs } from './passed.ts'
import { Streams } from './streams.ts'
import { isServing } from './verdict.ts'
import { sidesOf, type Keeper, type Kept, type Side, type Watched } from './watched.ts'

/** A guard at work, on a family, a stream, a region or a site. */
export interface Acting {
  readonly guard: Keeper | 'spill'
  readonly scope: Kept['scope']
  /** By the monitor's clock. */
  readonly since: number
}

export interface GuardingOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
  /** What an operator's override alone decides about the node in a slot; null: nothing. */
  readonly overrideOf: (slot: number) => 'in' | 'out' | null
}

/** A side and whose it is. */
interface Row {
  readonly watched: Watched
  readonly side: Side
}

/** Sides that share a budget. */
interface Budget {
  readonly rows: readonly Row[]
  /** Who was last refused: the same again is not weighed anew for a moment. */
  refused: { readonly site: string; readonly atMs: number } | null
}

const families = [4, 6] as const
const lookEveryMs = 100
/** A playlist says nothing of its stream after so many intervals. */
const positionIntervals = 3

const sayings = {
  self_suspicion: 'every reference fails and so do most nodes: the fault is taken to be ours, and nobody is removed',
  origin: 'the stream stands still on every node: the fault is taken to be its origin’s, and nobody is removed for it',
  removal_budget:
    'probes took as much out of the region as they may: who fails now stays until others are back or it is later',
  spill: 'no node of the site is left: its clients go to the next in their rank',
} as const satisfies Record<Acting['guard'], string>

export class Guarding {
  readonly #options: GuardingOptions
  readonly #references: References
  readonly #streams = new Streams()
  #health: HealthSettings | null = null
  #rows: Row[] = []
  #budgets = new Map<string, Budget>()
  #sites = new Map<string, Row[]>()
  #acting = new Map<string, Acting>()
  readonly #prevented: Record<Keeper, number> = { self_suspicion: 0, origin: 0, removal_budget: 0 }
  /** `troubleMs`: when what is suspected began (monotonic); null while nothing is. */
  readonly #suspicion: Record<Family, { troubleMs: number | null; lookedMs: number }> = {
    4: { troubleMs: null, lookedMs: -Infinity },
    6: { troubleMs: null, lookedMs: -Infinity },
  }

  constructor(options: GuardingOptions) {
    this.#options = options
    this.#references = new References(options.log)
  }

  /** Guards exactly these nodes from now on. */
  update(health: HealthSettings, watched: readonly Watched[]): void {
    this.#health = health
    this.#references.update(health.references)
    this.#rows = watched.flatMap((one) => sidesOf(one).map((side) => ({ watched: one, side })))
    const regions = Map.groupBy(this.#rows, (row) => JSON.stringify(regionOf(row)))
    this.#budgets = new Map([...regions].map(([key, rows]) => [key, { rows, refused: null }]))
    this.#sites = Map.groupBy(this.#rows, (row) => JSON.stringify(siteOf(row)))
  }

  /** The references, as the prober is told of them. */
  probed(): ProbedNode[] {
    return this.#references.probed()
  }

  /** Takes the observation if it is of a reference. */
  hearReference(observation: Observation): boolean {
    if (!this.#references.hear(observation)) return false
    for (const family of families) this.#suspicion[family].lookedMs = -Infinity
    return true
  }

  hearStream(observation: Observation, intervalMs: number): void {
    this.#streams.hear(observation, this.#options.now() + positionIntervals * intervalMs)
  }

  /** What to ask of the references because a node became suspect. */
  hurry(): Confirm[] {
    return this.#references.hurry(this.#options.now())
  }

  /** The guard that forbids a node to fall by this observation, or null. The log is told of what is new. */
  keeping(watched: Watched, side: Side, observation: Observation): Kept | null {
    const row = { watched, side }
    if (this.#options.overrideOf(watched.target.slot) !== null) return null
    const guard = this.#judge(row, observation)
    if (guard === null) return null
    if (side.kept?.guard === guard) return side.kept
    const scope = scopeOf(guard, row, observation)
    const { name: node, site, region } = watched.target
    const { probe, reason, detail, family } = observation
    this.#prevented[guard] += 1
    this.#begin(guard, scope)
    const line = { event: 'guard.kept', guard, node, site, region, family, probe, reason, detail } as const
    if (guard === 'removal_budget') this.#options.log.warn(line)
    else this.#options.log.debug(line)
    return { guard, scope }
  }

  /**
   * Looks again at everything that acts.
   * @returns the families in which the fault was ours and is over, and since when they answer (monotonic)
   */
  tick(): { readonly family: Family; readonly startedMs: number }[] {
    this.#streams.prune(this.#options.now())
    const still = new Set<string>()
    const over = families.filter((family) => {
      const suspicion = this.#suspicion[family]
      if (suspicion.troubleMs === null) return false
      if (this.#looksOurs(family, suspicion.troubleMs)) still.add(keyOf('self_suspicion', { family }))
      else suspicion.troubleMs = null
      return suspicion.troubleMs === null
    })
    for (const { side } of this.#rows) {
      if (side.kept !== null && side.kept.guard !== 'self_suspicion') still.add(keyOf(side.kept.guard, side.kept.scope))
    }
    for (const [key, rows] of this.#sites) {
      if (!this.#isEmpty(rows)) continue
      this.#begin('spill', siteOf(rows[0]))
      still.add(`spill ${key}`)
    }
    for (const key of this.#acting.keys()) if (!still.has(key)) this.#end(key)
    return over.map((family) => ({ family, startedMs: this.#answersSince(family) }))
  }

  /** Everything that acts now. */
  acting(): Acting[] {
    return [...this.#acting.values()]
  }

  /** Whether each reference answers. */
  references(): ReturnType<References['list']> {
    return this.#references.list()
  }

  /** Falls that each guard prevented, since the start. */
  get prevented(): Readonly<Record<Keeper, number>> {
    return this.#prevented
  }

  #judge(row: Row, { reason, stream, reached, node }: Observation): Keeper | null {
    if (this.#suspects(row.side)) return 'self_suspicion'
    if (reason === 'stale' && stream !== undefined && reached !== undefined) {
      if (isOriginsFault(reached, this.#streams.others(stream, node, this.#options.now()))) return 'origin'
    }
    return this.#mayRemove(row) ? null : 'removal_budget'
  }

  /** Once it is on, only `tick` ends it, which then sees to it that nobody falls by what was tried before. */
  #suspects({ family, heard }: Side): boolean {
    const suspicion = this.#suspicion[family]
    const now = this.#options.now()
    if (suspicion.troubleMs !== null) return true
    if (Math.abs(now - suspicion.lookedMs) < lookEveryMs) return false
    suspicion.lookedMs = now
    const troubleMs = heard?.failingSinceMs ?? -Infinity
    if (!this.#looksOurs(family, troubleMs)) return false
    suspicion.troubleMs = troubleMs
    return true
  }

  #looksOurs(family: Family, troubleMs: number): boolean {
    return suspectsItself(this.#references.heard(family), this.#heard(family), troubleMs)
  }

  /** What nodes that are handed out, and not by an operator's word, last did. */
  *#heard(family: Family): Iterable<Heard> {
    for (const { watched, side } of this.#rows) {
      if (side.family !== family || side.heard === null || !isServing(side.state.verdict)) continue
      if (this.#options.overrideOf(watched.target.slot) === null) yield side.heard
    }
  }

  /** Start of the newest try that passed. */
  #answersSince(family: Family): number {
    let newestMs = -Infinity
    for (const heard of [...this.#references.heard(family), ...this.#heard(family)]) {
      if (heard?.ok === true) newestMs = Math.max(newestMs, heard.startedMs)
    }
    return newestMs
  }

  #mayRemove(row: Row): boolean {
    const budget = this.#budgets.get(JSON.stringify(regionOf(row)))
    if (budget === undefined || this.#health === null) return true
    const { share, perMs } = this.#health.removalBudget
    const now = this.#options.now()
    const { site, weight } = row.watched.target
    const { refused } = budget
    if (refused?.site === site && Math.abs(now - refused.atMs) < lookEveryMs) return false
    const members = budget.rows.map((one): Member => this.#memberOf(one, now, perMs))
    const may = mayRemove({ site, weight, standing: 'in' }, members, share)
    budget.refused = may ? null : { site, atMs: now }
    return may
  }

  #memberOf({ watched: { target }, side }: Row, now: number, perMs: number): Member {
    const { site, weight, slot } = target
    const { verdict, fellAtMs } = side.state
    const byOperator = this.#options.overrideOf(slot)
    if (byOperator !== null) return { site, weight, standing: byOperator }
    if (isServing(verdict)) return { site, weight, standing: 'in' }
    return { site, weight, standing: fellAtMs !== null && passedMs(fellAtMs, now) < perMs ? 'removed' : 'out' }
  }

  /** A node that has no verdict yet is no reason to speak of an empty site. */
  #isEmpty(rows: readonly Row[]): boolean {
    return rows.every(({ watched, side }) => {
      const byOperator = this.#options.overrideOf(watched.target.slot)
      if (byOperator !== null) return byOperator === 'out'
      return side.state.verdict !== 'unknown' && !isServing(side.state.verdict)
    })
  }

  #begin(guard: Acting['guard'], scope: Acting['scope']): void {
    const key = keyOf(guard, scope)
    if (this.#acting.has(key)) return
    this.#acting.set(key, { guard, scope, since: this.#options.now() })
    this.#options.log.warn({ event: 'guard.acts', guard, ...scope }, sayings[guard])
  }

  #end(key: string): void {
    const acting = this.#acting.get(key)
    if (acting === undefined) return
    this.#acting.delete(key)
    const { guard, scope, since } = acting
    const seconds = Math.round((this.#options.now() - since) / 1000)
    this.#options.log.info({ event: 'guard.rests', guard, ...scope, seconds })
  }
}

function keyOf(guard: Acting['guard'], scope: Acting['scope']): string {
  return `${guard} ${JSON.stringify(scope)}`
}

function regionOf({ watched: { target }, side: { family } }: Row): Acting['scope'] {
  return { region: target.region, role: target.role, family }
}

function siteOf({ watched: { target }, side: { family } }: Row): Acting['scope'] {
  return { site: target.site, role: target.role, family }
}

function scopeOf(keeper: Keeper, row: Row, { family, stream = '' }: Observation): Acting['scope'] {
  if (keeper === 'self_suspicion') return { family }
  return keeper === 'origin' ? { stream } : regionOf(row)
}
