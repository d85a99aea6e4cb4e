// Where the admin API listens: on a socket that a successor can take over, if the process has such sockets. Knows no route.
import type { FastifyInstance } from 'fastify'
import { bindError } from '../server/door.ts'
import type { Endpoint } from '../server/model.ts'
import type { BoundSocket } from '../server/sockets.ts'

const key = 'admin.listen'

/**
 * Has the app listen until it is closed. Throws a NearcastError that names the address when it cannot be bound.
 * @param own whether the process makes its sockets itself; `inherited` may then be one of them
 * @returns the socket, null where there is none to hand on
 */
export async function listenOn(
  app: FastifyInstance,
  endpoint: Endpoint,
  own: boolean,
  inherited?: BoundSocket,
): Promise<BoundSocket | null> {
  const { address: host, port } = endpoint
  if (own) {
    const { openListener } = await import('../server/sockets.ts')
    const socket = openListener(endpoint, inherited, key)
    const options = { host, port, fd: socket.descriptor }
    await app.listen(options)
    return socket
  }
  try {
    await app.listen({ host, port })
    return null
  } catch (error) {
    throw bindError(error as NodeJS.ErrnoException, endpoint, 'TCP', key)
  }
}
