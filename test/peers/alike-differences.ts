// What two authorities say differently to the same question, and what they may. Knows no server.
import type { Heard, Said } from './alike-reader.ts'

/** What a zone has that says which differences are none. */
interface Content {
  /** With the final dot, lower case. */
  readonly name: string
  readonly owners: ReadonlySet<string>
  readonly cuts: readonly string[]
}

/** What differs, in words; nothing where all that does is left open. */
export function differences(ours: Heard, theirs: Heard, zone: Content): string[] {
  const found: string[] = []
  if (ours.rcode !== theirs.rcode) found.push(`rcode: ${ours.rcode} for ${theirs.rcode}`)
  const flags = (heard: Heard): string => heard.flags.join(' ')
  if (flags(ours) !== flags(theirs)) found.push(`flags: ${flags(ours)} for ${flags(theirs)}`)
  found.push(...compare('answer', inOrder(ours.answer), inOrder(theirs.answer)))
  found.push(...compare('authority', sorted(ours.authority), sorted(withoutOwnServers(theirs, `${zone.name}.`))))
  const additional = sorted(ours.additional)
  const needed = sorted(theirs.additional.filter((record) => isNeeded(record, theirs, zone)))
  found.push(...needed.filter((record) => !additional.includes(record)).map((record) => `additional: - ${record}`))
  found.push(
    ...sorted(ours.additional.filter((record) => !isNamed(record, ours))).map((record) => `additional: + ${record}`),
  )
  return found
}

/**
 * Additional records that help nobody else than who asked: glue below a cut they are referred to (RFC 9471), addresses of hosts
 * that an answer names (RFC 1035 section 3.3.9, RFC 2782, RFC 9460 section 4.1). What else stands there is left open: addresses of
 * servers beside the cut, or of the zone's own; what a wildcard answers, what lies below a cut, what is behind an alias of an alias.
 */
function isNeeded({ owner, type, data }: Said, { answer, authority }: Heard, { owners, cuts }: Content): boolean {
  const covered = type === 'RRSIG' ? data.split(' ')[0] : type
  if (covered !== 'A' && covered !== 'AAAA') return false
  const under = (cut: string): boolean => `.${owner}`.endsWith(`.${cut}`)
  if (cuts.some(under))
    return answer.length === 0 && authority.some((record) => under(record.owner)) && names(authority, owner, ['NS'])
  return owners.has(owner) && names(answer, owner, ['NS', 'MX', 'SRV', 'SVCB', 'HTTPS'])
}

/** Whether anything before leads to an additional record. NSD 4.6 sends none for SVCB and HTTPS. */
function isNamed({ owner }: Said, { answer, authority }: Heard): boolean {
  const bindings = ['SVCB', 'HTTPS']
  if (names(authority, owner, ['NS']) || names(answer, owner, ['NS', 'MX', 'SRV', ...bindings])) return true
  // Their target `.` is their owner.
  return answer.some((record) => record.owner === owner && bindings.includes(record.type))
}

function names(records: readonly Said[], host: string, types: readonly string[]): boolean {
  return records.some(({ type, data }) => types.includes(type) && data.split(' ').includes(host))
}

function compare(section: string, ours: readonly string[], theirs: readonly string[]): string[] {
  if (ours.join('\n') === theirs.join('\n')) return []
  const more = ours.filter((record) => !theirs.includes(record))
  const less = theirs.filter((record) => !ours.includes(record))
  if (more.length === 0 && less.length === 0)
    return [`${section}: order or number: ${ours.join(' | ')} for ${theirs.join(' | ')}`]
  return [...more.map((record) => `${section}: + ${record}`), ...less.map((record) => `${section}: - ${record}`)]
}

/** Who the zone's servers are may be said beside any answer (RFC 1034 section 6.2.1); we do not, which keeps answers short. */
function withoutOwnServers({ answer, authority }: Heard, apex: string): readonly Said[] {
  if (answer.length === 0) return authority
  return authority.filter(
    ({ owner, type, data }) => owner !== apex || !(type === 'RRSIG' ? data.split(' ')[0] : type).match(/^NS$/),
  )
}

/** RRsets stand in the order of the chain, records within one in any (RFC 2181 section 5). */
function inOrder(records: readonly Said[]): string[] {
  const setOf = ({ owner, type, data }: Said): string => `${owner} ${type === 'RRSIG' ? data.split(' ')[0] : type}`
  const sets = [...new Set(records.map(setOf))]
  return sets.flatMap((set) => sorted(records.filter((record) => setOf(record) === set)))
}

function sorted(records: readonly Said[]): string[] {
  return records.map(({ owner, type, ttl, data }) => `${owner} ${ttl} ${type} ${data}`).toSorted()
}
