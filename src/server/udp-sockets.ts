// The UDP sockets of the batch door: made and owned by main, handed to threads by descriptor. Knows no DNS.
import { bindError } from './door.ts'
import type { Endpoint } from './model.ts'
import { closeSocket, openUdpSocket, type SystemCallError } from './syscalls.ts'

/** Room for a burst while a thread is held up. */
const receiveBufferBytes = 8 << 20
/** How long an idle thread waits before it looks for messages. */
const receiveTimeoutMs = 50

export interface UdpSocket {
  readonly endpoint: Endpoint
  readonly descriptor: number
}

/** `each` sockets for every address, sharing its queries. Throws `bindError`, with none left open. */
export function openUdpSockets(listen: readonly Endpoint[], each: number): UdpSocket[] {
  const sockets: UdpSocket[] = []
  for (const endpoint of listen) {
    for (let i = 0; i < each; i++) {
      try {
        const descriptor = openUdpSocket(endpoint, { share: each > 1, receiveBufferBytes, receiveTimeoutMs })
        sockets.push({ endpoint, descriptor })
      } catch (error) {
        closeUdpSockets(sockets)
        throw bindError(error as SystemCallError, endpoint, 'UDP')
      }
    }
  }
  return sockets
}

export function closeUdpSockets(sockets: readonly UdpSocket[]): void {
  for (const { descriptor } of sockets) closeSocket(descriptor)
}
