// How single texts are read: durations, rates, addresses, names. Knows no key and no position.
import { formatAddress, parseAddress } from '../ip/address.ts'
import { parsePrefix } from '../ip/prefix.ts'
import { encodeName } from '../wire/name.ts'
import { shown } from './tree.ts'
import { durationPattern, parseDuration, parseRate, ratePattern, signedDurationPattern } from './units.ts'

export type FormatName =
  | 'address'
  | 'domain'
  | 'duration'
  | 'endpoint'
  | 'host'
  | 'name'
  | 'network'
  | 'owner'
  | 'path'
  | 'prefix'
  | 'probeUrl'
  | 'rate'
  | 'signedDuration'
  | 'tcpTarget'
  | 'ttl'

interface Range {
  readonly least?: string
  readonly most?: string
}

interface Format {
  /** What is wrong with a text: what was found, what is expected; null when nothing is. */
  readonly check: (text: string, range: Range) => string | null
  /** For editors. */
  readonly pattern?: string
  /** A bare number in YAML is taken as its text: `0` for a duration. */
  readonly numeric?: boolean
}

/** The longest TTL (RFC 2181 section 8), about 68 years. */
const longestTtlMs = 2147483647000

export const formats: Readonly<Record<FormatName, Format>> = {
  address: { check: checkAddress },
  domain: { check: checkDomain },
  duration: { check: checkDuration, pattern: durationPattern, numeric: true },
  endpoint: {
    check: (text) =>
      parseEndpoint(text) === null
        ? `${shown(text)} is no listening address, expected 192.0.2.1:53 or "[2001:db8::1]:53"`
        : null,
  },
  host: { check: checkHost },
  name: { check: checkName, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
  network: { check: checkNetwork },
  owner: { check: checkOwner },
  path: { check: checkPath, pattern: '^/[!-~]*$' },
  prefix: { check: checkPrefix },
  probeUrl: { check: checkProbeUrl, pattern: String.raw`^https?://.*\{address\}` },
  rate: { check: checkRate, pattern: ratePattern, numeric: true },
  signedDuration: { check: checkSignedDuration, pattern: signedDurationPattern, numeric: true },
  tcpTarget: { check: checkTcpTarget, pattern: '^tcp://' },
  ttl: { check: checkTtl, pattern: durationPattern, numeric: true },
}

/** Canonical address and port of `192.0.2.1:53` or `[2001:db8::1]:53`; null when the text is neither. */
export function parseEndpoint(text: string): { address: string; port: number } | null {
  const [, v6, v4, digits] = /^(?:\[([^\]]+)\]|([^:]+)):([1-9]\d{0,4})$/.exec(text) ?? []
  const bytes = parseAddress(v6 ?? v4 ?? '')
  const port = Number(digits)
  if (bytes === null || (v6 === undefined) !== (bytes.length === 4) || port > 65535) return null
  return { address: formatAddress(bytes), port }
}

function checkTcpTarget(text: string): string | null {
  if (text.startsWith('tcp://') && parseEndpoint(text.slice('tcp://'.length)) !== null) return null
  return `${shown(text)} is nothing to connect to, expected tcp://192.0.2.1:443 or "tcp://[2001:db8::1]:443"`
}

function checkAddress(text: string): string | null {
  const bytes = parseAddress(text)
  if (bytes === null) return `${shown(text)} is no IP address, expected one such as 192.0.2.1 or "2001:db8::1"`
  const reason = unusable(bytes)
  return reason === null ? null : `${text} is ${reason}, expected the address of one machine`
}

function unusable(bytes: Uint8Array): string | null {
  if (bytes.every((octet) => octet === 0)) return 'the unspecified address'
  if (bytes.length === 4) return bytes[0] >= 240 ? 'reserved' : bytes[0] >= 224 ? 'a multicast address' : null
  if (bytes[0] === 0xff) return 'a multicast address'
  return formatAddress(bytes).startsWith('::ffff:') ? 'an IPv4 address inside an IPv6 one' : null
}

function checkDuration(text: string, range: Range): string | null {
  if (/^-\d/.test(text) && (parseDuration(text) !== null || Number(text) < 0))
    return `${text} is negative, expected 0 or more`
  return checkSignedDuration(text, range)
}

function checkSignedDuration(text: string, { least, most }: Range): string | null {
  const value = parseDuration(text)
  if (value === null) return whyNoDuration(text)
  if (least !== undefined && value < (parseDuration(least) ?? 0))
    return `${text} is too short, expected at least ${least}`
  if (most !== undefined && Math.abs(value) > (parseDuration(most) ?? 0))
    return `${text} is too long, expected at most ${most}`
  return null
}

function whyNoDuration(text: string): string {
  if (/^-?\d+(\.\d+)?$/.test(text)) return `${text} has no unit, expected a duration: write ${text}s or ${text}ms`
  return `${shown(text)} is no duration, expected a number with ms, s, m, h or d, such as 20s or 150ms`
}

function checkTtl(text: string, range: Range): string | null {
  const problem = checkDuration(text, range)
  const value = parseDuration(text) ?? 0
  if (problem !== null) return problem
  if (value % 1000 !== 0) return `${text} is no whole number of seconds, expected one: DNS counts TTLs in seconds`
  return value > longestTtlMs ? `${text} is too long, expected at most 2147483647s (RFC 2181 section 8)` : null
}

function checkRate(text: string): string | null {
  if (parseRate(text) !== null) return null
  if (/^\d+(\.\d+)?$/.test(text)) return `${text} has no unit, expected a rate: write ${text}Gbps or ${text}Mbps`
  const [, number, unit] = /^(\d+(?:\.\d+)?) *([kmgt])(?:bps|b|bit\/s)?$/i.exec(text) ?? []
  const meant =
    unit === undefined ? '' : `; did you mean ${number}${unit === 'k' || unit === 'K' ? 'k' : unit.toUpperCase()}bps?`
  return `${shown(text)} is no rate, expected a number with kbps, Mbps, Gbps or Tbps, such as 40Gbps${meant}`
}

function checkNetwork(text: string): string | null {
  const prefix = parsePrefix(text)
  return 'error' in prefix ? prefix.error : null
}

function checkPrefix(text: string): string | null {
  const prefix = parsePrefix(text)
  if ('error' in prefix) return prefix.error
  if (prefix.family === 4 || prefix.length <= 64) return null
  return `${text} is deeper than /64, expected /64 or shorter: below it addresses belong to one host and often change`
}

function checkName(text: string): string | null {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return null
  return `${shown(text)} is no name, expected at most 63 letters, digits and . _ - beginning with a letter or digit`
}

function checkDomain(text: string): string | null {
  if (text.includes('@')) return `${shown(text)} has an @, expected a dot in its place: ${text.replaceAll('@', '.')}`
  if (parseAddress(text.replace(/\.$/, '')) !== null)
    return `${shown(text)} is an IP address, expected a domain name: the one that has this address`
  if (encodeName(text) !== null && text !== '.' && !text.startsWith('*') && !strayMark.test(text)) return null
  return `${shown(text)} is no domain name, expected one such as live.example.net`
}

/** Letters that DNS would carry and nobody means: what is left of YAML. */
const strayMark = /[\s:,;"'()[\]{}]/

/** Owners may begin with a wildcard; a star anywhere else is an ordinary letter that nobody means. */
function checkOwner(text: string): string | null {
  if (text === '@') return null
  if (encodeName(text) === null || text === '.' || strayMark.test(text))
    return `${shown(text)} is no name, expected one such as play or "*.play"`
  const rest = text.startsWith('*.') ? text.slice(2) : text === '*' ? '' : text
  return rest.includes('*')
    ? `${shown(text)} has a * that is not the whole leftmost label, expected a form such as "*.play"`
    : null
}

function checkPath(text: string): string | null {
  if (/^\/[!-~]*$/.test(text)) return null
  return `${shown(text)} is no path, expected one such as /health, without blanks`
}

function checkHost(text: string): string | null {
  const name = /^[^:]+(?::\d{1,5})?$/.test(text) && encodeName(text.replace(/:\d+$/, '')) !== null
  return name ? null : `${shown(text)} is no host, expected a name such as play.example.net`
}

function checkProbeUrl(text: string): string | null {
  const host = /^https?:\/\/([^/?#]*)/.exec(text)?.[1]
  if (host === undefined) return `${shown(text)} is no URL, expected one such as http://{address}:8080/health`
  const url = URL.parse(text.replaceAll('{address}', '192.0.2.1'))
  if (url === null) return `${shown(text)} is no URL, expected one such as http://{address}:8080/health`
  if (url.username !== '' || url.password !== '') return 'a URL with a password in it, expected none'
  if (!/^\{address\}(:\d+)?$/.test(host))
    return `${shown(text)} asks ${shown(host)}, expected {address} there: each node is asked at its own`
  return null
}
