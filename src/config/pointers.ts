// Warns of MX and SRV records whose targets nobody would reach. Knows no other record and no YAML.
import { parseAddress } from '../ip/address.ts'
import { Type, typeName } from '../wire/constants.ts'
import type { Place, Report } from './problem.ts'
import type { ServedNames } from './served-names.ts'
import { missingDot, textOf } from './zone-owner.ts'

/** A record that names a host. */
export interface Pointer {
  /** With the final dot, lower case, as `target` is. */
  readonly owner: string
  readonly type: number
  readonly target: string
  readonly place: Place
}

/** Where the name begins in the data of a type, and who says that it must not be an alias. */
const kinds: ReadonlyMap<number, { readonly at: number; readonly rule: string }> = new Map([
  [Type.MX, { at: 2, rule: 'RFC 2181 section 10.3' }],
  [Type.SRV, { at: 6, rule: 'RFC 2782' }],
])

/** What a record names, null where its type names no host or it names none: `.` says that there is no such service. */
export function pointerOf(owner: string, type: number, rdata: Uint8Array, place: Place): Pointer | null {
  const kind = kinds.get(type)
  if (kind === undefined) return null
  const target = textOf(rdata.subarray(kind.at))
  return target === '.' ? null : { owner, type, target, place }
}

/** @param aliasing keys of the services that answer with names */
export function checkPointers(
  pointers: readonly Pointer[],
  names: ServedNames,
  aliasing: ReadonlySet<string>,
  report: Report,
): void {
  for (const { owner, type, target, place } of pointers) {
    const wrong = whyNot(target, type, names, aliasing)
    if (wrong !== null) report.warning(place, `${owner} ${typeName(type)} names ${target}, ${wrong}`)
  }
}

function whyNot(target: string, type: number, names: ServedNames, aliasing: ReadonlySet<string>): string | null {
  const found = names.find(target)
  if (found.as !== 'exact' && looksLikeAddress(target)) return 'an address, expected a name that has it'
  if (found.as === 'nothing') {
    const { text, whole } = found.zone
    return whole ? `which nothing answers in zone ${text.slice(0, -1)}${missingDot(target, text)}` : null
  }
  if (found.as !== 'exact' && found.as !== 'wildcard') return null
  const { sets, steered } = found.owner
  const isAlias = sets.has(Type.CNAME) || (steered !== null && aliasing.has(steered.name.service))
  return isAlias ? `a CNAME, expected a name with addresses (${kinds.get(type)?.rule})` : null
}

/** An address that was taken for a name, and perhaps completed with the origin. */
function looksLikeAddress(name: string): boolean {
  const labels = name.split('.')
  return parseAddress(labels.slice(0, 4).join('.')) !== null || parseAddress(labels[0]) !== null
}
