// Makes ratios of rounds, a table of them, and puts both where they are read. Knows no server and no measuring.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { arch, cpus, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { versionOf } from './packages.ts'
import type { Server } from './servers/model.ts'

/** One server's turn in a round. Times are CPU time of the server's whole process, in microseconds an answer. */
export interface Round {
  readonly round: number
  readonly server: string
  readonly sent: number
  readonly answered: number
  readonly lost: number
  readonly perSecond: number
  readonly userUs: number
  readonly systemUs: number
  readonly totalUs: number
  /** How much of the server's core other programs used meanwhile: disturbance, when there is any. */
  readonly othersShare: number
}

interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export interface Measured {
  readonly udp: readonly Round[]
  readonly tcp: readonly Round[]
  readonly residentMb: Readonly<Record<string, number>>
}

const ours = 'nearcast'
/** Where results are written. */
export const results = new URL('../results/', import.meta.url)
const readme = fileURLToPath(new URL('../README.md', import.meta.url))
/** DESIGN's figures: most that Nearcast may cost, as a share of what the other costs. */
const targets: Readonly<Record<string, number>> = { gdnsd: 1, knot: 0.85, powerdns: 0.3, dns2: 0.04, echo: 1.25 }
const userTargets: Readonly<Record<string, number>> = { gdnsd: 1 }

/** What the figures depend on. */
export function machine(): object {
  const [{ model }] = cpus()
  return {
    at: new Date().toISOString(),
    machine: `${cpus().length} × ${model}, Linux ${release()} ${arch()}`,
    node: process.version,
    versions: {
      gdnsd: versionOf('gdnsd'),
      knot: versionOf('knot'),
      powerdns: versionOf('pdns-server'),
      dnsperf: versionOf('dnsperf'),
    },
  }
}

/** Prints the table, and writes it and the results unless told not to. */
export async function publish(
  settings: object,
  servers: readonly Server[],
  measured: Measured,
  toFiles: boolean,
): Promise<void> {
  const { udp, tcp } = measured
  const others = servers.map(({ key }) => key).filter((key) => key !== ours)
  const ratios = Object.fromEntries(
    others.map((key) => [key, { total: ratio(udp, key, 'totalUs'), user: ratio(udp, key, 'userUs') }]),
  )
  const tcpRatio = ratio(tcp, 'gdnsd', 'totalUs')
  const calm = disturbance([...udp, ...tcp].map(({ othersShare }) => othersShare))
  const table = [
    ...udpTable(servers, udp, measured.residentMb),
    '',
    ...tcpTable(servers, tcp, tcpRatio),
    '',
    calm,
  ].join('\n')
  console.log(`\n${table}`)
  if (!toFiles) return
  await mkdir(results, { recursive: true })
  const json = {
    settings,
    targets: { total: targets, user: userTargets },
    ratios: { udp: ratios, tcp: tcpRatio },
    ...measured,
  }
  await writeFile(new URL('peers.json', results), `${JSON.stringify(json, null, 1)}\n`)
  await putIntoReadme('peers', table)
}

/** Replaces what stands between two comments of bench/README.md. */
export async function putIntoReadme(mark: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`]
  const before = await readFile(readme, 'utf8')
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${readme} has no ${begin} and ${end}`)
  await writeFile(readme, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`)
}

/** 0.123 as 12 %. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** A sentence on how undisturbed the rounds were. */
export function disturbance(shares: readonly number[]): string {
  const { median, max } = spreadOf(shares)
  return `Other programs took ${percent(median)} of the server's core (median), ${percent(max)} in the worst round.`
}

/** The middle one; of an even number, the mean of the two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return {
    min: sorted[0],
    median: (sorted[Math.floor(half)] + sorted[Math.ceil(half)]) / 2,
    max: sorted[sorted.length - 1],
  }
}

/** Ours divided by the other's, round by round. */
function ratio(rounds: readonly Round[], other: string, what: 'totalUs' | 'userUs'): Spread | null {
  const pairs = rounds
    .filter(({ server }) => server === ours)
    .flatMap((own) => {
      const theirs = rounds.find(({ server, round }) => server === other && round === own.round)
      return theirs === undefined ? [] : [own[what] / theirs[what]]
    })
  return pairs.length === 0 ? null : spreadOf(pairs)
}

function udpTable(servers: readonly Server[], udp: readonly Round[], memory: Measured['residentMb']): string[] {
  const rows = servers.map(({ key, title }) => {
    const own = udp.filter(({ server }) => server === key)
    const median = (of: (round: Round) => number): number => spreadOf(own.map(of)).median
    const total = median(({ totalUs }) => totalUs)
    return [
      title,
      `${total.toFixed(2)} (${median(({ userUs }) => userUs).toFixed(2)} + ${median(({ systemUs }) => systemUs).toFixed(2)})`,
      key === ours ? '' : spreadText(ratio(udp, key, 'totalUs')),
      targets[key] === undefined ? '' : `≤ ${targets[key]}`,
      key === ours ? '' : spreadText(ratio(udp, key, 'userUs')),
      userTargets[key] === undefined ? '' : `≤ ${userTargets[key]}`,
      String(own.reduce((sum, { lost }) => sum + lost, 0)),
      `${memory[key]} MB`,
    ]
  })
  return tableOf(
    [
      'server',
      'CPU µs an answer (user + system)',
      'Nearcast ÷ it',
      'target',
      'user ÷ its user',
      'target',
      'lost',
      'resident',
    ],
    rows,
  )
}

function tcpTable(servers: readonly Server[], tcp: readonly Round[], against: Spread | null): string[] {
  if (against === null) return []
  const rows = servers
    .map(({ key, title }) => ({ key, title, own: tcp.filter(({ server }) => server === key) }))
    .filter(({ own }) => own.length > 0)
    .map(({ key, title, own }) => [
      title,
      String(Math.round(spreadOf(own.map(({ totalUs }) => 1e6 / totalUs)).median)),
      key === ours ? '' : spreadText({ min: 1 / against.max, median: 1 / against.median, max: 1 / against.min }),
    ])
  return tableOf(['TCP', 'answers a CPU second', 'Nearcast ÷ it'], rows)
}

function spreadText(spread: Spread | null): string {
  if (spread === null) return ''
  const digits = spread.median < 0.1 ? 3 : 2
  return `**${spread.median.toFixed(digits)}** (${spread.min.toFixed(digits)}–${spread.max.toFixed(digits)})`
}

/** The lines of a table, numbers to the right. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)]
}
