// The thread that fuzzes one target: makes inputs until told enough, shrinks what fails. Knows no command line.
import { parentPort, workerData } from 'node:worker_threads'
import { Random } from '../../bench/random.ts'
import { shrink } from './shrink.ts'
import { leakBytes, longestInput, type Target } from './target.ts'
import { makeTarget } from './targets.ts'

export interface Job {
  readonly target: string
  readonly seed: number
  readonly inputs: number
  readonly ms: number
  /** One word: inputs begun. */
  readonly begun: Int32Array<SharedArrayBuffer>
  /** The input at hand: its length in the first four octets, then its octets. */
  readonly current: Uint8Array<SharedArrayBuffer>
}

export type FromWorker =
  | { readonly type: 'done'; readonly inputs: number; readonly ms: number; readonly grownBytes: number }
  | { readonly type: 'found'; readonly what: string; readonly input: Uint8Array; readonly from: number }

/** Heap is compared from here on at the latest. */
const latestWarmInput = 200_000

if (parentPort) await fuzz(parentPort, workerData as Job)

async function fuzz(main: NonNullable<typeof parentPort>, job: Job): Promise<void> {
  const tell = (message: FromWorker): void => main.postMessage(message)
  const target = await makeTarget(job.target)
  const random = new Random(job.seed)
  const startedAt = performance.now()
  let inputs = 0
  let before = -1
  try {
    while (inputs < job.inputs && performance.now() - startedAt < job.ms) {
      const input = target.make(random)
      hand(job, input, ++inputs)
      const what = await findingOf(target, input)
      if (what !== null) return tell(await smallest(target, input, what))
      const share = Math.max(inputs / job.inputs, (performance.now() - startedAt) / job.ms)
      if (before < 0 && (share >= 0.1 || inputs === latestWarmInput)) before = heapBytes()
    }
    const ms = performance.now() - startedAt
    const grownBytes = before < 0 ? 0 : heapBytes() - before
    if (grownBytes <= leakBytes) return tell({ type: 'done', inputs, ms, grownBytes })
    tell({
      type: 'found',
      what: `leak: ${grownBytes} octets kept after ${inputs} inputs`,
      input: new Uint8Array(0),
      from: 0,
    })
  } finally {
    await target.close?.()
  }
}

/** Leaves the input where main finds it, should this thread never come back from it. */
function hand({ begun, current }: Job, input: Uint8Array, count: number): void {
  const length = Math.min(input.length, longestInput)
  current.set(input.length === length ? input : input.subarray(0, length), 4)
  new DataView(current.buffer).setUint32(0, length)
  Atomics.store(begun, 0, count | 0)
}

async function smallest(target: Target, input: Uint8Array, what: string): Promise<FromWorker> {
  const kind = what.split(':', 1)[0]
  const kept = Uint8Array.from(input)
  const small = await shrink(kept, async (candidate) => (await findingOf(target, candidate))?.split(':', 1)[0] === kind)
  return { type: 'found', what: (await findingOf(target, small)) ?? what, input: small, from: kept.length }
}

/** Null, or what broke. */
export async function findingOf(target: Target, input: Uint8Array): Promise<string | null> {
  try {
    // Waiting for what is no promise costs a turn, and most targets never wait.
    const found = target.check(input)
    return found === null || typeof found === 'string' ? found : await found
  } catch (error) {
    return `threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}

function heapBytes(): number {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('leaks are looked for under --expose-gc')
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
