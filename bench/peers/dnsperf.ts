// Runs dnsperf on a core of its own and reads what it counted. Knows its options and its words.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Load {
  readonly port: number
  /** Queries as `framed` makes them. */
  readonly file: string
  readonly mode: 'udp' | 'tcp'
  readonly seconds: number
  /** Queries under way at once, over all clients. */
  readonly outstanding: number
  /** Sockets or connections. */
  readonly clients: number
  readonly core: number
}

export interface Counted {
  readonly sent: number
  readonly answered: number
  readonly lost: number
  readonly noError: number
  readonly perSecond: number
}

const graceMs = 30_000

/** Sends as many queries as the server takes. Throws when dnsperf fails. */
export async function runDnsperf({ port, file, mode, seconds, outstanding, clients, core }: Load): Promise<Counted> {
  const pinned = ['--cpu-list', String(core), 'dnsperf']
  const input = ['-s', '127.0.0.1', '-p', String(port), '-m', mode, '-B', '-d', file, '-l', String(seconds)]
  const shape = ['-q', String(outstanding), '-c', String(clients), '-T', '1', '-t', '1']
  const child = spawn('taskset', [...pinned, ...input, ...shape], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: seconds * 1000 + graceMs,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (some: string) => (text += some))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`dnsperf ended with ${code}:\n${text}`)
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)
  return {
    sent: number(/Queries sent:\s+(\d+)/),
    answered: number(/Queries completed:\s+(\d+)/),
    lost: number(/Queries lost:\s+(\d+)/),
    noError: number(/NOERROR (\d+)/),
    perSecond: number(/Queries per second:\s+([\d.]+)/),
  }
}
