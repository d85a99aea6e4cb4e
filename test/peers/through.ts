// What clients are told through a resolver beside what the authority tells them, and what a cache may keep of it. Knows no resolver.
import { readAnswer } from '../support/dns-answer.ts'
import { encodeQuery, encodeSubnet, typeNumber } from '../support/dns-query.ts'
import { overUdp, type Peers } from '../support/dns-talk.ts'
import { randomFrom } from '../support/random.ts'
import { randomClients } from './clients.ts'

const seed = 7871

export interface Question {
  /** Sent as ECS; left out: none is sent. */
  readonly subnet?: string
  readonly type: string
  readonly name?: string
}

export interface Told {
  readonly rcode: string
  /** Data of the answer section, sorted. */
  readonly data: readonly string[]
  readonly scope: number | null
  /** Of the header, in its order. */
  readonly flags: readonly string[]
}

/** A question and what the authority itself answers. */
export interface Case extends Question {
  readonly direct: Told
}

/** Asks one question, as a stub that wants recursion and trusts its resolver. */
export async function askAt(peers: Peers, { subnet, type, name }: Question): Promise<Told> {
  const options = subnet === undefined ? [] : [{ code: 8, data: encodeSubnet(subnet) }]
  const query = encodeQuery({
    name: name ?? 'show1.play.live.example.net',
    type: typeNumber(type),
    // AD asks to be told whether the answer was validated (RFC 6840, section 5.7).
    flags: ['rd', 'ad'],
    edns: { udpSize: 1232, version: 0, dnssecOk: false, options, records: 1 },
  })
  const answer = readAnswer(await overUdp(query, peers))
  const option = answer.opts.at(0)?.options.find(({ code }) => code === 8)?.data
  return {
    rcode: answer.rcode,
    data: answer.answers.map((record) => record.data).toSorted(),
    scope: option?.[3] ?? null,
    flags: answer.flags,
  }
}

/** A and AAAA of one name for so many random clients of a family. */
export async function randomCases(authority: Peers, family: 4 | 6, clients: number): Promise<Case[]> {
  const found: Case[] = []
  for (const subnet of randomClients(family, clients, randomFrom(seed + family))) {
    for (const type of ['A', 'AAAA']) found.push({ subnet, type, direct: await askAt(authority, { subnet, type }) })
  }
  return found
}

/** Cases in an order that shows a scope that is wrong: one that is too wide when wide ones come first, for example. */
export function inOrder(cases: readonly Case[], order: 'wide blocks first' | 'narrow blocks first'): Case[] {
  const sign = order === 'wide blocks first' ? 1 : -1
  return cases.toSorted((one, other) => sign * ((one.direct.scope ?? 0) - (other.direct.scope ?? 0)))
}

/** Cases to which the resolver says something else than the authority. */
export async function differing(resolver: Peers, cases: readonly Case[]): Promise<string[]> {
  const found: string[] = []
  for (const { direct, ...question } of cases) {
    const through = await askAt(resolver, question)
    const same = through.rcode === direct.rcode && through.data.join() === direct.data.join()
    if (same) continue
    found.push(`${question.subnet} ${question.type}: ${words(through)} through the resolver, directly ${words(direct)}`)
  }
  return found
}

function words({ rcode, data, scope }: Told): string {
  return `${rcode} ${data.join() || 'nothing'} (scope ${scope ?? 'none'})`
}

/** How many of the cases, asked in any order, a cache answers that keeps every answer for exactly its scope. */
export function answersFromCache(cases: readonly Case[]): number {
  const known = new Set<string>()
  let hits = 0
  for (const { subnet, type, name, direct } of cases) {
    const bits = subnet === undefined ? '' : addressBits(subnet)
    const key = `${name} ${type} ${subnet?.includes(':') ? 6 : 4} ${bits.slice(0, direct.scope ?? 0)}/${direct.scope}`
    if (known.has(key)) hits++
    known.add(key)
  }
  return hits
}

/** The address of a subnet as binary digits. */
function addressBits(subnet: string): string {
  const bytes = encodeSubnet(subnet).subarray(4)
  return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
}
