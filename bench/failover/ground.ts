// What the failover bench stands on: a network namespace of its own, edges in it, name servers beside. Knows no measuring.
//
// Edges have addresses on lo. Behind lo lies a pair of veth devices that carries nothing anywhere: with its address taken off lo an
// edge's packets are routed there and vanish, which is what a black hole looks like, also to connections that were open.
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Running } from '../peers/process.ts'
import type { ToEdges } from './edges.ts'
import { spare, type Edge } from './kinds.ts'
import type { Prepared } from './servers.ts'
import { Watcher } from './watch.ts'

const inside = 'NEARCAST_BENCH_INSIDE'
const edgesEntry = fileURLToPath(new URL('./edges.ts', import.meta.url))

/** Runs this very program again in a network namespace of its own; false when that is where we are. */
export async function enterNamespace(): Promise<boolean> {
  if (process.env[inside] !== undefined) return false
  if (process.getuid?.() !== 0) throw new Error('a network namespace is made by root only: run this bench as root')
  const child = spawn('unshare', ['--net', process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [inside]: 'yes' },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  process.exitCode = code ?? 1
  return true
}

export function makeNetwork(edges: readonly Edge[]): void {
  ip('link', 'set', 'lo', 'up')
  ip('link', 'add', 'nowhere0', 'type', 'veth', 'peer', 'name', 'nowhere1')
  for (const device of ['nowhere0', 'nowhere1']) ip('link', 'set', device, 'up', 'arp', 'off')
  ip('route', 'add', '10.51.0.0/16', 'dev', 'nowhere0')
  for (const address of [...edges.map((edge) => edge.address), spare])
    ip('address', 'add', `${address}/32`, 'dev', 'lo')
}

/** Packets to and from the address vanish from now on. */
export function blackhole(address: string): void {
  ip('address', 'del', `${address}/32`, 'dev', 'lo')
}

/** A process of edges; resolves when all of them listen. */
export async function startEdges(addresses: readonly string[]): Promise<ChildProcess> {
  const child = fork(edgesEntry, addresses)
  await once(child, 'message')
  return child
}

export function tell(edges: ChildProcess, told: ToEdges): void {
  edges.send(told)
}

export interface Standing {
  readonly server: Prepared
  readonly running: Running
  readonly watcher: Watcher
}

/** Starts name servers one after the other; resolves when each names every edge. */
export async function startServers(servers: readonly Prepared[], edges: readonly Edge[]): Promise<Standing[]> {
  const standing: Standing[] = []
  for (const server of servers) {
    const running = Running.start(server, 1)
    process.once('exit', () => running.signal('SIGKILL'))
    const watcher = await Watcher.open(server.port)
    standing.push({ server, running, watcher })
    await allNamed(standing[standing.length - 1], edges)
  }
  return standing
}

async function allNamed({ server, watcher }: Standing, edges: readonly Edge[]): Promise<void> {
  const deadlineMs = Date.now() + 60_000
  let left = [...edges]
  while (left.length > 0) {
    if (Date.now() > deadlineMs)
      throw new Error(
        `${server.title} does not name ${left[0].name}:\n${readFileSync(server.log, 'utf8').slice(-2000)}`,
      )
    const found = await Promise.all(left.map(({ name }) => watcher.ask(name)))
    left = left.filter(({ address }, at) => found[at] !== address)
  }
  watcher.asked = 0
  watcher.lost = 0
}

export async function stopServers(standing: readonly Standing[]): Promise<void> {
  for (const { watcher } of standing) watcher.close()
  await Promise.all(standing.map(({ running }) => running.stop()))
}

function ip(...args: string[]): void {
  execFileSync('ip', args)
}
