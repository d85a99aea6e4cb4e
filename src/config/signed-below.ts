// Warns of a signed zone whose parent is signed and served here too, but says nothing of its keys. Knows no key.
import { Type } from '../wire/constants.ts'
import type { Zone } from '../zone/model.ts'
import type { Resolving } from './resolving.ts'
import type { ServedZone } from './served-names.ts'
import { parentOf } from './zone-owner.ts'

/** Without DS at the parent resolvers take the zone for unsigned. */
export function warnOfMissingSigners(
  from: Resolving,
  zones: ReadonlyMap<string, Zone>,
  served: readonly ServedZone[],
): void {
  const all = new Map(
    [...zones].map(([key, { dnssec }], index) => [served[index].text, { key, dnssec, ...served[index] }]),
  )
  for (const { key, text, dnssec } of all.values()) {
    if (dnssec === null) continue
    let above = parentOf(text)
    while (above !== '' && !all.has(above)) above = parentOf(above)
    const parent = all.get(above)
    if (!parent?.dnssec || !parent.whole || parent.owners.get(text)?.sets.has(Type.DS)) continue
    from.report.warning(
      from.at('zones', key, 'dnssec'),
      `${key} is signed, but ${parent.key} above it, which is signed and served here too, has no DS of it, so resolvers take it ` +
        `for unsigned: write there the DS that \`nearcast delegation ${key}\` gives, from when it says`,
    )
  }
}
