// gdnsd with its geoip plugin: the prefixes as `nets`. Knows its language.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prefixText } from '../country-data.ts'
import { addressesOf, names, nearestSites, sites, ttlSeconds, zone } from '../sites.ts'
import { nearestOnly } from './expected.ts'
import type { Server } from './model.ts'

/** How long its lists are by default: the nearest, and two to fall back on. */
const listLength = 3

export const gdnsd: Server = {
  key: 'gdnsd',
  title: 'gdnsd, plugin_geoip',
  expects: nearestOnly,
  async prepare({ directory, port, prefixes }) {
    const zones = join(directory, 'zones')
    await mkdir(zones)
    const lists = new Map<string, string>()
    const listOf = (country: string): string => {
      const known = lists.get(country)
      if (known !== undefined) return known
      const order = nearestSites(country).slice(0, listLength)
      const list = `[${order.map((site) => sites[site].key).join(', ')}]`
      lists.set(country, list)
      return list
    }
    const nets = prefixes.map((prefix) => `${prefixText(prefix)} => ${listOf(prefix.country)}\n`)
    await writeFile(join(directory, 'nets'), nets.join(''))
    await writeFile(join(directory, 'config'), configuration(directory, port))
    await writeFile(join(zones, zone), zoneFile())
    return { argv: ['gdnsd', '-c', directory, 'start'], log: join(directory, 'log') }
  },
}

function configuration(directory: string, port: number): string {
  const places = sites.map(({ key }, site) => {
    const { v4, v6 } = addressesOf(site)
    return `        ${key} => { addrs_v4 => { ${numbered(v4)} }, addrs_v6 => { ${numbered(v6)} } }`
  })
  return `
options => {
  listen => 127.0.0.1, dns_port => ${port}
  udp_threads => 1, tcp_threads => 1
  run_dir => ${join(directory, 'run')}, state_dir => ${join(directory, 'state')}
}
plugins => { geoip => {
  maps => { world => {
    datacenters => [ ${sites.map(({ key }) => key).join(', ')} ]
    nets => ${join(directory, 'nets')}
  } }
  resources => { play => {
    map => world
    service_types => up
    dcmap => {
${places.join('\n')}
    }
  } }
} }
`
}

function numbered(addresses: readonly string[]): string {
  return addresses.map((address, i) => `a${i} => ${address}`).join(', ')
}

function zoneFile(): string {
  return `
@ SOA ns1 hostmaster (1 7200 1800 1209600 5)
@ NS ns1
ns1 A 192.0.2.53
${names.map((name) => `${name}. ${ttlSeconds} DYNA geoip!play`).join('\n')}
`
}
