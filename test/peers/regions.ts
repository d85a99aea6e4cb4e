// Clients of three regions and what is configured for them, the same for every resolver that stands between. Knows no resolver.
import type { Question, Told } from './through.ts'

/** Laid over `world`: answers that outlive any test, one address each, so that neighbouring blocks of one country often have different ones. */
export const overWorld = {
  services: { play: { answers: 1, ttl: { steady: '1h', changing: '30m' } } },
  zones: { 'live.example.net': { ttl: { negative: '1h' } } },
}

/** Laid over `world`: Frankfurt has no IPv6, so that AAAA is nothing for Germans and something for others. */
export const frankfurtWithoutV6 = {
  nodes: { 'fra-1': { addresses: ['192.0.2.31'] }, 'fra-2': { addresses: ['192.0.2.32'] } },
}

export interface Region {
  readonly name: string
  /** Clients, as they are passed on with ECS. */
  readonly subnets: readonly string[]
  /** Addresses of a client and of a resolver in it, for networks where they exist. */
  readonly client: string
  readonly resolver: string
  /** Its nodes' addresses. */
  readonly v4: readonly string[]
  readonly v6: readonly string[]
}

export const regions: readonly Region[] = [
  {
    name: 'Hong Kong',
    subnets: ['198.51.100.7/32', '2001:db8:100::/64'],
    client: '198.51.100.7',
    resolver: '198.51.100.8',
    v4: ['192.0.2.11', '192.0.2.12'],
    v6: ['2001:db8:1::11', '2001:db8:1::12'],
  },
  {
    name: 'Germany',
    subnets: ['203.0.113.7/32', '2001:db8:4900::/64'],
    client: '203.0.113.7',
    resolver: '203.0.113.8',
    v4: ['192.0.2.31', '192.0.2.32'],
    v6: ['2001:db8:1::31', '2001:db8:1::32'],
  },
  {
    // Beside the Germans: a scope one bit too wide is somebody else's answer.
    name: 'the United States',
    subnets: ['203.0.113.200/32'],
    client: '203.0.113.200',
    resolver: '203.0.113.208',
    v4: ['192.0.2.41', '192.0.2.42', '192.0.2.51', '192.0.2.52'],
    v6: ['2001:db8:1::41', '2001:db8:1::51'],
  },
]

/** Asks one question for a client of a region. */
type Asking = (region: Region, question: Question) => Promise<Told>

/** Names that lead to steered addresses, some by way of a CNAME. */
const streams = ['show1.play', 'Show2.Play', 'play', 'watch', 'tv'].map((name) => `${name}.live.example.net`)

interface Circumstances {
  /** The name of a region that has no IPv6, whose clients get nothing for AAAA. */
  readonly withoutV6?: string
  /** Every answer must be a validated one. */
  readonly secure?: boolean
  /** AAAA and A when left out. */
  readonly types?: readonly string[]
  /** Every stream when left out. */
  readonly names?: readonly string[]
}

/** Asks for every stream from everywhere, three times and in both orders of the regions: who got no node of its own, or another's. */
export async function strayAnswers(ask: Asking, circumstances: Circumstances = {}): Promise<string[]> {
  const { withoutV6, secure, types = ['AAAA', 'A'], names = streams } = circumstances
  const stray: string[] = []
  for (const region of [...regions, ...regions.toReversed(), ...regions]) {
    for (const name of names) {
      for (const type of types) {
        const own = type === 'A' ? region.v4 : region.name === withoutV6 ? [] : region.v6
        for (const subnet of region.subnets) {
          const { rcode, data, flags } = await ask(region, { name, type, subnet })
          const found = data.filter((text) => !text.endsWith('.'))
          const right = own.length === 0 ? found.length === 0 : found.length === 1 && own.includes(found[0])
          if (rcode !== 'NOERROR' || !right || (secure && !flags.includes('ad')))
            stray.push(`${name} ${type} in ${region.name} (${subnet}): ${rcode} ${data.join()} (${flags.join(' ')})`)
        }
      }
    }
  }
  return stray
}

/** What is the same for everybody, wherever from. */
const sameForAll: readonly (Question & { readonly rcode: string; readonly data: readonly string[] })[] = [
  {
    name: 'deep.under.here.live.example.net',
    type: 'TXT',
    rcode: 'NOERROR',
    data: ['"a name two labels below an empty one"'],
  },
  { name: 'under.here.live.example.net', type: 'TXT', rcode: 'NOERROR', data: [] },
  { name: 'info.play.live.example.net', type: 'A', rcode: 'NOERROR', data: [] },
  { name: 'info.play.live.example.net', type: 'TXT', rcode: 'NOERROR', data: ['"beside a wildcard"'] },
  { name: 'show1.play.live.example.net', type: 'MX', rcode: 'NOERROR', data: [] },
  { name: 'nowhere.live.example.net', type: 'A', rcode: 'NXDOMAIN', data: [] },
  { name: 'lost.live.example.net', type: 'A', rcode: 'NXDOMAIN', data: ['nowhere.live.example.net.'] },
  { name: 'live.example.net', type: 'CAA', rcode: 'NOERROR', data: ['0 issue "ca.example.net"'] },
  { name: 'mail.live.example.net', type: 'MX', rcode: 'NOERROR', data: ['10 mx.example.org.'] },
]

/** Asks from every region, twice, for what does not depend on it: which answers are others than they should be. */
export async function wrongAnswers(ask: Asking, { secure }: Circumstances = {}): Promise<string[]> {
  const wrong: string[] = []
  for (const region of [...regions, ...regions]) {
    for (const { name, type, rcode, data } of sameForAll) {
      const told = await ask(region, { name, type, subnet: region.subnets[0] })
      if (told.rcode !== rcode || told.data.join() !== data.join() || (secure && !told.flags.includes('ad')))
        wrong.push(`${name} ${type} in ${region.name}: ${told.rcode} ${told.data.join()} (${told.flags.join(' ')})`)
    }
  }
  return wrong
}
