// The warning of a signed zone whose negative TTL is long beside what it steers.
import { describe, expect, it } from 'vitest'
import { good, loadFiles, main } from './load-files.ts'

const own = `    soa: { mname: ns1.live.example.net, rname: host.example.net }
    ns: { ns1.live.example.net: [192.0.2.53], ns2.example.org: [] }
`

async function warnings(zone: string, change = (text: string) => text, file = ''): Promise<string[]> {
  const text = change(good.replace(own, `${zone}    dnssec: { keys: keys }\n`))
  const seen = await loadFiles({ [main]: text, 'live.zone': file })
  expect(seen.problems).toEqual([])
  return seen.warnings
}

const negative = (ttl: string): string => `${own}    ttl: { negative: ${ttl} }\n`
const because =
  'AAAA that is withheld from one client may be denied to all others of its resolver that long, expected at most'

describe('a signed zone with steered names', () => {
  it('is warned of where its negative TTL is long', async () => {
    expect(await warnings(negative('61s'))).toEqual([`nearcast.yaml:25:22: a negative TTL of 61s: ${because} 60s`])
  })

  it('is warned of where the SOA of its file says so', async () => {
    const soa = '$TTL 1h\n@ SOA ns.example.org. host 1 2h 30m 2w 10m\n@ NS ns1.example.org.\n@ NS ns2.example.org.\n'
    expect(await warnings('    zoneFile: live.zone\n', undefined, soa)).toEqual([
      `live.zone:2:1: a negative TTL of 600s: ${because} 60s`,
    ])
  })

  it('may have one as long as its answers are kept, since some resolvers keep signed ones no longer', async () => {
    const longer = (text: string): string => text.replace('pool: edges }', 'pool: edges, ttl: { steady: 5m } }')
    expect(await warnings(negative('5m'), longer)).toEqual([])
    expect(await warnings(negative('301s'), longer)).toEqual([expect.stringMatching(/expected at most 300s$/)])
  })

  it.each<[string, (text: string) => string, string]>([
    ['it is short', (text) => text, negative('60s')],
    ['it is the default', (text) => text, own],
    ['the zone is not signed', (text) => text.replace('    dnssec: { keys: keys }\n', ''), negative('1h')],
    ['it has no steered name', (text) => text.replace('{ play: play, "*.play": play }', '{}'), negative('1h')],
    ['no node has IPv6', (text) => text.replace(', "2001:db8::1"]', ']'), negative('1h')],
  ])('is not warned of where %s', async (_, change, zone) => {
    expect(await warnings(zone, change)).toEqual([])
  })
})
