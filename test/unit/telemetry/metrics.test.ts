// The metrics as Prometheus reads them: names, labels and numbers. Knows no HTTP.
import { describe, expect, it } from 'vitest'
import {
  createCounters,
  families,
  maximumRegions,
  nodeSlot,
  regionSlot,
  single,
  slot,
} from '../../../src/telemetry/counters.ts'
import { createMetrics, metrics, type MetricsPorts } from '../../../src/telemetry/metrics.ts'

function fakePorts(changes: Partial<MetricsPorts> = {}): MetricsPorts {
  const rows = [createCounters(4), createCounters(4)]
  return {
    rows: () => rows,
    regions: () => ['na', 'apac'],
    nodes: () => [
      { name: 'hkg-1', slot: 2, site: 'hkg', upV4: true, upV6: false, override: 'drain' },
      { name: 'sin-1', slot: 0, site: 'sin', upV4: true, upV6: null, override: null },
    ],
    snapshot: () => ({ epoch: 7, cells: 10_794, blocks: 871_000, compiledAt: 1_900_000_000, compileSeconds: 2.5 }),
    reloads: () => ({
      succeeded: 3,
      refused: 1,
      lastSuccessful: false,
      lastAt: 1_900_000_100,
      renewed: 5,
      renewalsRefused: 2,
      renewalDueAt: 1_900_500_000,
    }),
    probes: () => ({ observations: 40, failures: 2, lagMs: 12 }),
    verdicts: () => ({ verdicts: { up: 2, down: 1 }, marked: { kept: 1, stale: 0 } }),
    guards: () => ({
      acting: ['removal_budget', 'spill', 'spill'],
      prevented: { removal_budget: 3 },
      references: [
        { reference: 'tcp://192.0.2.1:443', up: false },
        { reference: 'tcp://192.0.2.2:443', up: null },
      ],
    }),
    ...changes,
  }
}

/** The samples of Nearcast's own metrics, by name and labels. */
async function scrape(ports: MetricsPorts): Promise<Map<string, number>> {
  const text = await createMetrics(ports).metrics()
  const lines = text.split('\n').filter((line) => line.startsWith('nearcast_'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

describe('names', () => {
  it('are snake case under one prefix, and used once', () => {
    for (const { name } of metrics) expect(name).toMatch(/^nearcast(_[a-z][a-z0-9]*)+$/)
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length)
  })

  it('end in _total for counters and never for gauges', () => {
    const wrong = metrics.filter(({ name, kind }) => name.endsWith('_total') !== (kind === 'counter'))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('say base units only', () => {
    const wrong = metrics.filter(({ name }) => /_(ms|millis\w*|minutes?|percent|kib|mb)(_|$)/.test(name))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('give a counter one dimension at most', () => {
    const wide = metrics.filter(({ kind, labels }) => kind === 'counter' && labels.length > 1)
    expect(wide.map(({ name }) => name)).toEqual([])
  })

  it('have a metric for every family of counters', () => {
    const names = new Set<string>(metrics.map(({ name }) => name))
    expect(Object.keys(families).filter((family) => !names.has(`nearcast_${family}_total`))).toEqual([])
  })

  it('come with a help text', () => {
    for (const { help } of metrics) expect(help).toMatch(/^\S.{10,}[^.]$/)
  })
})

describe('a scrape', () => {
  it('sums the rows of all threads', async () => {
    const ports = fakePorts()
    const [one, other] = ports.rows()
    one[slot.queries.udp] = 5
    other[slot.queries.udp] = 6
    other[slot.formerr.ecs] = 1
    one[single.failOpen] = 2
    const samples = await scrape(ports)
    expect(samples.get('nearcast_queries_total{transport="udp"}')).toBe(11)
    expect(samples.get('nearcast_queries_total{transport="tcp"}')).toBe(0)
    expect(samples.get('nearcast_formerr_total{reason="ecs"}')).toBe(1)
    expect(samples.get('nearcast_fail_open_total')).toBe(2)
  })

  it('has a sample for every value of every family, moved by nothing but its own counter', async () => {
    const ports = fakePorts()
    const [row] = ports.rows()
    let next = 0
    const expected = new Map<string, number>()
    for (const [family, { label, values }] of Object.entries(families)) {
      for (const value of values) {
        row[(slot[family as keyof typeof families] as Record<string, number>)[value]] = ++next
        expected.set(`nearcast_${family}_total{${label}="${value}"}`, next)
      }
    }
    const samples = await scrape(ports)
    for (const [name, value] of expected) expect([name, samples.get(name)]).toEqual([name, value])
  })

  it('reads the numbers anew each time', async () => {
    const ports = fakePorts()
    const registry = createMetrics(ports)
    ports.rows()[0][slot.answers.NOERROR] = 1
    expect(await registry.metrics()).toContain('nearcast_answers_total{rcode="NOERROR"} 1\n')
    ports.rows()[0][slot.answers.NOERROR] = 3
    expect(await registry.metrics()).toContain('nearcast_answers_total{rcode="NOERROR"} 3\n')
  })

  it('counts answers by region in the order given, and by node through its slot', async () => {
    const ports = fakePorts()
    const [row] = ports.rows()
    row[regionSlot(1)] = 8
    row[nodeSlot(2)] = 9
    const samples = await scrape(ports)
    expect(samples.get('nearcast_region_answers_total{region="na"}')).toBe(0)
    expect(samples.get('nearcast_region_answers_total{region="apac"}')).toBe(8)
    expect(samples.get('nearcast_node_answers_total{node="hkg-1"}')).toBe(9)
    expect(samples.get('nearcast_node_answers_total{node="sin-1"}')).toBe(0)
  })

  it('keeps the last region and the first node apart', async () => {
    const regions = Array.from({ length: maximumRegions }, (_, index) => `r${index}`)
    const ports = fakePorts({ regions: () => regions })
    ports.rows()[0][regionSlot(maximumRegions - 1)] = 1
    const samples = await scrape(ports)
    expect(samples.get('nearcast_region_answers_total{region="r63"}')).toBe(1)
    expect(samples.get('nearcast_node_answers_total{node="sin-1"}')).toBe(0)
  })

  it('shows health by family, leaving out the family a node has not', async () => {
    const samples = await scrape(fakePorts())
    expect(samples.get('nearcast_node_up{node="hkg-1",site="hkg",family="v4"}')).toBe(1)
    expect(samples.get('nearcast_node_up{node="hkg-1",site="hkg",family="v6"}')).toBe(0)
    expect(samples.has('nearcast_node_up{node="sin-1",site="sin",family="v6"}')).toBe(false)
    expect([...samples.keys()].filter((name) => name.startsWith('nearcast_node_override'))).toEqual([
      'nearcast_node_override{node="hkg-1",mode="drain"}',
    ])
  })

  it('shows snapshot, reloads, renewals and probes in base units', async () => {
    const samples = await scrape(fakePorts())
    expect(samples.get('nearcast_snapshot_epoch')).toBe(7)
    expect(samples.get('nearcast_snapshot_cells')).toBe(10_794)
    expect(samples.get('nearcast_snapshot_blocks')).toBe(871_000)
    expect(samples.get('nearcast_snapshot_compiled_timestamp_seconds')).toBe(1_900_000_000)
    expect(samples.get('nearcast_snapshot_compile_seconds')).toBe(2.5)
    expect(samples.get('nearcast_reloads_total{result="succeeded"}')).toBe(3)
    expect(samples.get('nearcast_reloads_total{result="refused"}')).toBe(1)
    expect(samples.get('nearcast_reload_last_successful')).toBe(0)
    expect(samples.get('nearcast_reload_last_timestamp_seconds')).toBe(1_900_000_100)
    expect(samples.get('nearcast_renewals_total{result="succeeded"}')).toBe(5)
    expect(samples.get('nearcast_renewals_total{result="refused"}')).toBe(2)
    expect(samples.get('nearcast_renewal_due_timestamp_seconds')).toBe(1_900_500_000)
    expect(samples.get('nearcast_probe_observations_total')).toBe(40)
    expect(samples.get('nearcast_probe_failures_total')).toBe(2)
    expect(samples.get('nearcast_probe_lag_seconds')).toBe(0.012)
  })

  it('counts verdicts and the guards at work, idle ones as none', async () => {
    const samples = await scrape(fakePorts())
    expect(samples.get('nearcast_verdicts{verdict="up"}')).toBe(2)
    expect(samples.get('nearcast_verdicts_marked{mark="kept"}')).toBe(1)
    expect(samples.get('nearcast_guard_acting{guard="spill"}')).toBe(2)
    expect(samples.get('nearcast_guard_acting{guard="fail_open"}')).toBe(0)
    expect(samples.get('nearcast_guard_prevented_total{guard="removal_budget"}')).toBe(3)
    expect([...samples].filter(([name]) => name.startsWith('nearcast_reference_up'))).toEqual([
      ['nearcast_reference_up{reference="tcp://192.0.2.1:443"}', 0],
    ])
  })

  it('is possible before the first snapshot', async () => {
    const samples = await scrape(fakePorts({ snapshot: () => null }))
    expect(samples.get('nearcast_snapshot_epoch')).toBe(0)
  })

  it('forgets a node that left the table', async () => {
    let gone = false
    const all = fakePorts()
    const registry = createMetrics({ ...all, nodes: () => (gone ? all.nodes().slice(1) : all.nodes()) })
    expect(await registry.metrics()).toContain('hkg-1')
    gone = true
    expect(await registry.metrics()).not.toContain('hkg-1')
  })

  it('holds ten thousand nodes', async () => {
    const rows = [createCounters(10_000)]
    rows[0][nodeSlot(9_999)] = 42
    const nodes = Array.from({ length: 10_000 }, (_, index) => ({
      name: `edge-${index}`,
      slot: index,
      site: 'hkg',
      upV4: true,
      upV6: true,
      override: null,
    }))
    const samples = await scrape(fakePorts({ rows: () => rows, nodes: () => nodes }))
    expect(samples.get('nearcast_node_answers_total{node="edge-9999"}')).toBe(42)
    expect([...samples.keys()].filter((name) => name.startsWith('nearcast_node_up')).length).toBe(20_000)
  })

  it('tells of the process too', async () => {
    expect(await createMetrics(fakePorts()).metrics()).toMatch(/^process_resident_memory_bytes \d+/m)
  })
})
