// Socket calls that only tests need: what a socket was granted, datagrams without a port, a pair that fills up. Knows no DNS.
import koffi from 'koffi'
import { closeSocket, errno } from '../../src/server/syscalls.ts'
import { socketAddress, type Endpoint } from './udp-burst.ts'

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)') as (domain: number, type: number, protocol: number) => number
const socketpair = libc.func('int socketpair(int, int, int, _Out_ int *)') as (
  domain: number,
  type: number,
  protocol: number,
  pair: Int32Array,
) => number
const getsockopt = libc.func('int getsockopt(int, int, int, void *, void *)') as (
  fd: number,
  level: number,
  option: number,
  value: Int32Array,
  length: Uint32Array,
) => number
const setsockopt = libc.func('int setsockopt(int, int, int, void *, uint32_t)') as (
  fd: number,
  level: number,
  option: number,
  value: BigInt64Array,
  length: number,
) => number
const send = libc.func('int64_t send(int, void *, uint64_t, int)') as (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
) => number
const sendto = libc.func('int64_t sendto(int, void *, uint64_t, int, void *, uint32_t)') as (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
  to: Uint8Array,
  toLength: number,
) => number
const recv = libc.func('int64_t recv(int, void *, uint64_t, int)') as (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
) => number

const AF_UNIX = 1
const AF_INET = 2
const SOCK_DGRAM = 2
const SOCK_RAW = 3
const IPPROTO_RAW = 255
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVTIMEO = 20
const MSG_DONTWAIT = 0x40

/** Bytes of the receive buffer, counted as the kernel counts: with what it needs for each message itself. */
export function receiveBufferOf(descriptor: number): number {
  const value = new Int32Array(1)
  getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, value, Uint32Array.of(4))
  return value[0]
}

/** From now on a receive waits no longer than this, 0 for ever. */
export function setReceiveTimeout(descriptor: number, milliseconds: number): void {
  const time = BigInt64Array.of(BigInt(Math.trunc(milliseconds / 1000)), BigInt((milliseconds % 1000) * 1000))
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, time, 16) < 0) throw new Error(`SO_RCVTIMEO: ${errno()}`)
}

/** Two ends of a pipe of datagrams that takes only a few at a time, unlike UDP, whose sender never learns of a full receiver. */
export function datagramPair(): { readonly near: number; readonly far: number; readonly close: () => void } {
  const pair = new Int32Array(2)
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0) throw new Error(`socketpair: errno ${errno()}`)
  const [near, far] = pair
  return { near, far, close: () => pair.forEach(closeSocket) }
}

/** Sends as many as there is room for; how many that were. */
export function sendWhileRoom(descriptor: number, message: Uint8Array, most: number): number {
  let sent = 0
  while (sent < most && send(descriptor, message, message.length, MSG_DONTWAIT) >= 0) sent++
  return sent
}

/** Takes as many messages as there are, at most so many; how many that were. */
export function takeMessages(descriptor: number, most: number): number {
  const bytes = new Uint8Array(2048)
  let taken = 0
  while (taken < most && recv(descriptor, bytes, bytes.length, MSG_DONTWAIT) >= 0) taken++
  return taken
}

/** Sends UDP over IPv4 from a port of one's choice, 0 too; null where the user may not. */
export function rawUdp(): { send(fromPort: number, to: Endpoint, message: Uint8Array): void; close(): void } | null {
  const descriptor = socket(AF_INET, SOCK_RAW, IPPROTO_RAW)
  if (descriptor < 0) return null
  return {
    send(fromPort, to, message) {
      const packet = Buffer.alloc(28 + message.length)
      // IPv4 header: version and length, then what the kernel leaves to us; it fills in the sums.
      packet.writeUInt8(0x45, 0)
      packet.writeUInt16BE(packet.length, 2)
      packet.writeUInt8(64, 8)
      packet.writeUInt8(17, 9)
      packet.set([127, 0, 0, 1], 12)
      packet.set(socketAddress(to).subarray(4, 8), 16)
      packet.writeUInt16BE(fromPort, 20)
      packet.writeUInt16BE(to.port, 22)
      packet.writeUInt16BE(8 + message.length, 24)
      packet.set(message, 28)
      const name = socketAddress({ ...to, port: 0 })
      if (sendto(descriptor, packet, packet.length, 0, name, name.length) < 0) throw new Error(`sendto: ${errno()}`)
    },
    close: () => void closeSocket(descriptor),
  }
}
