// npm run bench:latency: how long answers take at fixed rates, Nearcast and gdnsd in turn, and Nearcast while it reloads and while
// nodes come and go. See bench/README.md.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { install } from '../peers/packages.ts'
import { framed } from '../peers/queries.ts'
import { disturbance as disturbanceOf, machine, putIntoReadme, results, spreadOf, tableOf } from '../peers/report.ts'
import { checkSamples } from '../peers/samples.ts'
import { echo } from '../peers/servers/echo.ts'
import { gdnsd } from '../peers/servers/gdnsd.ts'
import { nearcast, type NearcastProgram } from '../peers/servers/nearcast.ts'
import { clientCore, withGround, type Standing } from '../peers/stand.ts'
import { flaps, reloads, type Disturbance } from './disturb.ts'
import type { Timed } from './sender.ts'

/** One server's turn at one rate. */
interface Turn extends Timed {
  readonly round: number
  readonly subject: string
  /** Of saturation. */
  readonly share: number
  readonly perSecond: number
  /** Reloads or flaps meanwhile. */
  readonly disturbances: number
  /** CPU time of the server an answer, in microseconds. */
  readonly cpuUs: number
  /** How much of the server's core other programs used meanwhile; a reload's compiler is one. */
  readonly othersShare: number
}

/** Who is timed, and what happens to it meanwhile. */
interface Subject {
  readonly title: string
  readonly standing: Standing
  readonly disturbance: Disturbance | null
  readonly shares: readonly number[]
}

const sender = fileURLToPath(new URL('./sender.ts', import.meta.url))
const shares = [0.25, 0.5, 0.75]
const disturbedShares = [0.5]
const queryCount = 300_000
/** A rate is sustained when so few queries stay without an answer, and half of the others take no longer than this. */
const sustained = { lostShare: 0.001, p50Us: 1_000 }
const slowestRate = 20_000
const fastestRate = 640_000
/** A sender later than this, at p99.9, had not its core to itself: the turn is taken again. */
const latestSenderUs = 200
const tries = 3
const searchSteps = 6
const searchSeconds = 1

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    saturation: { type: 'string', default: '0' },
    publish: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)

install(['gdnsd', 'libmaxmind-db-writer-perl'])

await withGround({ queries: queryCount, seed: Number(flags.seed) }, async ({ directory, queries, start }) => {
  const file = join(directory, 'queries')
  await writeFile(file, framed(queries))
  const [ours, theirs, floor] = [await start(nearcast), await start(gdnsd), await start(echo)]
  const { adminPort } = ours.program as NearcastProgram
  const check = async (): Promise<void> => {
    for (const { server, port } of [ours, theirs])
      await checkSamples(server.key, port, queries.slice(0, 100), server.expects)
  }
  await check()
  const saturation =
    Number(flags.saturation) || Math.min(await saturationOf(ours, file), await saturationOf(theirs, file))
  console.log(`saturation: ${saturation} queries a second`)
  const subjects: Subject[] = [
    { title: 'Nearcast', standing: ours, disturbance: null, shares },
    { title: 'gdnsd', standing: theirs, disturbance: null, shares },
    {
      title: 'Nearcast, reloading',
      standing: ours,
      disturbance: reloads(adminPort),
      shares: disturbedShares,
    },
    {
      title: 'Nearcast, nodes flapping',
      standing: ours,
      disturbance: flaps(adminPort, ['hkg-1', 'fra-2', 'iad-3']),
      shares: disturbedShares,
    },
    { title: 'bare echo', standing: floor, disturbance: null, shares },
  ]
  const turns: Turn[] = []
  for (let round = 0; round < rounds; round++) {
    for (const share of shares) {
      const taking = subjects.filter((subject) => subject.shares.includes(share))
      for (let i = 0; i < taking.length; i++) {
        turns.push(await takeCalmly(taking[(round + i) % taking.length], round, share, saturation, file))
      }
    }
  }
  await check()
  await publish({ ...machine(), rounds, seconds, saturation, seed: Number(flags.seed) }, subjects, turns)
})

/** Again, where the sender itself was held up; the calmest of the tries counts. */
async function takeCalmly(
  subject: Subject,
  round: number,
  share: number,
  saturation: number,
  file: string,
): Promise<Turn> {
  let calmest = await take(subject, round, share, saturation, file)
  for (let again = 1; again < tries && calmest.lateness > latestSenderUs; again++) {
    const turn = await take(subject, round, share, saturation, file)
    if (turn.lateness < calmest.lateness) calmest = turn
  }
  return calmest
}

async function take(subject: Subject, round: number, share: number, saturation: number, file: string): Promise<Turn> {
  const { title, standing, disturbance } = subject
  const perSecond = Math.round(saturation * share)
  const over = new AbortController()
  const disturbing = disturbance?.(over.signal) ?? Promise.resolve(0)
  // It may fail while the sender runs; that is thrown further down.
  disturbing.catch(() => {})
  const used = standing.running.measure()
  const timed = await send(standing.port, perSecond, seconds, round + 1, file)
  const { userUs, systemUs, othersShare } = used()
  over.abort()
  const cpuUs = (userUs + systemUs) / timed.allAnswered
  const turn = { round, subject: title, share, perSecond, disturbances: await disturbing, cpuUs, othersShare, ...timed }
  const { p50, p99, p999, sent, answered, lateness } = turn
  console.log(
    `${round + 1}/${rounds} ${title.padEnd(24)} ${share * 100} %: p50 ${p50}, p99 ${p99}, p99.9 ${p999} µs, ` +
      `${sent - answered} lost, ${cpuUs.toFixed(1)} µs of CPU, sender late by ${lateness} µs`,
  )
  return turn
}

async function send(port: number, perSecond: number, length: number, seed: number, file: string): Promise<Timed> {
  const args = [sender, file, port, perSecond, length, seed].map(String)
  const { stdout } = await promisify(execFile)(
    'taskset',
    ['--cpu-list', String(clientCore), process.execPath, ...args],
    {
      timeout: (length + 30) * 1000,
    },
  )
  return JSON.parse(stdout) as Timed
}

/** The highest rate a server sustains, to within a few percent, as queries a second. */
async function saturationOf({ port }: Standing, file: string): Promise<number> {
  let [low, high] = [slowestRate, fastestRate]
  for (let step = 0; step < searchSteps; step++) {
    const rate = Math.round(Math.sqrt(low * high))
    const { sent, answered, p50 } = await send(port, rate, searchSeconds, step + 1, file)
    if (sent - answered <= sent * sustained.lostShare && p50 <= sustained.p50Us) low = rate
    else high = rate
  }
  return low
}

async function publish(settings: object, subjects: readonly Subject[], turns: readonly Turn[]): Promise<void> {
  const rows = shares.flatMap((share) =>
    subjects
      .filter((subject) => subject.shares.includes(share))
      .map(({ title }) => {
        const own = turns.filter((turn) => turn.subject === title && turn.share === share)
        const figure = (of: (turn: Turn) => number): string => {
          const { min, median, max } = spreadOf(own.map(of))
          return `**${Math.round(median)}** (${min}–${max})`
        }
        const cpu = spreadOf(own.map(({ cpuUs }) => cpuUs)).median
        const lost = own.reduce((sum, { sent, answered }) => sum + sent - answered, 0)
        const sent = own.reduce((sum, turn) => sum + turn.sent, 0)
        const rate = `${share * 100} %, ${own[0].perSecond}/s`
        return [
          rate,
          title,
          figure(({ p50 }) => p50),
          figure(({ p99 }) => p99),
          figure(({ p999 }) => p999),
          cpu.toFixed(2),
          `${lost} of ${sent}`,
        ]
      }),
  )
  const table = tableOf(['rate', 'server', 'p50 µs', 'p99 µs', 'p99.9 µs', 'CPU µs an answer', 'lost'], rows)
  table.push('', disturbanceOf(turns.map(({ othersShare }) => othersShare)))
  const text = table.join('\n')
  console.log(`\n${text}`)
  if (!flags.publish) return
  await mkdir(results, { recursive: true })
  await writeFile(new URL('latency.json', results), `${JSON.stringify({ settings, turns }, null, 1)}\n`)
  await putIntoReadme('latency', text)
}
