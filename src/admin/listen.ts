// Where the admin API listens: on a socket that a successor can take over, if the process has such sockets. Knows no route.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { bindError } from '../server/door.ts'
import type { Endpoint } from '../server/model.ts'
import type { BoundSocket } from '../server/sockets.ts'

const key = 'admin.listen'

/** Closing waits no longer for callers: nothing they are still to send or read is worth it. */
const closeMs = 1_000

export interface Listening {
  /** null where there is none to hand on. */
  readonly socket: BoundSocket | null
  /** Answers the calls under way, and takes no others. */
  readonly close: () => Promise<void>
}

/**
 * Has the app listen. Throws a NearcastError that names the address when it cannot be bound.
 * @param own whether the process makes its sockets itself; `inherited` may then be one of them
 */
export async function listenOn(
  app: FastifyInstance,
  endpoint: Endpoint,
  own: boolean,
  inherited: BoundSocket | undefined,
): Promise<Listening> {
  const close = async (): Promise<void> => Promise.race([app.close(), sleep(closeMs, undefined, { ref: false })])
  const { address: host, port } = endpoint
  if (own) {
    const { openListener } = await import('../server/sockets.ts')
    const socket = openListener(endpoint, inherited, key)
    const options = { host, port, fd: socket.descriptor }
    await app.listen(options)
    return { socket, close }
  }
  try {
    await app.listen({ host, port })
    return { socket: null, close }
  } catch (error) {
    throw bindError(error as NodeJS.ErrnoException, endpoint, 'TCP', key)
  }
}
