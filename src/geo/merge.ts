// Walks all sources together and says for each stretch of addresses which cell it is in. Knows no files.
import type { CellTable } from './cells.ts'
import type { OperatorSource } from './operator.ts'
import type { PlaceTable } from './places.ts'
import { RangeBuilder, type Ranges } from './ranges.ts'

/** One family of every source. */
export interface Sources {
  /** Places, from the country database. */
  readonly country: Ranges
  /** Places below country level, from coordinates. */
  readonly city: Ranges
  /** The same, as shipped. */
  readonly shipped: Ranges
  /** Carriers by number from 1. */
  readonly carrier: Ranges
  /** 1 where nobody is. */
  readonly special: Ranges
  /** Layers of the operator's. */
  readonly operator: Ranges
}

/** What the numbers in the sources stand for. */
export interface Meaning {
  readonly places: PlaceTable
  readonly operator: OperatorSource
  /** Index of a carrier by its key. */
  readonly carrierByKey: ReadonlyMap<string, number>
  readonly cells: CellTable
}

/** The values of all sources at one stretch. */
type Values = { -readonly [K in keyof Sources]: number }

/** Ranges of cell numbers. */
export function mergeSources(sources: Sources, meaning: Meaning): Ranges {
  const cursors = Object.entries(sources).map(([name, ranges]) => new Cursor(name as keyof Sources, ranges))
  const values: Values = { country: 0, city: 0, shipped: 0, carrier: 0, special: 0, operator: 0 }
  const builder = new RangeBuilder()
  let high = 0
  let low = 0
  for (;;) {
    let nextHigh = Infinity
    let nextLow = Infinity
    for (const cursor of cursors) {
      if (cursor.startsAt(high, low)) values[cursor.name] = cursor.take()
      if (cursor.high > nextHigh || (cursor.high === nextHigh && cursor.low >= nextLow)) continue
      nextHigh = cursor.high
      nextLow = cursor.low
    }
    builder.push(high, low, cellOf(values, meaning))
    if (nextHigh === Infinity) return builder.finish()
    high = nextHigh
    low = nextLow
  }
}

/** The ranges of one source, the next one at hand. */
class Cursor {
  readonly name: keyof Sources
  high = 0
  low = 0
  private readonly ranges: Ranges
  private next = 0

  constructor(name: keyof Sources, ranges: Ranges) {
    this.name = name
    this.ranges = ranges
  }

  startsAt(high: number, low: number): boolean {
    return this.high === high && this.low === low
  }

  /** The value of the next range, which is then left behind. */
  take(): number {
    const value = this.ranges.values[this.next++]
    const isOver = this.next === this.ranges.length
    this.high = isOver ? Infinity : this.ranges.highs[this.next]
    this.low = isOver ? Infinity : this.ranges.lows[this.next]
    return value
  }
}

function cellOf(values: Values, { places, operator, carrierByKey, cells }: Meaning): number {
  const isSpecial = values.special !== 0
  const { override, networks } = operator.layers[values.operator]
  let place = isSpecial ? 0 : placeOf(values, places)
  let carrier = isSpecial ? -1 : values.carrier - 1
  if (override !== null) {
    // The databases' part still holds when the country is the one they say.
    const whole = override.country === null ? places.wholeOf[place] : places.ofCountry(override.country)
    if (places.wholeOf[place] !== whole) place = whole
    if (override.carrier !== null) carrier = carrierByKey.get(override.carrier) ?? -1
  }
  return cells.numberOf({ place, carrier, networks })
}

/** The country database decides the country; coordinates, then the shipped parts, may only say where in it. */
function placeOf({ country, city, shipped }: Values, { wholeOf }: PlaceTable): number {
  const whole = wholeOf[country]
  if (city !== 0 && wholeOf[city] === whole) return city
  if (shipped !== 0 && wholeOf[shipped] === whole) return shipped
  return whole
}
