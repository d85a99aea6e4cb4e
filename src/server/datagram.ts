// Sends one datagram from a socket of another thread. Knows the kernel's addresses, no DNS.
import type { Client } from './client.ts'
import { putU16, putU32 } from '../wire/header.ts'
import { MSG_DONTWAIT, sendto, socketAddressLength } from './syscalls.ts'

const AF_INET = 2
const AF_INET6 = 10
const shortLength = 16

// Made from an ArrayBuffer of its own, which V8 never moves.
const name = new Uint8Array(new ArrayBuffer(socketAddressLength))

/** False when the kernel does not take it. */
export function sendDatagram(socket: number, bytes: Uint8Array, length: number, client: Client): boolean {
  const six = client.family === 6
  name.fill(0)
  name[0] = six ? AF_INET6 : AF_INET
  putU16(name, 2, client.port)
  if (six) {
    for (let i = 0; i < 4; i++) putU32(name, 8 + i * 4, client.words[i])
    const { scopeId } = client
    name[24] = scopeId
    name[25] = scopeId >>> 8
    name[26] = scopeId >>> 16
    name[27] = scopeId >>> 24
  } else putU32(name, 4, client.words[0])
  return sendto(socket, bytes, length, MSG_DONTWAIT, name, six ? socketAddressLength : shortLength) === length
}
