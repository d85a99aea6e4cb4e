// From a zone's `dnssec` to where its keys lie and what it is signed with. Opens no key.
import { dirname, resolve } from 'node:path'
import type { Dnssec } from '../zone/model.ts'
import type { Resolving } from './resolving.ts'
import { inSeconds } from './units.ts'

/** null for a zone that is not signed. */
export function resolveDnssec(from: Resolving, key: string): Dnssec | null {
  const { dnssec } = from.raw.zones[key]
  if (dnssec === undefined) return null
  const place = from.at('zones', key, 'dnssec', 'keys')
  return {
    directory: resolve(dirname(place.file), dnssec.keys),
    algorithm: dnssec.algorithm,
    algorithmAt: from.has('zones', key, 'dnssec', 'algorithm')
      ? from.report.keep(from.at('zones', key, 'dnssec', 'algorithm'))
      : null,
    keyTtlSeconds: inSeconds(dnssec.keyTtl),
    validitySeconds: inSeconds(dnssec.validity),
    parentDsTtlSeconds: inSeconds(dnssec.parentDsTtl),
    propagationSeconds: inSeconds(dnssec.propagation),
    leave: dnssec.leave,
    at: from.report.keep(place),
  }
}
