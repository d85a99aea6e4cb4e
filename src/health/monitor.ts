// Health in the main thread: turns the prober's observations into verdicts and is the one writer of verdict words.
// Must not know DNS, sockets or overrides.
import type { AvailabilityWords } from '../fleet/availability.ts'
import type { Logger } from '../telemetry/logger.ts'
import { lagEveryMs, type Confirm, type FromProber } from './messages.ts'
import type { Family, Observation, Reason } from './observation.ts'
import { ProberThread, type Prober } from './prober-thread.ts'
import { advance, confirmTries, isDecided, type Verdict } from './verdict.ts'
import { healthOf, sidesOf, watch, type MonitorTarget, type NodeHealth, type Side, type Watched } from './watched.ts'
import { verdictWord } from './word.ts'

/** A change of one verdict. */
export interface Flip {
  readonly node: string
  readonly family: Family
  readonly from: Verdict
  readonly to: Verdict
  /** Of the observation that decided; `reload` when new settings did. */
  readonly reason: Reason | 'reload'
  /** Key of the probe that decided, and what it said; null and empty on a reload. */
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

/** Watches the nodes it was last told of. A node without required probes is up. */
export class Monitor {
  /** Resolves once every required probe of every address has had a result; with no such probe, on the first `update`. */
  readonly firstRound: Promise<void>
  readonly #options: MonitorOptions
  readonly #firstRoundDone: () => void
  /** Addresses the first round still waits for; null when it is over. */
  #awaited: Set<Side> | null = new Set()
  #watched = new Map<string, Watched>()
  #steadyTtlMs = 0
  #prober: Prober | null = null
  #observations = 0
  #failures = 0
  #lagMs = 0
  #heardAtMs = 0

  constructor(options: MonitorOptions) {
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<void>()
    this.firstRound = promise
    this.#firstRoundDone = resolve
  }

  /**
   * Watches exactly these nodes from now on. What stays keeps its verdict, a changed address starts anew; the words of
   * nodes left out stand until `release`, for the readers of older snapshots.
   * @param steadyTtlMs the longest time a resolver may keep an answer that named a node before it fell
   */
  update(targets: readonly MonitorTarget[], steadyTtlMs: number): void {
    const now = this.#options.now()
    const before = this.#watched
    this.#steadyTtlMs = steadyTtlMs
    this.#watched = new Map(targets.map((target) => [target.name, watch(target, before.get(target.name), now)]))
    for (const watched of this.#watched.values()) this.#write(watched, now)
    this.#reportReload(before, now)
    this.#awaitSides()
    if (this.#prober === null) {
      const start = this.#options.startProber ?? ((hear, log) => new ProberThread(hear, log))
      this.#heardAtMs = now
      this.#prober = start((message) => this.#hear(message), this.#options.log)
    }
    this.#prober.setNodes(targets.map(({ name, v4, v6, probes }) => ({ name, v4, v6, probes })))
  }

  /** Runs the verdicts on these observations, in their order. Those of nodes, addresses and probes not watched are ignored. */
  observe(batch: readonly Observation[]): void {
    const confirms: Confirm[] = []
    for (const observation of batch) {
      const watched = this.#watched.get(observation.node)
      const side = observation.family === 4 ? watched?.v4 : watched?.v6
      if (watched === undefined || side?.address !== observation.address) continue
      const tries = this.#count(watched, side, observation)
      if (tries === null) continue
      const { node, family, address, probe } = observation
      confirms.push({ node, family, address, probe, tries })
    }
    if (confirms.length > 0) this.#prober?.confirm(confirms)
  }

  /** Clears the words of slots no thread reads any more (see NodeSlots.acknowledge), before they are assigned again. */
  release(slots: readonly number[]): void {
    for (const slot of slots) Atomics.store(this.#options.words, slot * 2, 0)
  }

  /** Every watched node in the order of the last `update`. */
  states(): NodeHealth[] {
    return [...this.#watched.values()].map(healthOf)
  }

  /** Totals since the start, and how late the prober runs; a prober that fell silent lags by its silence. */
  probes(): { readonly observations: number; readonly failures: number; readonly lagMs: number } {
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
    const { ok, reason, detail, elapsedMs, probe } = observation
    const before = side.state
    if (!before.probes.some((state) => state.probe.key === probe)) return null
    const at = this.#options.now()
    this.#observations += 1
    if (!ok) this.#failures += 1
    side.last.set(probe, { ok, reason, detail, elapsedMs, at })
    side.state = advance(before, observation, at)
    this.#write(watched, at)
    if (this.#awaited !== null && isDecided(side.state) && this.#awaited.delete(side)) this.#endFirstRound()
    const [from, to] = [before.verdict, side.state.verdict]
    if (from !== to) this.#flip({ node: observation.node, family: side.family, from, to, reason, probe, detail, at })
    return confirmTries(before, side.state, probe)
  }

  #write({ target, v4, v6 }: Watched, now: number): void {
    const { words } = this.#options
    const word = verdictWord(v4 && v4.state, v6 && v6.state, now, this.#steadyTtlMs)
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
