// An explanation as a person reads it: who the client was taken for, what was answered, and why each candidate lost. Pure.
import type { Candidate } from '../compile/candidates.ts'
import type { Explanation } from '../compile/explain.ts'
import { table } from './table.ts'

const columns = [
  '#',
  'node',
  'site',
  'score',
  'rtt',
  'carrier',
  'region',
  'price',
  'bias',
  'weight',
  'share',
  'health',
  'why',
]
const rightAligned = [0, 3, 4, 5, 6, 7, 8, 9, 10]

/** Several lines; every term is in milliseconds of expected cost, lower is better. */
export function formatExplanation(explanation: Explanation): string {
  const { name, type, client, candidates } = explanation
  const lines = [`${name} ${type} for ${client}`, '', ...table(facts(explanation))]
  if (candidates.length > 0) {
    lines.push('', 'Candidates, best first; rtt to bias are milliseconds and add up to the score:', '')
    lines.push(...table([columns, ...candidates.map(cells)], rightAligned))
    if (candidates.some(({ terms }) => !terms.rttKnown)) {
      lines.push('', '? The distance is not known, so the same rtt counts for every such node.')
    }
  }
  if (explanation.failedOpen) {
    lines.push(
      '',
      'No candidate is available, so all are taken as if they were (fail open): an answer that may work beats none.',
    )
  }
  return `${lines.join('\n')}\n`
}

function facts(explanation: Explanation): string[][] {
  const { cell, block, scope, rcode, answer, ttlSeconds, moving, service, delegation, epoch } = explanation
  const none = rcode === 'NOERROR' && service !== null ? 'none (NODATA)' : rcode
  const shown = answer.length > 0 ? answer.join(', ') : none
  const ttl = ttlSeconds === null ? '' : `, TTL ${ttlSeconds} s${moving ? ' as a node of the window is changing' : ''}`
  return [
    ...(cell === null ? [] : [['cell', `${cell.description}; region ${cell.region}`]]),
    ...(block === null ? [] : [['block', `${block}, scope /${scope}`]]),
    ...(delegation === null ? [] : [['delegated', `${delegation}: its own servers answer, they are referred to`]]),
    ['service', cell === null ? 'none: the answer is the same for everybody' : (service ?? '')],
    ['answer', `${shown}${ttl}`],
    ['epoch', String(epoch)],
  ]
}

function cells(candidate: Candidate): string[] {
  const { place, node, site, scoreMs, terms, weight, share, health, override, why } = candidate
  const rtt = `${number(terms.rttMs)}${terms.rttKnown ? '' : '?'}`
  const scores = [number(scoreMs), rtt, ...[terms.carrierMs, terms.regionMs, terms.priceMs, terms.biasMs].map(number)]
  const shared = share === null ? '-' : `${Math.round(share * 100)}%`
  return [place === null ? '-' : String(place), node, site, ...scores, number(weight), shared, override ?? health, why]
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10)
}
