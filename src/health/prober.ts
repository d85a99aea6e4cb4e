// The prober's thread: drives the probe loop by real time and sends observations to the monitor in small batches.
// Decides nothing about any node.
import { parentPort } from 'node:worker_threads'
import { ProbeLoop } from './loop.ts'
import { lagEveryMs, type FromProber, type ToProber } from './messages.ts'
import { monotonicMs, type Observation } from './observation.ts'
import { runProbe } from './probes/run.ts'

/** Observations wait this long for company: short beside any timeout, long enough to spare the main thread. */
const batchMs = 10
const batchSize = 256

if (parentPort === null) throw new Error('prober.ts runs as a worker thread of the monitor')
const port = parentPort

let batch: Observation[] = []
let batchTimer: NodeJS.Timeout | undefined
let tickTimer: NodeJS.Timeout | undefined

const loop = new ProbeLoop({
  run: (target, memory) => runProbe(target, memory),
  observed: collect,
  random: Math.random,
})

port.on('message', (message: ToProber) => {
  if (message.kind === 'nodes') loop.setNodes(message.nodes, monotonicMs())
  else if (message.kind === 'heard') loop.heard(message.node, message.atMs)
  else for (const confirm of message.confirms) loop.confirm(confirm, monotonicMs())
  tick()
})

setInterval(() => post({ kind: 'lag', lagMs: loop.takeLag() }), lagEveryMs)

function tick(): void {
  clearTimeout(tickTimer)
  const waitMs = loop.tick(monotonicMs())
  if (waitMs !== Infinity) tickTimer = setTimeout(tick, Math.ceil(waitMs))
}

function collect(observation: Observation): void {
  batch.push(observation)
  if (batch.length >= batchSize) send()
  else batchTimer ??= setTimeout(send, batchMs)
}

function send(): void {
  clearTimeout(batchTimer)
  batchTimer = undefined
  post({ kind: 'observations', observations: batch })
  batch = []
}

function post(message: FromProber): void {
  port.postMessage(message)
}
