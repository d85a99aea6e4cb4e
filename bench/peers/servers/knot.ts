// Knot DNS with mod-geoip, which looks countries up in the copy of the data. Knows its language.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { countries } from '../../../src/geo/countries.ts'
import { addressesOf, names, nearestSites, ttlSeconds, zone } from '../sites.ts'
import { nearestOnly } from './expected.ts'
import type { Program } from '../process.ts'
import type { Server, Site } from './model.ts'

export const knot: Server = {
  key: 'knot',
  title: 'Knot DNS, mod-geoip',
  expects: nearestOnly,
  prepare: (site) => prepareKnot(site),
}

/**
 * Writes its files.
 * @param signs each answer of mod-geoip is signed when it is asked for
 */
export async function prepareKnot(site: Site, signs = false): Promise<Program> {
  const { directory } = site
  for (const part of ['run', 'db']) await mkdir(join(directory, part))
  const file = join(directory, 'knot.conf')
  await writeFile(join(directory, 'geo.conf'), answers())
  await writeFile(join(directory, 'zone'), zoneFile())
  await writeFile(file, configuration(site, signs))
  return { argv: ['knotd', '-c', file], log: join(directory, 'log') }
}

const online = `
policy:
  - id: bench
    algorithm: ecdsap256sha256
    single-type-signing: on
mod-onlinesign:
  - id: bench
    policy: bench
`

function configuration({ directory, port, mmdb }: Site, signs: boolean): string {
  const modules = signs ? '[mod-geoip/world, mod-onlinesign/bench]' : 'mod-geoip/world'
  return `
server:
    rundir: "${join(directory, 'run')}"
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    edns-client-subnet: on
log:
  - target: stderr
    any: info
database:
    storage: "${join(directory, 'db')}"
mod-geoip:
  - id: world
    config-file: "${join(directory, 'geo.conf')}"
    ttl: ${ttlSeconds}
    mode: geodb
    geodb-file: "${mmdb}"
    geodb-key: country/iso_code
${signs ? online : ''}
zone:
  - domain: ${zone}
    file: "${join(directory, 'zone')}"
    zonefile-sync: -1
    module: ${modules}
`
}

/** Every name answers every country. */
function answers(): string {
  const byCountry = [...countries.keys()].map((country) => {
    const { v4, v6 } = addressesOf(nearestSites(country)[0])
    return `  - geo: "${country}"\n    A: [${v4.join(', ')}]\n    AAAA: ["${v6.join('", "')}"]\n`
  })
  return names.map((name) => `${name}:\n${byCountry.join('')}`).join('')
}

/** The names have to be there for the module to be asked about them. */
function zoneFile(): string {
  return `
$ORIGIN ${zone}.
@ 3600 SOA ns1 hostmaster 1 7200 1800 1209600 5
@ 3600 NS ns1
ns1 3600 A 192.0.2.53
${names.map((name) => `${name}. ${ttlSeconds} TXT "steered"`).join('\n')}
`
}
