// Nearcast under a root and a parent of its own, asked by real resolvers for clients of three regions, and judged by real checkers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDelegated, type Delegated } from './delegated.ts'
import { viewNames } from './dnsviz.ts'
import { startKnotResolver } from './knot-resolver.ts'
import { startNamed } from './named.ts'
import { startPdnsRecursorFromRoot } from './pdns-recursor.ts'
import type { Peer } from './peer-process.ts'
import { regions, strayAnswers, wrongAnswers, type Region } from './regions.ts'
import { authorityAddresses, rootHints, rootServers } from './small-internet.ts'
import { askAt, type Question, type Told } from './through.ts'
import { isConfined, isMissing } from './tools.ts'
import { startUnboundFromRoot } from './unbound.ts'
import { judgeZone } from './zonemaster.ts'

const skipped = isConfined('resolvers and checkers below a root') || isMissing('a root', { nsd: 'nsd' })

interface ResolverKind {
  readonly name: string
  readonly skipped: boolean
  /** Starts what every region needs. */
  start(): Promise<readonly Peer[]>
  /** Where a region's clients ask. */
  address(region: Region): string
}

/** What Zonemaster says of documentation addresses, wherever they are. */
const ofTheGround = new Set(['NAMESERVER_IP_PRIVATE_NETWORK', 'NAMESERVER_IP_WITHOUT_REVERSE'])

const [{ resolver: shared }] = regions
const ownAddresses = regions.map(({ resolver }) => resolver)

const kinds: readonly ResolverKind[] = [
  // One for all regions: it tells the authority who its client is.
  {
    name: 'unbound',
    skipped: isMissing('unbound', { unbound: 'unbound' }),
    start: async () => [await startUnboundFromRoot(shared, rootHints, '')],
    address: () => shared,
  },
  {
    name: 'PowerDNS Recursor',
    skipped: isMissing('pdns-recursor', { pdns_recursor: 'pdns-recursor' }),
    start: async () => [await startPdnsRecursorFromRoot(shared, rootHints, '')],
    address: () => shared,
  },
  // One for each region: its address is all that the authority learns.
  {
    name: 'Knot Resolver',
    skipped: isMissing('knot-resolver', { kresd: 'knot-resolver' }),
    start: async () =>
      await Promise.all(
        ownAddresses.map((address) => startKnotResolver({ address, hints: rootHints, trustAnchor: '' })),
      ),
    address: ({ resolver }) => resolver,
  },
  {
    name: 'BIND named',
    skipped: isMissing('named', { named: 'bind9' }),
    start: async () => [await startNamed({ addresses: ownAddresses, hints: rootHints, trustAnchors: '' })],
    address: ({ resolver }) => resolver,
  },
]

describe.skipIf(skipped)('live.example.net, delegated', () => {
  let delegated: Delegated

  beforeAll(async () => {
    delegated = await startDelegated()
  })
  afterAll(() => delegated?.stop())

  for (const kind of kinds) {
    describe.skipIf(kind.skipped)(`through ${kind.name}`, () => {
      let started: readonly Peer[] = []
      const ask = async (region: Region, { name, type }: Question): Promise<Told> =>
        await askAt({ to: { address: kind.address(region), port: 53 }, from: region.client }, { name, type })

      beforeAll(async () => {
        started = await kind.start()
      })
      afterAll(async () => {
        await Promise.all(started.map((peer) => peer.stop()))
      })

      it('gives clients of three regions the nodes configured for them, whoever asks first', async () => {
        expect(await strayAnswers(ask)).toEqual([])
      })

      it('gives everybody the same of what does not depend on them', async () => {
        expect(await wrongAnswers(ask)).toEqual([])
      })

      it('answers from its cache what it knows', async () => {
        const before = (await delegated.site.metrics()).get('queries{udp}')
        expect(await strayAnswers(ask)).toEqual([])
        expect((await delegated.site.metrics()).get('queries{udp}')).toBe(before)
      })
    })
  }

  it.skipIf(isMissing('dnsviz', { dnsviz: 'dnsviz' }))('gives DNSViz nothing to complain of', async () => {
    const names = ['play', 'show1.play', 'watch', 'info.play', 'under.here', 'deep.under.here', 'nowhere', 'mail']
    const zone = 'live.example.net'
    const { complaints, answersOf } = await viewNames([zone, ...names.map((name) => `${name}.${zone}`)], rootServers)
    expect(complaints).toBe('')
    // It has asked indeed, each of our addresses.
    for (const address of Object.values(authorityAddresses).flat()) expect(answersOf.get(address)).toBeGreaterThan(20)
  })

  it.skipIf(isMissing('zonemaster', { 'zonemaster-cli': 'zonemaster-cli' }))(
    'gives Zonemaster nothing to warn of',
    async () => {
      const findings = await judgeZone({ zone: 'live.example.net', servers: authorityAddresses, hints: rootHints })
      const tags = findings.filter(({ tag }) => !ofTheGround.has(tag)).map(({ level, tag }) => `${level} ${tag}`)
      // What its operator chose: times, no mail, no signatures.
      expect([...new Set(tags)].toSorted()).toEqual([
        'NOTICE NEITHER_DNSKEY_NOR_DS',
        'NOTICE NOT_SIGNED',
        'NOTICE REFRESH_MINIMUM_VALUE_LOWER',
        'NOTICE RETRY_MINIMUM_VALUE_LOWER',
        'NOTICE RNAME_MAIL_DOMAIN_INVALID',
        'NOTICE SOA_DEFAULT_TTL_MAXIMUM_VALUE_LOWER',
        'NOTICE Z09_MISSING_MAIL_TARGET',
      ])
    },
  )
})
