// Compares what the parent publishes with what it should: NS, glue, DS and its TTL. Asks nobody.
import { Type } from '../../wire/constants.ts'
import { formatRdata } from '../../wire/rdata.ts'
import { Digest, dnskeyRdata, dsRdata } from '../../zone/signing/dnskey.ts'
import { formatDate } from '../../zone/signing/rollover.ts'
import { sameBytes } from '../dns-records.ts'
import type { Finding } from './finding.ts'
import type { Published } from './published.ts'
import { longEnough, type Wanted, type WantedKey } from './wanted.ts'

/**
 * Everything that differs.
 * @param signed whether every server that could be asked answers with our keys
 */
export function compareParent(wanted: Wanted, published: Published, signed: boolean): Finding[] {
  return [
    ...compareServers(wanted, published),
    ...compareGlue(wanted, published),
    ...compareDs(wanted, published, signed),
    ...compareDsTtl(wanted, published),
  ]
}

function compareServers({ servers }: Wanted, published: Published): Finding[] {
  const ours = servers.map(({ name }) => name)
  const missing = ours.filter((name) => !published.servers.includes(name))
  const foreign = published.servers.filter((name) => !ours.includes(name))
  if (missing.length === 0 && foreign.length === 0) return []
  const changes = [
    ...(missing.length > 0 ? [`add ${missing.join(', ')}`] : []),
    ...(foreign.length > 0 ? [`take away ${foreign.join(', ')}`] : []),
  ]
  return [
    {
      code: 'name_servers',
      where: [published.from],
      found: `NS ${published.servers.toSorted().join(', ')}`,
      expected: `NS ${ours.toSorted().join(', ')}`,
      advice: `at the registrar ${changes.join(' and ')}; or change \`ns\` of the zone`,
    },
  ]
}

function compareGlue({ servers }: Wanted, { from, servers: listed, glue }: Published): Finding[] {
  if (glue === null) return []
  return servers
    .filter((server) => server.glue && listed.includes(server.name))
    .flatMap(({ name, addresses }) => {
      const found = glue.get(name) ?? []
      const same = found.length === addresses.length && addresses.every((address) => found.includes(address))
      return same
        ? []
        : [
            {
              code: 'glue' as const,
              where: [from],
              found: `${name} at ${list(found)}`,
              expected: `${name} at ${list(addresses)}`,
              advice: `set the addresses of ${name} at the registrar (its host object, or "glue"); or change \`ns\` of the zone`,
            },
          ]
    })
}

function list(addresses: readonly string[]): string {
  return addresses.length === 0 ? 'no address' : addresses.toSorted().join(', ')
}

/** A DS may be there when it is wanted, and must be; never too early, nor too late, nor of a key that is not ours. */
function compareDs(wanted: Wanted, { from, ds: published }: Published, signed: boolean): Finding[] {
  if (published === null) return []
  const { entryKeys, zone } = wanted
  const finding = (found: string, expected: string, advice: string): Finding => {
    return { code: 'ds', where: [from], found, expected, advice }
  }
  const findings: Finding[] = []
  for (const ds of published) {
    const text = `DS ${formatRdata(Type.DS, ds)}`
    const key = entryKeys.find((each) => names(ds, each, zone.apex))
    const isThere = key !== undefined && published.some((each) => isGoodDigest(each) && names(each, key, zone.apex))
    const reason = key === undefined ? foreignDs(wanted) : (untimely(key) ?? digestReason(ds, key, isThere))
    if (reason !== null) findings.push(finding(text, ...reason))
  }
  for (const key of entryKeys.filter(({ state }) => state === 'give')) {
    if (published.some((ds) => names(ds, key, zone.apex))) continue
    const asked = key.since === null ? '' : ` (CDS asks for it since ${formatDate(key.since)})`
    const others = published.map((ds) => `key ${(ds[0] << 8) | ds[1]}`)
    findings.push(
      finding(
        others.length === 0 ? 'no DS' : `only DS of ${others.join(', ')}`,
        `DS ${formatRdata(Type.DS, key.ds)}`,
        signed
          ? `give it to the registrar when every server has answered ${longEnough(key)}, unless the parent reads CDS by itself${asked}`
          : `not yet: first have every server answer ${longEnough(key)}; \`dnskey\` and \`signature\` say which do not`,
      ),
    )
  }
  return findings
}

/** What is longer than rolls reckon with makes the old key go while caches still hold its DS. A cache's TTL may be shorter and says nothing. */
function compareDsTtl({ zone }: Wanted, { from, dsTtlSeconds }: Published): Finding[] {
  const assumed = zone.dnssec?.parentDsTtlSeconds
  if (assumed === undefined || dsTtlSeconds === null || dsTtlSeconds <= assumed) return []
  return [
    {
      code: 'ds_ttl',
      where: [from],
      found: `DS with TTL ${dsTtlSeconds}`,
      expected: `TTL ${assumed} at most, as \`parentDsTtl\` of ${zone.name} says`,
      advice: `set \`parentDsTtl: ${dsTtlSeconds}s\`, or longer, before a key is retired: it would go while caches still hold its DS`,
    },
  ]
}

type Reason = readonly [expected: string, advice: string]

function foreignDs({ entryKeys, leaving }: Wanted): Reason {
  if (entryKeys.length === 0)
    return [
      'no DS, as the zone is not signed',
      'take it away at the registrar: resolvers that validate find nothing here',
    ]
  const given = entryKeys.filter(({ state }) => state === 'give').map(({ keyTag }) => keyTag)
  if (leaving) return ['no DS, as `leave` says', 'take it away at the registrar']
  const [expected, when] =
    given.length > 0 ? [`only DS of our keys: ${given.join(', ')}`, ', once the right one is there'] : ['no DS now', '']
  return [expected, `take it away at the registrar${when}; or put the key it names into the key directory`]
}

/**
 * What is wrong with the digest of a DS of this key.
 * @param isThere a DS with another digest, which is good, is there too
 */
function digestReason(ds: Uint8Array, key: WantedKey, isThere: boolean): Reason | null {
  if (isGoodDigest(ds)) return null
  const type = ds[3]
  const found =
    type === Digest.sha1
      ? 'SHA-1, which must not be used (RFC 8624)'
      : 'none that can be verified here, nor by most resolvers'
  return [
    `digest type ${Digest.sha256} for key ${key.keyTag}: type ${type} is ${found}`,
    isThere
      ? 'take it away at the registrar: the right one is there'
      : `give the registrar this in its place: DS ${formatRdata(Type.DS, key.ds)}`,
  ]
}

function untimely({ state, keyTag, since }: WantedKey): Reason | null {
  if (state === 'gone' || state === 'never') {
    const why = state === 'gone' ? 'its time is over' : 'CDS never names it'
    return [`no DS of key ${keyTag}: ${why}`, 'take it away at the registrar; the key may go after that']
  }
  if (state === 'give') return null
  const from = since === null ? 'until the key is published' : `before ${formatDate(since)}`
  return [
    `no DS of key ${keyTag} ${from}`,
    'take it away until then: resolvers that still remember answers from before would refuse the zone',
  ]
}

/** Whether the digest of a DS is one that resolvers take. */
function isGoodDigest(ds: Uint8Array): boolean {
  return ds[3] === Digest.sha256 || ds[3] === Digest.sha384
}

/** Whether a DS is of this key. Of one with a digest that we cannot make, tag and algorithm have to say it. */
function names(ds: Uint8Array, { key, ds: ours }: WantedKey, apex: Uint8Array): boolean {
  const digest = Object.values(Digest).find((each) => each === ds[3])
  if (digest === undefined) return sameBytes(ds.subarray(0, 3), ours.subarray(0, 3))
  return sameBytes(dsRdata(apex, dnskeyRdata(key), digest), ds)
}
