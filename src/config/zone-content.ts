// What one zone holds, name by name, and what may not stand together (RFC 1034 section 3.6.2, RFC 2181 section 5). Knows no YAML.
import { Type, typeName } from '../wire/constants.ts'
import { formatName } from '../wire/name.ts'
import type { StaticRRset, SteeredName } from '../zone/model.ts'
import { canonicalRdata } from '../zone/signing/canonical.ts'
import { checkDelegations } from './delegations.ts'
import { pointerOf } from './pointers.ts'
import type { Pointer } from './pointers.ts'
import type { Place, Report } from './problem.ts'
import type { Owner, RRset } from './zone-owner.ts'

/** Octets that an RRset may take, so that it fits one message over TCP beside question and OPT. */
const mostOctets = 60_000
/** Of a record besides its rdata, the owner being a pointer. */
const fixedOctets = 12
/** What steering answers. */
const steeredTypes: readonly number[] = [Type.A, Type.AAAA, Type.CNAME, Type.HTTPS]

export class ZoneContent {
  /** Records that name hosts, which are for whoever knows all zones to judge. */
  readonly pointers: Pointer[] = []
  readonly #apex: string
  readonly #report: Report
  readonly #owners = new Map<string, Owner>()
  readonly #served: readonly string[]
  /** Of each RRset of several records: what they say, and the octets they take. */
  readonly #several = new Map<RRset, { readonly rdatas: Set<string>; octets: number }>()

  /**
   * @param apex in lower-case wire form
   * @param served texts of the apexes below it that are served here too
   */
  constructor(apex: Uint8Array, served: readonly string[], report: Report) {
    this.#apex = formatName(apex)
    this.#served = served
    this.#report = report
  }

  /** By name with the final dot, lower case. */
  get owners(): ReadonlyMap<string, Owner> {
    return this.#owners
  }

  steer(owner: Uint8Array, service: string, place: Place): void {
    const name = formatName(owner)
    const at = this.#owner(name)
    if (at.steered !== null) {
      this.#report.problem(place, `${name} is steered twice, first at ${this.#report.show(at.steered.place)}`)
      return
    }
    at.steered = { name: { owner, service }, place }
  }

  /** Adds a record to its RRset. */
  add(owner: Uint8Array, type: number, ttlSeconds: number, rdata: Uint8Array, place: Place): void {
    const name = formatName(owner)
    const pointer = pointerOf(name, type, rdata, place)
    if (pointer !== null) this.pointers.push(pointer)
    const { sets } = this.#owner(name)
    const set = sets.get(type)
    if (set === undefined) {
      sets.set(type, { owner, type, ttlSeconds, rdatas: [rdata], place })
      return
    }
    const first = this.#report.show(set.place)
    if (set.ttlSeconds !== ttlSeconds) {
      const message = `${name} ${typeName(type)} has TTL ${ttlSeconds} here and ${set.ttlSeconds} at ${first}, expected one for all`
      this.#report.problem(place, message)
    }
    const several = this.#several.get(set) ?? {
      rdatas: new Set(set.rdatas.map((one) => sameness(type, one))),
      octets: octetsOf(set.rdatas),
    }
    this.#several.set(set, several)
    // It is refused in the end: a file of a million records for one name need not be kept to say so.
    if (several.octets > mostOctets) return
    const text = sameness(type, rdata)
    if (several.rdatas.has(text)) {
      this.#report.warning(place, `${name} ${typeName(type)} is written twice, first at ${first}`)
      return
    }
    several.rdatas.add(text)
    several.octets += octetsOf([rdata])
    set.rdatas.push(rdata)
  }

  /** Where the RRset of a name begins, if there is one. */
  placeOf(owner: Uint8Array, type: number): Place | null {
    return this.#owners.get(formatName(owner))?.sets.get(type)?.place ?? null
  }

  /** Says what stands where the zone's debug names are, switched on at a place. */
  checkDebugNames(debug: Place): void {
    for (const [name, { sets, steered }] of this.#owners) {
      if (!/(?:^|\.)_nearcast\./.test(name)) continue
      for (const { place } of [...sets.values(), ...(steered === null ? [] : [steered])]) {
        const kept = `kept for debug names by \`debug\` at ${this.#report.show(debug)}`
        this.#report.problem(place, `${name} has the label _nearcast, ${kept}: name it otherwise`)
      }
    }
  }

  /** Checks what stands together and gives the zone's content. */
  finish(): { staticRRsets: StaticRRset[]; steeredNames: SteeredName[] } {
    for (const [name, owner] of this.#owners) this.#checkOwner(name, owner)
    checkDelegations({ owners: this.#owners, apex: this.#apex, served: this.#served, report: this.#report })
    const owners = [...this.#owners.values()]
    const sets = owners.flatMap((owner) => [...owner.sets.values()])
    return {
      staticRRsets: sets.map(({ owner, type, ttlSeconds, rdatas }) => ({ owner, type, ttlSeconds, rdatas })),
      steeredNames: owners.flatMap(({ steered }) => (steered === null ? [] : [steered.name])),
    }
  }

  #owner(name: string): Owner {
    const known = this.#owners.get(name)
    if (known !== undefined) return known
    const owner: Owner = { sets: new Map(), steered: null }
    this.#owners.set(name, owner)
    return owner
  }

  #checkOwner(name: string, { sets, steered }: Owner): void {
    const alias = sets.get(Type.CNAME)
    if (alias !== undefined) this.#checkAlias(name, alias, sets)
    for (const set of sets.values()) {
      if (octetsOf(set.rdatas) > mostOctets) {
        const message = `${name} ${typeName(set.type)} takes more than ${mostOctets} octets, and one message must hold it: keep fewer records`
        this.#report.problem(set.place, message)
      }
      if (steered === null || (name === this.#apex && !steeredTypes.includes(set.type))) continue
      const other = this.#report.show(steered.place)
      this.#report.problem(
        set.place,
        `${name} ${typeName(set.type)} stands beside the service that steers the name, at ${other}: keep one`,
      )
    }
  }

  #checkAlias(name: string, alias: RRset, sets: Owner['sets']): void {
    if (name === this.#apex)
      this.#report.problem(alias.place, `${name} CNAME at the apex, where SOA and NS stand: steer the name instead`)
    else if (alias.rdatas.length > 1)
      this.#report.problem(alias.place, `${name} has ${alias.rdatas.length} CNAMEs, expected one`)
    else if (sets.size > 1) {
      const others = [...sets.keys()].filter((type) => type !== Type.CNAME).map(typeName)
      this.#report.problem(alias.place, `${name} CNAME stands beside ${others.join(', ')}, expected it alone`)
    }
  }
}

/** What records take in a message that has their owner already. */
function octetsOf(rdatas: readonly Uint8Array[]): number {
  return rdatas.reduce((total, rdata) => total + rdata.length + fixedOctets, 0)
}

/** What two records of a type have in common that are one: a name's case makes no other (RFC 4034 section 6.3). */
function sameness(type: number, rdata: Uint8Array): string {
  const { buffer, byteOffset, length } = canonicalRdata(type, rdata)
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}
