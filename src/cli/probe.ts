// nearcast probe: every probe of one node, by hand, step by step. Knows no protocol and decides nothing about the node.
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { freshMemory, type ProbeMemory } from '../health/memory.ts'
import { monotonicMs, type Family, type Observation, type ProbeTarget } from '../health/observation.ts'
import type { Step } from '../health/probes/attempt.ts'
import { runProbe } from '../health/probes/run.ts'
import { table } from './table.ts'

interface Options {
  readonly config: string
  readonly probe?: string
  readonly rounds: string
}

/** The command, for main.ts. */
export function probeCommand(): Command {
  return new Command('probe')
    .description('Run the probes of a node once, and print every step with what it took')
    .argument('<node>', 'the name of a node')
    .option('-c, --config <file>', 'the main file', 'config/nearcast.yaml')
    .option('-p, --probe <key>', 'any one probe of the configuration, the node need not name it')
    .option('-r, --rounds <number>', 'rounds, an interval apart; playlists are compared from one to the next', '1')
    .addHelpText(
      'after',
      `
Asks the node itself, from this machine; no daemon has to run, and none is told.
Exit code 0: every required probe passed in the last round. 69: one or more failed.

Examples:
  Why is it down?
    $ nearcast probe hkg-1 --config /etc/nearcast/nearcast.yaml
  Does the stream move on?
    $ nearcast probe hkg-1 --probe hls --rounds 5`,
    )
    .action(async (node: string, options: Options) => {
      const rounds = readRounds(options.rounds)
      const targets = targetsOf(await load(options.config), node, options.probe)
      const failed = await probe(targets, rounds)
      if (failed > 0)
        throw new NearcastError('NC_UNREACHABLE', `${failed} of ${targets.length} probes of ${node} failed.`)
    })
}

interface Asked {
  readonly target: ProbeTarget
  readonly memory: ProbeMemory
}

function readRounds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new NearcastError('NC_USAGE', `--rounds is '${text}'; expected a whole number from 1 to 9999.`)
}

async function load(path: string): Promise<Config> {
  const { config, problems } = await loadConfig(path)
  if (config !== null) return config
  const all = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')
  throw new NearcastError('NC_CONFIG', `${path} is refused:\n${all}`)
}

/** Every probe at every address; IPv4 first. */
function targetsOf({ nodes, probes }: Config, name: string, only: string | undefined): Asked[] {
  const node = nodes.find((one) => one.name === name)
  if (node === undefined)
    throw new NearcastError(
      'NC_NOT_FOUND',
      `there is no node '${name}': GET /v1/nodes and the configuration list them.`,
    )
  const wanted = probes.filter(({ key }) => (only === undefined ? node.probes.includes(key) : key === only))
  if (wanted.length === 0) {
    const known = probes.map(({ key }) => key).join(', ')
    const what = only === undefined ? `node '${name}' names no probe` : `there is no probe '${only}'`
    throw new NearcastError(
      'NC_NOT_FOUND',
      `${what}; --probe takes one of: ${known === '' ? 'none is defined' : known}.`,
    )
  }
  const spoken = { sinceMs: monotonicMs(), heardMs: null }
  const at = (family: Family, address: string | null): Asked[] =>
    address === null
      ? []
      : wanted.map((one) => ({ target: { node: name, family, address, probe: one }, memory: freshMemory(spoken) }))
  return [...at(4, node.v4), ...at(6, node.v6)]
}

/** @returns how many required ones failed in the last round */
async function probe(targets: readonly Asked[], rounds: number): Promise<number> {
  let failed = 0
  const pauseMs = Math.max(...targets.map(({ target }) => target.probe.intervalMs))
  for (let round = 1; round <= rounds; round += 1) {
    if (round > 1) await sleep(pauseMs)
    failed = 0
    for (const { target, memory } of targets) {
      const steps: Step[] = []
      const observation = await runProbe(target, memory, (step) => steps.push(step))
      process.stdout.write(`${formatProbe(target, steps, observation).join('\n')}\n\n`)
      if (!observation.ok && target.probe.required && target.probe.type !== 'report') failed += 1
    }
  }
  return failed
}

/** One probe, its steps beneath it, and how it ended. */
export function formatProbe(
  { address, probe: { key, type, required } }: ProbeTarget,
  steps: readonly Step[],
  { ok, reason, detail, elapsedMs }: Observation,
): string[] {
  const rows = steps.map(({ name, tookMs, note }) => ['', name, `${tookMs.toFixed(1)} ms`, printable(note)])
  const end = ok ? 'ok' : type === 'report' ? 'only the daemon hears reports' : `${reason}: ${detail}`
  return [
    `${key} (${type}${required ? '' : ', informs only'}) at ${address}`,
    ...table([...rows, ['', ok ? 'passed' : 'failed', `${elapsedMs.toFixed(1)} ms`, end]], [2]),
  ]
}

/** Notes may quote the node. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200)
}
