// The servers of a bench, each started on the server's core, checked, and stopped whatever happens. Knows no measuring.
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../test/support/free-port.ts'
import { mmdbCopy, readCountryPrefixes, type CountryPrefix } from './country-data.ts'
import { Running, type Program } from './process.ts'
import { makeQueries, type Query } from './queries.ts'
import type { Server, Site } from './servers/model.ts'

const cacheDirectory = fileURLToPath(new URL('../../.cache/bench', import.meta.url))
const serverCore = 1
/** Where what asks the servers is pinned; they have the other core. */
export const clientCore = 0

/** A server that answers. */
export interface Standing {
  readonly server: Server
  readonly port: number
  readonly running: Running
  readonly program: Program
}

export interface Ground {
  /** For files of the run; goes away at the end. */
  readonly directory: string
  readonly prefixes: readonly CountryPrefix[]
  readonly queries: readonly Query[]
  /** Writes a server's files, starts it and waits until it answers. */
  readonly start: (server: Server) => Promise<Standing>
}

/** Makes data and queries, and ends every server that was started on them when `use` is over. */
export async function withGround<T>(
  { queries: count, seed }: { readonly queries: number; readonly seed: number },
  use: (ground: Ground) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'nearcast-bench-'))
  const standing: Running[] = []
  // Also when the bench itself comes to a sudden end, nothing stays behind.
  process.once('exit', () => {
    for (const running of standing) running.signal('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  try {
    const prefixes = await readCountryPrefixes()
    const mmdb = await mmdbCopy(prefixes, cacheDirectory)
    const queries = makeQueries(prefixes, count, seed)
    const start = async (server: Server): Promise<Standing> => {
      const own = join(directory, server.key)
      await mkdir(own)
      const port = await freePort()
      const site: Site = { directory: own, port, prefixes, mmdb, cacheDirectory: join(cacheDirectory, 'nearcast') }
      const program = await server.prepare(site)
      const running = Running.start(program, serverCore)
      standing.push(running)
      await running.ready(port, queries[0].message)
      return { server, port, running, program }
    }
    return await use({ directory, prefixes, queries, start })
  } finally {
    await Promise.all(standing.map((running) => running.stop()))
    await rm(directory, { recursive: true, force: true })
  }
}
