// How long does a name server still hand out an edge that has failed, and how often does it take out one that has not?
//
//   npm run bench:failover -- [--kills 200] [--kinds killed,error,…] [--gap 400] [--loss-minutes 10] [--no-publish]
//
// Nearcast and gdnsd (at its defaults and at its fastest) watch the same stand-in edges, each behind a name of its own with one
// spare behind it. Every edge fails once, at a random time; from then on its name is asked until it is named no more.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { install } from '../peers/packages.ts'
import { machine, putIntoReadme, results, tableOf } from '../peers/report.ts'
import {
  blackhole,
  enterNamespace,
  makeNetwork,
  startEdges,
  startServers,
  stopServers,
  tell,
  type Standing,
} from './ground.ts'
import { kindNames, kinds, makeEdges, spare, type Edge, type Kind } from './kinds.ts'
import { gdnsd, gdnsdFastest, nearcast, type Prepared } from './servers.ts'

const { values: given } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    kinds: { type: 'string', default: kindNames.join(',') },
    /** Milliseconds between two faults, on average. */
    gap: { type: 'string', default: '400' },
    'loss-minutes': { type: 'string', default: '10' },
    'no-publish': { type: 'boolean', default: false },
  },
})
const kills = Number(given.kills)
const gapMs = Number(given.gap)
const lossMinutes = Number(given['loss-minutes'])
/** Watched at the same time: all at once would leave the machine no time, and measure that. */
const together: readonly (readonly Kind[])[] = [['killed'], ['error', 'blackholed', 'mute'], ['frozen', 'expired']]
const wanted = given.kinds.split(',').map((name) => {
  if (!(name in kinds)) throw new Error(`--kinds: ${name} is none of ${kindNames.join(', ')}`)
  return name as Kind
})
const groups = together
  .map((group) => group.filter((kind) => wanted.includes(kind)))
  .filter((group) => group.length > 0)
/** How a server is watched that has no probe for what fails: long enough to show it, at little cost. */
const hopeless = { pollMs: 500, patienceMs: 30_000 }
const loss = 0.05
const lossEdges = 100
const fall = 3
const cache = fileURLToPath(new URL('../../.cache/bench/failover', import.meta.url))

interface Found {
  readonly server: string
  readonly kind: Kind
  /** Milliseconds; null for what was named to the end. */
  readonly times: readonly (number | null)[]
}

interface Lossy {
  readonly server: string
  readonly removals: number
}

if (!(await enterNamespace())) {
  install(['gdnsd'])
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-failover-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  // What was started ends with this process, also when somebody ends that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  try {
    // Two edges more than fail, so that a frozen stream goes on somewhere.
    const edges = makeEdges(Math.max(kills + 2, lossEdges), wanted)
    makeNetwork(edges)
    const found: Found[] = []
    for (const [index, group] of groups.entries()) {
      const failing = group.flatMap((kind) => edges.filter((edge) => edge.kind === kind).slice(0, kills + 2))
      if (kills > 0) found.push(...(await failAll(join(directory, `kills-${index}`), failing)))
    }
    const lossy =
      lossMinutes > 0
        ? await loseSome(directory, edges.filter(({ kind }) => kind === wanted[0]).slice(0, lossEdges))
        : []
    await report(found, lossy)
    process.exit()
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
}

async function prepareAll(directory: string, edges: readonly Edge[]): Promise<Prepared[]> {
  return [await nearcast(directory, edges, cache), await gdnsd(directory, edges), await gdnsdFastest(directory, edges)]
}

/** Lets all but two edges of each kind fail, one after the other in random order, and watches every server. */
async function failAll(directory: string, edges: readonly Edge[]): Promise<Found[]> {
  const killed = edges.filter(({ kind }) => kind === 'killed')
  const others = edges.filter(({ kind }) => kind !== 'killed')
  const farm = await startEdges([spare, ...others.map(({ address }) => address)])
  const alone = new Map<string, Awaited<ReturnType<typeof startEdges>>>()
  for (const { address } of killed) alone.set(address, await startEdges([address]))
  const standing = await startServers(await prepareAll(directory, edges), edges)
  await sleep(5_000)

  const fault = async ({ address, kind }: Edge): Promise<number> => {
    if (kind === 'killed') {
      alone.get(address)?.kill('SIGKILL')
      return Date.now()
    }
    if (kind === 'blackholed') {
      blackhole(address)
      return Date.now()
    }
    tell(farm, { address, fault: kind })
    for (;;) {
      const [done] = (await once(farm, 'message')) as [{ address: string; atMs: number }]
      if (done.address === address) return done.atMs
    }
  }

  const kindsHere = wanted.filter((kind) => edges.some((edge) => edge.kind === kind))
  const victims = kindsHere.flatMap((kind) => edges.filter((edge) => edge.kind === kind).slice(0, kills))
  shuffle(victims)
  const times = new Map<string, Promise<number | null>>()
  for (const [at, edge] of victims.entries()) {
    await sleep(2 * gapMs * Math.random())
    const faultMs = await fault(edge)
    for (const { server, watcher } of standing) {
      const { pollMs, patienceMs } = server.seesAll || kinds[edge.kind].gdnsdSees ? server : hopeless
      times.set(`${server.title} ${edge.name}`, watcher.lastNamed(edge, faultMs, pollMs, patienceMs))
    }
    if ((at + 1) % 20 === 0) console.log(`${at + 1} of ${victims.length} faults`)
  }
  const found: Found[] = []
  for (const { server } of standing) {
    for (const kind of kindsHere) {
      const own = victims.filter((edge) => edge.kind === kind)
      const waited = await Promise.all(
        own.map(async ({ name }) => (await times.get(`${server.title} ${name}`)) ?? null),
      )
      found.push({ server: server.title, kind, times: waited })
    }
  }
  for (const { server, watcher } of standing)
    console.log(`${server.title}: ${watcher.asked} asked, ${watcher.lost} lost`)
  await stopServers(standing)
  farm.kill()
  for (const child of alone.values()) child.kill()
  return found
}

/** Edges that are well but for requests that are lost, each by itself; counts how often each server takes one out. */
async function loseSome(directory: string, edges: readonly Edge[]): Promise<Lossy[]> {
  const farm = await startEdges(edges.map(({ address }) => address))
  const behind = await startEdges([spare])
  const healthy = edges.map((edge): Edge => ({ ...edge, kind: 'error' }))
  const standing = await startServers(await prepareAll(join(directory, 'loss'), healthy), healthy)
  tell(farm, { loss })
  const removals = new Map(standing.map(({ server }) => [server.title, 0]))
  const out = new Set<string>()
  const endMs = Date.now() + lossMinutes * 60_000
  while (Date.now() < endMs) {
    await Promise.all(standing.map((one) => countRemovals(one, edges, out, removals)))
    await sleep(200)
  }
  await stopServers(standing)
  farm.kill()
  behind.kill()
  return standing.map(({ server }) => ({ server: server.title, removals: removals.get(server.title) ?? 0 }))
}

async function countRemovals(
  { server, watcher }: Standing,
  edges: readonly Edge[],
  out: Set<string>,
  removals: Map<string, number>,
): Promise<void> {
  const found = await Promise.all(edges.map(({ name }) => watcher.ask(name)))
  for (const [at, { name, address }] of edges.entries()) {
    const key = `${server.title} ${name}`
    if (found[at] === null) continue
    if (found[at] === address) out.delete(key)
    else if (!out.has(key)) {
      out.add(key)
      removals.set(server.title, (removals.get(server.title) ?? 0) + 1)
    }
  }
}

async function report(found: readonly Found[], lossy: readonly Lossy[]): Promise<void> {
  const lines: string[] = []
  if (found.length > 0) {
    const rows = wanted.flatMap((kind) =>
      found
        .filter((one) => one.kind === kind)
        .map(({ server, times }, at) => [
          at === 0 ? kinds[kind].title : '',
          server,
          ...spread(times),
          at === 0 ? `≤ ${(kinds[kind].targetMs / 1000).toFixed(1)} s` : '',
        ]),
    )
    lines.push(`${kills} of each kind; from the fault to the last answer that named the edge:`, '')
    lines.push(...tableOf(['fault', 'server', 'p50', 'p99', 'greatest', 'p99 to reach'], rows), '')
  }
  if (lossy.length > 0) {
    const tries = lossEdges * lossMinutes * 60
    const expected = tries * loss ** fall
    lines.push(
      `Removals of ${lossEdges} healthy edges in ${lossMinutes} minutes, each request lost with ${loss * 100} %: Nearcast is expected ` +
        `to make ${expected.toFixed(1)} (${tries} scheduled tries × ${loss}^${fall}); ${poisson95(expected)} in 95 % of runs.`,
      '',
      ...tableOf(
        ['server', 'removals'],
        lossy.map(({ server, removals }) => [server, String(removals)]),
      ),
    )
  }
  console.log(`\n${lines.join('\n')}`)
  if (given['no-publish']) return
  await mkdir(results, { recursive: true })
  const settings = { kills, kinds: wanted, loss, lossEdges, lossMinutes, ...machine() }
  await writeFile(new URL('failover.json', results), `${JSON.stringify({ settings, found, lossy }, null, 1)}\n`)
  await putIntoReadme('failover', lines.join('\n'))
}

function spread(times: readonly (number | null)[]): string[] {
  const sorted = times.map((time) => time ?? Infinity).toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]
  return [at(0.5), at(0.99), at(1)].map((ms) => (ms === Infinity ? 'never' : `${(ms / 1000).toFixed(2)} s`))
}

/** The most that a count of this expectation is in 95 of 100 cases. */
function poisson95(expected: number): string {
  let [term, sum, count] = [Math.exp(-expected), Math.exp(-expected), 0]
  while (sum < 0.95) {
    count += 1
    term *= expected / count
    sum += term
  }
  return `at most ${count}`
}

function shuffle<T>(items: T[]): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[items[at], items[other]] = [items[other], items[at]]
  }
}
