// What happens to a daemon while it is timed: reloads, and nodes that come and go. Through its admin API, as operators do it.
import { setTimeout as sleep } from 'node:timers/promises'

const reloadEveryMs = 1_000
const flapEveryMs = 20

/** Something that goes on until told to stop; returns how often it happened. */
export type Disturbance = (signal: AbortSignal) => Promise<number>

/** Has the configuration read again, over and over: a compilation, and a swap on every thread. */
export function reloads(adminPort: number): Disturbance {
  return async (signal) => {
    let times = 0
    for (; !signal.aborted; times++) {
      await call(adminPort, 'POST', 'reload')
      await sleep(reloadEveryMs)
    }
    return times
  }
}

/** Takes nodes out of the answers and back in: a word in shared memory each time. */
export function flaps(adminPort: number, nodes: readonly string[]): Disturbance {
  return async (signal) => {
    let times = 0
    const down = { mode: 'down', reason: 'bench:latency', expires: '10m' }
    for (; !signal.aborted; times++) {
      const node = nodes[(times >> 1) % nodes.length]
      if (times % 2 === 0) await call(adminPort, 'PUT', `overrides/${node}`, down)
      else await call(adminPort, 'DELETE', `overrides/${node}`)
      await sleep(flapEveryMs)
    }
    if (times % 2 === 1) await call(adminPort, 'DELETE', `overrides/${nodes[((times - 1) >> 1) % nodes.length]}`)
    return times
  }
}

async function call(port: number, method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
}
