// npm run bench: checks answers, then times them, counts what they allocate, grows the world, compiles and starts. See README.md.
import { parseArgs } from 'node:util'
import { checkAnswers } from './check.ts'
import { compileTimes, smallCompile, wholeCompile } from './compile-time.ts'
import { steadyState } from './deopt.ts'
import { growth, smallSizes, wholeSizes } from './growth.ts'
import { allocation, time } from './harness.ts'
import { answerBenches, smallSetting, stepBenches, worldSetting } from './micro.ts'
import { machine, table, writeResults, writeSection, type Row } from './report.ts'
import { starts } from './start.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'micro,steady,growth,compile,start' },
    publish: { type: 'boolean', default: false },
  },
})
const { quick, publish } = options

const sections: Readonly<Record<string, () => Promise<void>>> = { micro, steady, growth: curves, compile, start }
const wanted = options.only.split(',')
const unknown = wanted.filter((name) => sections[name] === undefined)
if (unknown.length > 0) throw new Error(`there is no section ${unknown.join()}, only ${Object.keys(sections).join()}`)
console.log(JSON.stringify(machine()))
for (const name of wanted) await sections[name]()

/** What an answer and each of its steps cost. */
async function micro(): Promise<void> {
  const setting = quick ? await smallSetting() : await worldSetting()
  checkAnswers(setting, quick ? 10_000 : 100_000)
  const benches = [...answerBenches(setting), ...stepBenches(setting)]
  const timings = time(benches, quick ? { rounds: 2, operations: 5_000 } : { rounds: 40, operations: 10_000 })
  const heap = benches.map((bench) => allocation(bench, quick ? 50_000 : 1_000_000))
  const rows = timings.map(({ name, medianNs, p90Ns }, i) => ({
    bench: name,
    'median ns': Math.round(medianNs),
    'p90 ns': Math.round(p90Ns),
    'bytes allocated': round(heap[i].grownBytes / heap[i].operations),
  }))
  await report('micro', 'micro', rows, { timings, heap })
}

/** Deoptimisations and allocations once everything is warm. */
async function steady(): Promise<void> {
  const found = await steadyState(quick ? 'small' : 'world', quick ? 100_000 : 1_000_000)
  const rows = [
    {
      answers: found.answers,
      'deoptimised while warming up': found.warmUp.length,
      'deoptimised afterwards': found.steady.length,
      'bytes the heap grew by': found.grownBytes,
    },
  ]
  await report('steady', 'steady', rows, found)
}

/** What an answer costs as the world grows. */
async function curves(): Promise<void> {
  const found = []
  const rows: Row[] = []
  for await (const curve of growth(quick ? smallSizes : wholeSizes, {
    rounds: quick ? 2 : 30,
    operations: quick ? 5_000 : 10_000,
  })) {
    found.push(curve)
    const points = curve.points.map(({ size, medianNs }) => `${size.toLocaleString('en')}: ${Math.round(medianNs)}`)
    rows.push({ curve: curve.name, 'ns at each size': points.join(' · '), 'last ÷ first': round(curve.ratio) })
    console.log(curve.name, points.join(' · '))
  }
  await report('growth', 'growth', rows, { curves: found })
}

/** What compiling takes. */
async function compile(): Promise<void> {
  const found = []
  for await (const one of compileTimes(quick ? smallCompile : wholeCompile, quick ? 1 : 5)) found.push(one)
  const rows = found.map(({ what, ms, megabytes }) => ({ compiled: what, ms: Math.round(ms), MB: round(megabytes) }))
  await report('compile', 'compile', rows, { found })
}

/** What a start takes. */
async function start(): Promise<void> {
  const found = await starts(quick ? 1 : 5)
  const rows = (['cold', 'cached'] as const).map((kind) => {
    const own = found.filter((one) => one.kind === kind)
    const median = (of: (one: (typeof own)[number]) => number): number =>
      own.map(of).toSorted((a, b) => a - b)[(own.length - 1) >> 1]
    return {
      start: kind,
      'first answer, ms': median(({ firstAnswerMs }) => firstAnswerMs),
      'resident, MB': median(({ residentMb }) => residentMb),
      'peak, MB': median(({ peakMb }) => peakMb),
      'peak of compiling, MB': median(({ compilePeakMb }) => compilePeakMb),
    }
  })
  await report('start', 'start', rows, { starts: found })
}

async function report(name: string, section: string, rows: readonly Row[], results: object): Promise<void> {
  const text = table(rows)
  console.log(`\n${text}\n`)
  if (!publish) return
  await writeResults(name, results)
  await writeSection(section, text)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
