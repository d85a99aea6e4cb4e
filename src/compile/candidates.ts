// Every candidate of a pick: its terms, its share, and why it lost. Reads what the query path left behind; changes nothing.
import type { Config } from '../config/config.ts'
import { isAvailable, Override, type AvailabilityWords } from '../fleet/availability.ts'
import { distanceKm } from '../geo/distance.ts'
import type { Rule } from '../scheduler/model.ts'
import { lotOf } from '../scheduler/lots.ts'
import { matchesCell, matchesNode, scoreTerms, steer, totalMs, type Terms } from '../scheduler/score.ts'
import type { State } from '../server/state.ts'
import type { Published } from '../server/tables.ts'
import { cellFacts, poolFacts, type Directory } from './directory.ts'

/** What the explanation is made from. */
export interface ExplainInput {
  readonly config: Config
  readonly directory: Directory
  readonly published: Published
  readonly words: AvailabilityWords
  /** A node's health over one family in a few words, e.g. `up` or `down: timeout`; null when nothing probes it here. */
  readonly health: (node: string, family: 4 | 6) => string | null
}

export interface Candidate {
  readonly node: string
  readonly site: string
  /** 1 is the best score; null when steering keeps the node out of the rank. */
  readonly place: number | null
  readonly scoreMs: number
  readonly terms: Terms
  /** Weight after steering. */
  readonly weight: number
  /** Of the window's load, 0-1; null outside the window. */
  readonly share: number | null
  readonly health: string
  readonly override: string | null
  readonly answered: boolean
  /** One sentence: answered, or what it lost by. */
  readonly why: string
}

/** A node of the pool with its score, before anybody looks at its health. */
interface Scored {
  /** Index into the node table. */
  readonly index: number
  readonly terms: Terms
  readonly scoreMs: number
  /** After steering. */
  readonly weight: number
  /** Why steering keeps it out of the rank, or null. */
  readonly excluded: string | null
}

/** What the judgement of every candidate shares. */
interface Scene {
  readonly input: ExplainInput
  readonly state: State
  readonly family: 4 | 6
  readonly spreadMs: number
  /** Score of the best available node; of the best one at all when none is. */
  readonly bestMs: number
  /** Nothing is available: the window is that of the whole fleet. */
  readonly exhausted: boolean
}

/** Ranks hold scores as 32-bit floats, so a score may differ from its terms' sum by this much. */
const roundingMs = 1e-3

/**
 * Every node of a service's pool, best score first, the ones that steering keeps out last.
 * @param chosen the nodes that were answered, by index
 */
export function candidates(
  input: ExplainInput,
  state: State,
  service: number,
  family: 4 | 6,
  chosen: readonly number[],
): Candidate[] {
  const scored = scorePool(input, state, service)
  const isUp = ({ index, excluded }: Scored): boolean =>
    excluded === null && isAvailableNow(input, state, index, family)
  const best = scored.find(isUp)
  const { spreadMs } = input.config.services[service]
  const bestMs = (best ?? scored[0])?.scoreMs ?? 0
  const scene = { input, state, family, spreadMs, bestMs, exhausted: best === undefined }
  const window = new Set(scored.filter((one) => isInWindow(scene, one, isUp(one))))
  const total = [...window].reduce((sum, { weight }) => sum + weight, 0)
  return scored.map((one, place) => {
    const { name, site } = input.directory.nodes[one.index]
    const answered = chosen.includes(one.index)
    return {
      node: name,
      site,
      place: one.excluded === null ? place + 1 : null,
      scoreMs: one.scoreMs,
      terms: one.terms,
      weight: one.weight,
      share: window.has(one) && total > 0 ? one.weight / total : null,
      health: has(scene, one.index) ? (input.health(name, family) ?? 'unknown') : '-',
      override: overrideOf(scene, one.index),
      answered,
      why: answered ? 'answered' : (one.excluded ?? whyNot(scene, one, isUp(one))),
    }
  })
}

function scorePool({ config, directory }: ExplainInput, { located }: State, service: number): Scored[] {
  const facts = cellFacts(config, directory, located.cell)
  const pool = config.pools.findIndex(({ key }) => key === config.services[service].pool)
  const members = new Set(config.pools[pool].nodes)
  const rules = poolFacts(config, directory)[pool].rules.filter(({ clients }) => matchesCell(clients, facts))
  const scored = directory.nodes.flatMap((node, index): Scored[] => {
    if (!members.has(node.name)) return []
    const { weight, biasMs, excludedBy } = steer(rules, (rule) => matchesNode(rule.nodes, node))
    const terms = scoreTerms(config.scoring, facts, node, biasMs, distanceKm)
    const excluded = node.weight === 0 ? 'weight 0' : excludedBy === null ? null : exclusion(excludedBy)
    return [{ index, terms, scoreMs: totalMs(terms), weight: node.weight * weight, excluded }]
  })
  return scored.toSorted((a, b) => Number(a.excluded !== null) - Number(b.excluded !== null) || a.scoreMs - b.scoreMs)
}

function exclusion({ weight, at }: Rule): string {
  return weight === 0 ? `excluded by weight 0 at ${at}` : `another choice is required by only at ${at}`
}

function isInWindow(scene: Scene, { index, excluded, scoreMs }: Scored, up: boolean): boolean {
  if (excluded !== null || scoreMs > scene.bestMs + scene.spreadMs + roundingMs) return false
  return up || (scene.exhausted && has(scene, index))
}

function whyNot(scene: Scene, { index, scoreMs }: Scored, up: boolean): string {
  const { input, state, family, spreadMs, bestMs } = scene
  if (!has(scene, index)) return `has no IPv${family} address`
  if (!up && !scene.exhausted) {
    return overrideOf(scene, index) ?? input.health(input.directory.nodes[index].name, family) ?? 'not available'
  }
  if (scoreMs - bestMs > spreadMs + roundingMs) {
    return `${(scoreMs - bestMs).toFixed(1)} ms behind the best available node, the window is ${spreadMs} ms`
  }
  if (family === 6 && state.pickedV6.count === 0) return 'IPv6 is withheld: IPv4 has nodes much nearer'
  return 'in the window; the stream and block drew others'
}

function has({ input, family }: Scene, index: number): boolean {
  return input.config.nodes[index][family === 4 ? 'v4' : 'v6'] !== null
}

function isAvailableNow({ config, words }: ExplainInput, state: State, index: number, family: 4 | 6): boolean {
  const { tables, located } = state
  if (config.nodes[index][family === 4 ? 'v4' : 'v6'] === null) return false
  return isAvailable(words, tables.nodeSlot[index], family, lotOf(tables.nodeHash[index], located.blockHash))
}

function overrideOf({ input, state }: Scene, index: number): string | null {
  const word = input.words[state.tables.nodeSlot[index] * 2 + 1]
  const mode = word & 3
  if (mode === Override.up) return 'forced up'
  if (mode === Override.down) return 'forced down'
  return mode === Override.drain ? `draining ${Math.round((((word >>> 8) & 255) * 100) / 255)} %` : null
}
