// Times operations of well under a microsecond on a machine that others use too, and counts what they allocate. Knows no DNS.
//
//   round 1   bench a │ bench b │ bench c        one round after the other, so that whatever slows the machine for a
//   round 2   bench a │ bench b │ bench c        while slows all of them
//
// The clock is read around each batch: filling in the input is outside. A batch takes microseconds, so most of them are not
// interrupted, and the median over all batches of all rounds does not see those that are.

/** How often the heap is looked at while allocations are counted. */
const looks = 4

/** Something to time. Neither method may allocate. */
export interface Bench {
  readonly name: string
  /** Operations one call of `run` does. */
  readonly operations: number
  /** Fills in what the next `run` reads; not timed. */
  prepare(): void
  run(): void
}

export interface Timing {
  readonly name: string
  /** Nanoseconds of one operation, in the median batch and in the one slower than nine in ten. */
  readonly medianNs: number
  readonly p90Ns: number
}

export interface Allocation {
  readonly name: string
  readonly operations: number
  /** By how much the heap in use grew over all operations, in bytes; what a collection took away is not set against it. */
  readonly grownBytes: number
}

export interface Effort {
  readonly rounds: number
  /** Operations of each bench in a round. */
  readonly operations: number
}

/** Times the benches against each other. */
export function time(benches: readonly Bench[], { rounds, operations }: Effort): Timing[] {
  const batches = benches.map((bench) => Math.max(1, Math.floor(operations / bench.operations)))
  const taken = batches.map((count) => new Float64Array(count * rounds))
  // Optimised code first: all of them, as each may change what the compiler assumed for another.
  for (let again = 0; again < 3; again++) {
    for (const [i, bench] of benches.entries()) round(bench, batches[i], taken[i], 0)
  }
  for (let at = 0; at < rounds; at++) {
    for (const [i, bench] of benches.entries()) round(bench, batches[i], taken[i], at * batches[i])
  }
  return benches.map(({ name, operations: each }, i) => {
    const sorted = taken[i].toSorted()
    const ns = (share: number): number => (sorted[Math.floor((sorted.length - 1) * share)] * 1e6) / each
    return { name, medianNs: ns(0.5), p90Ns: ns(0.9) }
  })
}

function round(bench: Bench, batches: number, taken: Float64Array, from: number): void {
  for (let i = 0; i < batches; i++) {
    bench.prepare()
    const startedAt = performance.now()
    bench.run()
    taken[from + i] = performance.now() - startedAt
  }
}

/**
 * Runs a warm bench and looks at the heap on the way. Needs --expose-gc, and --min-semi-space-size=64 so that no collection
 * hides what there is to see: 64 MB are 60 bytes for each of a million operations.
 */
export function allocation(bench: Bench, operations: number): Allocation {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('allocations are counted under --expose-gc')
  const batches = Math.ceil(operations / bench.operations / looks)
  let grownBytes = 0
  // Twice, as the first look at the heap makes what looking needs.
  for (let again = 0; again < 2; again++) {
    collect()
    grownBytes = 0
    let before = process.memoryUsage().heapUsed
    for (let look = 0; look < looks; look++) {
      for (let i = 0; i < batches; i++) {
        bench.prepare()
        bench.run()
      }
      const after = process.memoryUsage().heapUsed
      grownBytes += Math.max(0, after - before)
      before = after
    }
  }
  return { name: bench.name, operations: batches * looks * bench.operations, grownBytes }
}
