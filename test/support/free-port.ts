// A port that was free a moment ago, for servers that must know theirs before they start.
import { createServer } from 'node:net'

/** Below those that the system gives to clients, and to servers that take any: no other part of a test is given one of these. */
const first = 10_000
/** For each worker of the tests: what two have at the same time are never the same. */
const count = 5_000
const worker = (Number(process.env.VITEST_POOL_ID ?? 1) - 1) % 4
let next = Math.floor(Math.random() * count)

/** A TCP port of the loopback that nobody listens on, another one each time. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < count; tried++) {
    next = (next + 1) % count
    const port = first + worker * count + next
    if (await isFree(port)) return port
  }
  throw new Error(`no port from ${first + worker * count} on is free`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listens = await new Promise<boolean>((tell) => {
    server.once('error', () => tell(false))
    server.listen(port, '127.0.0.1', () => tell(true))
  })
  if (listens) await new Promise((closed) => server.close(closed))
  return listens
}
