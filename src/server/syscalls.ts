// The socket calls Node does not offer, through koffi, on 64-bit Linux. Knows numbers and layouts of the kernel, nothing of DNS.
import { endianness } from 'node:os'
import { getSystemErrorName } from 'node:util'
import koffi from 'koffi'
import { parseAddress } from '../ip/address.ts'
import type { Endpoint } from './model.ts'

// The same on x64 and arm64: <sys/socket.h>, <netinet/in.h>, <linux/in.h>, <linux/in6.h>.
const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
/** <linux/prctl.h> */
const PR_SET_TIMERSLACK = 29
const SO_REUSEADDR = 2
const SO_RCVBUF = 8
const SO_REUSEPORT = 15
const SO_RCVTIMEO = 20
const SO_RCVBUFFORCE = 33
const IPPROTO_IP = 0
const IP_MTU_DISCOVER = 10
const IPPROTO_IPV6 = 41
const IPV6_MTU_DISCOVER = 23
const IPV6_V6ONLY = 26
/** Never set the don't-fragment bit and never believe an ICMP message about path MTUs. */
const IP_PMTUDISC_OMIT = 5
const F_SETFD = 2
const FD_CLOEXEC = 1
const F_DUPFD_CLOEXEC = 1030
/** Connections the kernel keeps until they are accepted. */
const listenBacklog = 511

export const MSG_DONTWAIT = 0x40
export const MSG_WAITFORONE = 0x10000
export const EINTR = 4
export const EAGAIN = 11

/** Bytes of a sockaddr_in6, the longer address. */
export const socketAddressLength = 28

/** Whether layouts and numbers above are those of this machine. */
export function isSupported(): boolean {
  return process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64') && endianness() === 'LE'
}

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)') as (domain: number, type: number, protocol: number) => number
const bind = libc.func('int bind(int, void *, uint32_t)') as (fd: number, address: Uint8Array, length: number) => number
const getsockname = libc.func('int getsockname(int, void *, void *)') as (
  fd: number,
  address: Uint8Array,
  length: Uint32Array,
) => number
const setsockopt = libc.func('int setsockopt(int, int, int, void *, uint32_t)') as (
  fd: number,
  level: number,
  option: number,
  value: Int32Array | BigInt64Array,
  length: number,
) => number
const listen = libc.func('int listen(int, int)') as (fd: number, backlog: number) => number
const fcntl = libc.func('int fcntl(int, int, int)') as (fd: number, command: number, argument: number) => number
/** sendto(2); -1 and errno() on failure. */
export const sendto = libc.func('int64_t sendto(int, void *, uint64_t, int, void *, uint32_t)') as (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
  to: Uint8Array,
  toLength: number,
) => number
export const closeSocket = libc.func('int close(int)') as (fd: number) => number

/** recvmmsg(2) without a timeout of its own; -1 and errno() on failure. */
export const receiveMessages = libc.func('int recvmmsg(int, void *, uint32_t, int, void *)') as (
  fd: number,
  headers: bigint,
  count: number,
  flags: number,
  timeout: null,
) => number

/** sendmmsg(2); how many were sent, -1 and errno() when the first could not be. */
export const sendMessages = libc.func('int sendmmsg(int, void *, uint32_t, int)') as (
  fd: number,
  headers: bigint,
  count: number,
  flags: number,
) => number

const prctl = libc.func('int prctl(int, uint64_t, uint64_t, uint64_t, uint64_t)') as (
  option: number,
  ...values: readonly [number, number, number, number]
) => number

/** usleep(3): keeps the thread from running for this long, or until a signal. */
export const sleepMicros = libc.func('int usleep(uint32_t)') as (micros: number) => number

/** Has the calling thread woken when it asked to be, not up to 50 µs later; where that is refused, it is not. */
export function wakeOnTime(): void {
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
}

/** The last call's errno. */
export function errno(): number {
  return koffi.errno()
}

/** Where a buffer lies. The buffer must not be one of V8's small ones, which move: make it from an ArrayBuffer and keep it. */
export function addressOf(buffer: ArrayBuffer): bigint {
  return BigInt(koffi.address(new Uint8Array(buffer)))
}

export interface UdpSocketOptions {
  /** Several sockets on one address share its queries. */
  readonly share: boolean
  readonly receiveBufferBytes: number
  /** A receive that has nothing for this long returns EAGAIN. */
  readonly receiveTimeoutMs: number
}

/** A system call that failed, with the code Node would give it. */
export class SystemCallError extends Error {
  readonly code: string

  constructor(call: string, number: number) {
    const code = getSystemErrorName(-number)
    super(`${call}: ${code}`)
    this.code = code
  }
}

/** Binds a UDP socket for the batch door and returns its descriptor, which the caller closes. Throws SystemCallError. */
export function openUdpSocket(endpoint: Endpoint, options: UdpSocketOptions): number {
  return openSocket(endpoint, SOCK_DGRAM, (fd, set) => {
    must('SO_REUSEPORT', options.share ? set(SOL_SOCKET, SO_REUSEPORT, 1) : 0)
    must(
      'MTU_DISCOVER',
      isSix(endpoint)
        ? set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_OMIT)
        : set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT),
    )
    // The forced form needs a capability and goes past the system's limit; without it the kernel grants what it allows.
    if (set(SOL_SOCKET, SO_RCVBUFFORCE, options.receiveBufferBytes) < 0) {
      must('SO_RCVBUF', set(SOL_SOCKET, SO_RCVBUF, options.receiveBufferBytes))
    }
    const seconds = BigInt(Math.trunc(options.receiveTimeoutMs / 1000))
    const micros = BigInt((options.receiveTimeoutMs % 1000) * 1000)
    must('SO_RCVTIMEO', setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, BigInt64Array.of(seconds, micros), 16))
  })
}

/**
 * Binds a TCP socket and listens on it; connections wait in the kernel until somebody accepts. Without SO_REUSEPORT, so
 * two processes cannot share an address by mistake. Returns the descriptor, which the caller closes. Throws SystemCallError.
 */
export function openTcpSocket(endpoint: Endpoint): number {
  const fd = openSocket(endpoint, SOCK_STREAM, (_fd, set) => {
    // Connections of a process that ended must not keep the next one from its address.
    must('SO_REUSEADDR', set(SOL_SOCKET, SO_REUSEADDR, 1))
  })
  if (listen(fd, listenBacklog) === 0) return fd
  const error = new SystemCallError('listen', errno())
  closeSocket(fd)
  throw error
}

/** A second descriptor of the same socket, which the caller closes; no child inherits it by accident. */
export function duplicate(fd: number): number {
  const copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)
  must('fcntl', copy)
  return copy
}

/** Keeps an inherited descriptor from being inherited once more by accident. */
export function closeOnExec(fd: number): void {
  must('fcntl', fcntl(fd, F_SETFD, FD_CLOEXEC))
}

/** Sends one datagram to a socket of the file system, or with a leading `@` of the abstract space. Throws SystemCallError. */
export function sendUnixDatagram(path: string, text: string): void {
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  must('socket', fd)
  try {
    const name = Buffer.from(`\0\0${path.replace(/^@/, '\0')}`)
    name.writeUInt16LE(AF_UNIX)
    const bytes = Buffer.from(text)
    must('sendto', sendto(fd, bytes, bytes.length, 0, name, name.length))
  } finally {
    closeSocket(fd)
  }
}

type SetOption = (level: number, option: number, value: number) => number

function openSocket(endpoint: Endpoint, type: number, prepare: (fd: number, set: SetOption) => void): number {
  const name = socketAddress(endpoint)
  const six = isSix(endpoint)
  const fd = socket(six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0)
  if (fd < 0) throw new SystemCallError('socket', errno())
  try {
    const set: SetOption = (level, option, value) => setsockopt(fd, level, option, Int32Array.of(value), 4)
    if (six) must('IPV6_V6ONLY', set(IPPROTO_IPV6, IPV6_V6ONLY, 1))
    prepare(fd, set)
    must('bind', bind(fd, name, name.length))
    return fd
  } catch (error) {
    closeSocket(fd)
    throw error
  }
}

function isSix({ address }: Endpoint): boolean {
  return address.includes(':')
}

/** The socket's own address as a sockaddr_in or sockaddr_in6. */
export function ownAddress(fd: number): Uint8Array {
  const name = new Uint8Array(socketAddressLength)
  const length = Uint32Array.of(name.length)
  must('getsockname', getsockname(fd, name, length))
  return name.subarray(0, length[0])
}

/** sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes). */
function socketAddress({ address, port }: Endpoint): Uint8Array {
  const bytes = parseAddress(address)
  if (bytes === null) throw new Error(`${address} is not an address`)
  const six = bytes.length === 16
  const name = new Uint8Array(six ? socketAddressLength : 16)
  name.set([six ? AF_INET6 : AF_INET, 0, port >> 8, port & 255])
  name.set(bytes, six ? 8 : 4)
  return name
}

function must(call: string, result: number): void {
  if (result < 0) throw new SystemCallError(call, errno())
}
