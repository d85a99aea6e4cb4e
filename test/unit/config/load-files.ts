// Loads configurations from texts, written to a directory of their own. Knows where files go, no key.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { loadConfig } from '../../../src/config/load.ts'
import type { Loaded } from '../../../src/config/load.ts'
import { formatProblem } from '../../../src/config/problem.ts'
import type { ParseCache } from '../../../src/config/tree-cache.ts'

export const main = 'nearcast.yaml'

/** A configuration without a fault, one line a thing, so that a test can change one. */
export const good = `regions:
  apac: { continents: [AS, OC], sites: [hkg] }
  rest: apac
carriers:
  define:
    alpha: { tier: 2, asns: [64496] }
    beta: { tier: 3, asns: [64497] }
sites:
  hkg: { country: HK, at: [22.32, 114.17] }
nodes:
  hkg-1: { site: hkg, addresses: [192.0.2.1, "2001:db8::1"], carriers: [alpha], labels: [fast], probes: [web] }
  hkg-2: { site: hkg, addresses: [192.0.2.2], probes: [web] }
pools:
  edges: { role: edge }
steering:
  - { clients: { carrier: alpha }, nodes: { node: hkg-1 }, weight: 2 }
probes:
  web: { type: http, url: "http://{address}/" }
services:
  play: { pool: edges }
zones:
  live.example.net:
    soa: { mname: ns1.live.example.net, rname: host.example.net }
    ns: { ns1.live.example.net: [192.0.2.53], ns2.example.org: [] }
    names: { play: play, "*.play": play }
    records:
      - 'status CNAME status.example.org.'
health: { references: ["tcp://192.0.2.1:443"] }
`

/** What loading gave, problems and files as a person sees them from the directory of the main file. */
export interface Seen {
  readonly loaded: Loaded
  readonly problems: string[]
  readonly warnings: string[]
  readonly files: string[]
}

/** Loads the file `nearcast.yaml` among files given by path; the directory is gone afterwards. */
export async function loadFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  cache?: ParseCache,
): Promise<Seen> {
  const directory = await mkdtemp(join(tmpdir(), 'nearcast-config-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), content, { mode: 0o600 })
    }
    const loaded = await loadConfig(join(directory, main), { cache, reader: directory })
    const show = (problem: Loaded['problems'][number]): string =>
      formatProblem(problem, directory).replaceAll(directory, '')
    return {
      loaded,
      problems: loaded.problems.map(show),
      warnings: loaded.warnings.map(show),
      files: loaded.files.map((file) => relative(directory, file)),
    }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The good configuration with one text in it replaced. */
export function changed(from: string, to: string): string {
  if (!good.includes(from)) throw new Error(`the good configuration has no ${from}`)
  return good.replace(from, () => to)
}

/** One change to the good configuration and all that is then said, without the file's name. */
export interface Case {
  readonly title: string
  readonly from: string
  readonly to: string
  readonly problems?: readonly string[]
  readonly warnings?: readonly string[]
}

/** What loading the changed configuration says, in the form of a Case. */
export async function sayings({ from, to }: Case): Promise<{ problems: string[]; warnings: string[] }> {
  const { problems, warnings } = await loadFiles({ [main]: changed(from, to) })
  const short = (text: string): string => text.replaceAll(`${main}:`, '')
  return { problems: problems.map(short), warnings: warnings.map(short) }
}
