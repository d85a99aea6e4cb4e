// The TCP probe: the port takes a connection. Reads and sends nothing.
import type { TcpProbe } from '../model.ts'
import { success, type Outcome } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'
import { openTcp } from './sockets.ts'

/** Connects and closes. */
export function probeTcp(trial: Trial, { port, timeoutMs }: TcpProbe): Promise<Outcome> {
  return Attempt.run(trial, timeoutMs, async (attempt) => {
    await openTcp(attempt, { address: trial.target.address, port }, 'nothing more')
    attempt.settle(success)
  })
}
