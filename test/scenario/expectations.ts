// Compares what was found with what a scenario expects, and says every difference in words. Asks and changes nothing.
import { encodeQuery } from '../support/dns-query.ts'
import type { AnswerText, RecordText } from '../support/dns-answer.ts'
import type { Metrics } from '../support/metrics-text.ts'
import type { ExpectedAnswer, ExpectedReply } from './language.ts'

/** One thing that is not as expected. */
export interface Difference {
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** What addresses and numbers are called in a scenario. */
export interface Names {
  readonly nodeOf: ReadonlyMap<string, string>
  readonly epoch: number
}

/** A query as it was sent; what is null cannot be known of a message given in hexadecimal. */
export interface Sent {
  readonly message: Buffer
  readonly tcp: boolean
  /** The most the client receives over UDP. */
  readonly udpSize: number | null
  readonly opts: number | null
  /** Data of the first client subnet option. */
  readonly subnet: Buffer | null
  readonly nsid: boolean
}

export const zone = 'live.example.net.'
const headerFlags = ['aa', 'tc', 'ra', 'z', 'ad', 'cd']

class Differences {
  readonly list: Difference[] = []

  /** Compares two values by their texts. */
  same(what: string, expected: unknown, found: unknown): void {
    if (show(expected) !== show(found)) this.add(what, expected, found)
  }

  add(what: string, expected: unknown, found: unknown): void {
    this.list.push({ what, expected: show(expected), found: show(found) })
  }
}

/** Compares one answer, also with what holds for every answer whatever the scenario says. */
export function compareAnswer(sent: Sent, answer: AnswerText, expected: ExpectedAnswer, names: Names): Difference[] {
  const differences = new Differences()
  const { rcode = 'NOERROR', flags, ttl, authority, authorityTtl, additional } = expected
  differences.same('rcode', rcode, answer.rcode)
  const authoritative = rcode === 'NOERROR' || rcode === 'NXDOMAIN'
  differences.same(
    'flags',
    (flags ?? (authoritative ? ['aa'] : [])).toSorted(),
    answer.flags.filter((flag) => headerFlags.includes(flag)).toSorted(),
  )
  compareEnvelope(sent, answer, expected, differences)
  compareOptions(sent, answer, expected, differences)
  const texts = recordTexts(sent, answer.answers, names)
  compareRecords('answers', expected.answers, texts, names, differences)
  if (ttl !== undefined) {
    const found = answer.answers.map((record) => record.ttl)
    differences.same('ttl', typeof ttl === 'number' ? found.map(() => ttl) : ttl, found)
  }
  if (authority !== undefined) {
    compareRecords('authority', authority, recordTexts(sent, answer.authority, names), names, differences)
  }
  if (authorityTtl !== undefined) {
    differences.same('authorityTtl', authorityTtl, answer.authority.map((record) => record.ttl).join())
  }
  if (additional !== undefined) {
    compareRecords('additional', additional, recordTexts(sent, answer.additional, names), names, differences)
  }
  return differences.list
}

/** Names of the nodes in an answer, hints included. */
export function nodesNamed(answer: AnswerText, names: Names): string[] {
  const found = answer.answers
    .flatMap(({ data }) => data.split(/[ =,]/))
    .flatMap((word) => names.nodeOf.get(word) ?? [])
  return [...new Set(found)]
}

/** Compares a series of answers with what holds across all of them. */
export function compareAcross(
  named: readonly (readonly string[])[],
  expected: NonNullable<ExpectedAnswer['across']>,
): Difference[] {
  const differences = new Differences()
  const { seen, distinct, shares = {} } = expected
  if (seen !== undefined) differences.same('across.seen', seen.toSorted(), [...new Set(named.flat())].toSorted())
  if (distinct !== undefined) {
    differences.same('across.distinct', distinct, new Set(named.map((nodes) => nodes.toSorted().join())).size)
  }
  for (const [node, [from, to]] of Object.entries(shares)) {
    const share = named.filter((nodes) => nodes.includes(node)).length / named.length
    if (share < from || share > to) differences.add(`across.shares.${node}`, `${from} to ${to}`, share.toFixed(3))
  }
  return differences.list
}

/** Compares how far counters moved. A family of which one is named moved nowhere else. */
export function compareCounters(
  before: Metrics,
  after: Metrics,
  expected: Readonly<Record<string, number | string>>,
): Difference[] {
  const differences = new Differences()
  const moved = new Map([...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)]))
  const families = new Set(Object.keys(expected).map(familyOf))
  for (const [key, value] of Object.entries(expected)) {
    const members = [...moved.keys()].filter(
      (other) => other === key || (!key.includes('{') && familyOf(other) === key),
    )
    if (members.length === 0) differences.add(`counters.${key}`, value, 'no such counter')
    const delta = members.reduce((sum, member) => sum + (moved.get(member) ?? 0), 0)
    if (members.length > 0 && !meets(delta, value)) differences.add(`counters.${key}`, value, delta)
  }
  for (const [key, delta] of moved) {
    const family = familyOf(key)
    const judged = key in expected || family in expected || !families.has(family)
    if (!judged && delta !== 0) differences.add(`counters.${key}`, 0, delta)
  }
  return differences.list
}

/** Compares what metrics say; a text such as `>0` is a bound. */
export function compareMetrics(metrics: Metrics, expected: Readonly<Record<string, number | string>>): Difference[] {
  const differences = new Differences()
  for (const [key, value] of Object.entries(expected)) {
    const found = metrics.get(key)
    if (found === undefined || !meets(found, value)) differences.add(`metrics.${key}`, value, found ?? 'no such metric')
  }
  return differences.list
}

/** Compares a reply of the admin API; maps may hold more than expected, texts may hold * for anything. */
export function compareReply(status: number, body: string, expected: ExpectedReply): Difference[] {
  const differences = new Differences()
  const wanted = expected.status ?? 200
  if (status !== wanted) differences.add('status', wanted, `${status}: ${body}`)
  for (const part of expected.has ?? []) if (!body.includes(part)) differences.add('has', part, body)
  if (expected.json !== undefined) compareJson('json', expected.json, parse(body), differences)
  return differences.list
}

/** Expected texts that none of those found matches. */
export function missingTexts(expected: readonly string[], found: readonly string[]): Difference[] {
  return expected
    .filter((text) => !found.some((other) => pattern(`*${text}*`).test(other)))
    .map((text) => ({ what: 'messages', expected: text, found: found.join('\n') || 'none' }))
}

/** Every difference on lines of its own, for people. */
export function formatDifferences(differences: readonly Difference[]): string {
  return differences
    .map(({ what, expected, found }) => `  ${what}\n    - expected ${expected}\n    + found    ${found}`)
    .join('\n')
}

function compareEnvelope(
  sent: Sent,
  answer: AnswerText,
  { noQuestion }: ExpectedAnswer,
  differences: Differences,
): void {
  const { message } = sent
  differences.same('id', message.readUInt16BE(0), answer.id)
  differences.same('qr', true, answer.flags.includes('qr'))
  differences.same('opcode', (message[2] >> 3) & 15, answer.opcode)
  differences.same('rd', (message[2] & 1) === 1, answer.flags.includes('rd'))
  const question = noQuestion ? Buffer.alloc(0) : message.subarray(12, questionEnd(message))
  differences.same('question', question.toString('hex'), answer.question.toString('hex'))
  differences.same('bytes behind the last record', 0, answer.trailing)
  const most = sent.tcp ? 65_535 : Math.min(1232, Math.max(512, sent.udpSize ?? 1232))
  if (answer.bytes.length > most) differences.add('length', `at most ${most}`, answer.bytes.length)
}

function questionEnd(message: Buffer): number {
  let at = 12
  while (message[at] !== 0) at += message[at] + 1
  return at + 5
}

/** One OPT record exactly if the query had one, with the options that are due and no others. */
function compareOptions(sent: Sent, answer: AnswerText, expected: ExpectedAnswer, differences: Differences): void {
  const { opts } = answer
  const owed = sent.opts === null ? opts.length : Math.min(1, sent.opts)
  differences.same('OPT records', owed, opts.length)
  if (opts.length !== 1) return
  const [{ udpSize, version, options }] = opts
  differences.same('OPT size and version', [1232, 0], [udpSize, version])
  const option = (code: number): Buffer | undefined => options.find((one) => one.code === code)?.data
  const readable = !['FORMERR', 'BADVERS', 'NOTIMP'].includes(expected.rcode ?? 'NOERROR')
  const echoed = sent.subnet !== null && readable && expected.scope !== 'none'
  const known = sent.opts === null ? [] : [echoed ? 8 : 0, sent.nsid && readable ? 3 : 0]
  const wanted = [...known, expected.ede === undefined ? 0 : 15].filter((code) => code > 0)
  if (sent.opts !== null) {
    const ascending = (a: number, b: number): number => a - b
    differences.same('options', wanted.toSorted(ascending), options.map(({ code }) => code).toSorted(ascending))
  }
  const subnet = option(8)
  if (echoed && subnet !== undefined) compareSubnet(sent.subnet, subnet, expected.scope, differences)
  const extended = option(15)
  const ede = extended && `${extended.readUInt16BE(0)} ${extended.toString('utf8', 2)}`
  if (expected.ede !== undefined && !pattern(expected.ede).test(ede ?? '')) differences.add('ede', expected.ede, ede)
  if (expected.nsid !== undefined) differences.same('nsid', expected.nsid, option(3)?.toString('utf8'))
}

/** The option comes back byte for byte, but for the scope. */
function compareSubnet(sent: Buffer | null, found: Buffer, scope: unknown, differences: Differences): void {
  const masked = (data: Buffer): string => Buffer.from(data).fill(0, 3, 4).toString('hex')
  differences.same('client subnet', masked(sent ?? Buffer.alloc(4)), masked(found))
  if (scope !== undefined) differences.same('scope', scope, found[3])
}

function compareRecords(
  what: string,
  expected: ExpectedAnswer['answers'],
  found: readonly string[],
  names: Names,
  differences: Differences,
): void {
  if (expected === undefined) return
  if (!Array.isArray(expected)) {
    const { count, from, has = [] } = expected
    if (count !== undefined) differences.same(`${what}.count`, count, new Set(found).size)
    const strangers = from === undefined ? [] : found.filter((text) => !from.includes(text))
    if (strangers.length > 0) differences.add(`${what}.from`, from, found)
    for (const text of has) if (!found.includes(text)) differences.add(`${what}.has`, text, found)
    return
  }
  const wanted = expected.map((text) => text.replaceAll('{epoch}', String(names.epoch)))
  const left = [...found]
  const matched = wanted.every((text) => {
    const at = left.findIndex((one) => pattern(text).test(one))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
  if (!matched || left.length > 0) differences.add(what, wanted, found)
  // Records of one set have no order, a chain of aliases has one.
  differences.same(`${what}, their aliases in order`, wanted.filter(isAlias), found.filter(isAlias))
}

/** Records as scenarios write them: owners left out where they are the name asked for, addresses by the names of their nodes. */
function recordTexts(sent: Sent, records: readonly RecordText[], names: Names): string[] {
  return records.map(({ owner, type, data }) => {
    const node = type === 'A' || type === 'AAAA' ? names.nodeOf.get(data) : undefined
    const value = node ?? `${type} ${type === 'HTTPS' ? hintsByNode(data, names) : data}`
    const text = isQuestion(sent.message, owner) ? value : `${owner} ${value}`
    return text.split(' ').map(relativeName).join(' ')
  })
}

function hintsByNode(data: string, names: Names): string {
  return data.replaceAll(/(ipv[46]hint)=(\S+)/g, (_, key: string, list: string) => {
    const nodes = list.split(',').map((address) => names.nodeOf.get(address) ?? address)
    return `${key}=${nodes.toSorted().join()}`
  })
}

function isAlias(text: string): boolean {
  return text.includes('CNAME ')
}

function isQuestion(message: Buffer, owner: string): boolean {
  const asked = message.subarray(12, 12 + Buffer.byteLength(owner) + (owner === '.' ? 0 : 1))
  const name = encodeQuery({ name: owner, type: 1 }).subarray(12, -4)
  return asked.toString('latin1').toLowerCase() === name.toString('latin1').toLowerCase()
}

function relativeName(word: string): string {
  if (word.toLowerCase() === zone) return '@'
  return word.toLowerCase().endsWith(`.${zone}`) ? word.slice(0, -zone.length - 1) : word
}

function compareJson(what: string, expected: unknown, found: unknown, differences: Differences): void {
  if (typeof expected === 'object' && expected !== null && typeof found === 'object' && found !== null) {
    if (Array.isArray(expected)) differences.same(`${what}.length`, expected.length, (found as unknown[]).length)
    for (const [key, value] of Object.entries(expected)) {
      compareJson(`${what}.${key}`, value, (found as Record<string, unknown>)[key], differences)
    }
  } else if (typeof expected === 'string' && typeof found === 'string') {
    if (!pattern(expected).test(found)) differences.add(what, expected, found)
  } else differences.same(what, expected, found)
}

function meets(found: number, expected: number | string): boolean {
  if (typeof expected === 'number') return found === expected
  const [, sign, number] = /^(>=|>|<)(\d+)$/.exec(expected) ?? []
  if (sign === undefined) throw new Error(`${expected} is no number and no bound such as >0`)
  return sign === '>' ? found > Number(number) : sign === '<' ? found < Number(number) : found >= Number(number)
}

function familyOf(key: string): string {
  return key.replace(/\{.*$/, '')
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.split('*').map(escapeText).join('.*')}$`, 's')
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}
