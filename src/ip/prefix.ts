// IP prefixes between text and octets, and which contains which. Knows no table and no DNS.
import IPCIDR from 'ip-cidr'
import { formatAddress, parseAddress } from './address.ts'

/** A network: the first `length` bits of `bytes`, all others zero. */
export interface Prefix {
  readonly family: 4 | 6
  /** 4 or 16 octets, as the family says. */
  readonly bytes: Uint8Array
  /** 0 to 32 or 128. */
  readonly length: number
}

/** Why a text is no prefix; `canonical` is what was probably meant. */
export interface PrefixProblem {
  readonly error: string
  readonly canonical?: string
}

/** Reads `address/length`. Host bits must be zero. */
export function parsePrefix(text: string): Prefix | PrefixProblem {
  const slash = text.lastIndexOf('/')
  if (slash < 0) return withoutLength(text)
  const address = parseAddress(text.slice(0, slash))
  if (address === null) return { error: `"${text.slice(0, slash)}" is not an IP address` }
  const digits = text.slice(slash + 1)
  const most = address.length * 8
  const length = /^(0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : NaN
  if (!(length <= most)) return { error: `prefix length "${digits}", expected 0 to ${most}` }
  const prefix = prefixOf(address, length)
  if (prefix.bytes.every((octet, i) => octet === address[i])) return prefix
  const canonical = formatPrefix(prefix)
  return { error: `"${text}" has bits set after the first ${length}, expected ${canonical}`, canonical }
}

/** The network of `length` bits that an address of 4 or 16 octets lies in. */
export function prefixOf(address: Uint8Array, length: number): Prefix {
  // Groups written out, as ip-cidr does not read the dotted form of mapped addresses.
  const groups = Array.from({ length: 8 }, (_, i) => ((address[i * 2] << 8) | address[i * 2 + 1]).toString(16))
  const text = address.length === 4 ? formatAddress(address) : groups.join(':')
  const first = parseAddress(String(new IPCIDR(`${text}/${length}`).start()))
  if (first === null) throw new Error(`no network of ${length} bits holds ${formatAddress(address)}`)
  return { family: address.length === 4 ? 4 : 6, bytes: first, length }
}

/** The canonical text of a prefix. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.bytes)}/${prefix.length}`
}

/** Whether every address of `inner` is one of `outer`; a prefix contains itself, and nothing of the other family. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false
  const whole = outer.length >> 3
  for (let i = 0; i < whole; i++) if (outer.bytes[i] !== inner.bytes[i]) return false
  const mask = 0xff00 >> (outer.length & 7)
  return ((outer.bytes[whole] ^ inner.bytes[whole]) & mask & 0xff) === 0
}

function withoutLength(text: string): PrefixProblem {
  const address = parseAddress(text)
  if (address === null) return { error: `"${text}" is not a prefix, expected address/length` }
  const canonical = `${formatAddress(address)}/${address.length * 8}`
  return { error: `"${text}" has no prefix length, expected ${canonical} or a shorter one`, canonical }
}
