// nearcast demo: the shipped configuration with stand-in edges, the real daemon and real probes. Knows no DNS and no scheduling.
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { Packet } from 'dns2'
import { defaultCacheDirectory } from '../compile/cache.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { startDaemon } from '../daemon.ts'
import { NearcastError } from '../errors.ts'
import { formatAddress } from '../ip/address.ts'
import { createLogger } from '../telemetry/logger.ts'
import { Type } from '../wire/constants.ts'
import { startEdges, type EdgeSettings, type Edges } from './demo-edges.ts'
import { clients, demoScreen } from './demo-screen.ts'
import { narrate } from './demo-story.ts'
import { exchangeUdp, formatServer, type Server } from './dns-exchange.ts'
import { decodeReply, encodeQuestion } from './dns-message.ts'
import { nextEnding } from './ending.ts'
import { Progress } from './progress.ts'
import { readSubnet } from './query.ts'

const shippedConfig = fileURLToPath(new URL('../../config/nearcast.yaml', import.meta.url))
const restartAfterSeconds = 15
const askTimeoutMs = 2000
const orphanCheckMs = 500
/** An edge that is not heard by then is shown as it is. */
const firstRoundMs = 15_000

/** The command, for main.ts. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('Run Nearcast with stand-in edges on this machine, to see it answer and fail over')
    .option('-c, --config <file>', 'a configuration whose nodes have loopback addresses', shippedConfig)
    .addHelpText(
      'after',
      `
Starts a small HTTP server on the loopback address of each node, and the daemon as 'nearcast serve' would. Then it shows
what to ask, and how to stop an edge and watch it leave the answers. Ctrl-C ends everything.

Examples:
  The shipped configuration, from anywhere:
    $ nearcast demo
  Your own, to see what a change of its rules does:
    $ nearcast demo --config config/nearcast.yaml`,
    )
    .action(async ({ config }: { readonly config: string }) => demo(config))
}

async function demo(configPath: string): Promise<void> {
  const stopping = new AbortController()
  void nextEnding().then(() => stopping.abort())
  // Nobody is told when the one who started us is killed; then there is nobody left to end us either.
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && stopping.abort(), orphanCheckMs).unref()
  let edges: Edges | undefined
  try {
    const { config, problems } = await loadConfig(configPath)
    if (config === null)
      throw new NearcastError('NC_CONFIG', problems.map((problem) => formatProblem(problem)).join('\n'))
    const wanted = edgesOf(config)
    if (wanted.length === 0)
      throw new NearcastError(
        'NC_USAGE',
        `${configPath} has no node with a loopback address and an http probe; the demo runs only such.`,
      )
    edges = await startEdges(wanted, restartAfterSeconds * 1000, (happened) => {
      const process = `the process of ${happened.name}`
      say(
        happened.kind === 'ended'
          ? `${process} ended; it starts again in ${restartAfterSeconds} s`
          : `${process} runs again, pid ${happened.pid}`,
      )
    })
    await serve(configPath, config, edges, stopping.signal)
  } catch (error) {
    if (!stopping.signal.aborted) throw error
  } finally {
    await edges?.stop()
  }
}

/** Runs the daemon until the signal. */
async function serve(configPath: string, config: Config, edges: Edges, signal: AbortSignal): Promise<void> {
  const progress = new Progress(process.stderr, 'a line a step')
  process.stderr.write(
    `${edges.pids.size} stand-in edges run. The databases are compiled now: the first time it takes ten seconds, or a minute where ` +
      'much else runs; then the result is kept.\n',
  )
  const tell = (line: string): void => {
    const sentence = narrate(line, config.health.slowStartMs)
    if (sentence !== null) say(sentence)
  }
  const daemon = await startDaemon({
    configPath,
    cacheDirectory: defaultCacheDirectory(),
    stateDirectory: null,
    startSuccessor: { because: 'it is the demo; what nearcast serve starts can be' },
    logger: createLogger({ level: 'info', pretty: false, destination: { write: tell } }),
    onProgress: progress.show,
    signal,
  }).finally(() => progress.done())
  try {
    // What the screen shows is what is answered once all edges are heard; on a busy machine that takes longer than the start.
    await Promise.race([daemon.firstRound, sleep(firstRoundMs, null, { signal, ref: false })])
    const name = `show1.play.${config.zones[0].name}`
    const answers = await answersOf(config, daemon.listening[0], name)
    process.stdout.write(
      demoScreen({
        zones: config.zones.map((zone) => zone.name),
        listen: daemon.listening.map(formatServer),
        admin: formatServer(config.admin),
        name,
        // explain reads this file where it is told no other.
        configPath: resolve(configPath) === resolve('config/nearcast.yaml') ? null : configPath,
        edges: rows(config, edges),
        answers,
        restartAfterSeconds,
      }),
    )
    if (!signal.aborted) await once(signal, 'abort')
    process.stderr.write('\nStopping.\n')
  } finally {
    await daemon.stop()
  }
}

/** Every node with loopback addresses, on the port its first HTTP probe asks. */
function edgesOf({ nodes, probes }: Config): EdgeSettings[] {
  return nodes.flatMap(({ name, v4, v6, probes: keys }) => {
    const addresses = [v4, v6].filter((address) => address !== null && /^(127\.|::1$)/.test(address)) as string[]
    const probe = probes.find(({ key, type }) => keys.includes(key) && type === 'http')
    if (addresses.length === 0 || probe?.type !== 'http') return []
    return [{ name, addresses, port: Number(new URL(probe.url.replace('{address}', '127.0.0.1')).port || 80) }]
  })
}

function rows(config: Config, { pids }: Edges) {
  const inOrder = config.nodes.toSorted((a, b) => (a.v4 ?? '').localeCompare(b.v4 ?? '', 'en', { numeric: true }))
  return inOrder.flatMap(({ name, v4, v6, site, carriers }) => {
    const pid = pids.get(name)
    const addresses = [v4, v6].filter((address) => address !== null).join(' ')
    return pid === undefined ? [] : [{ name, addresses, site, carriers, pid }]
  })
}

/** Asks for every client of the screen, as they are told to. */
async function answersOf(config: Config, server: Server, name: string): Promise<Map<string, string[]>> {
  const names = new Map(config.nodes.map((node) => [node.v4, node.name]))
  const answers = new Map<string, string[]>()
  for (const { subnet } of clients) {
    const id = Packet.uuid()
    const query = encodeQuestion({ name, type: Type.A, subnet: readSubnet(subnet) }, id)
    const reply = decodeReply(await exchangeUdp(server, query, id, askTimeoutMs))
    answers.set(
      subnet,
      reply.answers
        .filter(({ type }) => type === Type.A)
        .map(({ rdata }) => formatAddress(rdata))
        .map((address) => names.get(address) ?? address),
    )
  }
  return answers
}

function say(sentence: string): void {
  process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${sentence}\n`)
}
