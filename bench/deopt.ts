// Whether answering settles: no code that is optimised and deoptimised in turns, nothing left on the heap. Knows no DNS.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const script = fileURLToPath(new URL('./steady-state.ts', import.meta.url))
const flags = ['--trace-deopt', '--expose-gc', '--min-semi-space-size=64']
const longestMs = 120_000

export interface SteadyState {
  readonly answers: number
  /** What the heap in use grew by over all of them. */
  readonly grownBytes: number
  /** V8's lines about optimised code it gave up, before the answers were counted and while they were. */
  readonly warmUp: readonly string[]
  readonly steady: readonly string[]
}

/** Answers in a process of its own. */
export async function steadyState(size: 'small' | 'signed' | 'world', answers: number): Promise<SteadyState> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, size, String(answers)], {
    timeout: longestMs,
    maxBuffer: 64 * 1024 * 1024,
  })
  const lines = stdout.split('\n')
  const bailouts = lines.filter((line) => line.startsWith('[bailout '))
  const begins = bailouts.findIndex((line) => line.includes('steadyStateBegins'))
  const result = /^RESULT (.*)$/m.exec(stdout)?.[1]
  if (begins < 0 || result === undefined)
    throw new Error(`${script} did not say what it should:\n${stdout.slice(-2000)}`)
  const { operations, grownBytes } = JSON.parse(result) as { operations: number; grownBytes: number }
  // What counts the allocations is itself new code.
  const steady = bailouts.slice(begins + 1).filter((line) => !line.includes('<JSFunction allocation '))
  return { answers: operations, grownBytes, warmUp: bailouts.slice(0, begins), steady }
}
