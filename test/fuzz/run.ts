// npm run fuzz: gives every parser inputs that are nearly right, until the time or the inputs are used up. See README.md.
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { deadMs, hangMs, longestInput } from './target.ts'
import { makeTarget, targetNames, weights } from './targets.ts'
import { findingOf, type FromWorker, type Job } from './worker.ts'

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    seconds: { type: 'string', default: '60' },
    inputs: { type: 'string' },
    only: { type: 'string', default: targetNames.join() },
    hex: { type: 'string' },
  },
})
const seed = whole('seed', options.seed)
const only = options.only.split(',')
const unknown = only.filter((name) => !targetNames.includes(name))
if (unknown.length > 0) throw new Error(`there is no target ${unknown.join()}, only ${targetNames.join()}`)

if (options.hex !== undefined) await again(Buffer.from(options.hex.replaceAll(/\s/g, ''), 'hex'))
else await run()

/** Every target after the other; with `--inputs` there is no limit of time. */
async function run(): Promise<void> {
  const total = only.reduce((sum, name) => sum + weights[name], 0)
  const inputs = options.inputs === undefined ? Infinity : whole('inputs', options.inputs)
  const ms = options.inputs === undefined ? (whole('seconds', options.seconds) * 1000) / only.length : Infinity
  say(`seed ${seed}`)
  let all = 0
  let found = 0
  const startedAt = performance.now()
  for (const name of only) {
    const end = await fuzz(name, Math.ceil((inputs * weights[name]) / total), ms)
    if (end.type === 'done') all += end.inputs
    else found++
    report(name, end)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  say(`${all.toLocaleString('en')} inputs in ${seconds} s, ${found} finding${found === 1 ? '' : 's'}`)
  process.exitCode = found === 0 ? 0 : 1
}

/** Runs one target in a thread of its own, which is ended when it hangs. */
async function fuzz(target: string, inputs: number, ms: number): Promise<FromWorker> {
  const begun = new Int32Array(new SharedArrayBuffer(4))
  const current = new Uint8Array(new SharedArrayBuffer(longestInput + 4))
  const job: Job = { target, seed: seedOf(target), inputs, ms, begun, current }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: job, name: target })
  let hung: FromWorker | null = null
  let seen = 0
  let seenAt = performance.now()
  let toldAt = seenAt
  let cpuAt = cpuMs()
  const watch = setInterval(() => {
    const now = performance.now()
    const count = Atomics.load(begun, 0)
    // Making a target is no input.
    if (count !== seen || count === 0) {
      seenAt = now
      cpuAt = cpuMs()
    }
    seen = count
    if (now - toldAt > 10_000) {
      toldAt = now
      say(`${target.padEnd(8)} ${count.toLocaleString('en')} inputs so far`)
    }
    if (cpuMs() - cpuAt < hangMs && now - seenAt < deadMs) return
    const input = Uint8Array.from(current.subarray(4, 4 + new DataView(current.buffer).getUint32(0)))
    hung = { type: 'found', what: `hang: no end of it in ${Math.round(now - seenAt)} ms`, input, from: input.length }
    void worker.terminate()
  }, 500)
  let word: FromWorker | undefined
  worker.on('message', (message: FromWorker) => (word = message))
  worker.on('error', (error) => say(String(error)))
  await new Promise((ended) => worker.on('exit', ended))
  clearInterval(watch)
  const last = {
    type: 'found',
    what: 'crash: the thread ended without a word',
    input: new Uint8Array(0),
    from: 0,
  } as const
  return hung ?? word ?? last
}

function report(name: string, end: FromWorker): void {
  if (end.type === 'done') {
    const rate = Math.round((end.inputs / end.ms) * 1000).toLocaleString('en')
    const grown = `heap ${end.grownBytes > 0 ? '+' : ''}${Math.round(end.grownBytes / 1024)} KiB`
    say(`${name.padEnd(8)} ${end.inputs.toLocaleString('en')} inputs, ${rate} a second, ${grown}`)
    return
  }
  say(`${name.padEnd(8)} FOUND ${end.what}`)
  say(
    `  seed ${seed}, ${end.input.length} octets, shrunk from ${end.from}. Again: npm run fuzz -- --only ${name} --hex \\`,
  )
  say(`  ${Buffer.from(end.input).toString('hex')}`)
}

/** One input once more. */
async function again(input: Buffer): Promise<void> {
  for (const name of only) {
    const target = await makeTarget(name)
    const what = await findingOf(target, input)
    await target.close?.()
    say(`${name.padEnd(8)} ${what ?? 'is fine'}`)
    if (what !== null) process.exitCode = 1
  }
}

/** What this process computed so far; next to nothing of it is this thread's. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** A seed of its own for each target, so that one alone makes the same inputs as among others. */
function seedOf(target: string): number {
  let mixed = seed
  for (const letter of Buffer.from(target)) mixed = Math.imul(mixed ^ letter, 0x9e3779b1)
  return mixed | 1
}

function whole(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} ${text}: expected a whole number`)
  return number
}
