// Starts the demo's stand-in edges, each its own process, and starts again those that end. Knows no DNS and no screen.
import { fork, type ChildProcess } from 'node:child_process'
import { NearcastError } from '../errors.ts'

/** What one edge is to be. */
export interface EdgeSettings {
  readonly name: string
  /** Loopback addresses. */
  readonly addresses: readonly string[]
  readonly port: number
}

/** The edges while they run. */
export interface Edges {
  /** The process of each edge by name; changes when one was started again. */
  readonly pids: ReadonlyMap<string, number>
  /** Ends all of them, stopped ones too. */
  stop(): Promise<void>
}

/** What happened to an edge after the start. */
export type EdgeEvent =
  | { readonly name: string; readonly kind: 'ended' }
  | { readonly name: string; readonly kind: 'started'; readonly pid: number }

/**
 * Starts all edges and waits until each listens. An edge that ends is started again after `restartAfterMs`.
 * Throws NC_ADDRESS_IN_USE naming every address that cannot be listened on; then none is left running.
 */
export async function startEdges(
  wanted: readonly EdgeSettings[],
  restartAfterMs: number,
  onEvent: (event: EdgeEvent) => void,
): Promise<Edges> {
  const pids = new Map<string, number>()
  const children = new Set<ChildProcess>()
  const timers = new Set<NodeJS.Timeout>()
  let supervised = false

  const start = async (edge: EdgeSettings): Promise<string> => {
    const child = spawnEdge(edge)
    children.add(child)
    const ended = (): void => {
      children.delete(child)
      if (!supervised) return
      onEvent({ name: edge.name, kind: 'ended' })
      const timer = setTimeout(() => {
        timers.delete(timer)
        void start(edge).then((word) => {
          const pid = pids.get(edge.name)
          if (word === 'up' && pid !== undefined) onEvent({ name: edge.name, kind: 'started', pid })
        })
      }, restartAfterMs)
      timers.add(timer)
    }
    child.once('exit', ended)
    // One that could not be spawned does not exit.
    child.once('error', () => child.pid === undefined && ended())
    const word = await firstWord(child)
    if (word === 'up' && child.pid !== undefined) pids.set(edge.name, child.pid)
    return word
  }

  const stop = async (): Promise<void> => {
    supervised = false
    for (const timer of timers) clearTimeout(timer)
    await Promise.all(
      [...children].map(async (child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve))
        // Nothing is lost with an edge, and SIGKILL ends even one that somebody stopped.
        child.kill('SIGKILL')
        await gone
      }),
    )
  }

  const words = await Promise.all(wanted.map(start))
  const failed = wanted.map((edge, i) => ({ edge, word: words[i] })).filter(({ word }) => word !== 'up')
  supervised = failed.length === 0
  if (supervised) return { pids, stop }
  await stop()
  throw busy(failed)
}

function spawnEdge({ name, addresses, port }: EdgeSettings): ChildProcess {
  const script = new URL('./demo-edge.ts', import.meta.url)
  const execArgv = ['--max-old-space-size=16', '--max-semi-space-size=1']
  return fork(script, [name, String(port), ...addresses], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

/** `up`, or why it is not. */
function firstWord(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('message', (word) => resolve(word as string))
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(`ended by ${signal ?? `code ${code}`}`))
  })
}

function busy(failed: readonly { edge: EdgeSettings; word: string }[]): NearcastError {
  const ports = [...new Set(failed.map(({ edge }) => edge.port))]
  const lines = [
    "The demo's edges cannot listen:",
    ...failed.map(({ edge, word }) => `  ${edge.name}: ${word}`),
    `See who listens there: ss -ltnp '${ports.map((port) => `sport = :${port}`).join(' or ')}'`,
    'Is another demo running? End it with Ctrl-C first.',
  ]
  return new NearcastError('NC_ADDRESS_IN_USE', lines.join('\n'))
}
