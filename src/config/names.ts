// The names a configuration defines, by kind, so that references can be checked. Knows where names are defined, nothing of their values.
import { countries } from '../geo/countries.ts'
import type { Tree } from './tree.ts'

/** What a reference can refer to. */
export type NameKind = 'carrier' | 'country' | 'label' | 'node' | 'pool' | 'probe' | 'region' | 'service' | 'site'

export type Names = Readonly<Record<NameKind, ReadonlySet<string>>>

/** Every name that is written as defined, whether its definition is right or not. */
export function namesIn(tree: Tree): Names {
  const regions = new Set(keysOf(at(tree, 'regions')))
  regions.delete('rest')
  return {
    carrier: new Set(keysOf(at(tree, 'carriers'))),
    country: new Set(countries.keys()),
    label: labelsIn(tree),
    node: new Set(keysOf(at(tree, 'nodes'))),
    pool: new Set(keysOf(at(tree, 'pools'))),
    probe: new Set(keysOf(at(tree, 'probes'))),
    region: regions,
    service: new Set(keysOf(at(tree, 'services'))),
    site: new Set(keysOf(at(tree, 'sites'))),
  }
}

function labelsIn(tree: Tree): Set<string> {
  const holders = [
    ...valuesOf(at(tree, 'nodes')),
    ...valuesOf(at(tree, 'sites')).map((site) => at(site, 'nodeDefaults')),
  ]
  const labels = holders.flatMap((holder) => valuesOf(at(holder, 'labels')))
  return new Set(
    labels.flatMap((label) => (label.kind === 'scalar' && typeof label.value === 'string' ? [label.value] : [])),
  )
}

function at(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === 'map' ? tree.entries.get(key)?.value : undefined
}

function keysOf(tree: Tree | undefined): string[] {
  return tree?.kind === 'map' ? [...tree.entries.keys()] : []
}

function valuesOf(tree: Tree | undefined): Tree[] {
  if (tree?.kind === 'list') return [...tree.items]
  return tree?.kind === 'map' ? [...tree.entries.values()].map(({ value }) => value) : []
}
