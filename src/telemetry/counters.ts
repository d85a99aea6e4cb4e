// The query path's counters: one row of numbers a thread, summed when somebody looks. Knows no Prometheus and no DNS bytes.

const types = ['A', 'AAAA', 'CNAME', 'NS', 'SOA', 'TXT', 'CAA', 'MX', 'SRV', 'HTTPS', 'SVCB', 'ANY', 'other'] as const
const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'BADVERS', 'BADCOOKIE'] as const
const dropReasons = [
  'short',
  'response',
  'too_long',
  'port_zero',
  'send_failed',
  'signer_busy',
  'rate_limited',
] as const
const formerrReasons = ['header', 'question', 'record', 'edns', 'ecs', 'cookie'] as const
const outcomes = ['steered', 'static', 'referral', 'nodata', 'nxdomain', 'error'] as const
const ecsKinds = ['none', 'opt_out', 'v4', 'v6', 'unmapped'] as const
const transports = ['udp', 'tcp'] as const
const signingReasons = ['ahead', 'asked', 'renewed'] as const
const lookupResults = ['hit', 'miss'] as const
const limits = ['steered', 'other', 'total'] as const
const limitedAnswers = ['dropped', 'slipped', 'badcookie', 'logged'] as const
const tcpEvents = ['accepted', 'refused', 'displaced', 'idle'] as const
const cookieStandings = ['client_only', 'valid', 'bad'] as const

/** Families of counters of the query path: each has one dimension, never a product of two. */
export const families = {
  queries: { label: 'transport', values: transports },
  questions: { label: 'type', values: types },
  answers: { label: 'rcode', values: rcodes },
  outcomes: { label: 'outcome', values: outcomes },
  drops: { label: 'reason', values: dropReasons },
  formerr: { label: 'reason', values: formerrReasons },
  ecs: { label: 'ecs', values: ecsKinds },
  truncated: { label: 'transport', values: transports },
  signatures: { label: 'reason', values: signingReasons },
  signature_lookups: { label: 'result', values: lookupResults },
  cookies: { label: 'cookie', values: cookieStandings },
  over_limit: { label: 'limit', values: limits },
  rate_limited: { label: 'action', values: limitedAnswers },
  tcp_connections: { label: 'event', values: tcpEvents },
} as const

export type FamilyName = keyof typeof families

/** Index of each single counter in a thread's row, e.g. `slot.answers.NOERROR`. */
export const slot = layOut()

/** Counters without a dimension. */
export const single = {
  failOpen: slot.size,
  chased: slot.size + 1,
  /** Written by the signer alone, as they are now. */
  signaturesHeld: slot.size + 2,
  signingQueue: slot.size + 3,
} as const

const regionsAt = slot.size + 4
/** The most regions a configuration may have, the unmapped one not counted. */
export const maximumRegions = 64
const fixed = regionsAt + maximumRegions

/** Where a region's counter of steered answers lies. */
export function regionSlot(region: number): number {
  return regionsAt + region
}

/** Where the counter of answers naming a node lies, by node slot. */
export function nodeSlot(node: number): number {
  return fixed + node
}

/** One thread's counters. Doubles hold whole numbers exactly to 2^53; one writer, torn reads do no harm. */
export type Counters = Float64Array<SharedArrayBuffer>

/** A row for one thread, with room for `nodes` node slots. */
export function createCounters(nodes: number): Counters {
  return new Float64Array(new SharedArrayBuffer((fixed + nodes) * 8))
}

/** Makes the row of one more thread and adds it to those that are summed. */
export function addCounters(rows: Counters[], nodes: number): Counters {
  const row = createCounters(nodes)
  rows.push(row)
  return row
}

/** The sum over threads of one counter. */
export function sum(rows: readonly Counters[], index: number): number {
  let total = 0
  for (const row of rows) total += row[index]
  return total
}

type Slots = { [F in FamilyName]: { readonly [V in (typeof families)[F]['values'][number]]: number } }

function layOut(): Slots & { readonly size: number } {
  let next = 0
  const slots: Record<string, Record<string, number>> = {}
  for (const [family, { values }] of Object.entries(families)) {
    slots[family] = Object.fromEntries(values.map((value) => [value, next++]))
  }
  return { ...(slots as Slots), size: next }
}
