// Fuzzes zone files: whatever the text is, every record read from it lies where it says, reads back the same, or is refused with its place.
import { parseZoneFile } from '../../src/config/zone-file.ts'
import { encodeName, formatName } from '../../src/wire/name.ts'
import { damageText, onceIn, pickOf } from './random-bytes.ts'
import type { Target } from './target.ts'

const origin = encodeName('live.example.net') ?? new Uint8Array(1)
const longest = 255
const greatestTtl = 2 ** 31 - 1

const files = [
  `$ORIGIN live.example.net.
$TTL 1h
@ IN SOA ns1 hostmaster.example.net. ( 7 ; serial
      2h 30m 14d 5 )
  NS ns1
  NS ns2.example.org.
ns1 300 IN A 192.0.2.53
ns1 IN 5m AAAA 2001:db8::53
`,
  `$TTL 300
* TXT "live streams" ( "of all
kinds" ) ; a comment
a.b MX 10 mail
\\052.x CNAME \\@.y
_sip._tcp SRV 1 2 5060 sip.example.org.
@ CAA 0 issue "ca.example.net"
@ HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1
@ TYPE65280 \\# 4 c0000201
$INCLUDE more.zone sub
`,
] as const
const words = [
  '', ' ', '\t', '\n', '\r\n', '\r', '(', ')', '()', '((', ';', '"', '""', '\\', '\\000', '\\999', '@', '*', '.', '..', '$', '$TTL', '$ORIGIN',
  '$INCLUDE', '$GENERATE 1-9 a A 1.1.1.1', '$ORIGIN .\n', 'IN', 'CH', 'ANY', 'A', 'TXT', 'SOA', 'TYPE1', 'TYPE65536', 'CLASS1', '0', '-1', '2147483648', '1w2d3h',
  '192.0.2.1', '::1', '\\# 0', '\\# 1 zz', '\u0000', '\ufeff', 'ü', 'a'.repeat(64), `${'a.'.repeat(130)}`,
] // prettier-ignore

export function zoneFileTarget(): Target {
  return {
    make: (random) => {
      const text = damageText(pickOf(random, files), random, 1 + random.below(6), words)
      return Buffer.from(onceIn(random, 8) ? text.slice(0, random.below(text.length + 1)) : text)
    },
    check: (input) => {
      const content = new TextDecoder().decode(input)
      const { records, includes, problems } = parseZoneFile(content, { origin, ttlSeconds: null })
      for (const { owner, ttlSeconds } of records) {
        if (owner.length > longest) return `owner: ${owner.length} octets`
        const again = encodeName(formatName(owner))
        if (again === null || Buffer.compare(again, owner) !== 0)
          return `owner: ${formatName(owner)} does not read back`
        if (ttlSeconds !== null && !(ttlSeconds >= 0 && ttlSeconds <= greatestTtl)) return `TTL: ${ttlSeconds}`
      }
      const lost = [...records, ...includes, ...problems].find(({ at }) => !(at >= 0 && at <= content.length))
      return lost === undefined ? null : `place: ${lost.at} of ${content.length}`
    },
  }
}
