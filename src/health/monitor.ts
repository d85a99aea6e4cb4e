// Health in the main thread: turns the prober's observations into verdicts and is the one writer of verdict words.
// Must not know DNS or sockets; of overrides only that they decide instead.
import { Override, type AvailabilityWords } from '../fleet/availability.ts'
import type { Logger } from '../telemetry/logger.ts'
import { heldOutUntilMs } from './flapping.ts'
import { Guarding, type Acting } from './guarding.ts'
import { hear } from './guards.ts'
import { lagEveryMs, type Confirm, type FromProber } from './messages.ts'
import type { HealthSettings } from './model.ts'
import { monotonicMs, type Family, type Observation, type Reason } from './observation.ts'
import { ProberThread, type Prober } from './prober-thread.ts'
import { remember, type Remembered } from './remembered.ts'
import { shareAt } from './slow-start.ts'
import { advance, confirmTries, forgive, isDecided, isServing, type FamilyState, type Verdict } from './verdict.ts'
import { healthOf, rememberedKey, sidesOf, watch } from './watched.ts'
import type { Keeper, MonitorTarget, NodeHealth, Side, Watched } from './watched.ts'
import { verdictWord } from './word.ts'

/** A change of one verdict. */
export interface Flip {
  readonly node: string
  readonly family: Family
  readonly from: Verdict
  readonly to: Verdict
  /** Of the observation that decided; `reload` when new settings did, `forgiven` when the fault had been ours. */
  readonly reason: Reason | 'reload' | 'forgiven'
  /** Key of the probe that decided, and what it said; null and empty where no probe did. */
  readonly probe: string | null
  readonly detail: string
  /** By the monitor's clock. */
  readonly at: number
}

export interface MonitorOptions {
  readonly words: AvailabilityWords
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Called after the word is written. */
  readonly onFlip: (flip: Flip) => void
  readonly log: Logger
  /** Starts whoever probes; a thread by default. */
  readonly startProber?: (hear: (message: FromProber) => void, log: Logger) => Prober
}

/** What holds for every node. */
export interface MonitorSettings {
  readonly health: HealthSettings
  /** The longest time a resolver may keep an answer that named a node before it fell. */
  readonly steadyTtlMs: number
}

/** The guards that act now, the falls that each prevented since the start, and whether each reference answers. */
export interface Guards {
  readonly acting: readonly Acting[]
  readonly prevented: Readonly<Record<Keeper, number>>
  /** `up` is null for one not heard yet. */
  readonly references: readonly { readonly reference: string; readonly up: boolean | null }[]
}

/** Totals since the start, and how late the prober runs; a prober that fell silent lags by its silence. */
export interface ProbeTotals {
  readonly observations: number
  readonly failures: number
  readonly lagMs: number
}

/** Watches the nodes it was last told of. A node without required probes is up. */
export class Monitor {
  /** Resolves once every required probe of every address has a result, of this process or remembered. */
  readonly firstRound: Promise<void>
  readonly #options: MonitorOptions
  readonly #guarding: Guarding
  readonly #firstRoundDone: () => void
  /** Addresses the first round still waits for; null when it is over. */
  #awaited: Set<Side> | null = new Set()
  #remembered: ReadonlyMap<string, Remembered> = new Map()
  #watched = new Map<string, Watched>()
  #settings: MonitorSettings | null = null
  #prober: Prober | null = null
  #observations = 0
  #failures = 0
  #lagMs = 0
  #heardAtMs = 0

  constructor(options: MonitorOptions) {
    const { now, log, words } = options
    this.#options = options
    this.#guarding = new Guarding({ now, log, overrideOf: (slot) => standingOf(words[slot * 2 + 1]) })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.firstRound = promise
    this.#firstRoundDone = resolve
  }

  /**
   * Watches exactly these nodes from now on. What stays keeps its verdict, a changed address starts anew; the words of
   * nodes left out stand until `release`, for the readers of older snapshots.
   */
  update(targets: readonly MonitorTarget[], settings: MonitorSettings): void {
    const now = this.#options.now()
    const before = this.#watched
    this.#settings = settings
    this.#watched = new Map(
      targets.map((target) => [target.name, watch(target, before.get(target.name), this.#remembered, now)]),
    )
    this.#remembered = new Map()
    this.#guarding.update(settings.health, [...this.#watched.values()])
    for (const watched of this.#watched.values()) this.#write(watched, now)
    this.#reportReload(before, now)
    this.#awaitSides()
    if (this.#prober === null) {
      const start = this.#options.startProber ?? ((listener, log) => new ProberThread(listener, log))
      this.#heardAtMs = now
      this.#prober = start((message) => this.#hear(message), this.#options.log)
    }
    const nodes = targets.map(({ name, v4, v6, probes }) => ({ name, v4, v6, probes }))
    this.#prober.setNodes([...this.#guarding.probed(), ...nodes])
  }

  /** Runs the verdicts on these observations, in their order. Those of nodes, addresses and probes not watched are ignored. */
  observe(batch: readonly Observation[]): void {
    const confirms: Confirm[] = []
    for (const observation of batch) {
      if (this.#guarding.hearReference(observation)) continue
      const watched = this.#watched.get(observation.node)
      const side = observation.family === 4 ? watched?.v4 : watched?.v6
      if (watched === undefined || side?.address !== observation.address) continue
      const tries = this.#count(watched, side, observation)
      if (tries === null) continue
      // The references first: they have to have spoken by the time the node would fall.
      if (tries > 0) confirms.push(...this.#guarding.hurry())
      const { node, family, address, probe } = observation
      confirms.push({ node, family, address, probe, tries })
    }
    if (confirms.length > 0) this.#prober?.confirm(confirms)
  }

  /** What time alone changes: ramps, motion that ends, guards that rest. Call it about once a second. */
  tick(): void {
    const now = this.#options.now()
    for (const { family, startedMs } of this.#guarding.tick()) {
      for (const watched of this.#watched.values()) {
        const side = family === 4 ? watched.v4 : watched.v6
        if (side?.state.verdict === 'suspect') this.#forgive(watched, side, startedMs, now)
      }
    }
    for (const watched of this.#watched.values()) {
      for (const side of sidesOf(watched)) this.#endRamp(watched.target.name, side, now)
      this.#write(watched, now)
    }
  }

  /** Every verdict worth keeping, for `restore` in another process. */
  export(): Remembered[] {
    return [...this.#watched.values()].flatMap((watched) =>
      sidesOf(watched)
        .filter(({ state }) => state.probes.some(({ probe }) => probe.required) && state.verdict !== 'unknown')
        .map(({ family, address, state }) => remember(watched.target.name, family, address, state)),
    )
  }

  /**
   * Verdicts that the first `update` starts from instead of knowing nothing; call it before. They are marked stale until
   * every required probe of theirs has confirmed them.
   */
  restore(verdicts: readonly Remembered[]): void {
    this.#remembered = new Map(verdicts.map((one) => [rememberedKey(one.node, one.family, one.address), one]))
  }

  /** A node spoke for itself, just now: what its report probes wait for. */
  heard(node: string): void {
    this.#prober?.heard(node, monotonicMs())
  }

  /** Clears the words of slots no thread reads any more (see NodeSlots.acknowledge), before they are assigned again. */
  release(slots: readonly number[]): void {
    for (const slot of slots) Atomics.store(this.#options.words, slot * 2, 0)
  }

  /** Every watched node in the order of the last `update`. */
  states(): NodeHealth[] {
    const settings = this.#settings
    if (settings === null) return []
    const now = this.#options.now()
    return [...this.#watched.values()].map((watched) => healthOf(watched, settings.health, now))
  }

  guards(): Guards {
    const guarding = this.#guarding
    return { acting: guarding.acting(), prevented: guarding.prevented, references: guarding.references() }
  }

  probes(): ProbeTotals {
    const silentMs = this.#prober === null ? 0 : this.#options.now() - this.#heardAtMs
    const lagMs = silentMs > 2 * lagEveryMs ? silentMs : this.#lagMs
    return { observations: this.#observations, failures: this.#failures, lagMs }
  }

  /** Ends probing; verdicts and words stay as they are. */
  async stop(): Promise<void> {
    await this.#prober?.stop()
  }

  #hear(message: FromProber): void {
    this.#heardAtMs = this.#options.now()
    if (message.kind === 'observations') this.observe(message.observations)
    else this.#lagMs = message.lagMs
  }

  /** @returns the quick tries this observation calls for, as `confirmTries` says */
  #count(watched: Watched, side: Side, observation: Observation): number | null {
    const { ok, reason, detail, elapsedMs, startedMs, probe: key } = observation
    const before = side.state
    const asked = before.probes.find(({ probe }) => probe.key === key)?.probe
    if (asked === undefined) return null
    const at = this.#options.now()
    this.#observations += 1
    if (!ok) this.#failures += 1
    side.last.set(key, { ok, reason, detail, elapsedMs, at })
    this.#guarding.hearStream(observation, asked.intervalMs)
    if (reason !== 'local') {
      side.unconfirmed.delete(key)
      if (asked.required) side.heard = hear(side.heard, ok, startedMs)
    }
    this.#judge(watched, side, observation, at)
    this.#write(watched, at)
    if (this.#awaited !== null && isDecided(side.state) && this.#awaited.delete(side)) this.#endFirstRound()
    const [from, to] = [before.verdict, side.state.verdict]
    const { node, family } = observation
    if (from !== to) this.#flip({ node, family, from, to, reason, probe: key, detail, at })
    this.#tellHeldOut(node, side, before)
    if (to !== 'suspect') side.kept = null
    return confirmTries(before, side.state, key)
  }

  /** A fall happens only when no guard forbids it. */
  #judge(watched: Watched, side: Side, observation: Observation, at: number): void {
    const flapping = this.#settings?.health.flapping ?? null
    const next = advance(side.state, observation, at, { flapping, mayFall: true })
    const falls = isServing(side.state.verdict) && !isServing(next.verdict)
    const kept = falls ? this.#guarding.keeping(watched, side, observation) : null
    if (kept !== null) side.kept = kept
    side.state = kept === null ? next : advance(side.state, observation, at, { flapping, mayFall: false })
  }

  #tellHeldOut(node: string, { family, state }: Side, before: FamilyState): void {
    if (!state.penalty.heldOut || before.penalty.heldOut || this.#settings === null) return
    const { flapping } = this.#settings.health
    const until = new Date(heldOutUntilMs(state.penalty, flapping) ?? 0).toISOString()
    this.#options.log.warn({ event: 'health.held_out', node, family, points: Math.round(state.penalty.points), until })
  }

  #endRamp(node: string, side: Side, now: number): void {
    const slowStartMs = this.#settings?.health.slowStartMs ?? 0
    const { roseAtMs, verdict } = side.state
    if (roseAtMs === null || !isServing(verdict) || shareAt(roseAtMs, now, slowStartMs) < 1) return
    side.state = { ...side.state, roseAtMs: null }
    if (slowStartMs > 0) this.#options.log.info({ event: 'health.slow_start_over', node, family: side.family })
  }

  #forgive(watched: Watched, side: Side, startedMs: number, at: number): void {
    side.state = forgive(side.state, startedMs, at)
    side.kept = null
    const flip = { from: 'suspect', to: side.state.verdict, reason: 'forgiven', probe: null, detail: '', at } as const
    this.#flip({ node: watched.target.name, family: side.family, ...flip })
  }

  #write({ target, v4, v6 }: Watched, now: number): void {
    const { words } = this.#options
    if (this.#settings === null) return
    const { health, steadyTtlMs } = this.#settings
    const word = verdictWord(v4 && v4.state, v6 && v6.state, now, { steadyTtlMs, slowStartMs: health.slowStartMs })
    if (words[target.slot * 2] !== word) Atomics.store(words, target.slot * 2, word)
  }

  #reportReload(before: ReadonlyMap<string, Watched>, at: number): void {
    for (const [node, is] of this.#watched) {
      const was = before.get(node)
      for (const side of sidesOf(is)) {
        const old = side.family === 4 ? was?.v4 : was?.v6
        if (old?.address !== side.address || old.state.verdict === side.state.verdict) continue
        const [from, to] = [old.state.verdict, side.state.verdict]
        this.#flip({ node, family: side.family, from, to, reason: 'reload', probe: null, detail: '', at })
      }
    }
  }

  #flip(flip: Flip): void {
    const { log, onFlip } = this.#options
    const { node, family, from, to, probe, reason, detail } = flip
    const line = { event: 'health.verdict', node, family, from, to, probe, reason, detail } as const
    if (to === 'down') log.warn(line)
    else if (to === 'up' && from === 'probation') log.info(line)
    else log.debug(line)
    onFlip(flip)
  }

  #awaitSides(): void {
    if (this.#awaited === null) return
    const sides = [...this.#watched.values()].flatMap(sidesOf)
    this.#awaited = new Set(sides.filter(({ state }) => !isDecided(state)))
    this.#endFirstRound()
  }

  #endFirstRound(): void {
    if (this.#awaited?.size !== 0) return
    this.#awaited = null
    this.#firstRoundDone()
  }
}

/** What an override word decides by itself; a partial drain leaves the rest to the verdict. */
function standingOf(word: number): 'in' | 'out' | null {
  const mode = word & 3
  if (mode === Override.up) return 'in'
  if (mode === Override.down) return 'out'
  return mode === Override.drain && ((word >>> 8) & 255) === 255 ? 'out' : null
}
