// Who asked: the resolver's address as numbers, written over for each packet. Knows no sockets and no geography.
import { parseAddress } from '../ip/address.ts'
import { getU32 } from '../wire/header.ts'

const afInet = 2

/** One a thread, reused. */
export class Client {
  /** 4 or 6. IPv4 carried in IPv6 by a dual-stack socket (::ffff:a.b.c.d) counts as IPv4. */
  family = 4
  port = 0
  /** Of a link-local IPv6 address: the interface it is on, by number; else 0. */
  scopeId = 0
  /** IPv4: the address in the first word. IPv6: all four. Unsigned. */
  readonly words: Uint32Array = new Uint32Array(4)

  /** Takes an address as the sockets of Node spell it; false when it is none. A zone id is left off. */
  setFromText(text: string, port: number): boolean {
    const percent = text.indexOf('%')
    const bytes = parseAddress(percent < 0 ? text : text.slice(0, percent))
    if (bytes === null) return false
    this.setFromBytes(bytes, port)
    return true
  }

  /** Takes an address of 4 or 16 bytes. */
  setFromBytes(bytes: Uint8Array, port: number): void {
    this.port = port
    this.scopeId = 0
    for (let i = 0; i < bytes.length; i += 4) this.words[i >> 2] = getU32(bytes, i)
    this.family = bytes.length === 4 ? 4 : 6
    if (this.family === 6) this.#unmap()
  }

  /** Takes a sockaddr_in or sockaddr_in6 of Linux at `at`. */
  setFromSocketAddress(bytes: Uint8Array, at: number): void {
    this.port = (bytes[at + 2] << 8) | bytes[at + 3]
    const { words } = this
    if (bytes[at] === afInet) {
      this.family = 4
      this.scopeId = 0
      words[0] = getU32(bytes, at + 4)
      return
    }
    this.family = 6
    // In the machine's own order, unlike the rest.
    this.scopeId = bytes[at + 24] | (bytes[at + 25] << 8) | (bytes[at + 26] << 16) | (bytes[at + 27] << 24)
    for (let i = 0; i < 4; i++) words[i] = getU32(bytes, at + 8 + i * 4)
    this.#unmap()
  }

  #unmap(): void {
    const { words } = this
    if (words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return
    this.family = 4
    words[0] = words[3]
  }
}
