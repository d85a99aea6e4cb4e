// Does anything give way when a thousand edges flap under query load?
//
//   npm run bench:soak -- [--minutes 20] [--edges 1000] [--rate 2000] [--seed 1] [--no-publish]
//
// To hold: no query lost; no answer to a query sent later than the bound after a verdict names the node that the verdict took
// out; memory flat. Verdicts and their times are read from the daemon's log, as an operator reads them.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { run } from '../../test/support/daemon.ts'
import { machine, putIntoReadme, results, spreadOf, tableOf } from '../peers/report.ts'
import { Asker, type Answered } from './asker.ts'
import { configuration, makeFleet, ports } from './fleet.ts'

const { values: given } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    edges: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    'no-publish': { type: 'boolean', default: false },
  },
})
const minutes = Number(given.minutes)
const rate = Number(given.rate)
const seed = Number(given.seed)
/** A batch in hand when the verdict fell, and the clock of the log, which counts whole milliseconds. */
const boundMs = 20
/** Answers are judged when the log of their time has been read, as far as lines in flight can be behind. */
const judgeAfterMs = 2_000
const sampleEveryMs = 5_000
const cache = fileURLToPath(new URL('../../.cache/bench/soak', import.meta.url))

const fleet = makeFleet(Number(given.edges))
const nodeOf = new Map(fleet.map(({ address, name }) => [address, name]))
const directory = mkdtempSync(join(tmpdir(), 'nearcast-soak-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))

const edges = fork(new URL('./edges.ts', import.meta.url), [JSON.stringify({ edges: fleet, seed })])
await once(edges, 'message')
await writeFile(join(directory, 'nearcast.yaml'), configuration(fleet))
const daemon = run(
  ['serve', '--config', join(directory, 'nearcast.yaml')],
  { CACHE_DIRECTORY: cache, STATE_DIRECTORY: join(directory, 'state') },
  process.execPath,
)
process.once('exit', () => daemon.kill('SIGKILL'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
await daemon.line('daemon.ready')

/** Changes of a node, oldest first, as far as the log was read. */
const changes = new Map<string, { readonly atMs: number; readonly down: boolean }[]>()
const counts = { down: 0, up: 0, held: 0, kept: 0 }
let read = 0
/** The time of the last line that was read: the pipe may be far behind where a machine is busy. */
let readToMs = 0
let toJudge: Answered[] = []
let late = 0
let latestMs = 0
let named = 0

function readLog(): void {
  for (; read < daemon.lines.length; read++) {
    const { event, node, to, time } = daemon.lines[read]
    if (typeof time === 'string') readToMs = Date.parse(time)
    if (event === 'health.held_out') counts.held += 1
    if (event === 'guard.kept') counts.kept += 1
    if (event !== 'health.verdict' || (to !== 'down' && to !== 'up')) continue
    counts[to] += 1
    const own = changes.get(String(node)) ?? []
    changes.set(String(node), [...own.slice(-9), { atMs: Date.parse(String(time)), down: to === 'down' }])
  }
}

function judge(all: boolean): void {
  readLog()
  const beforeMs = all ? Infinity : readToMs - judgeAfterMs
  const due = toJudge.filter(({ cameMs }) => cameMs < beforeMs)
  toJudge = toJudge.filter(({ cameMs }) => cameMs >= beforeMs)
  for (const answered of due) for (const address of answered.addresses) judgeOne(answered, address)
}

/** A node must not be named when it had gone before the query left, unless it came back before the answer came. */
function judgeOne({ sentMs, cameMs }: Answered, address: string): void {
  named += 1
  const own = changes.get(nodeOf.get(address) ?? '') ?? []
  const last = own.findLast(({ atMs }) => atMs <= sentMs)
  if (last?.down !== true || own.some(({ atMs, down }) => !down && atMs > last.atMs && atMs <= cameMs)) return
  latestMs = Math.max(latestMs, sentMs - last.atMs)
  if (sentMs - last.atMs > boundMs) late += 1
}

const stop = new AbortController()
const asker = await Asker.open(seed, (answered) => void toJudge.push(answered))
const memory: number[] = []
const judging = setInterval(() => judge(false), 500)
const sampling = setInterval(() => void sample(), sampleEveryMs)
async function sample(): Promise<void> {
  memory.push(await residentMb())
  const { asked, lost } = asker
  console.log(
    `${memory.length * (sampleEveryMs / 1000)} s: ${asked} asked, ${lost} lost, ${late} late, ${JSON.stringify(counts)}, ${memory.at(-1)} MB`,
  )
}
setTimeout(() => stop.abort(), minutes * 60_000)
await asker.run(rate, stop.signal)
clearInterval(sampling)
clearInterval(judging)
daemon.kill('SIGTERM')
const { code } = await daemon.ended
judge(true)
edges.disconnect()

// The first third warms up: code is compiled, every edge has had its first connection.
const third = Math.floor(memory.length / 3)
const [before, after] = [memory.slice(third, 2 * third), memory.slice(2 * third)].map((part) => spreadOf(part).median)
const { asked, lost, refused } = asker
const table = tableOf(
  ['', 'found', 'to hold'],
  [
    ['queries asked', String(asked), ''],
    ['lost, or refused', `${lost}, ${refused}`, '0, 0'],
    [
      'verdicts down, up; held out; kept by a guard',
      `${counts.down}, ${counts.up}; ${counts.held}; ${counts.kept}`,
      '',
    ],
    [`answers that named a node more than ${boundMs} ms after its verdict`, `${late} of ${named}`, '0'],
    ['latest query answered with a node that was out', `${latestMs} ms after`, ''],
    ['resident memory, second third, last third (medians)', `${before} MB, ${after} MB`, 'flat'],
    ['ended with', String(code), '0'],
  ],
).join('\n')
console.log(`\n${fleet.length} edges, ${minutes} minutes, ${rate} queries a second, seed ${seed}:\n\n${table}`)
if (!given['no-publish']) {
  const settings = { edges: fleet.length, minutes, rate, seed, boundMs, ...machine() }
  await mkdir(results, { recursive: true })
  const found = { asked, lost, refused, late, named, latestMs, ...counts, memory }
  await writeFile(new URL('soak.json', results), `${JSON.stringify({ settings, found }, null, 1)}\n`)
  await putIntoReadme(
    'soak',
    `${fleet.length} edges, ${minutes} minutes, ${rate} queries a second, seed ${seed}:\n\n${table}`,
  )
}
process.exit(lost + refused + late === 0 && code === 0 ? 0 : 1)

/** What the daemon says of its resident memory, in megabytes. */
async function residentMb(): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${ports.admin}/metrics`)
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(await reply.text()) ?? []
  return Math.round(Number(bytes) / 2 ** 20)
}
