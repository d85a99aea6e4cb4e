// The keys of the configuration's signed zones, read where signing happens: they never leave this process. Knows no tables.
import type { Config } from '../config/config.ts'
import type { ZoneKeys } from '../server/tables.ts'
import { Type } from '../wire/constants.ts'
import { readKeys, type Listings } from '../zone/key-directory.ts'
import { keyProblems } from '../zone/key-problems.ts'
import type { Dnssec } from '../zone/model.ts'
import { Algorithm, schemeOf } from '../zone/signing/algorithm.ts'
import type { PublicKey } from '../zone/signing/dnskey.ts'
import { signersOf, ZoneSigner } from '../zone/signing/zone-signer.ts'
import type { Advice } from './advice.ts'

export interface Signers {
  /** By zone; null where it is not signed. */
  readonly signers: readonly (ZoneSigner | null)[]
  /** By zone: where the keys lie, for who signs what is not static. */
  readonly keys: readonly (ZoneKeys | null)[]
  /** Why zones cannot be signed: the snapshot must not be made. */
  readonly problems: readonly Advice[]
  /** What does not keep them from being signed. */
  readonly warnings: readonly Advice[]
  /** Every key file that was read. */
  readonly files: readonly string[]
}

/**
 * Reads the keys of every signed zone.
 * @param now in Unix seconds
 */
export function openSigners({ zones }: Pick<Config, 'zones'>, now: number): Signers {
  const signers: (ZoneSigner | null)[] = []
  const keys: (ZoneKeys | null)[] = []
  const problems: Advice[] = []
  const warnings: Advice[] = []
  const files: string[] = []
  const listings: Listings = new Map()
  for (const zone of zones) {
    signers.push(null)
    keys.push(null)
    const { dnssec } = zone
    if (dnssec === null) continue
    const found = readKeys(dnssec.directory, zone.apex, listings)
    files.push(...found.files)
    const why = keyProblems(found, dnssec.directory, zone.apex, now)
    const told = (message: string): Advice => ({ at: dnssec.at, message: `keys of ${zone.name}: ${message}` })
    problems.push(...why.map(told))
    warnings.push(...found.warnings.map(told), ...idleAlgorithm(zone.name, dnssec, found.keys))
    if (why.length > 0) continue
    const signer = new ZoneSigner(zone, dnssec, found.keys, now)
    signers[signers.length - 1] = signer
    keys[keys.length - 1] = {
      apex: zone.apex,
      keySet: signer.keySet,
      files: signersOf(found.keys, now).files.map((index) => found.keys[index].file),
      validitySeconds: dnssec.validitySeconds,
      refreshSeconds: dnssec.validitySeconds / 4,
    }
  }
  return { signers, keys, problems, warnings, files }
}

/** An algorithm that was written, and that no key has. A zone that leaves may have it written for the keys that come after. */
function idleAlgorithm(
  zone: string,
  { algorithm, algorithmAt, leave }: Dnssec,
  keys: readonly { readonly key: PublicKey }[],
): Advice[] {
  const [first] = keys
  if (algorithmAt === null || leave || first === undefined) return []
  if (keys.some(({ key }) => key.algorithm === Algorithm[algorithm])) return []
  const used = schemeOf(first.key.algorithm)?.name ?? first.key.algorithm
  const message =
    `algorithm: ${algorithm} changes nothing: the keys of ${zone} are ${used}, and it only counts for \`nearcast keys generate\`; ` +
    `write ${used}, or unsign the zone by \`leave: true\` before new keys are made`
  return [{ at: algorithmAt, message }]
}

/** When a snapshot's signatures are to be made anew, in Unix seconds; null when nothing is signed or will change. */
export function renewalOf(signers: readonly (ZoneSigner | null)[]): number | null {
  const at = Math.min(Infinity, ...signers.map((signer) => signer?.renewAt ?? Infinity))
  return at === Infinity ? null : Math.ceil(at)
}

/** The types that each service can ever give, by its index: of families that some node of its pool has an address of. */
export function steeredTypes({ services, pools, nodes }: Pick<Config, 'services' | 'pools' | 'nodes'>): number[][] {
  const poolOf = new Map(pools.map((pool) => [pool.key, new Set(pool.nodes)]))
  return services.map(({ pool, https, target }) => {
    if (target) return [Type.CNAME]
    const members = nodes.filter(({ name }) => poolOf.get(pool)?.has(name) ?? false)
    const types: number[] = []
    if (members.some(({ v4 }) => v4 !== null)) types.push(Type.A)
    if (members.some(({ v6 }) => v6 !== null)) types.push(Type.AAAA)
    if (https !== null) types.push(Type.HTTPS)
    return types
  })
}
