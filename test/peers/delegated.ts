// Nearcast as an authority that is delegated to: a network of its own, a root and parents above it, port 53. Knows no resolver.
import { Site } from '../scenario/site.ts'
import { enterOwnNetwork } from '../support/own-network.ts'
import type { TrustedKey } from './keys.ts'
import { frankfurtWithoutV6, overWorld, regions } from './regions.ts'
import { authorityAddresses, parentAddresses, partner, startSmallInternet } from './small-internet.ts'

export interface Delegated {
  readonly site: Site
  stop(): Promise<void>
}

/**
 * Starts it. This test file then has no other network; clients and resolvers of each region have their addresses in it.
 * Frankfurt has no IPv6, and what does not exist is not to be remembered for more than 5 seconds.
 * @param key signs the zone; null: nothing does
 */
export async function startDelegated(key: TrustedKey | null): Promise<Delegated> {
  const servers = Object.values(authorityAddresses).flat()
  const clients = regions.flatMap(({ resolver, client }) => [resolver, client])
  enterOwnNetwork([...parentAddresses, ...servers, partner.server, ...clients])
  const others = await startSmallInternet(key?.ds ?? null)
  const listen = servers.map((address) => (address.includes(':') ? `[${address}]:53` : `${address}:53`))
  const zone = {
    ns: { ...authorityAddresses, 'ns3.example.org': null },
    ttl: { negative: '5s' },
    records: [...records, ...below],
    ...(key === null ? {} : { dnssec: { keys: key.directory } }),
  }
  const site = await Site.start({
    title: 'delegated',
    base: 'world',
    config: {
      ...overWorld,
      ...frankfurtWithoutV6,
      server: { listen: ['127.0.0.1:$DNS', ...listen] },
      zones: { 'live.example.net': zone, 'second.example.org': null },
    },
    steps: [],
  })
  return {
    site,
    stop: async () => {
      await site.stop()
      await others.stop()
    },
  }
}

/** A delegation, and aliases that lead into it. */
const below = [
  'partner NS ns1.partner',
  `ns1.partner A ${partner.server}`,
  'their CNAME www.partner',
  '*.theirs CNAME www.partner',
]

/** Those of `world` that resolvers are asked for. */
const records = [
  '@ CAA 0 issue "ca.example.net"',
  '@ TXT "live streams"',
  'watch CNAME show1.play',
  'tv CNAME watch',
  'lost CNAME nowhere',
  'deep.under.here TXT "a name two labels below an empty one"',
  'info.play TXT "beside a wildcard"',
  'mail MX 10 mx.example.org.',
]
