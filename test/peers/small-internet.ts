// The rest of the DNS above and beside live.example.net, in a network of the test's own: a root, example.net that delegates, and
// example.org, all served by one real NSD. Knows no Nearcast.
import { startNsd } from './nsd.ts'
import type { Peer } from './peer-process.ts'

/** Where the root and example.net are served. */
export const parentAddresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2']

/** Where live.example.net is delegated to: two servers of two networks each, all Nearcast. */
export const authorityAddresses = {
  'ns1.live.example.net': ['192.0.2.53', '2001:db8::53'],
  'ns2.live.example.net': ['198.51.100.53', '2001:db8:2::53'],
}

/** The servers of the root, each with one address. */
export const rootServers = parentAddresses.map(
  (address, index) => [`ns${(index % 2) + 1}.parent.example.org`, address] as const,
)

/** Root hints as resolvers read them. */
export const rootHints = `
. 3600000 NS ns1.parent.example.org.
. 3600000 NS ns2.parent.example.org.
${parentGlue('3600000')}
`

/** A zone below live.example.net that is delegated to somebody else. */
export const partner = { zone: 'partner.live.example.net', server: '192.0.2.99', www: '192.0.2.100' }

/**
 * Starts it.
 * @param ds data of a DS record for live.example.net, null when it is not signed
 */
export async function startSmallInternet(ds: string | null): Promise<Peer> {
  return await startNsd({
    addresses: [...parentAddresses, partner.server],
    zones: [
      { name: '.', file: 'root' },
      { name: 'example.net', file: 'net' },
      { name: 'example.org', file: 'org' },
      { name: partner.zone, file: 'partner' },
    ],
    files: { root, net: netWith(ds), org, partner: below },
  })
}

function parentGlue(ttl: string): string {
  return parentAddresses
    .map((address, index) => `ns${(index % 2) + 1}.parent.example.org. ${ttl} ${recordOf(address)}`)
    .join('\n')
}

function recordOf(address: string): string {
  return `${address.includes(':') ? 'AAAA' : 'A'} ${address}`
}

function apex(name: string): string {
  return `
$TTL 3600
${name} SOA ns1.parent.example.org. hostmaster.example.org. 1 14400 3600 1209600 300
${name} NS ns1.parent.example.org.
${name} NS ns2.parent.example.org.
`
}

const root = `${apex('.')}
example.net. NS ns1.parent.example.org.
example.net. NS ns2.parent.example.org.
example.org. NS ns1.parent.example.org.
example.org. NS ns2.parent.example.org.
${parentGlue('3600')}
`

function netWith(ds: string | null): string {
  const records = Object.entries(authorityAddresses).flatMap(([name, addresses]) => [
    `live.example.net. NS ${name}.`,
    ...addresses.map((address) => `${name}. ${recordOf(address)}`),
  ])
  return [apex('example.net.'), ...records, ...(ds === null ? [] : [`live.example.net. DS ${ds}`]), ''].join('\n')
}

const org = `${apex('example.org.')}
${parentGlue('3600')}
status.example.org. A 192.0.2.80
example.org. MX 10 mx.example.org.
mx.example.org. A 192.0.2.25
hostmaster.example.org. MX 10 mx.example.org.
`

const below = `
$TTL 3600
${partner.zone}. SOA ns1.${partner.zone}. hostmaster.example.org. 1 14400 3600 1209600 300
${partner.zone}. NS ns1.${partner.zone}.
ns1.${partner.zone}. A ${partner.server}
www.${partner.zone}. A ${partner.www}
`
