// Fuzzes what operators write: YAML, CSV of overrides, prefixes, records. Whatever it is, it is taken or refused with its place.
import { parseOverridesCsv } from '../../src/config/csv.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Report, type Problem } from '../../src/config/problem.ts'
import { formatPrefix, parsePrefix } from '../../src/ip/prefix.ts'
import { encodeName } from '../../src/wire/name.ts'
import { encodeRdata, formatRdata } from '../../src/wire/rdata.ts'
import { good } from '../unit/config/load-files.ts'
import { damage, damageText, onceIn, pickOf, tellingOctet } from './random-bytes.ts'
import { scratchFile } from './scratch-file.ts'
import type { Target } from './target.ts'

const yamlWords = [
  '', '~', 'null', 'true', 'no', '0', '-1', '1e309', '.nan', '0x1f', '""', "''", '{}', '[]', '[[[[', '}', ']', '? ', ': ', '- ',
  '&a', '*a', '<<: *a', '!!binary', '!x', '|', '>', '---', '...', '%YAML 1.1', '#', '\t', '\u0000', '\ufeff', '\ud800', 'ü',
  'include: nearcast.yaml', 'include: "*"', 'include: /etc/passwd', '5m', '99999999999d', '10Gbps', '192.0.2.1', '2001:db8::1',
  '::ffff:192.0.2.1', '198.51.100.0/24', 'hkg-1', 'play', 'live.example.net', '*.play', '__proto__', 'constructor', 'toString',
] // prettier-ignore

export function yamlTarget(): Target {
  const file = scratchFile('nearcast.yaml')
  return {
    make: (random) => {
      const text = Buffer.from(damageText(good, random, 1 + random.below(5), yamlWords))
      if (!onceIn(random, 4)) return text
      const bytes = Buffer.concat([text, Buffer.alloc(64)])
      return bytes.subarray(0, damage(bytes, text.length, random, 1 + random.below(3)))
    },
    check: async (input) => {
      file.write(input)
      const { config, problems, warnings } = await loadConfig(file.path)
      if ((config === null) !== problems.length > 0)
        return `verdict: ${problems.length} problems, and ${config === null ? 'no' : 'a'} configuration`
      return [...problems, ...warnings].map(placeless).find((one) => one !== null) ?? null
    },
    close: () => file.remove(),
  }
}

function placeless({ file, line, column, message }: Problem): string | null {
  return line >= 1 && column >= 1 && file !== '' && message !== '' ? null : `place: ${line}:${column}: ${message}`
}

const csv = `prefix,country,carrier,reason
198.51.100.0/24,HK,hkt,"moved, see ticket 7"
# a comment
2001:db8:1::/48,DE,,
203.0.113.0/25,,small,"said ""so"""
`
const csvWords = ['', ',', '"', '""', '\r\n', '\n\n', '#', ' ', 'prefix', '\0', 'HK', '198.51.100.0/24', '"""', ',,,,']

export function csvTarget(): Target {
  return {
    make: (random) => Buffer.from(damageText(csv, random, 1 + random.below(5), csvWords)),
    check: (input) => {
      const content = new TextDecoder().decode(input)
      const lineStarts = [0, ...[...content.matchAll(/\n/g)].map(({ index }) => index + 1)]
      const report = new Report('/', '/')
      const tree = parseOverridesCsv({ file: '/overrides.csv', content, bytes: input, lineStarts }, report)
      if (tree === null && report.problems.length === 0) return 'verdict: refused without a problem'
      return report.problems.map(placeless).find((one) => one !== null) ?? null
    },
  }
}

const prefixes = [
  '198.51.100.0/24',
  '2001:db8::/32',
  '::ffff:192.0.2.0/120',
  '0.0.0.0/0',
  '::/0',
  '192.0.2.1/32',
  'fe80::1%1/64',
]
const prefixWords = [
  '',
  '/',
  ':',
  '::',
  '.',
  '0',
  '255',
  '256',
  '00',
  'ffff',
  '/33',
  '/129',
  '/-1',
  '/1e1',
  ' ',
  '%eth0',
  '\0',
  '٣',
]

export function prefixTarget(): Target {
  return {
    make: (random) => Buffer.from(damageText(pickOf(random, prefixes), random, 1 + random.below(4), prefixWords)),
    check: (input) => {
      const prefix = parsePrefix(Buffer.from(input).toString('utf8'))
      if ('error' in prefix) return prefix.error === '' ? 'verdict: refused without a word' : null
      const again = parsePrefix(formatPrefix(prefix))
      if ('error' in again) return `round trip: ${formatPrefix(prefix)} is refused: ${again.error}`
      const same = again.length === prefix.length && Buffer.compare(again.bytes, prefix.bytes) === 0
      return same ? null : `round trip: ${formatPrefix(prefix)} became ${formatPrefix(again)}`
    },
  }
}

const records: readonly (readonly [number, string])[] = [
  [1, '192.0.2.1'],
  [28, '2001:db8::1'],
  [2, 'ns1.live.example.net.'],
  [5, 'show1.play'],
  [6, 'ns1 hostmaster.example.net. 7 2h 30m 14d 5'],
  [15, '10 mx.example.org.'],
  [16, '"live streams" "a \\"quoted\\" \\065 one"'],
  [33, '1 2 5060 sip.example.org.'],
  [35, '100 10 "u" "E2U+sip" "!^.*$!sip:a@example.net!" .'],
  [43, '12345 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'],
  [44, '4 2 0011223344'],
  [52, '3 1 1 00112233'],
  [65, '1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 key65000=x'],
  [257, '0 issue "ca.example.net"'],
  [65_280, '\\# 4 c0000201'],
]
const recordWords = [
  '',
  '"',
  '\\',
  '\\000',
  '\\256',
  '.',
  '..',
  '@',
  '*',
  '(',
  ')',
  ';',
  '0',
  '65536',
  '-1',
  '\\# 0',
  '\\# 2 00',
  'key1=',
  'mandatory=port',
  '=',
  ',',
]
const origin = encodeName('live.example.net') ?? undefined

/** An input is the type, one octet that is odd for data in wire form, then text or data. */
export function rdataTarget(): Target {
  return {
    make: (random) => {
      const [type, text] = pickOf(random, records)
      const head = Buffer.of(type >>> 8, type & 255, random.below(2))
      if (head[2] === 0)
        return Buffer.concat([head, Buffer.from(damageText(text, random, 1 + random.below(4), recordWords))])
      const encoded = encodeRdata(type, text, origin)
      const data = Buffer.alloc(300)
      const length = 'rdata' in encoded ? encoded.rdata.length : 0
      if ('rdata' in encoded) data.set(encoded.rdata)
      if (onceIn(random, 8)) for (let i = 0; i < length; i++) data[i] = tellingOctet(random)
      return Buffer.concat([head, data.subarray(0, damage(data, length, random, random.below(5)))])
    },
    check: (input) => {
      if (input.length < 3) return null
      const type = (input[0] << 8) | input[1]
      const body = input.subarray(3)
      if (input[2] % 2 === 1) return roundTrip(type, body)
      const encoded = encodeRdata(type, Buffer.from(body).toString('utf8'), origin)
      if ('error' in encoded) return encoded.error === '' ? 'verdict: refused without a word' : null
      return roundTrip(type, encoded.rdata)
    },
  }
}

/** Any data can be written as text and read back. */
function roundTrip(type: number, rdata: Uint8Array): string | null {
  // Parameters beside priority 0 are passed over when received and refused when written (RFC 9460 section 2.4.2).
  if ((type === 64 || type === 65) && rdata[0] === 0 && rdata[1] === 0) return null
  const text = formatRdata(type, rdata)
  const again = encodeRdata(type, text)
  if ('error' in again) {
    // What is malformed for its type is written in the form of unknown types, and then refused as such.
    return text.startsWith('\\# ') ? null : `round trip: ${text} is refused: ${again.error}`
  }
  return Buffer.compare(again.rdata, rdata) === 0
    ? null
    : `round trip: ${text} became ${formatRdata(type, again.rdata)}`
}
