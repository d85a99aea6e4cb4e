// Why this answer: every candidate, every term, and why each loser lost. Asks the real query path; changes and counts nothing.
import type { Config } from '../config/config.ts'
import { NearcastError } from '../errors.ts'
import { isAvailable, Override, type AvailabilityWords } from '../fleet/availability.ts'
import { distanceKm } from '../geo/distance.ts'
import { formatAddress, parseAddress } from '../ip/address.ts'
import { formatPrefix, prefixOf } from '../ip/prefix.ts'
import type { Rule } from '../scheduler/model.ts'
import { lotOf } from '../scheduler/pick.ts'
import { matchesCell, matchesNode, scoreTerms, steer, totalMs, type CellFacts, type Terms } from '../scheduler/score.ts'
import { answer, Transport } from '../server/answer.ts'
import { Client } from '../server/client.ts'
import { State } from '../server/state.ts'
import type { Published } from '../server/tables.ts'
import { createCounters } from '../telemetry/counters.ts'
import { rcodeName, typeName, typeNumber } from '../wire/constants.ts'
import { noService } from '../zone/name-table.ts'
import { cellFacts, describeCell, poolFacts, type Directory } from './directory.ts'
import { encodeQuery } from './explain-query.ts'

/** What the explanation is made from. */
export interface ExplainInput {
  readonly config: Config
  readonly directory: Directory
  readonly published: Published
  readonly words: AvailabilityWords
  /** A node's health over one family in a few words, e.g. `up` or `down: timeout`; null when nothing probes it here. */
  readonly health: (node: string, family: 4 | 6) => string | null
}

export interface ExplainQuestion {
  /** An address, as a resolver would send it in ECS. */
  readonly client: string
  readonly name: string
  readonly type: string
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

export interface Explanation {
  readonly epoch: number
  readonly client: string
  readonly name: string
  readonly type: string
  readonly rcode: string
  readonly service: string | null
  readonly cell: { readonly index: number; readonly description: string; readonly region: string }
  /** The block the client lies in, as a prefix. */
  readonly block: string
  /** Scope prefix-length of the answer, in the client's family. */
  readonly scope: number
  readonly failedOpen: boolean
  readonly moving: boolean
  readonly ttlSeconds: number | null
  /** Names of the nodes in the answer. */
  readonly answer: readonly string[]
  readonly candidates: readonly Candidate[]
}

/** Explains the answer to one question; throws NC_BAD_REQUEST when the question cannot be asked. */
export function explain(input: ExplainInput, question: ExplainQuestion): Explanation {
  const { config, directory, published } = input
  const client = parseAddress(question.client)
  if (client === null) throw bad(`client: '${question.client}' is not an IPv4 or IPv6 address`)
  const type = typeNumber(question.type.toUpperCase())
  if (type === null) throw bad(`type: '${question.type}' is not a record type; A, AAAA and HTTPS are steered`)
  const packet = encodeQuery(question.name, type, client)
  if (packet === null) throw bad(`name: '${question.name}' is not a domain name`)

  const counters = createCounters(input.words.length / 2)
  const state = new State({ words: input.words, counters, identity: '' }, published)
  const resolver = new Client()
  resolver.setFromBytes(client, 1)
  const length = answer(packet.bytes, packet.length, resolver, Transport.tcp, state)
  if (length === 0) throw new NearcastError('NC_INTERNAL', 'the query path gave no answer to a well-formed query')

  const service = state.match.entry < 0 ? noService : state.tables.entryService[state.match.entry]
  const steered = service !== noService && state.reply.scope > 0
  const { located } = state
  const picked = typeName(type) === 'AAAA' ? state.pickedV6 : state.picked
  const chosen = steered ? [...picked.nodes.subarray(0, picked.count)] : []
  return {
    epoch: published.epoch,
    client: formatAddress(client),
    name: question.name,
    type: typeName(type),
    rcode: rcodeName(packet.bytes[3] & 15),
    service: service === noService ? null : config.services[service].key,
    cell: {
      index: located.cell,
      description: describeCell(config, directory, located.cell),
      region: directory.regions[directory.cells[located.cell].region],
    },
    block: formatPrefix(prefixOf(client, located.scope)),
    scope: state.reply.scope,
    failedOpen: steered && picked.failedOpen,
    moving: steered && picked.moving,
    ttlSeconds: steered ? ttlOf(state, service) : null,
    answer: chosen.map((node) => directory.nodes[node].name),
    candidates: steered ? candidates(input, state, service, typeName(type) === 'AAAA' ? 6 : 4, chosen) : [],
  }
}

function ttlOf({ tables, picked, pickedV6 }: State, service: number): number {
  const changing = [picked, pickedV6].some((p) => p.count > 0 && (p.moving || p.failedOpen))
  return changing ? tables.serviceChangingSeconds[service] : tables.serviceSteadySeconds[service]
}

function bad(message: string): NearcastError {
  return new NearcastError('NC_BAD_REQUEST', message)
}

/** Every node of the pool, best score first, the ones kept out of the rank last. */
function candidates(
  input: ExplainInput,
  state: State,
  service: number,
  family: 4 | 6,
  chosen: readonly number[],
): Candidate[] {
  const { config, directory } = input
  const facts = cellFacts(config, directory, state.located.cell)
  const settings = config.services[service]
  const pool = config.pools.findIndex(({ key }) => key === settings.pool)
  const members = new Set(config.pools[pool].nodes)
  const rules = poolFacts(config, directory)[pool].rules.filter(({ clients }) => matchesCell(clients, facts))
  const scored = directory.nodes.flatMap((node, index) =>
    members.has(node.name) ? [score(input, facts, rules, index)] : [],
  )
  scored.sort((a, b) => Number(a.excluded !== null) - Number(b.excluded !== null) || a.scoreMs - b.scoreMs)
  const available = scored.map(({ index, excluded }) => excluded === null && isUp(input, state, index, family))
  const best = scored.find((_, at) => available[at])
  const limit = (best?.scoreMs ?? scored[0]?.scoreMs ?? 0) + settings.spreadMs
  const inWindow = scored.map(
    ({ scoreMs, excluded, index }, at) =>
      excluded === null &&
      scoreMs <= limit + roundingMs &&
      (available[at] || (best === undefined && has(config, index, family))),
  )
  const total = scored.reduce((sum, { weight }, at) => sum + (inWindow[at] ? weight : 0), 0)
  return scored.map((entry, at) => {
    const { name, site } = directory.nodes[entry.index]
    const answered = chosen.includes(entry.index)
    return {
      node: name,
      site,
      place: entry.excluded === null ? at + 1 : null,
      scoreMs: entry.scoreMs,
      terms: entry.terms,
      weight: entry.weight,
      share: inWindow[at] && total > 0 ? entry.weight / total : null,
      health: input.health(name, family) ?? 'unknown',
      override: overrideOf(input, state, entry.index),
      answered,
      why: answered
        ? 'answered'
        : (entry.excluded ??
          whyNot(
            input,
            state,
            entry.index,
            family,
            available[at],
            entry.scoreMs - (best?.scoreMs ?? 0),
            settings.spreadMs,
          )),
    }
  })
}

/** Ranks hold scores as 32-bit floats, so a score may differ from its terms' sum by this much. */
const roundingMs = 1e-3

function score({ config, directory }: ExplainInput, facts: CellFacts, rules: readonly Rule[], index: number) {
  const node = directory.nodes[index]
  const steering = steer(rules, (rule) => matchesNode(rule.nodes, node))
  const terms = scoreTerms(config.scoring, facts, node, steering.biasMs, distanceKm)
  const rule = steering.excludedBy
  const excluded =
    node.weight === 0
      ? 'weight 0'
      : rule === null
        ? null
        : rule.weight === 0
          ? `excluded by weight 0 at ${rule.at}`
          : `another choice is required by only at ${rule.at}`
  return { index, terms, scoreMs: totalMs(terms), weight: node.weight * steering.weight, excluded }
}

function whyNot(
  input: ExplainInput,
  state: State,
  index: number,
  family: 4 | 6,
  available: boolean,
  behindMs: number,
  spreadMs: number,
): string {
  const { config, directory } = input
  if (!has(config, index, family)) return `has no IPv${family} address`
  const override = overrideOf(input, state, index)
  if (!available) return override ?? input.health(directory.nodes[index].name, family) ?? 'not available'
  if (behindMs > spreadMs + roundingMs) {
    return `${behindMs.toFixed(1)} ms behind the best available node, the window is ${spreadMs} ms`
  }
  if (family === 6 && state.pickedV6.count === 0) return 'IPv6 is withheld: IPv4 has nodes much nearer'
  return 'in the window; the stream and block drew others'
}

function has(config: Config, index: number, family: 4 | 6): boolean {
  return config.nodes[index][family === 4 ? 'v4' : 'v6'] !== null
}

function isUp({ config, words }: ExplainInput, { tables, located }: State, index: number, family: 4 | 6): boolean {
  const lot = lotOf(tables.nodeHash[index], located.blockHash)
  return has(config, index, family) && isAvailable(words, tables.nodeSlot[index], family, lot)
}

function overrideOf({ words }: ExplainInput, { tables }: State, index: number): string | null {
  const word = words[tables.nodeSlot[index] * 2 + 1]
  const mode = word & 3
  if (mode === Override.up) return 'forced up'
  if (mode === Override.down) return 'forced down'
  return mode === Override.drain ? `draining ${Math.round((((word >>> 8) & 255) * 100) / 255)} %` : null
}
