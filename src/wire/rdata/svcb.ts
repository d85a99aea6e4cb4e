// The parameters of SVCB and HTTPS records (RFC 9460 sections 2.1, 2.2, 7 and 8; RFC 9461, RFC 9540). Knows no priority, no target and no zone.
import { isUtf8 } from 'node:buffer'
import { formatAddress, parseAddress } from '../../ip/address.ts'
import { getU16 } from '../header.ts'
import { quote, failed, unescapeToken, wholeNumber, type Result } from './presentation.ts'

const Key = {
  mandatory: 0,
  alpn: 1,
  noDefaultAlpn: 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
  dohpath: 7,
  ohttp: 8,
} as const

const keyNames: ReadonlyMap<number, string> = new Map([
  [Key.mandatory, 'mandatory'],
  [Key.alpn, 'alpn'],
  [Key.noDefaultAlpn, 'no-default-alpn'],
  [Key.port, 'port'],
  [Key.ipv4hint, 'ipv4hint'],
  [Key.ech, 'ech'],
  [Key.ipv6hint, 'ipv6hint'],
  [Key.dohpath, 'dohpath'],
  [Key.ohttp, 'ohttp'],
])
/** Reserved, so that it has no text (RFC 9460 section 14.3.2). */
const invalidKey = 65535

const slash = 0x2f

const keyNumbers: ReadonlyMap<string, number> = new Map([...keyNames].map(([key, name]) => [name, key]))

interface ValueCodec {
  /** From the octets of the value's text; none when there is no `=`. */
  parse(value: Uint8Array): Result<Uint8Array>
  /** null when the octets are no such value. */
  format(octets: Uint8Array): string | null
}

/** The octets of `key=value` tokens in any order, sorted by key as the wire wants them. */
export function encodeParams(tokens: readonly string[]): Result<Uint8Array> {
  const params = new Map<number, Uint8Array>()
  for (const [index, token] of tokens.entries()) {
    const param = parseParam(token, params)
    if (failed(param)) return { ...param, token: index }
    params.set(param.key, param.octets)
  }
  const sorted = [...params].toSorted(([a], [b]) => a - b)
  const problem = contradiction(params)
  if (problem !== null) return { error: problem.error, token: [...params.keys()].indexOf(problem.key) }
  return Buffer.concat(sorted.flatMap(([key, octets]) => [u16(key), u16(octets.length), octets]))
}

function parseParam(
  token: string,
  others: ReadonlyMap<number, Uint8Array>,
): Result<{ readonly key: number; readonly octets: Uint8Array }> {
  const equals = token.indexOf('=')
  const name = equals < 0 ? token : token.slice(0, equals)
  const key = keyNumber(name)
  if (key === null)
    return { error: `unknown parameter "${name}", expected one of ${[...keyNumbers.keys()].join(', ')}, keyNNN` }
  if (others.has(key)) return { error: `${name} twice` }
  const text = unescapeToken(equals < 0 ? '' : token.slice(equals + 1))
  if (failed(text)) return text
  const octets = keyNumbers.has(name) ? codecOf(key).parse(text) : checkOctets(key, text)
  return failed(octets) ? { error: `${name} is ${octets.error}` } : { key, octets }
}

/** The text of the parameters from `at` to the record's end, each with a blank before it; null when they are malformed. */
export function formatParams(rdata: Uint8Array, at: number): string | null {
  const params = new Map<number, Uint8Array>()
  let text = ''
  let last = -1
  while (at < rdata.length) {
    if (at + 4 > rdata.length) return null
    const key = getU16(rdata, at)
    const end = at + 4 + getU16(rdata, at + 2)
    if (key <= last || key === invalidKey || end > rdata.length) return null
    const octets = rdata.subarray(at + 4, end)
    const formatted = codecOf(key).format(octets)
    if (formatted === null) return null
    text += ` ${keyName(key)}${formatted === '' ? '' : `=${formatted}`}`
    params.set(key, octets)
    last = key
    at = end
  }
  return contradiction(params) === null ? text : null
}

/** What makes a set of parameters useless to every client and by which of them, or null. */
function contradiction(
  params: ReadonlyMap<number, Uint8Array>,
): { readonly error: string; readonly key: number } | null {
  if (params.has(Key.noDefaultAlpn) && !params.has(Key.alpn))
    return { error: 'no-default-alpn without alpn', key: Key.noDefaultAlpn }
  const mandatory = params.get(Key.mandatory) ?? new Uint8Array()
  for (let i = 0; i < mandatory.length; i += 2) {
    const key = getU16(mandatory, i)
    if (!params.has(key)) return { error: `mandatory names ${keyName(key)}, which is not there`, key: Key.mandatory }
  }
  return null
}

function keyNumber(name: string): number | null {
  const known = keyNumbers.get(name)
  if (known !== undefined) return known
  const digits = /^key(0|[1-9]\d{0,4})$/.exec(name)?.[1]
  return digits === undefined ? null : wholeNumber(digits, invalidKey - 1)
}

/** A value given as `keyNNN=octets` must be well-formed where the key is a known one. */
function checkOctets(key: number, octets: Uint8Array): Result<Uint8Array> {
  if (codecOf(key).format(octets) !== null) return octets
  return { error: `${quote(octets)}, expected the octets of ${keyName(key)}` }
}

function keyName(key: number): string {
  return keyNames.get(key) ?? `key${key}`
}

function codecOf(key: number): ValueCodec {
  return codecs.get(key) ?? opaque
}

const opaque: ValueCodec = {
  parse: (value) => value,
  format: (octets) => (octets.length === 0 ? '' : quote(octets)),
}

const noValue: ValueCodec = {
  parse: (value) => (value.length === 0 ? value : { error: `"${ascii(value)}", expected no value` }),
  format: (octets) => (octets.length === 0 ? '' : null),
}

const codecs: ReadonlyMap<number, ValueCodec> = new Map<number, ValueCodec>([
  [Key.mandatory, { parse: parseMandatory, format: formatMandatory }],
  [Key.alpn, { parse: parseAlpn, format: formatAlpn }],
  [Key.noDefaultAlpn, noValue],
  [Key.port, { parse: parsePort, format: (octets) => (octets.length === 2 ? String(getU16(octets, 0)) : null) }],
  [Key.ipv4hint, addresses(4, 'IPv4')],
  [
    Key.ech,
    { parse: parseEch, format: (octets) => (octets.length > 0 ? Buffer.from(octets).toString('base64') : null) },
  ],
  [Key.ipv6hint, addresses(16, 'IPv6')],
  [Key.dohpath, { parse: parseDohPath, format: (octets) => (isDohPath(octets) ? quote(octets) : null) }],
  [Key.ohttp, noValue],
])

function parseMandatory(value: Uint8Array): Result<Uint8Array> {
  const keys = ascii(value)
    .split(',')
    .map((name) => ({ name, key: keyNumber(name) }))
    .toSorted((a, b) => (a.key ?? -1) - (b.key ?? -1))
  const octets: number[] = []
  let last: number = Key.mandatory
  for (const { name, key } of keys) {
    if (key === null || key <= last)
      return { error: `"${ascii(value)}", expected other keys, each once; not "${name}"` }
    octets.push(key >> 8, key & 255)
    last = key
  }
  return Uint8Array.from(octets)
}

function formatMandatory(octets: Uint8Array): string | null {
  if (octets.length === 0 || octets.length % 2 !== 0) return null
  const keys = Array.from({ length: octets.length / 2 }, (_, i) => getU16(octets, i * 2))
  return keys.every((key, i) => key > (keys[i - 1] ?? Key.mandatory)) ? keys.map(keyName).join(',') : null
}

/** A list whose items may hold `\,` and `\\` (RFC 9460 appendix A.1), besides the escapes of the token around it. */
function parseAlpn(value: Uint8Array): Result<Uint8Array> {
  const text = Buffer.from(value).toString('latin1')
  const ids = [...text.matchAll(/(?:^|,)((?:[^,\\]|\\[,\\])*)/gy)]
  const problem = { error: `"${text}", expected protocol names of 1 to 255 octets with commas between` }
  if (ids.reduce((length, [match]) => length + match.length, 0) !== text.length) return problem
  const octets = ids.map(([, id]) => Buffer.from(id.replace(/\\(.)/gs, '$1'), 'latin1'))
  if (octets.some((id) => id.length === 0 || id.length > 255)) return problem
  return Buffer.concat(octets.flatMap((id) => [Uint8Array.of(id.length), id]))
}

function formatAlpn(octets: Uint8Array): string | null {
  const ids: string[] = []
  for (let at = 0; at < octets.length; at += 1 + octets[at]) {
    const end = at + 1 + octets[at]
    if (octets[at] === 0 || end > octets.length) return null
    ids.push(
      Buffer.from(octets.subarray(at + 1, end))
        .toString('latin1')
        .replace(/[,\\]/g, '\\$&'),
    )
  }
  return ids.length === 0 ? null : quote(Buffer.from(ids.join(','), 'latin1'))
}

function parsePort(value: Uint8Array): Result<Uint8Array> {
  const port = wholeNumber(ascii(value), 65535)
  return port === null ? { error: `"${ascii(value)}", expected a whole number from 0 to 65535` } : u16(port)
}

function parseEch(value: Uint8Array): Result<Uint8Array> {
  const octets = Buffer.from(ascii(value), 'base64')
  return octets.length > 0 && octets.toString('base64') === ascii(value) ? octets : { error: 'not base64' }
}

function parseDohPath(value: Uint8Array): Result<Uint8Array> {
  if (isDohPath(value)) return value
  return { error: `${quote(value)}, expected a path in UTF-8 with the variable dns, such as "/dns-query{?dns}"` }
}

/** Whether octets are the relative URI template of a path that has the variable `dns` (RFC 9461 section 5, RFC 6570). */
function isDohPath(octets: Uint8Array): boolean {
  const variable = /\{[+#./;?&]?(?:[^{}]*,)?dns(?:\*|:\d+)?(?:,[^{}]*)?\}/
  return isUtf8(octets) && octets[0] === slash && variable.test(ascii(octets))
}

function addresses(length: 4 | 16, family: string): ValueCodec {
  return {
    parse(value) {
      const parsed = ascii(value).split(',').map(parseAddress)
      const fitting = parsed.filter((bytes) => bytes !== null).filter((bytes) => bytes.length === length)
      if (fitting.length < parsed.length)
        return { error: `"${ascii(value)}", expected ${family} addresses with commas between` }
      return Buffer.concat(fitting)
    },
    format(octets) {
      if (octets.length === 0 || octets.length % length !== 0) return null
      const count = octets.length / length
      return Array.from({ length: count }, (_, i) => formatAddress(octets.subarray(i * length, (i + 1) * length))).join(
        ',',
      )
    },
  }
}

function ascii(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1')
}

function u16(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 255)
}
