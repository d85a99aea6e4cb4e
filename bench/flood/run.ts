// npm run bench:flood: how legitimate resolvers fare while ten times their traffic comes from attackers, at Nearcast, gdnsd and Knot in
// turn. See bench/README.md.
import { execFile, execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { freePort } from '../../test/support/free-port.ts'
import { enterNamespace } from '../failover/ground.ts'
import { install } from '../peers/packages.ts'
import { Running } from '../peers/process.ts'
import { disturbance, machine, percent, putIntoReadme, results, spreadOf, tableOf } from '../peers/report.ts'
import type { Answered } from './client.ts'
import { question } from './questions.ts'
import { servers, type FloodServer } from './servers.ts'

const client = fileURLToPath(new URL('./client.ts', import.meta.url))
const attacker = fileURLToPath(new URL('./attacker.ts', import.meta.url))
const serverCore = 1
const otherCore = 0
/** What the client waits before it counts, and for its last answers. */
const aroundSeconds = 2

interface Flood {
  /** What the attacker is started as; null: nobody attacks. */
  readonly kind: string | null
  readonly title: string
  readonly transport: 'udp' | 'tcp'
  /** Legitimate queries a second; the attacker has ten times as many. */
  readonly perSecond: number
}

const floods: readonly Flood[] = [
  { kind: null, title: 'calm', transport: 'udp', perSecond: 1500 },
  { kind: 'one', title: 'one source', transport: 'udp', perSecond: 1500 },
  { kind: 'many', title: 'a million spoofed sources', transport: 'udp', perSecond: 1500 },
  { kind: 'names', title: 'random names with DO, 200 sources', transport: 'udp', perSecond: 1500 },
  { kind: null, title: 'calm, TCP', transport: 'tcp', perSecond: 50 },
  { kind: 'connections', title: 'TCP connections that stay', transport: 'tcp', perSecond: 50 },
]

interface Turn extends Answered {
  readonly round: number
  readonly server: string
  readonly flood: string
  readonly flooded: number
  /** CPU time of the server, as a share of its core. */
  readonly busyShare: number
  readonly othersShare: number
}

interface Standing {
  readonly server: FloodServer
  readonly port: number
  readonly running: Running
}

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    publish: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)

if (!(await enterNamespace())) await run()

async function run(): Promise<void> {
  install(['gdnsd', 'knot'])
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  const directory = await mkdtemp(join(tmpdir(), 'nearcast-flood-'))
  const standing: Standing[] = []
  process.once('exit', () => {
    for (const { running } of standing) running.signal('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  for (const server of servers) {
    const own = join(directory, server.key)
    await mkdir(own)
    const [port, adminPort] = [await freePort(), await freePort()]
    const running = Running.start(await server.prepare(own, port, adminPort), serverCore)
    standing.push({ server, port, running })
    await running.ready(port, question('s1.play', false))
  }
  const turns: Turn[] = []
  for (let round = 0; round < rounds; round++) {
    for (const flood of floods) {
      for (let i = 0; i < standing.length; i++) {
        turns.push(await take(round, flood, standing[(round + i) % standing.length]))
      }
    }
  }
  await Promise.all(standing.map(({ running }) => running.stop()))
  await publish(turns)
}

async function take(round: number, flood: Flood, { server, port, running }: Standing): Promise<Turn> {
  const whole = seconds + aroundSeconds
  const used = running.measure()
  const attack =
    flood.kind === null ? null : start(attacker, [flood.kind, port, flood.perSecond * 10, whole, round + 1])
  const asked = await start(client, [port, flood.perSecond, seconds, round + 1, flood.transport])
  const { userUs, systemUs, othersShare } = used()
  const flooded = attack === null ? 0 : Number(await attack)
  const answered = JSON.parse(asked) as Answered
  const busyShare = (userUs + systemUs) / 1e6 / whole
  const turn = { round, server: server.key, flood: flood.title, flooded, busyShare, othersShare, ...answered }
  console.log(
    `${round + 1}/${rounds} ${flood.title.padEnd(34)} ${server.title.padEnd(24)} ${turn.answered} of ${turn.sent}, ` +
      `p50 ${turn.p50}, p99 ${turn.p99} µs, ${flooded} of the flood, ${percent(busyShare)} of its core`,
  )
  return turn
}

async function start(script: string, args: readonly (string | number)[]): Promise<string> {
  const words = ['--cpu-list', String(otherCore), process.execPath, script, ...args.map(String)]
  const { stdout } = await promisify(execFile)('taskset', words, { timeout: (seconds + 60) * 1000 })
  return stdout.trim()
}

async function publish(turns: readonly Turn[]): Promise<void> {
  const rows = floods.flatMap(({ title }) =>
    servers.map((server) => {
      const own = turns.filter((turn) => turn.flood === title && turn.server === server.key)
      const figure = (of: (turn: Turn) => number | null): string => {
        const known = own.map(of).filter((one) => one !== null)
        if (known.length === 0) return '–'
        const { min, median, max } = spreadOf(known)
        return `**${Math.round(median)}** (${Math.round(min)}–${Math.round(max)})`
      }
      const share = spreadOf(own.map(({ answered, sent }) => answered / sent))
      return [
        title,
        server.title,
        `**${(share.median * 100).toFixed(2)} %** (${(share.min * 100).toFixed(2)})`,
        figure(({ p50 }) => p50),
        figure(({ p99 }) => p99),
        percent(spreadOf(own.map(({ busyShare }) => busyShare)).median),
        String(Math.round(spreadOf(own.map(({ flooded }) => flooded)).median)),
      ]
    }),
  )
  const head = ['flood', 'server', 'answered (worst)', 'p50 µs', 'p99 µs', 'of its core', 'sent by the flood']
  const text = [...tableOf(head, rows), '', disturbance(turns.map(({ othersShare }) => othersShare))].join('\n')
  console.log(`\n${text}`)
  if (!flags.publish) return
  await mkdir(results, { recursive: true })
  const settings = { ...machine(), rounds, seconds, floods }
  await writeFile(new URL('flood.json', results), `${JSON.stringify({ settings, turns }, null, 1)}\n`)
  await putIntoReadme('flood', text)
}
