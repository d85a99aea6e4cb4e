// What connections get of a turn of the event loop: a bounded share, first come, first served. No sockets.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { TcpTurns, type Waiter } from '../../../src/server/tcp-turns.ts'

/** Takes as much as it can get, and waits for more `times` times; notes how much it got each time. */
function greedy(turns: TcpTurns, name: string, log: string[], times: number, most = Infinity): Waiter {
  const waiter: Waiter = {
    goOn() {
      let got = 0
      while (got < most && turns.take()) got++
      log.push(`${name} ${got}`)
      if (times-- > 0) turns.wait(waiter)
    },
  }
  return waiter
}

it('ends where a turn is used up, and begins again with the next for who waits', async () => {
  const turns = new TcpTurns()
  const log: string[] = []
  greedy(turns, 'a', log, 2).goOn()
  expect(turns.take()).toBe(false)
  await turn()
  await turn()
  expect(log).toEqual(['a 256', 'a 256', 'a 256'])
})

it('goes round among those who wait, and who comes back stands at the end', async () => {
  const turns = new TcpTurns()
  const log: string[] = []
  for (const name of ['a', 'b', 'c']) turns.wait(greedy(turns, name, log, 1, 100))
  await turn()
  expect(log).toEqual(['a 100', 'b 100', 'c 56'])
  await turn()
  expect(log.slice(3)).toEqual(['a 100', 'b 100', 'c 56'])
  await turn()
  expect(log).toHaveLength(6)
})

it('leaves who came too late for a turn at the front of the next', async () => {
  const turns = new TcpTurns()
  const log: string[] = []
  for (const name of ['a', 'b']) turns.wait(greedy(turns, name, log, 1))
  await turn()
  expect(log).toEqual(['a 256'])
  await turn()
  expect(log).toEqual(['a 256', 'b 256'])
})

it('calls nobody who is gone', async () => {
  const turns = new TcpTurns()
  const log: string[] = []
  const gone = greedy(turns, 'gone', log, 0)
  turns.wait(gone)
  turns.wait(greedy(turns, 'here', log, 0, 1))
  turns.forget(gone)
  await turn()
  expect(log).toEqual(['here 1'])
})
