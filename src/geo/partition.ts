// Compiles databases, overrides and networks into blocks and cells. Knows no DNS, no nodes and no scores.
//
//   country ─┐
//   city     │
//   parts    ├─▶ merged ranges of cells ─▶ blocks no finer than the floor ─▶ cells and places that are used
//   carriers │
//   operator ┘
import { NearcastError } from '../errors.ts'
import { CellTable } from './cells.ts'
import { countries } from './countries.ts'
import { databaseDetail, shippedDetail } from './detail.ts'
import { cutLeaves, maximumBlocks, type Leaves } from './leaves.ts'
import { mergeSources, type Meaning } from './merge.ts'
import type { Carrier, GeoSettings } from './model.ts'
import { operatorSource } from './operator.ts'
import { loadParts } from './parts.ts'
import { PlaceTable } from './places.ts'
import type { FamilyRanges } from './ranges.ts'
import { readCarriers, readCity, readCountries, type SourceDescription } from './sources/databases.ts'
import { specialUse } from './sources/special-use.ts'

const maximumCells = 32_768

export interface PartitionInput {
  readonly settings: GeoSettings
  readonly carriers: readonly Carrier[]
  /** Canonical prefixes that steering names and that are therefore told apart. */
  readonly networks: readonly string[]
  /** Told which step begins and what share of the whole lies behind, 0 to 1. */
  readonly onProgress?: (step: string, share: number) => void
}

/** All client addresses that get the same ranking. */
export interface Cell {
  /** Index into `places`. */
  readonly place: number
  /** Index into the carriers, -1 when unknown. */
  readonly carrier: number
  /** Indexes into the networks that contain it, ascending. */
  readonly networks: readonly number[]
}

/** Where a cell is: nowhere known, a country, or a part of a wide one. */
export type Place = PlaceTable['places'][number]

/** What there is to tell apart, and how many blocks it takes. */
export interface World {
  /** Cell 0 is unmapped: place 0, no carrier, no networks. */
  readonly cells: readonly Cell[]
  /** Place 0 is unknown. */
  readonly places: readonly Place[]
  readonly sources: readonly SourceDescription[]
  readonly blocks: { readonly v4: number; readonly v6: number }
}

/** Disjoint blocks that cover all of both families, in address order; each lies in one cell. */
export interface Partition extends World {
  readonly v4: { readonly starts: Uint32Array; readonly depths: Uint8Array; readonly cells: Uint16Array }
  /** Of the first 64 bits; depths are at most 64. */
  readonly v6: {
    readonly startsHigh: Uint32Array
    readonly startsLow: Uint32Array
    readonly depths: Uint8Array
    readonly cells: Uint16Array
  }
}

/**
 * The partition of everything the configuration tells apart. Blocks may be wider than `coarsestScope`, which the answer cares
 * for. World data takes seconds of a core, so this runs aside from serving.
 * @throws NearcastError NC_DATABASE for a broken or unfit database, or too many cells or blocks; NC_CONFIG for a bad prefix
 */
export async function buildPartition(input: PartitionInput): Promise<Partition> {
  const { settings, carriers, networks } = input
  const tell = input.onProgress ?? (() => {})
  const operator = operatorSource(settings.overrides, networks)
  const parts = await loadParts()
  const places = new PlaceTable(countries, parts)
  const { world, descriptions } = await readWorld(input, places, tell)
  const shipped = shippedDetail(parts, places)

  const cells = new CellTable()
  const carrierByKey = new Map(carriers.map(({ key }, index) => [key, index]))
  const meaning: Meaning = { places, operator, carrierByKey, cells }
  const blocks = (family: 'v4' | 'v6', room: number): Leaves => {
    const sources = {
      country: world.country[family],
      city: world.city[family],
      shipped: shipped[family],
      carrier: world.carrier[family],
      special: world.special[family],
      operator: operator.ranges[family],
    }
    return cutLeaves(mergeSources(sources, meaning), settings.finestScope[family], operator.spans[family], room)
  }
  tell('cutting IPv4 blocks', 0.5)
  const v4 = blocks('v4', maximumBlocks)
  tell('cutting IPv6 blocks', 0.75)
  const v6 = blocks('v6', maximumBlocks - v4.length)
  const used = cells.compact([v4.cells, v6.cells])
  if (used.length > maximumCells) refuseCells(used.length)
  const usedPlaces = [...new Set(used.map(({ place }) => place))].toSorted((a, b) => a - b)
  tell('cells are made', 1)
  return {
    blocks: { v4: v4.length, v6: v6.length },
    v4: { starts: v4.highs.slice(), depths: v4.depths.slice(), cells: Uint16Array.from(v4.cells) },
    v6: {
      startsHigh: v6.highs.slice(),
      startsLow: v6.lows.slice(),
      depths: v6.depths.slice(),
      cells: Uint16Array.from(v6.cells),
    },
    cells: used.map(({ place, carrier, networks: set }) => ({
      place: usedPlaces.indexOf(place),
      carrier,
      networks: operator.networkSets[set],
    })),
    places: usedPlaces.map((place) => places.places[place]),
    sources: descriptions,
  }
}

type Ranges = { readonly [K in 'country' | 'city' | 'carrier' | 'special']: FamilyRanges }

/** Reads every database the settings name. */
async function readWorld(
  { settings, carriers }: PartitionInput,
  places: PlaceTable,
  tell: NonNullable<PartitionInput['onProgress']>,
): Promise<{ world: Ranges; descriptions: SourceDescription[] }> {
  tell('reading countries', 0)
  const country = await readCountries(settings.country, places)
  const city = settings.city === null ? null : await readCity(settings.city, places)
  tell('reading carriers', 0.2)
  const carrier = await readCarriers(settings.asn, carrierFinder(carriers))
  return {
    world: {
      country: country.ranges,
      // A country database may have coordinates of its own.
      city: databaseDetail((city ?? country).ranges, places),
      carrier: carrier.ranges,
      special: specialUse(),
    },
    descriptions: [country, city, carrier].flatMap((source) => source?.descriptions ?? []),
  }
}

/** Finds the number of an ASN's carrier, from 1. */
function carrierFinder(carriers: readonly Carrier[]): (asn: number) => number {
  const byAsn = new Map(carriers.flatMap(({ asns }, index) => asns.map((asn) => [asn, index + 1] as const)))
  return (asn) => byAsn.get(asn) ?? 0
}

function refuseCells(found: number): never {
  throw new NearcastError(
    'NC_DATABASE',
    `places, carriers and networks together make ${found} cells, at most ${maximumCells} are possible; ` +
      'define fewer carriers, or name fewer networks in steering rules',
  )
}
