// The servers of the flood bench: one small zone with a wildcard each, and rate limits where a server has them. Knows their languages.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Program } from '../peers/process.ts'

/** What is asked lies under here; `*.play` exists, and nothing beside it. */
export const zone = 'flood.example.net'
const addresses = ['198.18.0.1', '198.18.0.2']
const command = fileURLToPath(new URL('../../bin/nearcast', import.meta.url))
const cacheDirectory = fileURLToPath(new URL('../../.cache/bench/nearcast', import.meta.url))
/** What both servers that limit are told to allow a source network; Nearcast's default for names. */
const perSecond = 200

export interface FloodServer {
  readonly key: string
  readonly title: string
  /** Writes its files into an empty directory. */
  prepare(directory: string, port: number, adminPort: number): Promise<Program>
}

export const servers: readonly FloodServer[] = [
  { key: 'nearcast', title: 'Nearcast', prepare: prepareNearcast },
  { key: 'gdnsd', title: 'gdnsd (no rate limits)', prepare: prepareGdnsd },
  { key: 'knot', title: 'Knot DNS, mod-rrl', prepare: prepareKnot },
]

async function prepareNearcast(directory: string, port: number, adminPort: number): Promise<Program> {
  const configPath = join(directory, 'nearcast.yaml')
  const node = (address: string): object => ({ site: 'hkg', addresses: [address] })
  const configuration = {
    // The attackers are on loopback too.
    server: { listen: [`127.0.0.1:${port}`], udpThreads: 1, rateLimit: { exempt: [] } },
    admin: { listen: `127.0.0.1:${adminPort}` },
    regions: { all: { continents: ['AS', 'OC', 'EU', 'AF', 'NA', 'SA'] }, rest: 'all' },
    sites: { hkg: { country: 'HK', at: [22.32, 114.17] } },
    nodes: { 'hkg-1': node(addresses[0]), 'hkg-2': node(addresses[1]) },
    pools: { edges: { role: 'edge' } },
    services: { play: { pool: 'edges', answers: 2, ttl: { steady: '30s', changing: '10s' } } },
    zones: {
      [zone]: {
        soa: { mname: `ns1.${zone}`, rname: `hostmaster.${zone}` },
        ns: { [`ns1.${zone}`]: ['192.0.2.53'] },
        names: { '*.play': 'play' },
      },
    },
  }
  await mkdir(join(directory, 'state'))
  await writeFile(configPath, stringify(configuration))
  return {
    argv: [process.execPath, command, 'serve', '--config', configPath],
    env: { CACHE_DIRECTORY: cacheDirectory, STATE_DIRECTORY: join(directory, 'state') },
    log: join(directory, 'log'),
  }
}

async function prepareGdnsd(directory: string, port: number): Promise<Program> {
  const zones = join(directory, 'zones')
  await mkdir(zones)
  const places = `run_dir => ${join(directory, 'run')}, state_dir => ${join(directory, 'state')}`
  await writeFile(
    join(directory, 'config'),
    `options => { listen => 127.0.0.1, dns_port => ${port}, udp_threads => 1, tcp_threads => 1, ${places} }\n`,
  )
  await writeFile(join(zones, zone), zoneFile())
  return { argv: ['gdnsd', '-c', directory, 'start'], log: join(directory, 'log') }
}

async function prepareKnot(directory: string, port: number): Promise<Program> {
  for (const part of ['run', 'db']) await mkdir(join(directory, part))
  const file = join(directory, 'knot.conf')
  await writeFile(join(directory, 'zone'), `$ORIGIN ${zone}.\n${zoneFile()}`)
  await writeFile(
    file,
    `
server:
    rundir: "${join(directory, 'run')}"
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "${join(directory, 'db')}"
mod-rrl:
  - id: limits
    rate-limit: ${perSecond}
    slip: 2
template:
  - id: default
    global-module: mod-rrl/limits
zone:
  - domain: ${zone}
    file: "${join(directory, 'zone')}"
    zonefile-sync: -1
`,
  )
  return { argv: ['knotd', '-c', file], log: join(directory, 'log') }
}

function zoneFile(): string {
  return `@ 3600 SOA ns1 hostmaster 1 7200 1800 1209600 5
@ 3600 NS ns1
ns1 3600 A 192.0.2.53
${addresses.map((address) => `*.play 30 A ${address}`).join('\n')}
`
}
