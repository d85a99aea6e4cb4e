// What an override is about: a node, a site, or the nodes of a site that reach a carrier. Knows no override and no word.
//
//   hkg-1                    one node
//   site:hkg,carrier:hkt     the nodes of a site that list a carrier on-net: they are taken from every client, because a node
//                            has one word; to steer that carrier's clients alone, write a steering rule
//   site:hkg                 every node of a site
//
// In this order the more specific decides about a node, and of two that are alike the one that was set later.
import type { Node } from './model.ts'

export type OverrideTarget =
  | { readonly node: string }
  | { readonly site: string; readonly carrier: string }
  | { readonly site: string; readonly carrier: null }

/** What of a node an override looks at. */
export type Overridable = Pick<Node, 'name' | 'site' | 'carriers'>

/** What a target may be, for people. */
export const targetForm = 'a node such as hkg-1, site:hkg, or site:hkg,carrier:hkt'

const name = '[A-Za-z0-9][A-Za-z0-9._-]{0,62}'
const nodePattern = new RegExp(`^${name}$`)
const sitePattern = new RegExp(`^site:(${name})(?:,carrier:(${name}))?$`)

/** The target that a text names; null when it names none. Each target has one text. */
export function parseTarget(text: string): OverrideTarget | null {
  if (nodePattern.test(text)) return { node: text }
  const [, site, carrier = null] = sitePattern.exec(text) ?? []
  return site === undefined ? null : { site, carrier }
}

/** Whether a target is about a node. */
export function covers(target: OverrideTarget, { name: node, site, carriers }: Overridable): boolean {
  if ('node' in target) return target.node === node
  return target.site === site && (target.carrier === null || carriers.includes(target.carrier))
}

/** Orders targets by how specific they are: the greater decides. */
export function specificity(target: OverrideTarget): number {
  if ('node' in target) return 2
  return target.carrier === null ? 0 : 1
}
