// Nearcast itself: the daemon as an operator runs it, with the whole world, 2,000 carriers and 240 nodes. Knows its language.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { freePort } from '../../../test/support/free-port.ts'
import type { Program } from '../process.ts'
import type { Query } from '../queries.ts'
import { addressesOf, answerCount, names, sites, ttlSeconds, zone } from '../sites.ts'
import type { Expected, Server, Site } from './model.ts'

const command = fileURLToPath(new URL('../../../bin/nearcast', import.meta.url))
const carriers = fileURLToPath(new URL('../../../geo-data/carriers.yaml', import.meta.url))
const nodesPerSite = 20

const all = sites.map((_, site) => addressesOf(site, nodesPerSite))
const allAddresses = { A: new Set(all.flatMap(({ v4 }) => v4)), AAAA: new Set(all.flatMap(({ v6 }) => v6)) }

export const nearcast: Server = {
  key: 'nearcast',
  title: 'Nearcast',
  expects,
  prepare: (site) => prepareNearcast(site),
}

export const nearcastPortable: Server = {
  key: 'nearcast-portable',
  title: 'Nearcast, portable door',
  expects,
  prepare: (site) => prepareNearcast(site, { env: { NEARCAST_UDP: 'portable' } }),
}

/** Which site it is depends on carriers and parts of countries too, so any of our nodes will do. */
function expects({ type }: Query): Expected {
  return { addresses: allAddresses[type], count: answerCount, subnet: true }
}

export interface NearcastProgram extends Program {
  readonly adminPort: number
}

export interface Variant {
  readonly env?: NodeJS.ProcessEnv
  /** Another Nearcast than this one. */
  readonly command?: string
  /** Directory of the zone's keys; left away, it is not signed. */
  readonly keys?: string
}

/** Writes the configuration and says how it is run, and where its admin API is. */
export async function prepareNearcast(
  { directory, port, cacheDirectory }: Site,
  variant: Variant = {},
): Promise<NearcastProgram> {
  const configPath = join(directory, 'nearcast.yaml')
  const state = join(directory, 'state')
  await mkdir(state)
  const adminPort = await freePort()
  await writeFile(configPath, stringify(configuration(port, adminPort, variant.keys), { aliasDuplicateObjects: false }))
  return {
    // In the Node of this process: an older one would only start another, and the wrong process would be counted.
    argv: [process.execPath, variant.command ?? command, 'serve', '--config', configPath],
    env: { CACHE_DIRECTORY: cacheDirectory, STATE_DIRECTORY: state, ...variant.env },
    log: join(directory, 'log'),
    adminPort,
  }
}

function configuration(port: number, adminPort: number, keys: string | undefined): object {
  const nodes = sites.flatMap(({ key }, site) =>
    Array.from({ length: nodesPerSite }, (_, i) => {
      const addresses = [all[site].v4[i], all[site].v6[i]]
      return [`${key}-${i + 1}`, { site: key, addresses, capacity: i % 4 === 0 ? '100Gbps' : '40Gbps' }] as const
    }),
  )
  return {
    server: { identity: 'bench', listen: [`127.0.0.1:${port}`], udpThreads: 1 },
    admin: { listen: `127.0.0.1:${adminPort}` },
    regions: {
      apac: { continents: ['AS', 'OC'] },
      eu: { continents: ['EU', 'AF'] },
      na: { continents: ['NA', 'SA'] },
      rest: 'na',
    },
    carriers: { include: carriers },
    sites: Object.fromEntries(sites.map(({ key, country, at }) => [key, { country, at: [...at] }])),
    nodes: Object.fromEntries(nodes),
    pools: { edges: { role: 'edge' } },
    services: {
      play: {
        pool: 'edges',
        answers: answerCount,
        ttl: { steady: `${ttlSeconds}s`, changing: '10s' },
        locality: 'stream',
        copies: 2,
      },
    },
    zones: {
      [zone]: {
        soa: { mname: `ns1.${zone}`, rname: `hostmaster.${zone}` },
        ns: { [`ns1.${zone}`]: ['192.0.2.53'] },
        ...(keys === undefined ? {} : { dnssec: { keys } }),
        names: Object.fromEntries(names.map((name) => [name.slice(0, -zone.length - 1), 'play'])),
      },
    },
  }
}
