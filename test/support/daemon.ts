// Runs Nearcast as a process of its own, as an operator does: its log lines as they come, its end, questions to it.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { query, read, type Asked, type Reply } from './ask.ts'

export const command = fileURLToPath(new URL('../../bin/nearcast', import.meta.url))
/** Tests have caches of their own, but not for the code. */
export const compiledCode = fileURLToPath(new URL('../../node_modules/.cache/nearcast-code', import.meta.url))

/** One line of the log. */
export interface Line {
  readonly event: string
  readonly msg?: string
  readonly [field: string]: unknown
}

export interface Process {
  /** That of the daemon too, where it was started with the pinned Node. */
  readonly pid: number | undefined
  /** Every line so far. */
  readonly lines: readonly Line[]
  /** The next line of an event, with these fields, that nobody was given yet; rejects when the process ends without it. */
  line(event: string, fields?: Readonly<Record<string, unknown>>): Promise<Line>
  kill(signal: NodeJS.Signals): void
  /** Kills it and every process that came of it, successors too; only where it was started with a group of its own. */
  killGroup(): void
  /** Resolves when it ended, with all it wrote to standard error. */
  readonly ended: Promise<{
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    readonly errors: string
  }>
}

/**
 * Starts `nearcast` with these arguments.
 * @param node the Node it is started with: the one in PATH by default, which may be older than the pinned one
 * @param ownGroup makes it the leader of a process group
 */
export function run(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  node = 'node',
  ownGroup = false,
): Process {
  const child = spawn(node, [command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
    env: { ...process.env, NODE_COMPILE_CACHE: compiledCode, ...environment },
  })
  const lines: Line[] = []
  const given = new Set<Line>()
  const waiting = new Set<() => void>()
  let over = false
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  createInterface(child.stdout).on('line', (text) => {
    lines.push(text.startsWith('{') ? (JSON.parse(text) as Line) : { event: 'text', msg: text })
    for (const look of waiting) look()
  })
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    over = true
    for (const look of waiting) look()
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, errors }
  })
  const line = (event: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Line> =>
    new Promise((resolve, reject) => {
      const wanted = Object.entries({ event, ...fields })
      const look = (): void => {
        const found = lines.find((one) => !given.has(one) && wanted.every(([key, value]) => one[key] === value))
        if (found === undefined && !over) return void waiting.add(look)
        waiting.delete(look)
        if (found === undefined)
          return reject(new Error(`it ended without ${event}: ${errors}${JSON.stringify(lines)}`))
        given.add(found)
        resolve(found)
      }
      look()
    })
  const killGroup = (): void => {
    if (!ownGroup || child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // Nobody is left of it.
    }
  }
  return { pid: child.pid, lines, line, kill: (signal) => void child.kill(signal), killGroup, ended }
}

interface Home {
  readonly directory: string
  readonly cacheDirectory: string
}

/** Directories that nothing else of this machine uses. */
export function environmentOf({ directory, cacheDirectory }: Home): NodeJS.ProcessEnv {
  return { CACHE_DIRECTORY: cacheDirectory, STATE_DIRECTORY: directory }
}

/** Starts `nearcast serve`, nothing shared with other daemons of this machine; resolves when it is ready. */
export async function serve(site: Home & { readonly configPath: string }): Promise<Process> {
  const nearcast = run(['serve', '--config', site.configPath], environmentOf(site))
  await nearcast.line('daemon.ready')
  return nearcast
}

/** Asks a server over UDP. */
export async function askServer(to: { address: string; port: number }, asked: Asked): Promise<Reply> {
  const socket = createSocket(to.address.includes(':') ? 'udp6' : 'udp4')
  try {
    const answered = once(socket, 'message')
    socket.send(query(asked), to.port, to.address)
    const [answer] = (await answered) as [Buffer]
    return read(answer)
  } finally {
    socket.close()
  }
}
