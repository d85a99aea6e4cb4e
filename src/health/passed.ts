// How much time has passed, by a clock that may be set. Knows nothing of what waits for it.

/**
 * Time that has passed, by a clock that may be set: set back it counts like one set forward, or what waits for time would wait until the
 * clock is again where it was.
 */
export function passedMs(sinceMs: number, nowMs: number): number {
  return Math.abs(nowMs - sinceMs)
}
