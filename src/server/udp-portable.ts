// The portable UDP door: one node:dgram socket for each listen address. Works on every system; knows no DNS and no tables.
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { slot } from '../telemetry/counters.ts'
import { Client } from './client.ts'
import { bindError, udpRoomBytes, type Door, type DoorSettings } from './door.ts'
import type { Endpoint } from './model.ts'
import { Tickets } from './tickets.ts'

/** Asked of the kernel, which grants what it allows: room for a burst while this thread is busy. */
const receiveBufferBytes = 4 << 20
/** Answers a socket may hold back while the kernel takes no more; further ones are dropped and counted. */
const unsentAnswers = 1024
/** Stopping never takes longer, whatever still comes in. */
const drainMs = 250

/** Binds every address, or closes those it bound and throws `bindError`. */
export async function openUdpPortable(settings: DoorSettings): Promise<Door> {
  const sockets: Socket[] = []
  try {
    for (const endpoint of settings.listen) sockets.push(await bind(endpoint))
  } catch (error) {
    await Promise.all(sockets.map(close))
    throw error
  }
  const answerer = new Answerer(settings)
  for (const socket of sockets) {
    socket.on('message', (message, from) => answerer.answer(socket, message, from))
    socket.on('error', settings.onFailure)
  }
  const stop = async (): Promise<void> => {
    await answerer.drain(sockets)
    await Promise.all(sockets.map(close))
  }
  let stopped: Promise<void> | undefined
  return {
    bound: sockets.map((socket) => ({ address: socket.address().address, port: socket.address().port })),
    answered: (ticket, bytes) => answerer.answered(ticket, bytes),
    stop: () => (stopped ??= stop()),
  }
}

/** One buffer and one client are enough: a message is answered before the next one is taken. */
class Answerer {
  readonly #settings: DoorSettings
  readonly #bytes = new Uint8Array(udpRoomBytes)
  readonly #client = new Client()
  readonly #tickets = new Tickets<{ readonly socket: Socket; readonly from: RemoteInfo }>()
  #taken = 0

  constructor(settings: DoorSettings) {
    this.#settings = settings
  }

  answer(socket: Socket, message: Buffer, from: RemoteInfo): void {
    const { respond, handOver, counters } = this.#settings
    this.#taken++
    if (!this.#client.setFromText(from.address, from.port)) return
    if (message.length > udpRoomBytes) {
      counters[slot.queries.udp]++
      counters[slot.drops.too_long]++
      return
    }
    this.#bytes.set(message)
    const size = respond(this.#bytes, message.length, this.#client)
    if (size < 0) {
      const ticket = this.#tickets.give({ socket, from })
      if (handOver?.(this.#bytes, message.length, this.#client, ticket) === true) return
      this.#tickets.take(ticket)
      counters[slot.drops.signer_busy]++
    }
    // A copy, because the kernel may take the answer only after the next message has come.
    if (size > 0) this.#send(socket, Buffer.from(this.#bytes.subarray(0, size)), from)
  }

  answered(ticket: number, bytes: Uint8Array): void {
    const asked = this.#tickets.take(ticket)
    if (asked && bytes.length > 0) this.#send(asked.socket, bytes, asked.from)
  }

  #send(socket: Socket, bytes: Uint8Array, from: RemoteInfo): void {
    const { counters } = this.#settings
    if (socket.getSendQueueCount() >= unsentAnswers) {
      counters[slot.drops.send_failed]++
      return
    }
    socket.send(bytes, from.port, from.address, this.#sent)
  }

  readonly #sent = (error: Error | null): void => {
    if (error) this.#settings.counters[slot.drops.send_failed]++
  }

  /** Waits until a turn of the event loop brought no message and nothing is left to send. */
  async drain(sockets: readonly Socket[]): Promise<void> {
    const deadline = performance.now() + drainMs
    let before: number
    do {
      before = this.#taken
      await turn()
    } while (
      performance.now() < deadline &&
      (this.#taken !== before ||
        this.#tickets.outstanding > 0 ||
        sockets.some((socket) => socket.getSendQueueCount() > 0))
    )
  }
}

async function bind(endpoint: Endpoint): Promise<Socket> {
  const socket = createSocket(socketOptions(endpoint))
  try {
    // Heard before it is asked for: without a look-up the socket may listen at once.
    const listening = once(socket, 'listening')
    socket.bind({ address: endpoint.address, port: endpoint.port, exclusive: true })
    await listening
    return socket
  } catch (error) {
    socket.close()
    throw bindError(error as NodeJS.ErrnoException, endpoint, 'UDP')
  }
}

function socketOptions({ address }: Endpoint): SocketOptions {
  const family = address.includes(':') ? 6 : 4
  return {
    type: family === 6 ? 'udp6' : 'udp4',
    // [::] and 0.0.0.0 are two addresses, as for TCP.
    ipv6Only: family === 6,
    recvBufferSize: receiveBufferBytes,
    // Every address sent to is one that a message came from: nothing is ever looked up.
    lookup: (hostname, _options, callback) => callback(null, hostname, family),
  }
}

async function close(socket: Socket): Promise<void> {
  const closed = once(socket, 'close')
  socket.close()
  await closed
}
