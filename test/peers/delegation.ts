// What must hold for a zone that is delegated to Nearcast, signed or not: real resolvers below a real root give clients of three
// regions their own nodes, and real checkers find nothing. Knows neither keys nor resolvers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nearcast } from '../support/command.ts'
import { startDelegated, type Delegated } from './delegated.ts'
import { makeDelv } from './delv.ts'
import { viewNames } from './dnsviz.ts'
import type { TrustedKey } from './keys.ts'
import type { Peer } from './peer-process.ts'
import { regions, strayAnswers, wrongAnswers, type Region } from './regions.ts'
import { resolverKinds, type ResolverKind } from './resolver-kinds.ts'
import { authorityAddresses, partner, rootHints, rootServers } from './small-internet.ts'
import { askAt, type Question, type Told } from './through.ts'
import { isConfined, isMissing } from './tools.ts'
import { judgeZone } from './zonemaster.ts'

const zone = 'live.example.net'

/** What Zonemaster says of documentation addresses, wherever they are. */
const ofTheGround = new Set(['NAMESERVER_IP_PRIVATE_NETWORK', 'NAMESERVER_IP_WITHOUT_REVERSE'])

/** Positive, expanded from the wildcard, by way of a CNAME, NODATA of each kind, NXDOMAIN. */
const questions = [
  ['mail', 'MX'],
  ['play', 'A'],
  ['show1.play', 'A'],
  ['show1.play', 'AAAA'],
  ['show1.play', 'MX'],
  ['watch', 'A'],
  ['info.play', 'A'],
  ['under.here', 'TXT'],
  ['nowhere', 'A'],
] as const

export interface Delegation {
  /** Makes the key that signs the zone; null when nothing does. */
  makeKey(): Promise<TrustedKey | null>
  /** Whether answers are validated. */
  readonly signed: boolean
  /** What Zonemaster notices and its operator chose. */
  readonly notices: readonly string[]
}

/** Registers the tests. */
export function delegationContract(delegation: Delegation): void {
  const skipped = isConfined('resolvers and checkers below a root') || isMissing('a root', { nsd: 'nsd' })
  describe.skipIf(skipped)(`${zone}, delegated${delegation.signed ? ' and signed' : ''}`, () => {
    let delegated: Delegated
    let key: TrustedKey | null

    beforeAll(async () => {
      key = await delegation.makeKey()
      delegated = await startDelegated(key)
    })
    afterAll(async () => {
      await delegated?.stop()
      key?.remove()
    })

    for (const kind of resolverKinds)
      throughResolver(kind, delegation.signed, {
        key: () => key,
        config: () => delegated.site.configPath,
        asked: async () => await countQuestions(delegated),
      })

    if (delegation.signed) validatedByDelv(() => key)

    it.skipIf(isMissing('dnsviz', { dnsviz: 'dnsviz' }))('gives DNSViz nothing to complain of', async () => {
      const below = ['play', 'show1.play', 'watch', 'info.play', 'under.here', 'deep.under.here', 'nowhere', 'mail']
      const names = [zone, ...below.map((name) => `${name}.${zone}`)]
      const { complaints, answersOf } = await viewNames(names, rootServers)
      expect(complaints).toBe('')
      // It has asked indeed, each of our addresses.
      for (const address of Object.values(authorityAddresses).flat()) expect(answersOf.get(address)).toBeGreaterThan(20)
    })

    it.skipIf(isMissing('zonemaster', { 'zonemaster-cli': 'zonemaster-cli' }))(
      'gives Zonemaster nothing to warn of',
      async () => {
        const ds = key?.ds ?? null
        const findings = await judgeZone({ zone, servers: authorityAddresses, hints: rootHints, ds })
        const tags = findings.filter(({ tag }) => !ofTheGround.has(tag)).map(({ level, tag }) => `${level} ${tag}`)
        expect([...new Set(tags)].toSorted()).toEqual(delegation.notices)
      },
    )
  })
}

/** Signed by a key, every answer is good, and so is every denial. */
function validatedByDelv(trusted: () => TrustedKey | null): void {
  it('lets delv validate all that there is, and that more is not, for every region', async () => {
    const delv = makeDelv(authorityAddresses[`ns1.${zone}`][0], zone, trusted()?.dnskey ?? '')
    const doubted: string[] = []
    for (const { client } of regions) {
      for (const [name, type] of questions) {
        const said = await delv.ask(client, `${name}.${zone}`, type)
        if (!said.includes('fully validated')) doubted.push(`${name} ${type} for ${client}: ${said}`)
      }
    }
    delv.remove()
    expect(doubted).toEqual([])
  })
}

interface Ground {
  key(): TrustedKey | null
  /** The configuration of the authority. */
  config(): string
  /** How many questions for addresses the authority got so far. */
  asked(): Promise<number>
}

function throughResolver(kind: ResolverKind, secure: boolean, ground: Ground): void {
  describe.skipIf(kind.skipped)(`through ${kind.name}`, () => {
    let started: readonly Peer[] = []
    const ask = async (region: Region, { name, type }: Question): Promise<Told> =>
      await askAt({ to: { address: kind.address(region), port: 53 }, from: region.client }, { name, type })

    beforeAll(async () => {
      started = await kind.start(ground.key())
    })
    afterAll(async () => {
      await Promise.all(started.map((peer) => peer.stop()))
    })

    it('soon finds a family that a client before had nothing of', async () => {
      const [hongKong, germany] = regions
      const absent = await ask(germany, { name: `absent.play.${zone}`, type: 'AAAA' })
      expect([absent.rcode, absent.data]).toEqual(['NOERROR', []])
      // At the latest when the negative TTL has passed, whatever the resolver keeps.
      await expect
        .poll(async () => (await ask(hongKong, { name: `absent.play.${zone}`, type: 'AAAA' })).data, {
          interval: 200,
        })
        .toEqual([expect.stringMatching(/^2001:db8:1::1[12]$/)])
    })

    it('gives clients of three regions the nodes configured for them, whoever asks first', async () => {
      const types = kind.absenceBySubnet ? ['AAAA', 'A'] : ['A']
      expect(await strayAnswers(ask, { withoutV6: 'Germany', secure, types })).toEqual([])
    })

    it('gives everybody the same of what does not depend on them', async () => {
      expect(await wrongAnswers(ask, { secure })).toEqual([])
    })

    it('answers from its cache what it knows', async () => {
      // Not a name of the wildcard: its proof lives as short as any denial, and signed answers as short as their proof.
      const known = { types: ['A'], names: [`play.${zone}`], secure }
      await strayAnswers(ask, known)
      const before = await ground.asked()
      expect(await strayAnswers(ask, known)).toEqual([])
      expect(await ground.asked()).toBe(before)
    })

    it('still finds new streams when it knows what does not exist', async () => {
      expect(await wrongAnswers(ask, { secure })).toEqual([])
      for (const [index, region] of regions.entries()) {
        const { rcode, data } = await ask(region, { name: `new${index}.play.${zone}`, type: 'A' })
        expect([rcode, data]).toEqual(['NOERROR', [expect.toBeOneOf(region.v4)]])
      }
    })

    it('leads `nearcast delegation` to the parent and to every server, all as they should be', async () => {
      const start = ['--resolver', kind.address(regions[0])]
      const { status, stdout } = await nearcast(['delegation', zone, '-c', ground.config(), ...start, '--json'])
      expect(JSON.parse(stdout)).toMatchObject({ check: { findings: [], unchecked: [] } })
      expect(status).toBe(0)
    })

    it('goes on below a delegation', async () => {
      for (const region of regions) {
        const { rcode, data, flags } = await ask(region, { name: `www.${partner.zone}`, type: 'A' })
        expect([rcode, data, flags.includes('ad')]).toEqual(['NOERROR', [partner.www], false])
      }
    })

    it('follows aliases, by a wildcard too, that come with the referral to where they lead', async () => {
      for (const name of ['their', 'new.theirs']) {
        const { rcode, data } = await ask(regions[0], { name: `${name}.${zone}`, type: 'A' })
        expect([name, rcode, data]).toEqual([name, 'NOERROR', [partner.www, `www.${partner.zone}.`]])
      }
    })
  })
}

async function countQuestions({ site }: Delegated): Promise<number> {
  const metrics = await site.metrics()
  return (metrics.get('questions{A}') ?? 0) + (metrics.get('questions{AAAA}') ?? 0)
}
