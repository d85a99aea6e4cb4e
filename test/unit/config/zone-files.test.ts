// Zones whose records come from files: what they may hold beside the YAML, includes, bounds, and what is read again.
import { describe, expect, it } from 'vitest'
import { formatName } from '../../../src/wire/name.ts'
import { typeName } from '../../../src/wire/constants.ts'
import { formatRdata } from '../../../src/wire/rdata.ts'
import { good, loadFiles, main } from './load-files.ts'
import type { Seen } from './load-files.ts'

const keys = `    soa: { mname: ns1.live.example.net, rname: host.example.net }
    ns: { ns1.live.example.net: [192.0.2.53], ns2.example.org: [] }
`
const soa = '@ 600 SOA ns.example.org. host.example.org. 7 1 2 3 60\n'
const servers = '@ 600 NS ns1\n@ 600 NS ns2.example.org.\nns1 600 A 192.0.2.53\n'

/** The good configuration with a zone file, and with other keys for the zone's SOA and servers. */
function load(zone: string, files: Record<string, string> = {}, own = keys): Promise<Seen> {
  const yaml = good.replace(keys, `${own}    zoneFile: zones/live.zone\n`)
  return loadFiles({ [main]: yaml, 'zones/live.zone': zone, ...files })
}

function recordsOf({ loaded }: Seen): string[] {
  const [zone] = loaded.config?.zones ?? []
  return zone.staticRRsets.flatMap(({ owner, type, ttlSeconds, rdatas }) =>
    rdatas.map((rdata) => `${formatName(owner)} ${ttlSeconds} ${typeName(type)} ${formatRdata(type, rdata)}`),
  )
}

describe('a zone file', () => {
  it('stands beside the records of the YAML, with the TTL of both', async () => {
    const seen = await load('$TTL 5m\nwww A 192.0.2.80\n  AAAA 2001:db8::80\n$INCLUDE more.inc sub\n', {
      'zones/more.inc': 'x 60 TXT "included"\n',
    })
    expect([seen.problems, seen.warnings]).toEqual([[], []])
    expect(recordsOf(seen).slice(3)).toEqual([
      'status.live.example.net. 3600 CNAME status.example.org.',
      'www.live.example.net. 300 A 192.0.2.80',
      'www.live.example.net. 300 AAAA 2001:db8::80',
      'x.sub.live.example.net. 60 TXT "included"',
    ])
    expect(seen.files).toEqual([main, 'zones/live.zone', 'zones/more.inc'])
  })

  it('without a record is said to be empty', async () => {
    const seen = await load('; nothing\n')
    expect([seen.problems, seen.warnings]).toEqual([[], ['zones/live.zone:1:1: the file holds no record']])
  })

  it('says how long a name may be', async () => {
    const seen = await load(`${'x'.repeat(64)} 60 TXT "long"\n`)
    expect(seen.problems).toEqual([
      expect.stringMatching(/^zones.live.zone:1:1: .* is no name: labels take 1 to 63 letters/),
    ])
  })

  it('may have the SOA and the servers of the zone in place of its keys', async () => {
    const seen = await load(`${soa}${servers}@ 600 SOA ns.example.org. host.example.org. 7 1 2 3 60\n`, {}, '')
    expect([seen.problems, seen.warnings]).toEqual([[], []])
    const [zone] = seen.loaded.config?.zones ?? []
    expect(zone).toMatchObject({
      soa: { refreshSeconds: 1, retrySeconds: 2, expireSeconds: 3 },
      negativeTtlSeconds: 60,
      nsTtlSeconds: 600,
    })
    expect(formatName(zone.soa.mname)).toBe('ns.example.org.')
    expect(recordsOf(seen)).toContain('live.example.net. 600 NS ns1.live.example.net.')
  })

  it('leaves the negative TTL to the zone that says one', async () => {
    const own = '    ttl: { negative: 9s }\n'
    const { loaded } = await load(`${soa}${servers}`, {}, own)
    expect(loaded.config?.zones[0].negativeTtlSeconds).toBe(9)
  })

  it('keeps the minimum that it says, also beyond the TTL of its SOA', async () => {
    const { loaded } = await load(`${soa.replace(/60$/m, '900')}${servers}`, {}, '')
    expect(loaded.config?.zones[0]).toMatchObject({ negativeTtlSeconds: 900, nsTtlSeconds: 600 })
  })

  it('may hold the addresses of servers that the zone names', async () => {
    const seen = await load('ns1 A 192.0.2.53\n', {}, keys.replace('[192.0.2.53]', '[]'))
    expect([seen.problems, seen.warnings]).toEqual([[], []])
  })

  it('is parsed once as long as it, its origin and its TTL stay the same', async () => {
    const kept = new Map<string, Buffer>()
    const cache = {
      get: (key: string) => Promise.resolve(kept.get(key) ?? null),
      set: (key: string, value: Buffer) => Promise.resolve(void kept.set(key, value)),
    }
    const yaml = good.replace(keys, `${keys}    zoneFile: zones/live.zone\n`)
    const text =
      '0 60 A 192.0.2.9\n1 A 192.0.2.9\n$TTL 60\na A 192.0.2.1\nb A 192.0.2.2\n$INCLUDE c.zone c\n$INCLUDE c.zone d\n'
    const files = { [main]: yaml, 'zones/live.zone': text, 'zones/c.zone': 'e TXT "f"\n\n' }
    const first = await loadFiles(files, cache)
    expect([...kept.keys()].filter((key) => key.startsWith('zone-'))).toHaveLength(3)
    const stored = [...kept.values()]
    const second = await loadFiles(files, cache)
    expect(recordsOf(second)).toEqual(recordsOf(first))
    expect(second.warnings).toEqual(first.warnings)
    expect(first.warnings).toHaveLength(1)
    expect([...kept.values()]).toEqual(stored)
    await loadFiles({ ...files, 'zones/live.zone': `${text}g A 192.0.2.3\n` }, cache)
    expect([...kept.keys()].filter((key) => key.startsWith('zone-'))).toHaveLength(4)
  })
})

describe('what is wrong with a zone file', () => {
  it.each<[string, string, string[]]>([
    [
      'two SOAs',
      `${soa}@ SOA a. b. 1 2 3 4 5\n${servers}`,
      ['zones/live.zone:2:1: a second SOA, first at zones/live.zone:1:1: keep one'],
    ],
    [
      'a SOA elsewhere',
      `${soa}x SOA a. b. 1 2 3 4 5\n${servers}`,
      ["zones/live.zone:2:1: SOA of x.live.example.net., expected it at live.example.net: it is this zone's file"],
    ],
    [
      'servers without addresses',
      `${soa}@ NS ns1\n@ NS ns2.example.org.\n`,
      [
        'zones/live.zone:2:1: ns1.live.example.net lies in the zone, expected its addresses: without glue nobody finds it',
      ],
    ],
    [
      'a server without its final dot',
      `${soa}@ NS ns1.live.example.net\n@ NS ns2.example.org.\nns1 A 192.0.2.53\n`,
      [
        'zones/live.zone:2:1: ns1.live.example.net.live.example.net lies in the zone, expected its addresses: without glue nobody finds it; is a final dot missing?',
      ],
    ],
    [
      'no servers',
      soa,
      ['nearcast.yaml:22:3: live.example.net: missing key "ns", expected a map, or NS records in the zone file'],
    ],
  ])('where it has %s', async (_, text, problems) => {
    expect((await load(text, {}, '')).problems).toEqual(problems)
  })

  it('beside the YAML is said with both places', async () => {
    const seen = await load(
      `${soa}@ NS ns9.example.org.\nplay A 192.0.2.1\nstatus TXT "x"\nother.example.org. A 192.0.2.1\nlive.example.net A 192.0.2.1\nns1 A 192.0.2.53\n`,
    )
    expect(seen.problems).toEqual([
      'nearcast.yaml:28:9: status.live.example.net. CNAME stands beside TXT, expected it alone',
      'zones/live.zone:1:1: SOA stands beside `soa` of the zone, at nearcast.yaml:23:5: keep one',
      'zones/live.zone:2:1: NS of the zone stands beside `ns`, at nearcast.yaml:24:5: keep one',
      'zones/live.zone:3:1: play.live.example.net. A stands beside the service that steers the name, at nearcast.yaml:26:14: keep one',
      'zones/live.zone:5:1: other.example.org. lies outside live.example.net, expected a name in it',
      'zones/live.zone:7:1: ns1.live.example.net. A has TTL 600 here and 86400 at nearcast.yaml:24:34, expected one for all',
    ])
    expect(seen.warnings).toEqual([
      'zones/live.zone:2:1: 6 records without a TTL take the last that was said, here 600: write $TTL before',
      "zones/live.zone:6:1: live.example.net.live.example.net. has the zone's own name twice: is a final dot missing?",
      'zones/live.zone:7:1: ns1.live.example.net. A is written twice, first at nearcast.yaml:24:34',
    ])
  })

  it('is said with file, line and column, also of files it includes', async () => {
    const seen = await load('a A 1\n$INCLUDE b.zone\n$INCLUDE none.zone\n', { 'zones/b.zone': '\n  b A 2\n' })
    expect(seen.problems).toEqual([
      'zones/live.zone:1:5: A: address is "1", expected an IPv4 address',
      'zones/live.zone:3:10: there is no file /zones/none.zone',
      'zones/b.zone:2:3: a line that begins with a blank, expected an owner before it',
    ])
  })

  it('is a circle of includes, or one that leaves the directory', async () => {
    const seen = await load('$INCLUDE b.zone\n$INCLUDE ../../../etc/passwd\n', {
      'zones/b.zone': '$INCLUDE live.zone\n',
    })
    expect(seen.problems).toEqual([
      expect.stringMatching(/^zones\/live.zone:2:10: ".*etc\/passwd" lies outside the directory of the main file/),
      'zones/b.zone:1:10: $INCLUDE goes round in a circle: /zones/live.zone → /zones/b.zone → /zones/live.zone',
    ])
  })

  it('is more of it than one zone may have', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`zones/${i}.zone`, `$INCLUDE ${i + 1}.zone\n`.repeat(4)]),
    )
    const seen = await load('$INCLUDE 0.zone\n', { ...files, 'zones/10.zone': '' })
    expect(seen.problems.some((problem) => problem.includes('more than 1000 files for one zone'))).toBe(true)
    const deep = await load('$INCLUDE 0.zone\n', {
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.split('\n')[0]])),
      'zones/10.zone': '$INCLUDE 11.zone\n',
    })
    expect(deep.problems).toEqual(['zones/9.zone:1:10: $INCLUDE nested deeper than 10 files'])
  })
})
