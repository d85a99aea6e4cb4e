// Stands in for systemd: a datagram socket that hears what sd_notify(3) is told. Knows no service.
import { rmSync } from 'node:fs'
import koffi from 'koffi'
import { closeSocket, errno } from '../../src/server/syscalls.ts'

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)') as (domain: number, type: number, protocol: number) => number
const bind = libc.func('int bind(int, void *, uint32_t)') as (fd: number, name: Uint8Array, length: number) => number
const recv = libc.func('int64_t recv(int, void *, uint64_t, int)') as (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
) => number

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const MSG_DONTWAIT = 0x40

export class NotifySocket {
  /** What NOTIFY_SOCKET is to be. */
  readonly path: string
  readonly #socket: number
  readonly #heard: string[] = []

  /** @param path of a file that is not there, or with a leading `@` a name */
  constructor(path: string) {
    this.path = path
    this.#socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    const name = Buffer.from(`\0\0${path.replace(/^@/, '\0')}`)
    name.writeUInt16LE(AF_UNIX)
    if (bind(this.#socket, name, name.length) < 0) throw new Error(`bind ${path}: errno ${errno()}`)
  }

  /** Every message so far. */
  heard(): readonly string[] {
    const bytes = Buffer.alloc(4096)
    for (;;) {
      const length = recv(this.#socket, bytes, bytes.length, MSG_DONTWAIT)
      if (length < 0) return this.#heard
      this.#heard.push(bytes.toString('utf8', 0, Number(length)))
    }
  }

  close(): void {
    closeSocket(this.#socket)
    if (!this.path.startsWith('@')) rmSync(this.path, { force: true })
  }
}
