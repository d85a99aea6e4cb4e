// The sockets of the doors: made and owned by main, handed to threads, and to a successor, by descriptor. Knows no DNS.
import { bindError } from './door.ts'
import type { Endpoint } from './model.ts'
import { closeSocket, openTcpSocket, openUdpSocket, ownAddress, type SystemCallError } from './syscalls.ts'

/** Room for a burst while a thread is held up. */
const receiveBufferBytes = 8 << 20
/** How long an idle thread waits before it looks for messages. */
const receiveTimeoutMs = 50

export interface BoundSocket {
  readonly endpoint: Endpoint
  readonly descriptor: number
}

export interface Sockets {
  /** One for each address, listening. */
  readonly tcp: readonly BoundSocket[]
  /** One or more for each address, sharing its queries. */
  readonly udp: readonly BoundSocket[]
}

const none: Sockets = { tcp: [], udp: [] }

/**
 * A TCP socket for every address, then `each` UDP sockets for it. TCP comes first because two processes cannot share a
 * TCP address by mistake. What was inherited for an address serves it as it is, whatever its number of sockets; what was
 * inherited for no address of the list is closed. Throws `bindError`, with none left open.
 */
export function openSockets(listen: readonly Endpoint[], each: number, inherited: Sockets = none): Sockets {
  const tcp: BoundSocket[] = []
  const udp: BoundSocket[] = []
  try {
    for (const endpoint of listen) tcp.push(inherited.tcp.find(isFor(endpoint)) ?? openTcp(endpoint))
    for (const { endpoint } of tcp) {
      const own = inherited.udp.filter(isFor(endpoint))
      udp.push(...own)
      if (own.length === 0) for (let i = 0; i < each; i++) udp.push(openUdp(endpoint, each > 1))
    }
  } catch (error) {
    closeSockets({ tcp, udp })
    throw error
  }
  closeSockets({
    tcp: inherited.tcp.filter((socket) => !tcp.includes(socket)),
    udp: inherited.udp.filter((socket) => !udp.includes(socket)),
  })
  return { tcp, udp }
}

export function closeSockets({ tcp, udp }: Sockets): void {
  for (const { descriptor } of [...tcp, ...udp]) closeSocket(descriptor)
}

/**
 * A socket that listens on a TCP address, port 0 being any free one: the inherited one if it is for this address, else
 * that one is closed. Throws `bindError`.
 * @param key where the configuration names the address
 */
export function openListener(endpoint: Endpoint, inherited: BoundSocket | undefined, key: string): BoundSocket {
  if (inherited === undefined) return openTcp(endpoint, key)
  if (isFor(endpoint)(inherited)) return inherited
  closeSocket(inherited.descriptor)
  return openTcp(endpoint, key)
}

function openTcp(endpoint: Endpoint, key?: string): BoundSocket {
  try {
    const descriptor = openTcpSocket(endpoint)
    const name = ownAddress(descriptor)
    return { endpoint: { address: endpoint.address, port: (name[2] << 8) | name[3] }, descriptor }
  } catch (error) {
    throw bindError(error as SystemCallError, endpoint, 'TCP', key)
  }
}

function openUdp(endpoint: Endpoint, share: boolean): BoundSocket {
  try {
    return { endpoint, descriptor: openUdpSocket(endpoint, { share, receiveBufferBytes, receiveTimeoutMs }) }
  } catch (error) {
    throw bindError(error as SystemCallError, endpoint, 'UDP')
  }
}

function isFor({ address, port }: Endpoint): (socket: BoundSocket) => boolean {
  return ({ endpoint }) => endpoint.address === address && endpoint.port === port
}
