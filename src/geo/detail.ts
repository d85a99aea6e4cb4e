// What sources say below country level, only as finely as it is worth telling apart. Knows no cells.
import { cutLeaves } from './leaves.ts'
import type { Parts } from './parts.ts'
import type { PlaceTable } from './places.ts'
import { RangeBuilder, type FamilyRanges, type Ranges } from './ranges.ts'

/**
 * Providers give a metropolis a /40 or more; what tables say inside one is mostly noise. Taken at its word, the shipped table
 * alone would make 1.3 M blocks more of IPv6, and every resolver's cache so much less useful.
 */
const v6Floor = 40

/** The shipped parts, as places. */
export function shippedDetail({ v4, v6 }: Parts, places: PlaceTable): FamilyRanges {
  const { length } = v4.starts
  const placeOf = (part: number): number => places.ofPart(part)
  const parts4 = { length, highs: v4.starts, lows: new Uint32Array(length), values: new Uint32Array(v4.part) }
  const parts6 = { length: v6.part.length, highs: v6.startsHigh, lows: v6.startsLow, values: new Uint32Array(v6.part) }
  return { v4: relabelled(parts4, placeOf), v6: relabelled(folded(parts6), placeOf) }
}

/** What a database's coordinates say: its places that are parts, 0 where it only knows the country. */
export function databaseDetail({ v4, v6 }: FamilyRanges, { wholeOf }: PlaceTable): FamilyRanges {
  const partOf = (place: number): number => (wholeOf[place] === place ? 0 : place)
  return { v4: relabelled(v4, partOf), v6: relabelled(folded(relabelled(v6, partOf)), partOf) }
}

/** The majority's value for every block of the floor. */
function folded(ranges: Ranges): Ranges {
  const { length, highs, lows, cells } = cutLeaves(ranges, v6Floor, [], Infinity)
  return { length, highs, lows, values: cells }
}

/** Other values for the same ranges; neighbours that become equal become one. */
function relabelled({ length, highs, lows, values }: Ranges, valueOf: (value: number) => number): Ranges {
  const builder = new RangeBuilder()
  for (let i = 0; i < length; i++) builder.push(highs[i], lows[i], valueOf(values[i]))
  return builder.finish()
}
