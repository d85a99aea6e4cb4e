// The TCP probe: the port takes a connection. Reads and sends nothing.
import { connect } from 'node:net'
import type { TcpProbe } from '../model.ts'
import { success, type Outcome, type ProbeTarget } from '../observation.ts'
import { Attempt } from './attempt.ts'

/** Connects and closes. */
export function probeTcp({ address }: ProbeTarget, { port, timeoutMs }: TcpProbe): Promise<Outcome> {
  const socket = connect({ host: address, port })
  return Attempt.over(socket, timeoutMs, (attempt) => {
    socket.once('connect', () => attempt.settle(success))
  })
}
