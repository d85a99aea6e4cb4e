// The composition root: starts every room in order, passes changes from one to the others, stops them. Decides nothing itself.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildAdmin } from './admin/app.ts'
import type { AdminApp } from './admin/fastify.ts'
import { listenOn } from './admin/listen.ts'
import { familyInWords, nodeGauges, nodeStatuses } from './admin/node-status.ts'
import type { AdminPorts, ExplainRequest, GuardStatus, NodeStatus, SnapshotStatus } from './admin/ports.ts'
import { Tokens } from './admin/tokens.ts'
import { explain } from './compile/explain.ts'
import { keysChanged } from './compile/key-state.ts'
import { logOutcome } from './compile/log.ts'
import { Reloads, type Reloaded } from './compile/reloads.ts'
import { compileAside, type CompileOptions, type Compiled } from './compile/run.ts'
import { epochAfter, snapshotGauges, snapshotSizes, snapshotStatus } from './compile/status.ts'
import { watching } from './compile/watching.ts'
import type { Config } from './config/config.ts'
import { refuseRestartOnly } from './config/restart.ts'
import { ConfigWatch } from './config/watch.ts'
import { NearcastError } from './errors.ts'
import { createWords, type AvailabilityWords } from './fleet/availability.ts'
import { logAdvance, logDamage } from './fleet/override-log.ts'
import { Overrides, type OverridableNode } from './fleet/overrides.ts'
import { nodeCapacity, NodeSlots } from './fleet/slots.ts'
import { Monitor } from './health/monitor.ts'
import { Reports } from './health/reports.ts'
import { tally } from './health/tally.ts'
import { VerdictFile } from './health/verdict-file.ts'
import type { NodeHealth } from './health/watched.ts'
import { Doors } from './server/doors.ts'
import type { Endpoint } from './server/model.ts'
import { Protecting } from './server/protecting.ts'
import { Snapshots } from './server/snapshots.ts'
import type { BoundSocket } from './server/sockets.ts'
import { Spells } from './server/spells.ts'
import type { Inheritance } from './succession/inheritance.ts'
import { Replacement, type NoSuccessor, type StartSuccessor } from './succession/replacement.ts'
import { addCounters, nodeSlot, type Counters } from './telemetry/counters.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics, type MetricsPorts } from './telemetry/metrics.ts'

/** Answering waits no longer for the first round of probes: what has no result by then counts as down until it has one. */
const firstRoundMs = 1_000
/** How often overrides begin and expire, ramps rise, and TTLs go back from changing to steady. */
const tickMs = 1_000

export interface DaemonOptions {
  readonly configPath: string
  /** Where compiled databases are kept; null: nowhere. */
  readonly cacheDirectory: string | null
  /** Where overrides and verdicts outlive the process; null: nowhere. */
  readonly stateDirectory: string | null
  readonly logger: Logger
  /** For the first compilation, from forkCompiler; else one is started. */
  readonly compiler?: CompileOptions['child']
  /** Which step of the first compilation begins, and what share of all lies behind, 0 to 1. */
  readonly onProgress?: (step: string, share: number) => void
  /** What a predecessor leaves to this daemon, which takes its place. */
  readonly inheritance?: Inheritance
  /** How this daemon is replaced while it runs, or why it cannot be. */
  readonly startSuccessor: StartSuccessor | NoSuccessor
  /** Ends a start that nobody waits for any more. */
  readonly signal?: AbortSignal
}

/**
 * Compiles, binds, probes once, answers: resolves when all of that is done.
 * @throws NearcastError NC_CONFIG with every problem, NC_DATABASE, or NC_ADDRESS_IN_USE and its like naming the address
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const daemon = new Daemon(options)
  try {
    await daemon.start()
    return daemon
  } catch (error) {
    await daemon.stop()
    options.signal?.throwIfAborted()
    throw error
  }
}

/** A running Nearcast. */
export class Daemon {
  readonly #options: DaemonOptions
  readonly #log: Logger
  readonly #words: AvailabilityWords = createWords(nodeCapacity)
  /** One row a door's thread. */
  readonly #counters: Counters[] = []
  readonly #protecting: Protecting
  readonly #tokens = new Tokens()
  readonly #slots = new NodeSlots(nodeCapacity)
  readonly #snapshots: Snapshots
  readonly #monitor: Monitor
  readonly #overrides: Overrides
  readonly #verdictFile: VerdictFile | null
  readonly #spells: Spells
  readonly #reports = new Reports()
  readonly #watch: ConfigWatch
  readonly #reloads: Reloads
  /** By a process that takes over all sockets; once that answers, this daemon is to be stopped. */
  readonly replacement: Replacement
  readonly #stopping = new AbortController()
  /** Undone in reverse order. */
  readonly #opened: (() => unknown)[] = []
  #doors: Doors | null = null
  /** Where admin listens; null where a successor could not have it. */
  #adminSocket: BoundSocket | null = null
  #current: Compiled | null = null
  #compiledAt = 0
  #firstRoundOver = false
  #stopped: Promise<void> | null = null

  constructor(options: DaemonOptions) {
    const { logger, stateDirectory, signal } = options
    this.#options = options
    this.#log = logger
    this.#protecting = new Protecting(options.inheritance?.cookieSecret)
    this.#snapshots = new Snapshots(this.#words, async (published) => this.#doors?.publish(published))
    this.#monitor = new Monitor({
      words: this.#words,
      now: Date.now,
      onFlip: () => {
        this.#snapshots.wordsChanged()
        this.#verdictFile?.changed()
      },
      log: logger,
    })
    const fileOf = (name: string): string | null => (stateDirectory === null ? null : join(stateDirectory, name))
    this.#overrides = new Overrides({ words: this.#words, file: fileOf('overrides.json') })
    const file = fileOf('verdicts.json')
    this.#verdictFile = file === null ? null : new VerdictFile({ file, now: Date.now, log: logger })
    this.#spells = new Spells(this.#counters, logger)
    const onRefused = (): Promise<void> => this.#refused()
    this.#reloads = new Reloads({ reload: (renewal) => this.#reload(renewal), onRefused }, logger)
    this.replacement = new Replacement({
      start: options.startSuccessor,
      inheritance: () => this.#inheritance(),
      reloads: this.#reloads,
      signal: this.#stopping.signal,
      log: logger,
    })
    this.#watch = new ConfigWatch(() => this.#reloads.request('a file changed'), logger)
    signal?.addEventListener('abort', () => this.#stopping.abort(), { once: true })
  }

  /** Where DNS is answered, UDP and TCP alike. */
  get listening(): readonly Endpoint[] {
    return this.#doors?.bound ?? []
  }

  /** Resolves when every node has been heard, which answering does not wait for. */
  get firstRound(): Promise<unknown> {
    return this.#monitor.firstRound
  }

  /** Called once, by startDaemon. */
  async start(): Promise<void> {
    const { onProgress, compiler, inheritance } = this.#options
    const compiled = await this.#compile({ onProgress, child: compiler })
    const { config } = compiled
    await this.#tokens.renew(config.admin, () => this.#protecting.apply(config.server))
    logDamage(this.#log, this.#overrides.load(Date.now()))
    this.#monitor.restore(inheritance?.verdicts ?? this.#verdictFile?.load() ?? [])
    const slots = this.#adopt(compiled)
    this.#opened.push(() => this.#monitor.stop())
    // All that takes a while at once. Admin calls are answered by the predecessor as long as queries are.
    const app = buildAdmin(this.#adminPorts(), { tokens: this.#tokens, listen: config.admin, logger: this.#log })
    const [admin] = await Promise.all([app, this.#openDoors(config)])
    if (!inheritance) await this.#openAdmin(admin, config)
    // The verdicts of a daemon that was replaced are its successor's to keep, those of one that never answered nobody's.
    this.#opened.push(() => this.replacement.underWay || this.#verdictFile?.save(this.#monitor.export()))
    await this.#awaitFirstRound()
    await this.#publish(compiled, slots)
    if (inheritance) await this.#openAdmin(admin, config)
    const ticking = setInterval(() => this.#tick(), tickMs)
    this.#opened.push(() => clearInterval(ticking))
    this.#reloads.open()
  }

  /** Reads the configuration again as soon as no other reload runs; requests that come meanwhile are one. */
  requestReload(reason: string): void {
    this.#reloads.request(reason)
  }

  /** Answers what was received and closes everything. */
  stop(): Promise<void> {
    this.#stopping.abort()
    return (this.#stopped ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#reloads.close()
    this.#watch.close()
    for (const undo of this.#opened.toReversed()) await undo()
  }

  /** @throws why it was refused, after everything worth knowing is in the log */
  async #compile(more: Pick<CompileOptions, 'onProgress' | 'child' | 'renew'>): Promise<Compiled> {
    const { configPath, cacheDirectory } = this.#options
    const outcome = await compileAside({
      configPath,
      cacheDirectory,
      epoch: epochAfter(this.#current?.epoch ?? this.#options.inheritance?.epoch),
      held: this.#current?.blocks,
      source: this.#current?.source,
      keep: true,
      ...more,
      signal: this.#stopping.signal,
    })
    this.#stopping.signal.throwIfAborted()
    logOutcome(this.#log, outcome)
    // Also what was refused is watched: mending it is what comes next.
    this.#watch.watch(outcome.files, outcome.readFromMs, !outcome.ok || outcome.renewed)
    if (!outcome.ok) throw outcome.error
    return outcome
  }

  /** @param renewal what is in use is signed anew, and nothing else */
  async #reload(renewal: boolean): Promise<Reloaded> {
    const compiled = await this.#compile({ renew: renewal })
    if (this.#current !== null) refuseRestartOnly(this.#current.config, compiled.config)
    const { admin, server } = compiled.config
    if (!compiled.renewed) await this.#tokens.renew(admin, () => this.#protecting.apply(server))
    await this.#publish(compiled, this.#adopt(compiled))
    return compiled
  }

  /** A configuration was refused. The keys of the one in use may have changed with it, and a roll must go on. */
  async #refused(): Promise<void> {
    await this.#snapshots.markStale()
    if (keysChanged(this.#current)) this.#reloads.renewAt(Math.floor(Date.now() / 1000))
  }

  async #openDoors({ server }: Config): Promise<void> {
    const inherited = this.#options.inheritance?.sockets
    const newCounters = (): Counters => addCounters(this.#counters, nodeCapacity)
    const shared = { words: this.#words, protection: this.#protecting.shared, newCounters, log: this.#log }
    this.#doors = await Doors.open({ ...server, inherited, ...shared })
    this.#opened.push(() => this.#doors?.stop())
  }

  async #openAdmin(app: AdminApp, { admin }: Config): Promise<void> {
    const own = Boolean(this.#doors?.sockets)
    const { socket, close } = await listenOn(app, admin, own, this.#options.inheritance?.admin)
    this.#adminSocket = socket
    this.#opened.push(close)
  }

  #inheritance(): Inheritance | null {
    const sockets = this.#doors?.sockets
    const epoch = this.#snapshots.current?.epoch
    if (!sockets || !this.#adminSocket || epoch === undefined) return null
    const { cookieSecret } = this.#protecting
    return { sockets, admin: this.#adminSocket, epoch, cookieSecret, verdicts: this.#monitor.export() }
  }

  /** Gives the nodes of a snapshot that is about to be published their slots, and has them watched. */
  #adopt(compiled: Compiled): number[] {
    const { nodes } = compiled.config
    const slots = this.#slots.assign(nodes.map(({ name }) => name))
    const gone = this.#current?.config.nodes.map(({ name }) => name) ?? []
    const stay = new Set(nodes.map(({ name }) => name))
    this.#slots.retire(
      gone.filter((name) => !stay.has(name)),
      compiled.epoch,
    )
    this.#current = compiled
    this.#overrides.bind(
      nodes.map(({ name, site, carriers }, index): OverridableNode => ({ name, site, carriers, slot: slots[index] })),
      Date.now(),
    )
    this.#reports.keep([...stay])
    const { targets, settings } = watching(compiled.config, slots)
    this.#monitor.update(targets, settings)
    return slots
  }

  /** The swap: every thread answers from the new snapshot, and what only older ones needed is free. */
  async #publish(compiled: Compiled, slots: readonly number[]): Promise<void> {
    const { epoch, blocks, tables, keys, renewAt, renewed } = compiled
    const stale = renewed && (this.#snapshots.current?.stale ?? false)
    await this.#snapshots.publish({ epoch, blocks: blocks.buffer, tables, signing: keys, stale }, slots)
    this.#compiledAt = Date.now()
    this.#reloads.renewAt(renewAt)
    const freed = this.#slots.acknowledge(epoch)
    this.#monitor.release(freed)
    for (const row of this.#counters) for (const slot of freed) row[nodeSlot(slot)] = 0
    this.#log.info({ event: 'snapshot.swapped', epoch, ...snapshotSizes(compiled) })
  }

  async #awaitFirstRound(): Promise<void> {
    const over = this.#monitor.firstRound.then(() => (this.#firstRoundOver = true))
    if (await Promise.race([over, sleep(firstRoundMs, false, { signal: this.#stopping.signal, ref: false })])) return
    this.#log.warn({ event: 'health.first_round_late' }, 'answering begins; nodes not heard yet are out till they pass')
  }

  #tick(): void {
    logAdvance(this.#log, this.#overrides.advance(Date.now()))
    this.#monitor.tick()
    this.#spells.tick(Date.now())
    this.#reloads.tick(Date.now())
    void this.#verdictFile?.tick(() => this.#monitor.export())
    this.#snapshots.wordsChanged()
  }

  /** The slot of a node of the table in force, or null. */
  #slotOf(node: string): number | null {
    const known = this.#current?.config.nodes.some(({ name }) => name === node) ?? false
    return known ? this.#slots.slotOf(node) : null
  }

  #missing(): string[] {
    const snapshot = this.#compiledAt === 0 ? ['the first snapshot'] : []
    return this.#firstRoundOver ? snapshot : [...snapshot, 'the first round of probes']
  }

  #adminPorts(): AdminPorts {
    const metrics = createMetrics(this.#metricsPorts())
    return {
      now: Date.now,
      missing: () => this.#missing(),
      metrics: () => metrics.metrics(),
      nodes: () => this.#nodes(),
      guards: () => this.#guards(),
      snapshot: () => this.#snapshot(),
      explain: (request) => this.#explain(request),
      overrides: () => this.#overrides.list(),
      setOverride: (target, order) => this.#override(() => this.#overrides.set(target, order, Date.now())),
      clearOverride: (target) => this.#override(() => this.#overrides.clear(target, Date.now())),
      reports: () => this.#reports.list(),
      hearReport: (report) => {
        if (this.#slotOf(report.node) === null)
          throw new NearcastError('NC_NOT_FOUND', `there is no node ${report.node}`)
        this.#reports.hear(report)
        this.#monitor.heard(report.node)
      },
      reload: () => this.#reloads.run('POST /v1/reload'),
      replace: () => this.replacement.run('POST /v1/replace'),
    }
  }

  /** Changes overrides; throws while a successor might not hear of it. */
  #override<Result>(change: () => Result): Result {
    this.replacement.refuseChanges()
    const done = change()
    this.#snapshots.wordsChanged()
    return done
  }

  #nodes(): NodeStatus[] {
    if (this.#current === null) return []
    return nodeStatuses(this.#current.config, this.#health(), (node) => this.#overrides.inForce(node))
  }

  #guards(): GuardStatus[] {
    const { acting } = this.#monitor.guards()
    const { failOpenSinceMs: sinceMs } = this.#spells
    return sinceMs === null ? [...acting] : [...acting, { guard: 'fail_open', scope: {}, since: sinceMs }]
  }

  #health(): Map<string, NodeHealth> {
    return new Map(this.#monitor.states().map((health) => [health.node, health]))
  }

  #snapshot(): SnapshotStatus | null {
    const published = this.#snapshots.current
    if (published === null || this.#current === null) return null
    return snapshotStatus(this.#current, published.epoch, this.#compiledAt)
  }

  #explain(request: ExplainRequest): object {
    const published = this.#snapshots.current
    if (published === null || this.#current === null) {
      throw new NearcastError('NC_CONFLICT', 'there is no snapshot yet: ask again when GET /readyz says ready')
    }
    const health = this.#health()
    const inWords = (node: string, family: 4 | 6): string | null => familyInWords(health.get(node), family)
    return explain({ ...this.#current, published, words: this.#words, health: inWords }, request)
  }

  #metricsPorts(): MetricsPorts {
    return {
      rows: () => this.#counters,
      regions: () => this.#current?.directory.regions ?? [],
      nodes: () => this.#nodes().map((node) => nodeGauges(node, this.#slots.slotOf(node.name))),
      snapshot: () => {
        const status = this.#snapshot()
        return status && this.#current && snapshotGauges(status, this.#current)
      },
      reloads: () => this.#reloads.counts,
      probes: () => this.#monitor.probes(),
      verdicts: () => tally(this.#monitor.states()),
      guards: () => ({ ...this.#monitor.guards(), acting: this.#guards().map(({ guard }) => guard) }),
    }
  }
}
