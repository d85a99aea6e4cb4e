// How much of one core does one prober thread take for 10,000 nodes with two probes each at 2 s, and does it keep its schedule?
//
//   npm run bench:prober -- [--nodes 10000] [--seconds 20] [--probes http,tcp] [--no-publish]
//
// The real thread, told of its nodes as the monitor tells it; its CPU time is its own alone. Who answers is another process.
// That the schedule is even is counted in simulated time: on a busy machine starts bunch up, which the lag says.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { FromProber, ProbedNode, ToProber } from '../../src/health/messages.ts'
import type { Probe } from '../../src/health/model.ts'
import { Schedule } from '../../src/health/schedule.ts'
import { machine, putIntoReadme, results, tableOf } from '../peers/report.ts'

const { values: given } = parseArgs({
  options: {
    nodes: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '20' },
    probes: { type: 'string', default: 'http,tcp' },
    'no-publish': { type: 'boolean', default: false },
  },
})
const nodeCount = Number(given.nodes)
const seconds = Number(given.seconds)
const port = 20_000 + (process.pid % 10_000)
/** Many addresses, or ports of closed connections would run out. */
const addresses = Array.from({ length: 250 }, (_, at) => `127.41.0.${at + 1}`)

const timing = { intervalMs: 2_000, timeoutMs: 1_000, confirmMs: 150, fall: 3, rise: 5, required: true } as const
const source = { host: null, verify: false, certificateDays: 0 } as const

function probeOf(type: string, at: number): Probe {
  const key = `${type}-${at}`
  if (type === 'tcp') return { ...timing, key, type, port }
  if (type !== 'http') throw new Error(`--probes: ${type} is neither http nor tcp`)
  return {
    ...timing,
    ...source,
    key,
    type,
    url: `http://{address}:${port}/`,
    http2: false,
    status: [200],
    bodyContains: null,
  }
}

const probes = given.probes.split(',').map(probeOf)
const nodes = Array.from({ length: nodeCount }, (_, at): ProbedNode => {
  return { name: `edge-${at}`, v4: addresses[at % addresses.length], v6: null, probes }
})

/** What came in since it was last emptied. */
const seen = { observations: 0, failures: 0, lagMs: 0, reasons: new Map<string, number>() }

function take(message: FromProber): void {
  if (message.kind === 'lag') {
    seen.lagMs = Math.max(seen.lagMs, message.lagMs)
    return
  }
  seen.observations += message.observations.length
  for (const { ok, reason } of message.observations) {
    if (ok) continue
    seen.failures += 1
    seen.reasons.set(reason, (seen.reasons.get(reason) ?? 0) + 1)
  }
}

function forget(): void {
  Object.assign(seen, { observations: 0, failures: 0, lagMs: 0, reasons: new Map() })
}

const responder: ChildProcess = fork(new URL('./responder.ts', import.meta.url), [String(port), ...addresses])
await once(responder, 'message')
const worker = new Worker(new URL('../../src/health/prober.ts', import.meta.url), { name: 'prober' })
worker.on('message', take)
worker.postMessage({ kind: 'nodes', nodes } satisfies ToProber)

// The first round comes within a second, twice as dense; connections are opened and code is compiled.
await sleep(6_000)
forget()
const before = await worker.cpuUsage()
const startMs = performance.now()
await sleep(seconds * 1000)
const wallMs = performance.now() - startMs
const used = await worker.cpuUsage(before)
const cpuMs = (used.user + used.system) / 1000
const { observations, failures, lagMs, reasons } = seen
const wanted = (nodeCount * probes.length * wallMs) / timing.intervalMs

const startsPerBucket = evenness()
const share = (ms: number): string => `${((100 * ms) / wallMs).toFixed(1)} %`
const table = tableOf(
  ['', 'found', 'target'],
  [
    ['prober thread, of one core', share(cpuMs), '≤ 60 %'],
    ['user + system', `${share(used.user / 1000)} + ${share(used.system / 1000)}`, ''],
    ['CPU a probe', `${((1000 * cpuMs) / observations).toFixed(1)} µs`, ''],
    ['probes made, of those the schedule wants', `${((100 * observations) / wanted).toFixed(1)} %`, '100 %'],
    ['starts in the busiest 100 ms ÷ mean, as scheduled', startsPerBucket.toFixed(2), '≤ 2'],
    ['greatest lag', `${lagMs.toFixed(0)} ms`, ''],
    ['failures', `${failures} ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(', ')}`.trim(), '0'],
  ],
).join('\n')
console.log(
  `\n${nodeCount} nodes × ${given.probes} at ${timing.intervalMs / 1000} s, for ${(wallMs / 1000).toFixed(0)} s\n\n${table}`,
)

await worker.terminate()
responder.disconnect()
if (!given['no-publish']) {
  const settings = { nodes: nodeCount, probes: given.probes, seconds, ...machine() }
  const found = { cpuMs, wallMs, observations, wanted, failures, lagMs, startsPerBucket }
  await mkdir(results, { recursive: true })
  await writeFile(new URL('prober.json', results), `${JSON.stringify({ settings, found }, null, 1)}\n`)
  await putIntoReadme('prober', `${nodeCount} nodes × ${given.probes}, ${seconds} s:\n\n${table}`)
}

/** The busiest 100 ms of a minute of this schedule, against the mean, in simulated time: what a busy machine makes of it is lag. */
function evenness(): number {
  const schedule = new Schedule<number>(Math.random)
  const items = nodes.flatMap(({ name }, node) =>
    probes.map(({ key, intervalMs, confirmMs }) => ({
      key: `${name} ${key}`,
      intervalMs,
      hurryMs: confirmMs,
      value: node,
    })),
  )
  schedule.replace(items, 0)
  const starts = new Uint32Array(600)
  for (let nowMs = schedule.nextMs(); nowMs < 60_000; nowMs = schedule.nextMs()) {
    if (schedule.take(nowMs) !== null) starts[Math.floor(nowMs / 100)] += 1
  }
  const steady = starts.subarray(30)
  return Math.max(...steady) / (steady.reduce((sum, count) => sum + count) / steady.length)
}
