// HTTP/3 as far as one GET goes (RFC 9114, RFC 9204 without its dynamic table): writes the request, finds the status of the answer.
// Bytes in, bytes out; knows no QUIC.
import { ProbeError } from './failure.ts'

/** What a client opens its control stream with: the stream's type and empty SETTINGS, by which no dynamic table is allowed. */
export const controlStream = Uint8Array.of(0x00, 0x04, 0x00)

const headersFrame = 0x01
const headerBytes = 16 * 1024
const interimReplies = 8

/** The static table's lines that we send: one whole, one by name. */
const line = { methodGet: 0xc0 | 17, schemeHttps: 0xc0 | 23 } as const
const named = { authority: 0, path: 1 } as const

/** Static table indexes of `:status` (RFC 9204 appendix A). */
const statusLines = new Map([
  [24, 103],
  [25, 200],
  [26, 304],
  [27, 404],
  [28, 503],
  [63, 100],
  [64, 204],
  [65, 206],
  [66, 302],
  [67, 400],
  [68, 403],
  [69, 421],
  [70, 425],
  [71, 500],
])

/** The request stream of a GET. */
export function getRequest(authority: string, path: string): Buffer {
  const fields = Buffer.concat([
    Buffer.of(0, 0, line.methodGet, line.schemeHttps),
    literal(named.authority, authority),
    literal(named.path, path),
  ])
  return Buffer.concat([Buffer.of(headersFrame), varint(fields.length), fields])
}

/** Takes the answer's stream as it comes. */
export class StatusFinder {
  #bytes: Buffer = Buffer.alloc(0)
  #interim = 0

  /**
   * The status once it is known, null before.
   * @throws ProbeError protocol to what is no HTTP/3, or goes beyond a limit
   */
  push(bytes: Uint8Array): number | null {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    for (;;) {
      const type = readVarint(this.#bytes, 0)
      const length = type && readVarint(this.#bytes, type.end)
      if (!type || !length) return null
      if (length.value > headerBytes)
        throw new ProbeError('protocol', `a frame of ${length.value} bytes before any status`)
      if (this.#bytes.length < length.end + length.value) return null
      const body = this.#bytes.subarray(length.end, length.end + length.value)
      this.#bytes = this.#bytes.subarray(length.end + length.value)
      // Frames of types nobody knows are to be passed over (RFC 9114 section 9).
      const status = type.value === headersFrame ? statusOf(body) : null
      if (status !== null && status >= 200) return status
      this.#interim += 1
      if (this.#interim > interimReplies)
        throw new ProbeError('protocol', `more than ${interimReplies} frames before the status`)
    }
  }
}

/** `:status` is the first line of a field section, being its only pseudo-header. */
function statusOf(fields: Buffer): number {
  // Behind the prefix: no dynamic table, so both its numbers are 0.
  const first = fields[2] ?? 0
  if (fields[0] !== 0 || first === 0) throw new ProbeError('protocol', 'header fields that refer to nothing')
  let status: number | undefined
  if ((first & 0xc0) === 0xc0) status = statusLines.get(readPrefixed(fields, 2, 6).value)
  else if ((first & 0xd0) === 0x50) {
    const name = readPrefixed(fields, 2, 4)
    const length = readPrefixed(fields, name.end, 7)
    const text = fields.subarray(length.end, length.end + length.value)
    const huffman = ((fields[name.end] ?? 0) & 0x80) !== 0
    if (statusLines.has(name.value)) status = Number(huffman ? digits(text) : text.toString('latin1'))
  }
  if (status === undefined || !(status >= 100 && status < 1000))
    throw new ProbeError('protocol', 'header fields that do not begin with a status')
  return status
}

/** Digits in the Huffman code of RFC 7541 appendix B: 0 to 2 have five bits, 3 to 9 six; ones fill the last byte. */
function digits(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  let text = ''
  for (let at = 0; text.length < 3;) {
    const five = Number.parseInt(bits.slice(at, at + 5), 2)
    const six = Number.parseInt(bits.slice(at, at + 6), 2)
    if (five <= 2) text += five
    else if (six >= 0x19 && six <= 0x1f) text += six - 0x16
    else return ''
    at += five <= 2 ? 5 : 6
  }
  return text
}

/** A line with a name of the static table and a value as it is. */
function literal(name: number, value: string): Buffer {
  const text = Buffer.from(value, 'latin1')
  const length = text.length < 127 ? Buffer.of(text.length) : Buffer.concat([Buffer.of(127), leb(text.length - 127)])
  return Buffer.concat([Buffer.of(0x50 | name), length, text])
}

/** A number behind a prefix of some bits (RFC 7541 section 5.1), of at most four bytes. */
function readPrefixed(bytes: Buffer, at: number, bits: number): { value: number; end: number } {
  const most = 2 ** bits - 1
  let value = (bytes[at] ?? 0) & most
  if (value < most) return { value, end: at + 1 }
  for (let more = 0; more < 3; more += 1) {
    const byte = bytes[at + 1 + more] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * more)
    if (byte < 0x80) return { value, end: at + 2 + more }
  }
  throw new ProbeError('protocol', 'header fields longer than any')
}

function leb(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push((left % 128) + (left >= 128 ? 128 : 0))
    if (left < 128) return Buffer.from(bytes)
  }
}

/** A number of QUIC (RFC 9000 section 16), of which the first two bits tell how long it is; null while it is not all there. */
function readVarint(bytes: Buffer, at: number): { value: number; end: number } | null {
  if (bytes.length <= at) return null
  const length = 2 ** (bytes[at] >> 6)
  if (bytes.length < at + length) return null
  let value = bytes[at] & 0x3f
  for (let next = at + 1; next < at + length; next += 1) value = value * 256 + bytes[next]
  return { value, end: at + length }
}

function varint(value: number): Buffer {
  return value < 64 ? Buffer.of(value) : Buffer.of(0x40 | (value >> 8), value & 255)
}
