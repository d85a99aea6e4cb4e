// The operator's own prefixes (overrides, networks that steering names) as one more source. Knows no databases and no cells.
import { NearcastError } from '../errors.ts'
import { parsePrefix } from '../ip/prefix.ts'
import type { GeoOverride } from './model.ts'
import { RangeBuilder, type FamilyRanges } from './ranges.ts'
import { compare, endOf, spanOf, type Span } from './span.ts'

/** What the operator says of a stretch of addresses. */
export interface Layer {
  /** The longest override that covers it. */
  readonly override: GeoOverride | null
  /** Index into `networkSets`. */
  readonly networks: number
}

export interface OperatorSource {
  /** Values are indexes into `layers`; 0 is where the operator says nothing. */
  readonly ranges: FamilyRanges
  readonly layers: readonly Layer[]
  /** Sets of indexes into the networks, ascending; set 0 is empty. */
  readonly networkSets: readonly (readonly number[])[]
  /** Every prefix, in address order, the longer ones of one address last. */
  readonly spans: { readonly v4: readonly Span[]; readonly v6: readonly Span[] }
}

/** One prefix with what it adds to those around it. */
interface Mark {
  readonly span: Span
  readonly override: GeoOverride | null
  readonly network: number
}

/**
 * @throws NearcastError NC_CONFIG when a text is no prefix, or one of IPv6 is longer than /64
 */
export function operatorSource(overrides: readonly GeoOverride[], networks: readonly string[]): OperatorSource {
  const marks: Mark[] = [
    ...overrides.map((override) => ({ span: read('geo.overrides', override.prefix), override, network: -1 })),
    ...networks.map((text, network) => ({ span: read('network', text), override: null, network })),
  ].toSorted((a, b) => compare(a.span, b.span) || a.span.depth - b.span.depth)
  const layers = new LayerTable()
  const v4 = marks.filter(({ span }) => span.family === 4)
  const v6 = marks.filter(({ span }) => span.family === 6)
  return {
    ranges: { v4: nest(v4, layers), v6: nest(v6, layers) },
    layers: layers.layers,
    networkSets: layers.networkSets,
    spans: { v4: v4.map(({ span }) => span), v6: v6.map(({ span }) => span) },
  }
}

/** Lays nested prefixes, outer ones first, over one another. */
function nest(marks: readonly Mark[], layers: LayerTable): FamilyRanges['v4'] {
  const builder = new RangeBuilder()
  const open: { span: Span; layer: number }[] = []
  const close = (until: Span | null): void => {
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const end = endOf(top.span)
      if (until !== null && (end === null || compare(end, until) > 0)) return
      open.pop()
      if (end !== null) builder.push(end.high, end.low, open.at(-1)?.layer ?? 0)
    }
  }
  for (const { span, override, network } of marks) {
    close(span)
    const layer = layers.inside(open.at(-1)?.layer ?? 0, override, network)
    open.push({ span, layer })
    builder.push(span.high, span.low, layer)
  }
  close(null)
  return builder.finish()
}

class LayerTable {
  readonly layers: Layer[] = [{ override: null, networks: 0 }]
  readonly networkSets: (readonly number[])[] = [[]]
  private readonly setByText = new Map([['', 0]])

  /** The layer of a prefix inside another one. */
  inside(outer: number, override: GeoOverride | null, network: number): number {
    const { override: outerOverride, networks } = this.layers[outer]
    const set = network < 0 ? networks : this.setWith(networks, network)
    return this.layers.push({ override: override ?? outerOverride, networks: set }) - 1
  }

  private setWith(outer: number, network: number): number {
    const set = [...this.networkSets[outer], network].toSorted((a, b) => a - b)
    const text = set.join()
    let index = this.setByText.get(text)
    if (index === undefined) {
      index = this.networkSets.push(set) - 1
      this.setByText.set(text, index)
    }
    return index
  }
}

function read(where: string, text: string): Span {
  const prefix = parsePrefix(text)
  if ('error' in prefix) throw new NearcastError('NC_CONFIG', `${where}: ${prefix.error}`)
  if (prefix.family === 6 && prefix.length > 64) {
    throw new NearcastError('NC_CONFIG', `${where}: ${text} is longer than /64, the finest network told apart in IPv6`)
  }
  return spanOf(prefix)
}
