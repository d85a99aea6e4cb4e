// npm run bench:signed: what a signed answer costs beside Knot signing online, and whether unsigned ones still cost what they did. See
// bench/README.md.
import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runDnsperf } from '../peers/dnsperf.ts'
import { install } from '../peers/packages.ts'
import { framed, wantingSignatures, type Query } from '../peers/queries.ts'
import { disturbance, machine, percent, putIntoReadme, results, spreadOf, tableOf } from '../peers/report.ts'
import { clientCore, withGround, type Ground, type Standing } from '../peers/stand.ts'
import { checkSigned, checkUnsigned } from './check.ts'
import { knotOnline, nearcastBefore, nearcastSigned } from './servers.ts'

const queryCount = 300_000
/** Not counted: code is compiled, and likely answers are signed. */
const warmUpSeconds = 4
const sampleCount = 200
const repository = fileURLToPath(new URL('../..', import.meta.url))

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    outstanding: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    /** The commit before steered answers were signed. */
    before: { type: 'string', default: '03b7273' },
    publish: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)

/** One way of asking one server. */
interface Turn {
  readonly key: string
  readonly title: string
  readonly standing: Standing
  readonly file: string
}

interface Measured {
  readonly key: string
  readonly round: number
  readonly totalUs: number
  readonly userUs: number
  readonly lost: number
  readonly othersShare: number
}

install(['knot', 'knot-module-geoip', 'libmaxmind-db-writer-perl', 'dnsperf'])

await withGround({ queries: queryCount, seed: Number(flags.seed) }, async (ground) => {
  const signed = wantingSignatures(ground.queries)
  const files = { plain: join(ground.directory, 'plain'), signed: join(ground.directory, 'signed') }
  await writeFile(files.plain, framed(ground.queries))
  await writeFile(files.signed, framed(signed))
  const ours = await ground.start(nearcastSigned)
  const before = await ground.start(nearcastBefore(await checkOut(ground.directory, flags.before)))
  const online = await ground.start(knotOnline)
  const turns: Turn[] = [
    { key: 'nearcast', title: 'Nearcast, signed', standing: ours, file: files.signed },
    { key: 'knot-online', title: 'Knot, mod-geoip and mod-onlinesign, signed', standing: online, file: files.signed },
    { key: 'unsigned', title: 'Nearcast, unsigned answers of the signed zone', standing: ours, file: files.plain },
    { key: 'before', title: `Nearcast before (${flags.before}), unsigned`, standing: before, file: files.plain },
  ]
  for (const turn of turns) await measure(turn, warmUpSeconds)
  await check(ground, signed, turns)
  const measured: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < turns.length; i++) {
      const turn = turns[(round + i) % turns.length]
      const one = { key: turn.key, round, ...(await measure(turn, seconds)) }
      measured.push(one)
      console.log(
        `${round + 1}/${rounds} ${turn.key.padEnd(12)} ${one.totalUs.toFixed(2)} µs (${one.userUs.toFixed(2)} user), ` +
          `${one.lost} lost, others took ${percent(one.othersShare)} of the core`,
      )
    }
  }
  await check(ground, signed, turns)
  await report(turns, measured)
})

async function check({ queries }: Ground, signed: readonly Query[], turns: readonly Turn[]): Promise<void> {
  for (const { key, standing } of turns) {
    if (key === 'unsigned' || key === 'before') await checkUnsigned(standing.port, queries.slice(0, sampleCount))
    else await checkSigned(standing.port, signed.slice(0, sampleCount))
  }
}

async function measure({ standing, key, file }: Turn, length: number): Promise<Omit<Measured, 'key' | 'round'>> {
  const used = standing.running.measure()
  const load = { mode: 'udp', outstanding: Number(flags.outstanding), clients: 1, core: clientCore } as const
  const counted = await runDnsperf({ ...load, port: standing.port, file, seconds: length })
  const { userUs, systemUs, othersShare } = used()
  if (counted.answered === 0) throw new Error(`${key} answered nothing`)
  if (counted.noError !== counted.answered) throw new Error(`${key}: not every answer is NOERROR`)
  const { answered, lost } = counted
  return { totalUs: (userUs + systemUs) / answered, userUs: userUs / answered, lost, othersShare }
}

async function report(turns: readonly Turn[], measured: readonly Measured[]): Promise<void> {
  const of = (key: string): Measured[] => measured.filter((one) => one.key === key)
  const ratio = (above: string, below: string) =>
    spreadOf(of(above).map((one, i) => one.totalUs / of(below)[i].totalUs))
  const ratios = {
    'knot-online': ratio('nearcast', 'knot-online'),
    unsigned: ratio('nearcast', 'unsigned'),
    before: ratio('unsigned', 'before'),
  }
  const show = (key: string): string => {
    const found = ratios[key as keyof typeof ratios]
    if (found === undefined) return ''
    const what = key === 'before' ? 'unsigned ÷ it: ' : ''
    return `${what}**${found.median.toFixed(2)}** (${found.min.toFixed(2)}–${found.max.toFixed(2)})`
  }
  const rows = turns.map(({ key, title }) => {
    const median = (what: (one: Measured) => number): string => spreadOf(of(key).map(what)).median.toFixed(2)
    const lost = of(key).reduce((sum, one) => sum + one.lost, 0)
    return [title, median((one) => one.totalUs), median((one) => one.userUs), show(key), String(lost)]
  })
  const table = [
    ...tableOf(['answers', 'CPU µs an answer', 'of it user', 'Nearcast, signed ÷ it', 'lost'], rows),
    '',
    disturbance(measured.map(({ othersShare }) => othersShare)),
  ].join('\n')
  console.log(`\n${table}`)
  if (!flags.publish) return
  await mkdir(results, { recursive: true })
  const settings = { ...machine(), rounds, seconds, seed: Number(flags.seed), before: flags.before }
  await writeFile(new URL('signed.json', results), `${JSON.stringify({ settings, ratios, measured }, null, 1)}\n`)
  await putIntoReadme('signed', table)
}

/** An earlier state of this repository, with the packages of this one. Returns its command. */
async function checkOut(directory: string, commit: string): Promise<string> {
  const tree = join(directory, 'before')
  await mkdir(tree)
  const archive = execFileSync('git', ['archive', commit], { cwd: repository, maxBuffer: 1 << 30 })
  execFileSync('tar', ['-x', '-C', tree], { input: archive })
  await symlink(join(repository, 'node_modules'), join(tree, 'node_modules'))
  return join(tree, 'bin', 'nearcast')
}
