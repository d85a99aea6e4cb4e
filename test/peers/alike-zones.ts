// Zones from a seed, as zone-file text: delegations, wildcards, aliases, empty non-terminals, odd names, every common type. And
// what is worth asking of them. Knows no server.
import { Random } from './alike-random.ts'

export interface AlikeZone {
  /** Without the final dot. */
  readonly name: string
  readonly text: string
  /** With the final dot, as zone files write them. */
  readonly names: readonly string[]
  /** In lower case, as the other names. */
  readonly owners: ReadonlySet<string>
  readonly cuts: readonly string[]
}

/** Labels that sort near each other, hold what must be escaped, and differ in case. */
const labels = ['a', 'b', 'B2', 'Mixed', 'z', '_srv', '1', 'x\\.y', '\\000', '\\001z', '\\255', 'q-', 'l'.repeat(63)]
const ds = '12345 13 2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

/** Data of each type that may stand at any name, `@T` being where a name goes. */
const data: readonly string[] = [
  'A 192.0.2.@N',
  'A 192.0.2.@N',
  'AAAA 2001:db8::@N',
  'TXT "a string" unquoted "with \\"quotes\\" and ; and \\200" ""',
  'TXT ( "over"\n  "lines" )',
  'MX @N @T',
  'MX 0 @T',
  'SRV 0 @N 443 @T',
  'HTTPS 1 @T alpn=h3,h2 port=8443',
  'HTTPS 0 @T',
  'SVCB 1 . alpn="h2" ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 key65000="a\\000b"',
  'SVCB 2 @T mandatory=alpn alpn="f\\\\\\\\oo\\\\,bar,h2"',
  'CAA 0 issue "ca.example.net"',
  'CAA 128 iodef "mailto:security@example.net"',
  'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.net!" .',
  'NAPTR 100 @N "S" "SIP+D2U" "" @T',
  'TLSA 3 1 1 0001020304050607 08090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f',
  'LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m',
  'LOC 42 21 54 N 71 06 18 W -24m 30m',
  'SSHFP 1 1 000102030405060708090a0b0c0d0e0f10111213',
  'URI 10 1 "https://www.example.net/"',
  'HINFO "PC" Linux',
  'RP @T @T',
  'AFSDB 1 @T',
  'PTR @T',
  'TYPE65280 \\# 3 0a0b0c',
  'TYPE731 \\# 0',
  'TYPE1 \\# 4 c0000299',
]

/** Types that are asked for whatever a name has. */
const asked = ['A', 'AAAA', 'NS', 'DS', 'CNAME', 'SOA', 'MX', 'TXT', 'SRV', 'HTTPS', 'TYPE65280', 'TYPE731', 'NAPTR']

/** The servers that a delegation may have, and whether they need glue. */
const serverOf: Readonly<
  Record<string, (cut: string, sibling: string, apex: string) => [server: string, glue: boolean]>
> = {
  within: (cut) => [`ns.${cut}`, true],
  deep: (cut) => [`ns.a.b.${cut}`, true],
  itself: (cut) => [cut, true],
  sibling: (_cut, sibling) => [`ns.${sibling}`, true],
  zone: (_cut, _sibling, apex) => [`ns1.${apex}`, false],
  elsewhere: () => ['ns.example.org.', false],
}

class Maker {
  readonly random: Random
  readonly apex: string
  /** By owner in lower case: type → lines. */
  readonly owners = new Map<string, Set<string>>()
  readonly aliases = new Map<string, string>()
  readonly cuts: string[] = []
  readonly lines: string[] = []
  readonly #ttls = new Map<string, number>()

  constructor(seed: number, apex: string) {
    this.random = new Random(seed)
    this.apex = apex
  }

  /** A name of so many labels below another one. */
  below(name: string, depth: number): string {
    let made = name
    for (let i = 0; i < depth; i++) made = `${this.random.of(labels)}.${made}`
    return made
  }

  add(owner: string, type: string, rdata: string): void {
    const key = owner.toLowerCase()
    this.owners.set(key, (this.owners.get(key) ?? new Set()).add(type))
    const set = `${key} ${type.replace('TYPE1', 'A')}`
    const ttl = this.#ttls.get(set) ?? this.random.of([60, 300, 3600])
    this.#ttls.set(set, ttl)
    const relative = owner.endsWith(`.${this.apex}`) && this.random.chance(0.5)
    const written = owner === this.apex ? '@' : relative ? owner.slice(0, -this.apex.length - 1) : owner
    this.lines.push(`${written} ${this.random.of([`${ttl} IN`, `IN ${ttl}`, String(ttl)])} ${type} ${rdata}`)
  }

  has(owner: string): boolean {
    return this.owners.has(owner.toLowerCase())
  }

  /** At or below a delegation. */
  cutOff(name: string): boolean {
    return this.cuts.some((cut) => `.${name.toLowerCase()}`.endsWith(`.${cut.toLowerCase()}`))
  }

  /** The name that answers for another one: itself or a wildcard; undefined where there is none. */
  answering(name: string): string | undefined {
    const wanted = name.toLowerCase()
    const known = [...this.owners.keys(), ...this.aliases.keys()]
    const exists = (one: string): boolean => known.some((owner) => `.${owner}`.endsWith(`.${one}`))
    if (exists(wanted)) return wanted
    let encloser = wanted
    while (!exists(encloser) && encloser !== '') encloser = parentOf(encloser)
    return known.find((owner) => owner === `*.${encloser}`)
  }

  /** Whether aliases lead from a name back to where they were. */
  circles(from: string): boolean {
    const seen = new Set<string>()
    let at: string | undefined = from.toLowerCase()
    while (at !== undefined && !this.cutOff(at)) {
      const answers: string | undefined = this.answering(at)
      if (answers === undefined || !this.aliases.has(answers)) return false
      if (seen.has(answers) || seen.size > 6) return true
      seen.add(answers)
      at = this.aliases.get(answers)?.toLowerCase()
    }
    return false
  }
}

/** The zone of a seed. */
export function makeZone(seed: number, name: string): AlikeZone {
  const maker = new Maker(seed, `${name}.`)
  addApex(maker)
  addCuts(maker)
  addNames(maker)
  addAliases(maker)
  const cuts = maker.cuts.map((cut) => cut.toLowerCase())
  return { name, text: textOf(maker), names: namesOf(maker), owners: new Set(maker.owners.keys()), cuts }
}

function addApex(maker: Maker): void {
  const { apex, random } = maker
  maker.add(apex, 'NS', `ns1.${apex}`)
  maker.add(`ns1.${apex}`, 'A', '192.0.2.53')
  if (random.chance(0.5)) maker.add(`ns1.${apex}`, 'AAAA', '2001:db8::53')
  maker.add(apex, 'NS', random.of(['ns.example.org.', `NS2.${apex}`]))
  maker.add(`ns2.${apex}`, 'AAAA', '2001:db8::54')
  for (const rdata of ['MX 10 @T', 'TXT "v=spf1 -all"', 'CAA 0 issue ";"'])
    if (random.chance(0.5)) addData(maker, apex, rdata)
}

function addCuts(maker: Maker): void {
  const { random, apex } = maker
  const wanted = random.below(4)
  for (let i = 0; i < wanted; i++) {
    const cut = maker.below(apex, 1 + random.below(2))
    const free =
      !maker.cutOff(cut) && ![...maker.owners.keys()].some((owner) => `.${owner}`.endsWith(`.${cut.toLowerCase()}`))
    if (free) maker.cuts.push(cut)
    if (free) maker.owners.set(cut.toLowerCase(), new Set())
  }
  for (const cut of maker.cuts) {
    const kinds = random.some(Object.keys(serverOf), 1 + random.below(3))
    for (const kind of kinds) {
      const sibling = random.of(maker.cuts)
      const [server, glue] = serverOf[kind](cut, sibling, apex)
      maker.add(cut, 'NS', server)
      if (!glue) continue
      if (!maker.owners.get(server.toLowerCase())?.has('A')) maker.add(server, 'A', `192.0.2.${random.below(250)}`)
      if (random.chance(0.5) && !maker.owners.get(server.toLowerCase())?.has('AAAA'))
        maker.add(server, 'AAAA', '2001:db8::9')
    }
    if (random.chance(0.5)) maker.add(cut, 'DS', ds)
  }
}

function addNames(maker: Maker): void {
  const { random, apex } = maker
  const wanted = 5 + random.below(12)
  for (let i = 0; i < wanted; i++) {
    const parent = maker.below(apex, random.below(4))
    const owner = random.chance(0.3) ? `*.${parent}` : random.chance(0.1) ? `a.*.${parent}` : parent
    if (owner === apex || maker.cutOff(owner)) continue
    for (const rdata of random.some(data, 1 + random.below(3))) addData(maker, owner, rdata)
  }
}

function addData(maker: Maker, owner: string, rdata: string): void {
  const { random } = maker
  const [type, ...rest] = rdata.split(' ')
  const filled = rest
    .join(' ')
    .replaceAll('@N', () => String(1 + random.below(250)))
    .replaceAll('@T', () => targetOf(maker))
  maker.add(owner, type, filled)
}

/** A name that a record leads to: there, not there, under a wildcard, below a delegation, elsewhere. */
function targetOf(maker: Maker): string {
  const { random, apex, owners, cuts } = maker
  const kind = random.below(10)
  if (kind < 4) return random.of([...owners.keys()])
  if (kind === 4) return maker.below(random.of([...owners.keys()]).replace(/^\*\./, ''), 1)
  if (kind === 5 && cuts.length > 0) return `www.${random.of(cuts)}`
  if (kind === 6 && cuts.length > 0) return random.of(cuts)
  if (kind === 7) return 'www.example.org.'
  return maker.below(apex, 1 + random.below(3))
}

function addAliases(maker: Maker): void {
  const { random, apex, aliases } = maker
  const wanted = 2 + random.below(6)
  for (let i = 0; i < wanted; i++) {
    const parent = maker.below(apex, 1 + random.below(2))
    const owner = random.chance(0.3) ? `*.${parent}` : parent
    const key = owner.toLowerCase()
    if (maker.has(owner) || aliases.has(key) || maker.cutOff(owner)) continue
    const target = random.chance(0.3) && aliases.size > 0 ? random.of([...aliases.keys()]) : targetOf(maker)
    aliases.set(key, target)
    if ([...aliases.keys()].some((alias) => maker.circles(alias.replace(/^\*\./, 'nobody.')) || maker.circles(alias)))
      aliases.delete(key)
    else maker.add(owner, 'CNAME', target)
  }
}

function textOf({ apex, random, lines }: Maker): string {
  const soa = `@ ${random.of([300, 3600])} IN SOA ns1 ${random.of(['hostmaster.example.org.', 'Host\\.Master'])} ( 7 2h 30m ; retry\n 14d ${random.of([60, 900])} )`
  return [`$ORIGIN ${apex}`, '$TTL 1h', soa, ...lines, ''].join('\n')
}

/** What is there, above it, below it and beside it. */
function namesOf({ owners, cuts, apex, aliases, random }: Maker): string[] {
  const names = new Set<string>()
  for (const owner of [...owners.keys(), ...aliases.values()]) {
    if (!`.${owner.toLowerCase()}`.endsWith(`.${apex}`)) continue
    for (let at = owner; at.length >= apex.length; at = parentOf(at)) names.add(at)
    names.add(`*.${owner}`)
    names.add(`zz.${owner}`)
    names.add(`\\000.${owner}`)
    names.add(`deep.under.${owner}`)
    if (owner.toLowerCase() !== apex) names.add(`${random.of(labels)}.${parentOf(owner)}`)
    if (owner.startsWith('*.')) names.add(`Some.${owner.slice(2)}`)
  }
  for (const cut of cuts) for (const label of ['www', 'ns', '*', 'a.b']) names.add(`${label}.${cut}`)
  // A name of 255 octets is the longest; those made longer are none.
  return [...names].filter((name) => octetsOf(name) <= 255)
}

function octetsOf(name: string): number {
  return name.replaceAll(/\\\d{3}|\\./g, 'x').length + 1
}

/** Without its first label. */
function parentOf(name: string): string {
  return name.replace(/^(?:[^.\\]|\\.)*\./s, '')
}

/** The types to ask a name for. */
export const askedTypes: readonly string[] = asked
