// Addresses of hosts that go with the records which name them: glue (RFC 9471), and what saves a resolver its next question (RFC 1035
// section 3.3.9, RFC 2782, RFC 9460 section 4.1). Knows no entries and no packets.
import { Type } from '../wire/constants.ts'
import { lowerName } from '../wire/name.ts'
import { keyOf, type Cuts } from './cuts.ts'
import type { StaticRRset, Zone } from './model.ts'

const addressTypes: readonly number[] = [Type.A, Type.AAAA]
/** Where the host's name begins in the data of the types that name one. */
const hostAt: ReadonlyMap<number, number> = new Map([
  [Type.NS, 0],
  [Type.MX, 2],
  [Type.SRV, 6],
  [Type.SVCB, 2],
  [Type.HTTPS, 2],
])
const bindingTypes: readonly number[] = [Type.SVCB, Type.HTTPS]
const star = 0x2a

interface Hosts {
  /** At or below the owner of their NS records (in-domain). */
  readonly inDomain: readonly StaticRRset[]
  readonly others: readonly StaticRRset[]
}

const none: Hosts = { inDomain: [], others: [] }
const nobody: ReadonlySet<string> = new Set()

/** The RRsets of a zone that its records lead to. What a service answers is none of them: it depends on who asks. */
export class Glue {
  readonly #sets = new Map<string, StaticRRset[]>()
  readonly #cuts: Cuts

  constructor({ staticRRsets }: Pick<Zone, 'staticRRsets'>, cuts: Cuts) {
    this.#cuts = cuts
    for (const set of staticRRsets) for (const host of hostsOf(set)) this.#sets.set(host, [])
    for (const set of staticRRsets) {
      if (addressTypes.includes(set.type) || bindingTypes.includes(set.type))
        this.#sets.get(keyOf(set.owner))?.push(set)
    }
  }

  /** The addresses that go with an RRset, each host's once, and with SVCB and HTTPS also those records of the host. */
  of(set: StaticRRset): Hosts {
    if (!hostAt.has(set.type)) return none
    const types = bindingTypes.includes(set.type) ? [...addressTypes, set.type] : addressTypes
    const inDomain: StaticRRset[] = []
    const others: StaticRRset[] = []
    for (const host of hostsOf(set)) {
      const sets = (this.#sets.get(host) ?? []).filter((one) => one !== set && types.includes(one.type))
      // What lies below a cut is said to those who look for that zone's servers.
      if (set.type !== Type.NS) others.push(...sets.filter(({ owner }) => this.#cuts.above(owner) === null))
      else (endsWith(host, keyOf(set.owner)) ? inDomain : others).push(...sets)
    }
    return { inDomain, others }
  }
}

/** The names in an RRset, each once, as keys of maps. */
function hostsOf({ owner, type, rdatas }: StaticRRset): ReadonlySet<string> {
  const at = hostAt.get(type)
  if (at === undefined) return nobody
  const hosts = new Set<string>()
  for (const rdata of rdatas) {
    const named = rdata[at] !== 0
    // `.` says the owner, in all but an alias (RFC 9460 section 2.5); who asked for what a wildcard answers has another name.
    const own = !named && bindingTypes.includes(type) && (rdata[0] | rdata[1]) !== 0 && owner[1] !== star
    if (named || own) hosts.add(keyOf(own ? owner : lowerName(hostIn(rdata, at))))
  }
  return hosts
}

/** The name at a place in data, without what follows it. */
function hostIn(rdata: Uint8Array, at: number): Uint8Array {
  let end = at
  while (rdata[end] !== 0) end += rdata[end] + 1
  return rdata.subarray(at, end + 1)
}

/** Whether a name is another one or lies below it, both as keys. */
function endsWith(name: string, above: string): boolean {
  let at = 0
  while (name.length - at > above.length) at += name.charCodeAt(at) + 1
  return name.slice(at) === above
}
