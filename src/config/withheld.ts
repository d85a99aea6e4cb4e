// Warns where what steering withholds from one client is denied to others for long (docs/decisions/0012). Knows no NSEC.
import type { Zone } from '../zone/model.ts'
import type { Config } from './config.ts'
import type { Place, Report } from './problem.ts'

/** Resolvers may deny a family that long without anybody minding much. */
const shortSeconds = 60

/**
 * Says when a signed zone's negative TTL is longer than a minute and than any answer that a family is withheld from. Up to there
 * it has a use: some resolvers keep signed answers of wildcards no longer.
 * @param place of what says the negative TTL
 */
export function warnOfLongDenial(
  {
    dnssec,
    negativeTtlSeconds: minimumSeconds,
    nsTtlSeconds,
    steeredNames,
  }: Pick<Zone, 'dnssec' | 'negativeTtlSeconds' | 'nsTtlSeconds' | 'steeredNames'>,
  { services, pools, nodes }: Pick<Config, 'services' | 'pools' | 'nodes'>,
  place: Place,
  report: Report,
): void {
  const negativeTtlSeconds = Math.min(minimumSeconds, nsTtlSeconds)
  if (dnssec === null || negativeTtlSeconds <= shortSeconds) return
  const steering = new Set(steeredNames.map(({ service }) => service))
  const withholding = services.filter(({ key, pool, target }) => {
    if (target || !steering.has(key)) return false
    const members = new Set(pools.find((one) => one.key === pool)?.nodes)
    const own = nodes.filter(({ name }) => members.has(name))
    // AAAA is withheld where A is nearer, A never (docs/decisions/0003).
    return own.some(({ v4 }) => v4 !== null) && own.some(({ v6 }) => v6 !== null)
  })
  if (withholding.length === 0) return
  const longest = Math.max(shortSeconds, ...withholding.map(({ ttl }) => ttl.steadySeconds))
  if (negativeTtlSeconds <= longest) return
  report.warning(
    place,
    `a negative TTL of ${negativeTtlSeconds}s: AAAA that is withheld from one client may be denied to all others of its resolver that long, expected at most ${longest}s`,
  )
}
