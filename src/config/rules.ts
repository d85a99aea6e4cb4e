// From `steering`, `scoring` and `services` to what the scheduler is told. Knows no score and no pick.
import type { Node, Pool } from '../fleet/model.ts'
import type { Rule, Scoring, Service } from '../scheduler/model.ts'
import { overlaps, ownNetwork } from './networks.ts'
import type { Network } from './networks.ts'
import type { Place } from './problem.ts'
import { many, manyOrNull } from './resolving.ts'
import type { Resolving } from './resolving.ts'
import { inMilliseconds, inSeconds } from './units.ts'

interface RuleNetwork extends Network {
  readonly rule: number
}

/** Whether a rule has any effect is for the compiler to say, which knows the cells. */
export function resolveSteering(from: Resolving): Rule[] {
  const networks: RuleNetwork[] = []
  const rules = from.raw.steering.map(({ clients, nodes: which, weight, bias, only }, index): Rule => {
    const place = from.at('steering', index)
    if (weight === undefined && bias === undefined && only === undefined && from.whole) {
      from.report.problem(place, 'a rule that says nothing, expected weight, bias or only')
    }
    if (bias !== undefined) warnOfMinutes(from, from.at('steering', index, 'bias'), 'bias', bias)
    const own = ruleNetworks(from, clients.network, index)
    networks.push(...own)
    return {
      clients: {
        carriers: manyOrNull(clients.carrier),
        regions: manyOrNull(clients.region),
        countries: manyOrNull(clients.country),
        tiers: manyOrNull(clients.tier),
        networks: clients.network === undefined ? null : own.map(({ text }) => text),
      },
      nodes: {
        nodes: manyOrNull(which.node),
        sites: manyOrNull(which.site),
        regions: manyOrNull(which.region),
        carriers: manyOrNull(which.carrier),
        labels: manyOrNull(which.label),
      },
      weight: weight ?? 1,
      biasMs: bias === undefined ? 0 : inMilliseconds(bias),
      only: only ?? false,
      at: from.report.keep(place),
    }
  })
  warnOfOverlaps(from, networks)
  warnOfRepeats(from, rules)
  return rules
}

/** Who adds a rule to change one that is there finds both in force. */
function warnOfRepeats(from: Resolving, rules: readonly Rule[]): void {
  const sorted = (_: string, value: unknown): unknown => (Array.isArray(value) ? value.map(String).toSorted() : value)
  const effects = {
    weight: 'their weights multiply',
    bias: 'their biases add',
    only: 'one is enough',
  } as const
  for (const [effect, consequence] of Object.entries(effects)) {
    const known = new Map<string, number>()
    for (const [index, { clients, nodes }] of rules.entries()) {
      if (!from.has('steering', index, effect)) continue
      const key = JSON.stringify({ clients, nodes }, sorted)
      const first = known.get(key)
      if (first === undefined) {
        known.set(key, index)
        continue
      }
      const other = `a rule of the same clients and nodes stands at ${from.show(from.at('steering', first))} too`
      from.report.warning(from.at('steering', index, effect), `${effect}: ${other}: both apply, ${consequence}`)
    }
  }
}

/** Scores are milliseconds: m for ms makes thousands of times as much. */
function warnOfMinutes(from: Resolving, place: Place, label: string, text: string): void {
  if (!/^-?[\d.]+m$/.test(text) || inMilliseconds(text) === 0) return
  const message = `${label}: ${text} is ${Math.abs(inMilliseconds(text))} ms, scores are tens of ms: did you mean ${text}s?`
  from.report.warning(place, message)
}

function ruleNetworks(from: Resolving, written: string | string[] | undefined, rule: number): RuleNetwork[] {
  const found = new Map<string, RuleNetwork>()
  for (const [index, text] of many(written ?? []).entries()) {
    const place = from.at('steering', rule, 'clients', 'network', ...(Array.isArray(written) ? [index] : []))
    const network = ownNetwork(text, place, from.raw.geo.finestScope, from)
    if (network !== null && !found.has(network.text)) found.set(network.text, { ...network, rule })
  }
  return [...found.values()]
}

function warnOfOverlaps(from: Resolving, networks: readonly RuleNetwork[]): void {
  for (const [outer, inner] of overlaps(networks)) {
    const relation = outer.text === inner.text ? 'stands in another rule too,' : `lies inside ${outer.text}`
    const effect = outer.rule === inner.rule ? 'one is enough' : 'both rules apply'
    from.report.warning(inner.place, `network ${inner.text} ${relation} at ${from.show(outer.place)}: ${effect}`)
  }
}

export function resolveScoring(from: Resolving): Scoring {
  const { rtt, carrier, region, price } = from.raw.scoring
  for (const [term, parts] of Object.entries({ rtt, carrier, region })) {
    for (const [key, text] of Object.entries(parts)) warnOfMinutes(from, from.at('scoring', term, key), key, text)
  }
  warnOfMinutes(from, from.at('scoring', 'price'), 'price', price)
  return {
    rtt: { msPerThousandKm: inMilliseconds(rtt.perThousandKm), baseMs: inMilliseconds(rtt.base) },
    carrier: {
      onNetMs: inMilliseconds(carrier.onNet),
      tier1Ms: inMilliseconds(carrier.tier1),
      tier2Ms: inMilliseconds(carrier.tier2),
      tier3Ms: inMilliseconds(carrier.tier3),
      unknownMs: inMilliseconds(carrier.unknown),
    },
    region: { otherMs: inMilliseconds(region.other) },
    priceMs: inMilliseconds(price),
  }
}

export function resolveServices(from: Resolving, pools: readonly Pool[], nodes: readonly Node[]): Service[] {
  const sizes = new Map(pools.map((pool) => [pool.key, pool.nodes.length]))
  return Object.entries(from.raw.services).map(([key, raw]): Service => {
    const copies = raw.locality === 'stream' ? (raw.copies ?? 2) : 1
    const place = from.at('services', key, 'answers')
    if (raw.target === true && raw.answers > 1 && from.has('services', key, 'answers')) {
      from.report.problem(place, `answers: ${raw.answers} beside target, expected 1: a name has one CNAME, remove it`)
    }
    if (raw.locality === 'stream' && raw.answers > copies && raw.target !== true) {
      from.report.warning(
        place,
        `answers: ${raw.answers} is more than copies ${copies}: a stream is answered with ${copies} at most`,
      )
    }
    if (raw.locality === 'none' && raw.copies !== undefined) {
      from.report.warning(from.at('services', key, 'copies'), 'copies: changes nothing without locality: stream')
    }
    const size = sizes.get(raw.pool) ?? raw.answers
    if (raw.answers > size && size > 0 && from.whole && raw.target !== true) {
      from.report.warning(
        place,
        `answers: ${raw.answers} is more than the nodes of pool ${raw.pool}, which has ${size}`,
      )
    }
    for (const slot of ['spread', 'familyGap'] as const)
      warnOfMinutes(from, from.at('services', key, slot), slot, raw[slot])
    const ttl = { steadySeconds: inSeconds(raw.ttl.steady), changingSeconds: inSeconds(raw.ttl.changing) }
    if (ttl.changingSeconds > ttl.steadySeconds) {
      const message = `changing: ${raw.ttl.changing} is longer than steady ${raw.ttl.steady}: clients stay longer with nodes that fail`
      from.report.warning(from.at('services', key, 'ttl', 'changing'), message)
    }
    const target = raw.target ?? false
    if (target)
      checkTargets(
        from,
        key,
        pools.find((pool) => pool.key === raw.pool),
        nodes,
      )
    return {
      key,
      pool: raw.pool,
      // A name has one CNAME (RFC 2181 section 10.1).
      answers: target ? 1 : raw.answers,
      ttl,
      spreadMs: inMilliseconds(raw.spread),
      familyGapMs: inMilliseconds(raw.familyGap),
      locality: raw.locality,
      copies,
      target,
      https: raw.https ?? null,
    }
  })
}

/** A service that answers with names needs one of every node, and no other record beside the CNAME. */
function checkTargets(from: Resolving, key: string, pool: Pool | undefined, nodes: readonly Node[]): void {
  const place = from.at('services', key, 'target')
  const members = nodes.filter(({ name }) => pool?.nodes.includes(name))
  const without = members.filter(({ target }) => target === null).map(({ name }) => name)
  if (without.length > 0 && from.whole) {
    const some =
      without.length > 5 ? `${without.slice(0, 5).join(', ')} and ${without.length - 5} more` : without.join(', ')
    from.report.problem(place, `target: nodes of pool ${pool?.key} without a target, expected one of each: ${some}`)
  }
  if (from.raw.services[key].https !== undefined) {
    from.report.problem(
      from.keyAt('services', key, 'https'),
      'https beside target: a CNAME stands alone, its target has the HTTPS records',
    )
  }
}
