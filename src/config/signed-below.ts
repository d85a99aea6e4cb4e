// Warns of a signed zone whose parent is signed and served here too, but says nothing of its keys. Knows no key.
import { Type } from '../wire/constants.ts'
import type { Zone } from '../zone/model.ts'
import type { Resolving } from './resolving.ts'
import type { ServedZone } from './served-names.ts'
import { liesIn } from './zone-owner.ts'

/** Without DS at the parent resolvers take the zone for unsigned. */
export function warnOfMissingSigners(
  from: Resolving,
  zones: ReadonlyMap<string, Zone>,
  served: readonly ServedZone[],
): void {
  const signed = new Set([...zones].filter(([, { dnssec }]) => dnssec !== null).map(([key]) => key))
  const all = [...zones.keys()].map((key, index) => ({ key, ...served[index] }))
  for (const { key, text } of all) {
    const above = all.filter((other) => other.key !== key && liesIn(text, other.text))
    const [parent] = above.toSorted((a, b) => b.text.length - a.text.length)
    if (parent === undefined || !signed.has(key) || !signed.has(parent.key)) continue
    if (!parent.whole || parent.owners.get(text)?.sets.has(Type.DS)) continue
    from.report.warning(
      from.at('zones', key, 'dnssec'),
      `${key} is signed, but ${parent.key} above it, which is signed and served here too, has no DS of it, so resolvers take it ` +
        `for unsigned: write there the DS that \`nearcast delegation ${key}\` gives, from when it says`,
    )
  }
}
