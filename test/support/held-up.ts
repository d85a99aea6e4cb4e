// How long our own thread was held up while something ran, so that tests of deadlines judge no busy machine.
const everyMs = 10

export interface HeldUp<T> {
  readonly result: T
  readonly heldUpMs: number
}

export async function watchThread<T>(run: () => Promise<T>): Promise<HeldUp<T>> {
  let heldUpMs = 0
  let lastMs = performance.now()
  const look = (): void => {
    const nowMs = performance.now()
    heldUpMs += Math.max(0, nowMs - lastMs - everyMs)
    lastMs = nowMs
  }
  const timer = setInterval(look, everyMs)
  try {
    const result = await run()
    look()
    return { result, heldUpMs }
  } finally {
    clearInterval(timer)
  }
}
