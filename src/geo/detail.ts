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
  const noLows = new Uint32Array(v4.starts.length)
  const placeOf = (part: number): number => places.ofPart(part)
  return detail(
    { length: v4.starts.length, highs: v4.starts, lows: noLows, values: Uint32Array.from(v4.part, placeOf) },
    { length: v6.part.length, highs: v6.startsHigh, lows: v6.startsLow, values: Uint32Array.from(v6.part, placeOf) },
  )
}

/** What a database's coordinates say: its places that are parts, 0 where it only knows the country. */
export function databaseDetail({ v4, v6 }: FamilyRanges, { wholeOf }: PlaceTable): FamilyRanges {
  const partOf = (place: number): number => (wholeOf[place] === place ? 0 : place)
  return detail({ ...v4, values: v4.values.map(partOf) }, { ...v6, values: v6.values.map(partOf) })
}

function detail(v4: Ranges, v6: Ranges): FamilyRanges {
  const { length, highs, lows, cells } = cutLeaves(joined(v6), v6Floor, [], Infinity)
  return { v4: joined(v4), v6: joined({ length, highs, lows, values: cells }) }
}

/** Makes neighbours of equal value one. */
function joined({ length, highs, lows, values }: Ranges): Ranges {
  const builder = new RangeBuilder()
  for (let i = 0; i < length; i++) builder.push(highs[i], lows[i], values[i])
  return builder.finish()
}
