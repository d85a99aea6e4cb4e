// Nearcast as an authority that is delegated to: a network of its own, a root and parents above it, port 53. Knows no resolver.
import { Site } from '../scenario/site.ts'
import { enterOwnNetwork } from '../support/own-network.ts'
import { overWorld, regions } from './regions.ts'
import { authorityAddresses, parentAddresses, startSmallInternet } from './small-internet.ts'

export interface Delegated {
  readonly site: Site
  stop(): Promise<void>
}

/** Starts it. This test file then has no other network; clients and resolvers of each region have their addresses in it. */
export async function startDelegated(): Promise<Delegated> {
  const servers = Object.values(authorityAddresses).flat()
  enterOwnNetwork([...parentAddresses, ...servers, ...regions.flatMap(({ resolver, client }) => [resolver, client])])
  const parents = await startSmallInternet()
  const listen = servers.map((address) => (address.includes(':') ? `[${address}]:53` : `${address}:53`))
  const site = await Site.start({
    title: 'delegated',
    base: 'world',
    config: {
      ...overWorld,
      server: { listen: ['127.0.0.1:$DNS', ...listen] },
      zones: {
        'live.example.net': { ns: { ...authorityAddresses, 'ns3.example.org': null } },
        'second.example.org': null,
      },
    },
    steps: [],
  })
  return {
    site,
    stop: async () => {
      await site.stop()
      await parents.stop()
    },
  }
}
