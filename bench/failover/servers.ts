// The name servers of the failover bench: the same edges, each with one name, and one spare behind all of them. Knows no fault.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Program } from '../peers/process.ts'
import { kinds, ports, spare, zone, type Edge } from './kinds.ts'

const command = fileURLToPath(new URL('../../bin/nearcast', import.meta.url))

export interface Prepared extends Program {
  readonly title: string
  readonly port: number
  /** How often it is asked while it still names a failed edge, and for how long at most. */
  readonly pollMs: number
  readonly patienceMs: number
  /** Whether it has probes for every kind of fault. */
  readonly seesAll: boolean
}

/** Probes at 1 s, everything else as it comes but for guards, which have nothing to do with single edges. */
export async function nearcast(directory: string, edges: readonly Edge[], cache: string): Promise<Prepared> {
  const own = join(directory, 'nearcast')
  await mkdir(join(own, 'state'), { recursive: true })
  const timing = { interval: '1s', timeout: '500ms', confirm: '150ms', fall: 3, rise: 3 }
  const config = {
    server: { identity: 'bench', listen: ['127.0.0.1:5301'], udpThreads: 1 },
    admin: { listen: '127.0.0.1:8053' },
    regions: { all: { continents: ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'], sites: ['here'] }, rest: 'all' },
    sites: { here: { country: 'HK' } },
    nodes: {
      spare: { site: 'here', addresses: [spare], price: 1000 },
      ...Object.fromEntries(
        edges.map(({ name, address, kind }) => [
          name,
          { site: 'here', addresses: [address], probes: [kinds[kind].probe] },
        ]),
      ),
    },
    pools: Object.fromEntries(edges.map(({ name }) => [name, { nodes: [name, 'spare'] }])),
    scoring: { price: '1ms' },
    probes: {
      http: { type: 'http', url: `http://{address}:${ports.http}/health`, ...timing },
      https: { type: 'https', url: `https://{address}:${ports.https}/health`, verify: false, ...timing },
      hls: { type: 'hls', url: `http://{address}:${ports.http}/live.m3u8`, ...timing },
    },
    health: { references: ['tcp://127.0.0.1:5301'], removalBudget: { share: 1, per: '1s' }, slowStart: '0s' },
    services: Object.fromEntries(
      edges.map(({ name }) => [name, { pool: name, answers: 1, spread: '0ms', ttl: { steady: '5s', changing: '5s' } }]),
    ),
    zones: {
      [zone]: {
        soa: { mname: `ns1.${zone}`, rname: 'hostmaster.example.net' },
        ns: { [`ns1.${zone}`]: ['192.0.2.53'], 'ns2.example.org': [] },
        names: Object.fromEntries(edges.map(({ name }) => [name, name])),
      },
    },
  }
  const path = join(own, 'nearcast.yaml')
  await writeFile(path, stringify(config, { aliasDuplicateObjects: false }))
  return {
    title: 'Nearcast, probes at 1 s',
    port: 5301,
    pollMs: 10,
    patienceMs: 15_000,
    seesAll: true,
    argv: [process.execPath, command, 'serve', '--config', path],
    env: { CACHE_DIRECTORY: cache, STATE_DIRECTORY: join(own, 'state') },
    log: join(own, 'log'),
  }
}

/** gdnsd at its defaults. */
export function gdnsd(directory: string, edges: readonly Edge[]): Promise<Prepared> {
  const patienceMs = 130_000
  return prepareGdnsd(
    directory,
    edges,
    { key: 'gdnsd', title: 'gdnsd, defaults', port: 5302, pollMs: 100, patienceMs },
    '',
  )
}

/** gdnsd at the fastest it allows: a timeout is at least 1 s and must be less than the interval. */
export function gdnsdFastest(directory: string, edges: readonly Edge[]): Promise<Prepared> {
  const settings = 'interval => 2, timeout => 1, up_thresh => 1, ok_thresh => 1, down_thresh => 1'
  const server = { key: 'gdnsd-fastest', title: 'gdnsd, fastest', port: 5303, pollMs: 10, patienceMs: 15_000 }
  return prepareGdnsd(directory, edges, server, `, ${settings}`)
}

async function prepareGdnsd(
  directory: string,
  edges: readonly Edge[],
  { key, ...server }: Pick<Prepared, 'title' | 'port' | 'pollMs' | 'patienceMs'> & { readonly key: string },
  settings: string,
): Promise<Prepared> {
  const own = join(directory, key)
  await mkdir(join(own, 'zones'), { recursive: true })
  const service = (path: string): string =>
    `{ plugin => http_status, port => ${ports.http}, url_path => ${path}${settings} }`
  const resources = edges.map(({ name, address, kind }) => {
    const type = kinds[kind].probe === 'hls' ? 'playlist' : 'page'
    return `    ${name} => { service_types => ${type}, primary => ${address}, secondary => ${spare} }`
  })
  const config = `
options => {
  listen => 127.0.0.1, dns_port => ${server.port}, udp_threads => 1, tcp_threads => 1
  run_dir => ${join(own, 'run')}, state_dir => ${join(own, 'state')}
}
service_types => { page => ${service('/health')}, playlist => ${service('/live.m3u8')} }
plugins => { simplefo => {
${resources.join('\n')}
} }
`
  await writeFile(join(own, 'config'), config)
  const names = edges.map(({ name }) => `${name} 5 DYNA simplefo!${name}`).join('\n')
  await writeFile(
    join(own, 'zones', zone),
    `@ SOA ns1 hostmaster (1 7200 1800 1209600 5)\n@ NS ns1\nns1 A 192.0.2.53\n${names}\n`,
  )
  return { ...server, seesAll: false, argv: ['gdnsd', '-c', own, 'start'], log: join(own, 'log') }
}
