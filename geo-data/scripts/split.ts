// Splits the spots of a country into parts that are not too wide. Must not know address ranges or files.
//
//   width     the largest distance between two spots of a part, its outermost addresses left out
//   splitting while a part is too wide, the widest gets a second centre at its spot farthest out, and all centres move
//             to the mean of the spots nearest to them until nothing changes: k-means, weighed by addresses
import { distanceKm } from '../../src/geo/distance.ts'
import { centreOf, type Weighted } from './centre.ts'

type Point = readonly [number, number]

/** Left out of a part's width: this share of the part's addresses, or that of the country's where it is more. */
const outermost = 0.01
const outermostOfCountry = 0.0005
/** Means settle in far fewer rounds. */
const mostRounds = 200

/** The spots in parts, heaviest first. Without any weight, or when all are near enough: one part. */
export function split<S extends Weighted>(spots: readonly S[], widestKm: number): S[][] {
  const countryWeight = weightOf(spots)
  const first = centreOf(spots)
  if (first === null) return [[...spots]]
  let centres: Point[] = [first]
  for (;;) {
    const parts = assign(spots, centres)
    const widest = parts.map((part) => extentOf(part, countryWeight)).reduce((a, b) => (b.km > a.km ? b : a))
    if (widest.km <= widestKm) {
      return parts.filter((part) => part.length > 0).toSorted((a, b) => weightOf(b) - weightOf(a))
    }
    centres = settle(spots, [...centres, widest.farthest])
  }
}

/** Width in kilometres of all spots of a country. */
export function widthKm(spots: readonly Weighted[]): number {
  return extentOf(spots, 0).km
}

export function weightOf(spots: readonly Weighted[]): number {
  let sum = 0
  for (const { weight } of spots) sum += weight
  return sum
}

function settle(spots: readonly Weighted[], from: readonly Point[]): Point[] {
  let centres = [...from]
  for (let round = 0; round < mostRounds; round++) {
    const next = assign(spots, centres).map((part, i) => centreOf(part) ?? centres[i] ?? from[0] ?? [0, 0])
    if (next.join() === centres.join()) break
    centres = next
  }
  return centres
}

function assign<S extends Weighted>(spots: readonly S[], centres: readonly Point[]): S[][] {
  const parts = centres.map((): S[] => [])
  for (const spot of spots) parts[nearest(spot.at, centres)]?.push(spot)
  return parts
}

function nearest(at: Point, centres: readonly Point[]): number {
  let best = 0
  let bestKm = Infinity
  centres.forEach((centre, i) => {
    const km = distanceKm(at, centre)
    if (km >= bestKm) return
    best = i
    bestKm = km
  })
  return best
}

function extentOf(spots: readonly Weighted[], countryWeight: number): { km: number; farthest: Point } {
  const centre = centreOf(spots) ?? ([0, 0] as const)
  const outward = spots
    .filter(({ weight }) => weight > 0)
    .map(({ at, weight }) => ({ at, weight, km: distanceKm(at, centre) }))
    .toSorted((a, b) => b.km - a.km || a.at[0] - b.at[0] || a.at[1] - b.at[1])
  let spare = Math.max(outermost * weightOf(spots), outermostOfCountry * countryWeight)
  const kept = outward.filter(({ weight }) => (spare -= weight) < 0)
  let km = 0
  for (const [i, a] of kept.entries()) {
    if (2 * a.km <= km) break
    for (const b of kept.slice(i + 1)) {
      if (a.km + b.km <= km) break
      km = Math.max(km, distanceKm(a.at, b.at))
    }
  }
  return { km, farthest: kept[0]?.at ?? centre }
}
