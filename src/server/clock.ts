// What time it is for a whole batch of queries, set by the doors: answering itself looks at no clock. Knows no queries.

/** Ticks a millisecond. Ticks wrap after 70 minutes; what is compared lies seconds apart. */
const ticksPerMs = 1024

/** Ticks a second, of the clock that rate limiting counts by. */
export const ticksPerSecond: number = ticksPerMs * 1000

/** One a thread; whole numbers of 32 bits, so that setting them allocates nothing. */
export class Clock {
  /** Unix time; what is made of it is compared by serial number arithmetic. */
  seconds = 0
  /** Time since something in the past that all threads share. */
  ticks = 0

  /** @param monotonicMs of a clock that all threads share and nobody sets */
  set(unixMs: number, monotonicMs: number): void {
    this.seconds = (unixMs / 1000) | 0
    this.ticks = (monotonicMs * ticksPerMs) | 0
  }
}

/** Makes what sets a thread's clock to now. Each thread counts from its own start: what lies before it is added once. */
export function systemTime(): (clock: Clock) => void {
  const [seconds, nanoseconds] = process.hrtime()
  const beforeMs = seconds * 1000 + nanoseconds / 1e6 - performance.now()
  return (clock) => clock.set(Date.now(), beforeMs + performance.now())
}
