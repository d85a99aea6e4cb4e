// The resolvers that stand between clients of three regions and an authority below a root, each as it is deployed. Knows no answers.
import { startKnotResolver } from './knot-resolver.ts'
import { startNamed } from './named.ts'
import { startPdnsRecursorFromRoot } from './pdns-recursor.ts'
import type { Peer } from './peer-process.ts'
import type { TrustedKey } from './keys.ts'
import { regions, type Region } from './regions.ts'
import { rootHints as hints } from './small-internet.ts'
import { isMissing } from './tools.ts'
import { startUnboundFromRoot } from './unbound.ts'

export interface ResolverKind {
  readonly name: string
  readonly skipped: boolean
  /** Whether it remembers for one subnet alone that a family is not there. */
  readonly absenceBySubnet: boolean
  /** Starts what every region needs; with a key it validates. */
  start(key: TrustedKey | null): Promise<readonly Peer[]>
  /** Where a region's clients ask, on port 53. */
  address(region: Region): string
}

const [{ resolver: shared }] = regions
const ownAddresses = regions.map(({ resolver }) => resolver)

/** Two with one cache for all regions, which tell the authority who asks; two with a cache for each, where their address tells it. */
export const resolverKinds: readonly ResolverKind[] = [
  {
    name: 'unbound',
    skipped: isMissing('unbound', { unbound: 'unbound' }),
    absenceBySubnet: true,
    start: async (key) => [await startUnboundFromRoot(shared, hints, key?.dnskey ?? '')],
    address: () => shared,
  },
  {
    name: 'PowerDNS Recursor',
    skipped: isMissing('pdns-recursor', { pdns_recursor: 'pdns-recursor' }),
    absenceBySubnet: false,
    start: async (key) => [await startPdnsRecursorFromRoot(shared, hints, key?.ds ?? '')],
    address: () => shared,
  },
  {
    name: 'Knot Resolver',
    skipped: isMissing('knot-resolver', { kresd: 'knot-resolver' }),
    absenceBySubnet: true,
    start: async (key) =>
      await Promise.all(
        ownAddresses.map((address) => startKnotResolver({ address, hints, trustAnchor: key?.dnskey ?? '' })),
      ),
    address: ({ resolver }) => resolver,
  },
  {
    name: 'BIND named',
    skipped: isMissing('named', { named: 'bind9' }),
    absenceBySubnet: true,
    start: async (key) => [await startNamed({ addresses: ownAddresses, hints, trustAnchor: key?.dnskey ?? '' })],
    address: ({ resolver }) => resolver,
  },
]
