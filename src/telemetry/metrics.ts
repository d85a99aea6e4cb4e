// Every metric's definition, in one table, read when somebody scrapes. Must not know who counts, nor where the numbers lie.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { families, type Counters, type FamilyName, nodeSlot, regionSlot, single, slot, sum } from './counters.ts'

/** What one node's gauges say; null where the node has no address of that family. */
export interface NodeGauges {
  readonly name: string
  /** The node's availability slot. */
  readonly slot: number
  readonly site: string
  readonly upV4: boolean | null
  readonly upV6: boolean | null
  /** The mode of the operator's override in force, or null. */
  readonly override: string | null
}

/** What became of reloads and renewals of signatures. */
export interface ReloadCounts {
  readonly succeeded: number
  readonly refused: number
  readonly lastSuccessful: boolean
  /** When the last reload ended, in Unix seconds; 0: never. */
  readonly lastAt: number
  readonly renewed: number
  readonly renewalsRefused: number
  /** When the next renewal is due, in Unix seconds; 0: never. */
  readonly renewalDueAt: number
}

/** Where the numbers come from; each is called once or a few times a scrape. */
export interface MetricsPorts {
  /** One row of counters a thread. */
  rows(): readonly Counters[]
  /** Names of the regions, in the order of their counters. */
  regions(): readonly string[]
  nodes(): readonly NodeGauges[]
  /** null before the first; `compiledAt` in Unix seconds, `compileSeconds` what compiling took. */
  snapshot(): {
    readonly epoch: number
    readonly cells: number
    readonly blocks: number
    readonly compiledAt: number
    readonly compileSeconds: number
  } | null
  reloads(): ReloadCounts
  /** `lagMs`: how late the probe loop runs behind its schedule. */
  probes(): { readonly observations: number; readonly failures: number; readonly lagMs: number }
  /** How many verdicts, one a node and family, are what, and how many carry which mark. */
  verdicts(): { readonly verdicts: Readonly<Record<string, number>>; readonly marked: Readonly<Record<string, number>> }
  /** The guards at work, each as often as it acts somewhere, and the falls that each prevented. */
  guards(): {
    readonly acting: readonly GuardName[]
    readonly prevented: Readonly<Record<string, number>>
    /** Whether each reference answers; null: not heard yet. */
    readonly references: readonly { readonly reference: string; readonly up: boolean | null }[]
  }
}

/** In the order in which they are asked; operators' overrides come before all of them. */
const guardNames = ['self_suspicion', 'origin', 'removal_budget', 'spill', 'fail_open'] as const
type GuardName = (typeof guardNames)[number]

/** A value and the values of the metric's labels, in their order. */
type Sample = readonly [value: number, ...labels: string[]]

/** One metric. Counters have one dimension at most; only health gauges know node and family at once. */
export interface Metric {
  readonly name: `nearcast_${string}`
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  readonly labels: readonly string[]
  readonly read: (ports: MetricsPorts) => Iterable<Sample>
}

function counter(name: Metric['name'], help: string, labels: readonly string[], read: Metric['read']): Metric {
  return { name, kind: 'counter', help, labels, read }
}

function gauge(name: Metric['name'], help: string, labels: readonly string[], read: Metric['read']): Metric {
  return { name, kind: 'gauge', help, labels, read }
}

/** A family of the query path's counters. */
function family(name: FamilyName, help: string): Metric {
  const slots = Object.entries(slot[name])
  return counter(`nearcast_${name}_total`, help, [families[name].label], (ports) => {
    const rows = ports.rows()
    return slots.map(([value, index]) => [sum(rows, index), value])
  })
}

/** One of the query path's counters without a dimension. */
function one(name: Metric['name'], help: string, index: number): Metric {
  return counter(name, help, [], (ports) => [[sum(ports.rows(), index)]])
}

/** A gauge of the snapshot in use; 0 before the first. */
function ofSnapshot(name: Metric['name'], help: string, key: keyof NonNullable<ReturnType<MetricsPorts['snapshot']>>) {
  return gauge(name, help, [], (ports) => [[ports.snapshot()?.[key] ?? 0]])
}

/** Every metric of Nearcast's own; those of the process are prom-client's usual ones. */
export const metrics: readonly Metric[] = [
  family('queries', 'Packets and framed messages received'),
  family('questions', 'Questions read, by query type'),
  family('answers', 'Answers sent, by response code'),
  family('outcomes', 'Answers sent, by what answered them'),
  family('drops', 'Queries that got no answer, by reason'),
  family('formerr', 'FORMERR answers, by the part of the message that was wrong'),
  family('ecs', 'Steered answers, by what located the client: a subnet by its family, or the resolver and why'),
  family('truncated', 'Answers sent truncated'),
  family('cookies', 'Queries with a DNS cookie, by what it is worth; over UDP valid ones are not rate limited'),
  family('tcp_connections', 'TCP connections, by what became of them'),
  family('over_limit', 'Answers over a rate limit, by the limit'),
  family('rate_limited', 'Answers over a rate limit, by what became of them'),
  one(
    'nearcast_fail_open_total',
    'Steered answers given as if every node were up, none being available',
    single.failOpen,
  ),
  one('nearcast_chased_total', 'CNAME records followed to a target inside our zones', single.chased),
  counter('nearcast_region_answers_total', "Steered answers, by region of the client's cell", ['region'], (ports) => {
    const rows = ports.rows()
    return ports.regions().map((region, index) => [sum(rows, regionSlot(index)), region])
  }),
  counter('nearcast_node_answers_total', 'Answers that named a node', ['node'], (ports) => {
    const rows = ports.rows()
    return ports.nodes().map((node) => [sum(rows, nodeSlot(node.slot)), node.name])
  }),
  gauge('nearcast_node_up', 'Whether probes find a node up (1) or not (0)', ['node', 'site', 'family'], nodesUp),
  gauge('nearcast_node_override', "1 while an operator's override holds", ['node', 'mode'], function* (ports) {
    for (const { name, override } of ports.nodes()) if (override !== null) yield [1, name, override]
  }),
  ofSnapshot('nearcast_snapshot_epoch', 'Number of the snapshot that answers', 'epoch'),
  ofSnapshot('nearcast_snapshot_cells', 'Cells of the snapshot', 'cells'),
  ofSnapshot('nearcast_snapshot_blocks', 'Address blocks of the snapshot', 'blocks'),
  ofSnapshot(
    'nearcast_snapshot_compiled_timestamp_seconds',
    'When the snapshot was compiled, in Unix time',
    'compiledAt',
  ),
  ofSnapshot('nearcast_snapshot_compile_seconds', 'What compiling the snapshot took', 'compileSeconds'),
  counter('nearcast_reloads_total', 'Configurations loaded again, by result', ['result'], (ports) => {
    const { succeeded, refused } = ports.reloads()
    return [
      [succeeded, 'succeeded'],
      [refused, 'refused'],
    ]
  }),
  gauge('nearcast_reload_last_successful', 'Whether the last reload was taken (1) or refused (0)', [], (ports) => [
    [Number(ports.reloads().lastSuccessful)],
  ]),
  gauge('nearcast_reload_last_timestamp_seconds', 'When the last reload ended, in Unix time; 0: never', [], (ports) => [
    [ports.reloads().lastAt],
  ]),
  counter('nearcast_renewals_total', 'Times that static records were signed anew, by result', ['result'], (ports) => {
    const { renewed, renewalsRefused } = ports.reloads()
    return [
      [renewed, 'succeeded'],
      [renewalsRefused, 'refused'],
    ]
  }),
  gauge(
    'nearcast_renewal_due_timestamp_seconds',
    'When static records are to be signed anew, in Unix time; 0: never',
    [],
    (ports) => [[ports.reloads().renewalDueAt]],
  ),
  counter('nearcast_probe_observations_total', 'Probes that gave a result', [], (ports) => [
    [ports.probes().observations],
  ]),
  counter('nearcast_probe_failures_total', 'Probes that failed', [], (ports) => [[ports.probes().failures]]),
  family('signatures', 'Signatures made over steered records, by what they were made for'),
  family('signature_lookups', 'Steered answers that want signatures, by whether the table had them'),
  gauge('nearcast_signatures_held', 'Signed record sets in the table', [], (ports) => [
    [sum(ports.rows(), single.signaturesHeld)],
  ]),
  gauge('nearcast_signing_queue', 'Queries that wait for a signature', [], (ports) => [
    [sum(ports.rows(), single.signingQueue)],
  ]),
  gauge('nearcast_verdicts', 'Verdicts, one a node and family, by what they are', ['verdict'], (ports) =>
    counts(ports.verdicts().verdicts),
  ),
  gauge(
    'nearcast_verdicts_marked',
    'Verdicts kept by a guard, held out for flapping, in slow start, or from before the start and not confirmed',
    ['mark'],
    (ports) => counts(ports.verdicts().marked),
  ),
  gauge('nearcast_guard_acting', 'Families, streams, regions, sites a guard acts on now', ['guard'], (ports) => {
    const { acting } = ports.guards()
    return guardNames.map((guard) => [acting.filter((name) => name === guard).length, guard])
  }),
  counter('nearcast_guard_prevented_total', 'Removals that a guard prevented', ['guard'], (ports) =>
    counts(ports.guards().prevented),
  ),
  gauge('nearcast_reference_up', 'Whether a reference answers (1) or not (0)', ['reference'], function* (ports) {
    for (const { reference, up } of ports.guards().references) if (up !== null) yield [Number(up), reference]
  }),
  gauge('nearcast_probe_lag_seconds', 'How late the probe loop runs', [], (ports) => [[ports.probes().lagMs / 1000]]),
]

function counts(of: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(of).map(([label, value]) => [value, label])
}

function* nodesUp(ports: MetricsPorts): Iterable<Sample> {
  for (const { name, site, upV4, upV6 } of ports.nodes()) {
    if (upV4 !== null) yield [Number(upV4), name, site, 'v4']
    if (upV6 !== null) yield [Number(upV6), name, site, 'v6']
  }
}

/** A registry that reads the ports whenever it is scraped, and holds nothing of its own between scrapes. */
export function createMetrics(ports: MetricsPorts): Registry {
  const registry = new Registry()
  for (const metric of metrics) register(registry, metric, ports)
  collectDefaultMetrics({ register: registry })
  return registry
}

function register(registry: Registry, { name, kind, help, labels, read }: Metric, ports: MetricsPorts): void {
  function collect(this: Counter | Gauge): void {
    this.reset()
    for (const [value, ...values] of read(ports)) {
      if (labels.length === 0) this.inc(value)
      else this.inc(Object.fromEntries(labels.map((label, index) => [label, values[index]])), value)
    }
  }
  const settings = { name, help, labelNames: labels, registers: [registry], collect }
  if (kind === 'counter') new Counter(settings)
  else new Gauge(settings)
}
