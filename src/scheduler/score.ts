// The score of a node for a client cell: an expected cost in milliseconds, as a sum of named terms. Knows no health and no DNS.
import type { ClientSelector, NodeSelector, Rule, Scoring } from './model.ts'

/** What scoring knows of a client cell. */
export interface CellFacts {
  readonly country: string | null
  readonly at: readonly [number, number] | null
  readonly region: string
  /** Key of the client's carrier. */
  readonly carrier: string | null
  readonly tier: 1 | 2 | 3 | null
  /** Canonical prefixes of steering that hold the cell. */
  readonly networks: readonly string[]
}

/** What scoring knows of a node, or of nodes alike in all of it. */
export interface NodeFacts {
  readonly name: string
  readonly site: string
  readonly region: string
  readonly at: readonly [number, number] | null
  readonly carriers: readonly string[]
  readonly price: number
  readonly labels: readonly string[]
}

/** Every term of a score, in milliseconds. */
export interface Terms {
  /** False when client or site has no coordinates: rttMs is then the worst the model can say, the same for everyone. */
  readonly rttKnown: boolean
  readonly rttMs: number
  readonly carrierMs: number
  readonly regionMs: number
  readonly priceMs: number
  readonly biasMs: number
}

/** What steering does to nodes for a cell. */
export interface Steering {
  /** Product of the weights of all rules that match. */
  readonly weight: number
  /** Sum of the biases of all rules that match. */
  readonly biasMs: number
  /** The rule that keeps the nodes out of the rank, or null. */
  readonly excludedBy: Rule | null
}

const halfCircumferenceKm = 20_015

/** The rule's clients include the cell. */
export function matchesCell(selector: ClientSelector, cell: CellFacts): boolean {
  return (
    allows(selector.carriers, cell.carrier) &&
    allows(selector.regions, cell.region) &&
    allows(selector.countries, cell.country) &&
    allows(selector.tiers, cell.tier) &&
    (selector.networks === null || selector.networks.some((network) => cell.networks.includes(network)))
  )
}

/** The rule's nodes include the node. */
export function matchesNode(selector: NodeSelector, node: NodeFacts): boolean {
  return (
    allows(selector.nodes, node.name) &&
    allows(selector.sites, node.site) &&
    allows(selector.regions, node.region) &&
    (selector.carriers === null || selector.carriers.some((carrier) => node.carriers.includes(carrier))) &&
    (selector.labels === null || selector.labels.some((label) => node.labels.includes(label)))
  )
}

/**
 * What the rules of a cell do to a node.
 * @param rules those whose clients include the cell
 * @param matches for each of them, whether its nodes include the node
 */
export function steer(rules: readonly Rule[], matches: (rule: Rule) => boolean): Steering {
  let weight = 1
  let biasMs = 0
  let excludedBy: Rule | null = null
  for (const rule of rules) {
    if (matches(rule)) {
      weight *= rule.weight
      biasMs += rule.biasMs
      if (rule.weight === 0) excludedBy ??= rule
    } else if (rule.only) excludedBy ??= rule
  }
  return { weight, biasMs, excludedBy }
}

/**
 * The terms of a node's score for a cell.
 * @param distanceKm great-circle distance of two coordinates
 */
export function scoreTerms(
  scoring: Scoring,
  cell: CellFacts,
  node: NodeFacts,
  biasMs: number,
  distanceKm: (from: readonly [number, number], to: readonly [number, number]) => number,
): Terms {
  const rttKnown = cell.at !== null && node.at !== null
  const distance = cell.at !== null && node.at !== null ? distanceKm(cell.at, node.at) : halfCircumferenceKm
  return {
    rttKnown,
    rttMs: scoring.rtt.baseMs + (distance / 1000) * scoring.rtt.msPerThousandKm,
    carrierMs: carrierMs(scoring, cell, node),
    regionMs: cell.region === node.region ? 0 : scoring.region.otherMs,
    priceMs: node.price * scoring.priceMs,
    biasMs,
  }
}

/** The score: the sum of the terms. */
export function totalMs(terms: Terms): number {
  return terms.rttMs + terms.carrierMs + terms.regionMs + terms.priceMs + terms.biasMs
}

function carrierMs({ carrier }: Scoring, cell: CellFacts, node: NodeFacts): number {
  if (cell.carrier !== null && node.carriers.includes(cell.carrier)) return carrier.onNetMs
  if (cell.tier === 1) return carrier.tier1Ms
  if (cell.tier === 2) return carrier.tier2Ms
  if (cell.tier === 3) return carrier.tier3Ms
  return carrier.unknownMs
}

function allows<T>(wanted: readonly T[] | null, value: T | null): boolean {
  return wanted === null || (value !== null && wanted.includes(value))
}
