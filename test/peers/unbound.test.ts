// The strongest check of scopes: through a real resolver that caches by subnet everybody gets what the authority tells them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAnswer } from '../support/dns-answer.ts'
import { encodeQuery, encodeSubnet, typeNumber } from '../support/dns-query.ts'
import { overUdp } from '../support/dns-talk.ts'
import { Site } from '../scenario/site.ts'
import { randomClients, randomFrom } from './clients.ts'
import { isMissing } from './tools.ts'
import { startUnbound, type Unbound } from './unbound.ts'

const seed = 7871
const clientsOfEach = 500
const skipped = isMissing('unbound', { unbound: 'unbound', 'unbound-control': 'unbound' })

interface Told {
  readonly rcode: string
  readonly addresses: readonly string[]
  readonly scope: number | null
}

interface Question {
  readonly subnet: string
  readonly type: 'A' | 'AAAA'
}

interface Case extends Question {
  readonly direct: Told
}

describe.skipIf(skipped)('unbound in front', () => {
  let site: Site
  const opened: Unbound[] = []

  beforeAll(async () => {
    // One address an answer: then neighbouring blocks of one country often have different ones.
    site = await Site.start({
      title: 'unbound',
      base: 'world',
      config: { services: { play: { answers: 1 } } },
      steps: [],
    })
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((unbound) => unbound.stop()))
  })
  afterAll(() => site?.stop())

  async function resolver(longest: number): Promise<Unbound> {
    const unbound = await startUnbound(site.port, longest)
    opened.push(unbound)
    return unbound
  }

  /** What the authority itself tells every client. */
  async function cases(family: 4 | 6): Promise<Case[]> {
    const found: Case[] = []
    for (const subnet of randomClients(family, clientsOfEach, randomFrom(seed + family))) {
      for (const type of ['A', 'AAAA'] as const)
        found.push({ subnet, type, direct: await ask(site.port, { subnet, type }) })
    }
    return found
  }

  for (const family of [4, 6] as const) {
    for (const order of ['wide blocks first', 'narrow blocks first'] as const) {
      it(`tells ${clientsOfEach} IPv${family} clients what the authority does, ${order}`, async () => {
        const all = await cases(family)
        const sign = order === 'wide blocks first' ? 1 : -1
        const ordered = all.toSorted((one, other) => sign * ((one.direct.scope ?? 0) - (other.direct.scope ?? 0)))
        const unbound = await resolver(32)
        expect(await differing(unbound, ordered)).toEqual([])
        const [asked, cached] = [
          await unbound.counter('num.query.subnet'),
          await unbound.counter('num.query.subnet_cache'),
        ]
        process.stdout.write(
          `unbound, IPv${family}, ${order}: ${cached} of ${all.length} answers from its cache, ${asked} asked\n`,
        )
        expect(cached).toBeGreaterThan(0)
        // The cases must be able to show a scope that is too wide.
        expect(new Set(all.map(({ direct }) => direct.addresses.join())).size).toBeGreaterThan(5)
        expect(new Set(all.map(({ direct }) => direct.scope)).size).toBeGreaterThan(5)
      })
    }
  }

  it('is not misled by what it was told for wider subnets', async () => {
    const all = await cases(4)
    const unbound = await resolver(32)
    // Sources shorter than the blocks: the answer's scope is then longer than its source.
    for (const [index, { subnet, type }] of all.entries()) {
      await ask(unbound.port, { subnet: `${cut(subnet, 8 + (index % 13))}`, type })
    }
    expect(await differing(unbound, all)).toEqual([])
    process.stdout.write(
      `unbound, IPv4, after short sources: answers from its cache: ${await unbound.counter('num.query.subnet_cache')}\n`,
    )
  })
})

/** An IPv4 network of so many bits around an address. */
function cut(subnet: string, bits: number): string {
  const parts = subnet.split('/')[0].split('.').map(Number)
  const kept = parts.map((part, index) => part & (0xff << Math.min(8, Math.max(0, (index + 1) * 8 - bits))) & 0xff)
  return `${kept.join('.')}/${bits}`
}

/** Cases to which the resolver says something else. */
async function differing({ port }: Unbound, ordered: readonly Case[]): Promise<string[]> {
  const found: string[] = []
  for (const { direct, ...question } of ordered) {
    const through = await ask(port, question)
    const same = through.rcode === direct.rcode && through.addresses.join() === direct.addresses.join()
    if (!same)
      found.push(`${question.subnet} ${question.type}: ${told(through)} through unbound, directly ${told(direct)}`)
  }
  return found
}

function told({ rcode, addresses, scope }: Told): string {
  return `${rcode} ${addresses.join() || 'nothing'} (scope ${scope ?? 'none'})`
}

async function ask(port: number, { subnet, type }: Question): Promise<Told> {
  const query = encodeQuery({
    name: 'show1.play.live.example.net',
    type: typeNumber(type),
    flags: ['rd'],
    edns: {
      udpSize: 1232,
      version: 0,
      dnssecOk: false,
      options: [{ code: 8, data: encodeSubnet(subnet) }],
      records: 1,
    },
  })
  const answer = readAnswer(await overUdp(query, { to: { address: '127.0.0.1', port } }))
  const option = answer.opts.at(0)?.options.find(({ code }) => code === 8)?.data
  return {
    rcode: answer.rcode,
    addresses: answer.answers.map(({ data }) => data).toSorted(),
    scope: option?.[3] ?? null,
  }
}
