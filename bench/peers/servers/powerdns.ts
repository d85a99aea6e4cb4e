// PowerDNS with its GeoIP backend, which looks countries up in the copy of the data. Knows its language.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { countries } from '../../../src/geo/countries.ts'
import { addressesOf, names, nearestSites, ttlSeconds, zone } from '../sites.ts'
import { nearestOnly } from './expected.ts'
import type { Server } from './model.ts'

export const powerdns: Server = {
  key: 'powerdns',
  title: 'PowerDNS, geoip backend',
  expects: nearestOnly,
  async prepare({ directory, port, mmdb }) {
    const zones = join(directory, 'zones.yaml')
    await writeFile(zones, zoneFile())
    await writeFile(
      join(directory, 'pdns.conf'),
      `
local-address=127.0.0.1
local-port=${port}
socket-dir=${directory}
launch=geoip
geoip-database-files=mmdb:${mmdb}
geoip-zones-file=${zones}
edns-subnet-processing=yes
receiver-threads=1
distributor-threads=1
security-poll-suffix=
disable-syslog=yes
loglevel=3
`,
    )
    return {
      argv: ['pdns_server', `--config-dir=${directory}`, '--daemon=no', '--guardian=no'],
      log: join(directory, 'log'),
    }
  },
}

function zoneFile(): string {
  const records = [...countries.keys()].map((country) => {
    const { v4, v6 } = addressesOf(nearestSites(country)[0])
    const lines = [...v4.map((address) => `a: ${address}`), ...v6.map((address) => `aaaa: "${address}"`)]
    return `      ${country.toLowerCase()}.geo.${zone}:\n${lines.map((line) => `        - ${line}\n`).join('')}`
  })
  return `
domains:
  - domain: ${zone}
    ttl: ${ttlSeconds}
    records:
      ${zone}:
        - soa: ns1.${zone} hostmaster.${zone} 1 7200 1800 1209600 5
        - ns: ns1.${zone}
      ns1.${zone}:
        - a: 192.0.2.53
${records.join('')}
    services:
${names.map((name) => `      ${name}: "%cc.geo.${zone}"\n`).join('')}
`
}
