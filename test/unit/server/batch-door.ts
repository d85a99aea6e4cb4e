// The batch door as a door for tests: its loop, real sockets and real calls, in turns of this thread instead of one of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Door, DoorSettings } from '../../../src/server/door.ts'
import { closeSockets, openSockets } from '../../../src/server/sockets.ts'
import { serveBatches } from '../../../src/server/udp-batch.ts'
import { setReceiveTimeout } from '../../support/sockets.ts'

/** Binds TCP too, as the process does. */
export async function openBatch({ listen, respond, counters, onFailure }: DoorSettings): Promise<Door> {
  const sockets = openSockets(listen, 1)
  for (const { descriptor } of sockets.udp) setReceiveTimeout(descriptor, 1)
  const turn = (): void => {
    for (const { descriptor } of sockets.udp)
      serveBatches({ socket: descriptor, respond, counters, control: () => true })
  }
  const stopping = new AbortController()
  const serving = (async () => {
    while (!stopping.signal.aborted) {
      turn()
      await sleep(1)
    }
    turn()
    closeSockets(sockets)
  })()
  serving.catch(onFailure)
  const stop = async (): Promise<void> => {
    stopping.abort()
    await serving
  }
  return { bound: sockets.udp.map(({ endpoint }) => endpoint), answered: () => {}, stop }
}
