// What can be fuzzed: something that makes inputs and says what broke. Knows no target and no process.
import type { Random } from '../../bench/random.ts'

export interface Target {
  /** The next input; may be a view that the next call writes over. */
  make(random: Random): Uint8Array
  /** Gives the input to what is tested. Returns null, or `kind: detail` of what broke; what it throws is a finding too. */
  check(input: Uint8Array): string | null | Promise<string | null>
  close?(): Promise<void>
}

/** An input that is computed on for longer hangs; computing time, as a busy machine may give us little of it. */
export const hangMs = 10_000
/** One that waits for longer hangs too. */
export const deadMs = 300_000
/** The longest input of any target. */
export const longestInput = 1 << 20
/** What the heap may grow by between the first tenth of a run and its end, both times collected. */
export const leakBytes = 8 << 20
