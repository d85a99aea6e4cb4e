// Who asked: the resolver's address as numbers, written over for each packet. Knows no sockets and no geography.
import { parseAddress } from '../ip/address.ts'

/** One a thread, reused. */
export class Client {
  /** 4 or 6. IPv4 carried in IPv6 by a dual-stack socket (::ffff:a.b.c.d) counts as IPv4. */
  family = 4
  port = 0
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
    for (let i = 0; i < bytes.length; i += 4) {
      this.words[i >> 2] = ((bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3]) >>> 0
    }
    this.family = bytes.length === 4 ? 4 : 6
    if (this.family === 6 && this.words[0] === 0 && this.words[1] === 0 && this.words[2] === 0xffff) {
      this.family = 4
      this.words[0] = this.words[3]
    }
  }
}
