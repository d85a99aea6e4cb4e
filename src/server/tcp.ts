// The TCP door: binds, accepts, and bounds what all clients together may hold. Knows no DNS, no framing and no tables.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { Client } from './client.ts'
import { slot, type Counters } from '../telemetry/counters.ts'
import { bindError, type Door, type DoorSettings } from './door.ts'
import type { Endpoint } from './model.ts'
import { Connection, type Serving } from './tcp-connection.ts'
import { tcpLimits, type TcpLimits } from './tcp-limits.ts'
import { TcpTurns } from './tcp-turns.ts'
import { Tickets } from './tickets.ts'

/** Binds every address without SO_REUSEPORT, so a second instance is refused, or takes up sockets that listen there already. Throws `bindError`, with none left open. */
export async function openTcp(settings: DoorSettings, limits: TcpLimits = tcpLimits): Promise<Door> {
  const clients = new Clients(settings, limits)
  const servers: Server[] = []
  try {
    for (const [index, endpoint] of settings.listen.entries()) {
      servers.push(await listen(endpoint, settings.sockets?.[index], clients, limits))
    }
  } catch (error) {
    await Promise.all(servers.map(close))
    throw error
  }
  for (const server of servers) {
    server.on('error', (error: NodeJS.ErrnoException) => {
      // Out of descriptors, one client is turned away; those who are connected stay.
      if (error.syscall !== 'accept') settings.onFailure(error)
    })
  }
  const sweeping = setInterval(() => clients.closeIdle(), Math.min(1000, limits.idleMs / 4))
  const stop = async (): Promise<void> => {
    clearInterval(sweeping)
    const closed = Promise.all(servers.map(close))
    // What clients sent before lies in the kernel: two turns of the event loop have it read, and so answered.
    await turn()
    await turn()
    clients.finish()
    const hurry = setTimeout(() => clients.destroy(), limits.drainMs)
    await closed
    clearTimeout(hurry)
  }
  let stopped: Promise<void> | undefined
  const answered = (ticket: number, bytes: Uint8Array): void => clients.answered(ticket, bytes)
  return { bound: servers.map(addressOf), answered, stop: () => (stopped ??= stop()) }
}

const unanswered = new Uint8Array(0)

/** Everybody who is connected. */
class Clients {
  readonly #limits: TcpLimits
  readonly #counters: Counters
  readonly #serving: Serving
  readonly #turns = new TcpTurns()
  readonly #tickets: Tickets<Connection>
  /** In order of activity, the quietest first. */
  readonly #connections = new Set<Connection>()
  readonly #perClient = new Map<string, number>()
  #stopping = false

  constructor(settings: DoorSettings, limits: TcpLimits) {
    const { respond, handOver, counters } = settings
    this.#limits = limits
    this.#counters = counters
    this.#tickets = new Tickets((connection) => {
      counters[slot.drops.signer_busy]++
      connection.answered(unanswered)
    })
    this.#serving = {
      respond,
      handOver: (bytes, length, client, connection) => {
        const ticket = this.#tickets.give(connection)
        if (handOver?.(bytes, length, client, ticket) === true) return true
        this.#tickets.take(ticket)
        counters[slot.drops.signer_busy]++
        return false
      },
      onQuery: this.#onQuery,
      queriesPerConnection: limits.queriesPerConnection,
      turns: this.#turns,
    }
  }

  accept(socket: Socket): void {
    const client = new Client()
    const known = client.setFromText(socket.remoteAddress ?? '', socket.remotePort ?? 0)
    const key = clientKey(client)
    const already = this.#perClient.get(key) ?? 0
    if (!known || this.#stopping || already >= this.#limits.connectionsPerClient) {
      this.#counters[slot.tcp_connections.refused]++
      socket.destroy()
      return
    }
    this.#counters[slot.tcp_connections.accepted]++
    if (this.#connections.size >= this.#limits.connections) this.#closeQuietest()
    const connection = new Connection(socket, client, this.#serving)
    this.#connections.add(connection)
    this.#perClient.set(key, already + 1)
    socket.once('close', () => this.#forget(connection, key))
  }

  answered(ticket: number, bytes: Uint8Array): void {
    this.#tickets.take(ticket)?.answered(bytes)
  }

  closeIdle(): void {
    const oldest = performance.now() - this.#limits.idleMs
    for (const connection of this.#connections) {
      if (connection.activeAtMs > oldest) return
      this.#counters[slot.tcp_connections.idle]++
      connection.destroy()
    }
  }

  finish(): void {
    this.#stopping = true
    for (const connection of this.#connections) connection.finish()
  }

  destroy(): void {
    for (const connection of this.#connections) connection.destroy()
  }

  readonly #onQuery = (connection: Connection): void => {
    connection.activeAtMs = performance.now()
    this.#connections.delete(connection)
    this.#connections.add(connection)
  }

  #closeQuietest(): void {
    for (const quietest of this.#connections) {
      this.#counters[slot.tcp_connections.displaced]++
      this.#connections.delete(quietest)
      quietest.destroy()
      return
    }
  }

  #forget(connection: Connection, key: string): void {
    this.#connections.delete(connection)
    this.#turns.forget(connection)
    const left = (this.#perClient.get(key) ?? 1) - 1
    if (left > 0) this.#perClient.set(key, left)
    else this.#perClient.delete(key)
  }
}

/** Who counts as one client: an IPv4 address, or an IPv6 /64, which is what one household is given. */
function clientKey({ family, words }: Client): string {
  return family === 4 ? `${words[0]}` : `${words[0]}:${words[1]}`
}

async function listen(
  endpoint: Endpoint,
  descriptor: number | undefined,
  clients: Clients,
  limits: TcpLimits,
): Promise<Server> {
  const server = createServer(
    // The reading half stays open for a client that closed its own and still waits for answers.
    { allowHalfOpen: true, noDelay: true, highWaterMark: limits.unsentBytes },
    (socket) => clients.accept(socket),
  )
  try {
    if (descriptor === undefined) {
      server.listen({ host: endpoint.address, port: endpoint.port, exclusive: true, ipv6Only: true })
    } else {
      const { duplicate } = await import('./syscalls.ts')
      server.listen({ fd: duplicate(descriptor) })
    }
    await once(server, 'listening')
    return server
  } catch (error) {
    throw bindError(error as NodeJS.ErrnoException, endpoint, 'TCP')
  }
}

function addressOf(server: Server): Endpoint {
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('a listening TCP server has an address')
  return { address: at.address, port: at.port }
}

/** Resolves when the server and all its connections are closed. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await closed
}
