// From written to resolved: defaults, units as numbers, references followed, zones in wire form.
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { summary } from '../../../src/config/summary.ts'
import { typeName } from '../../../src/wire/constants.ts'
import { formatName } from '../../../src/wire/name.ts'
import { formatRdata } from '../../../src/wire/rdata.ts'
import { changed, good, loadFiles, main } from './load-files.ts'

async function configOf(content: string): Promise<Config> {
  const { loaded, problems } = await loadFiles({ [main]: content })
  if (loaded.config === null) throw new Error(problems.join('\n'))
  return loaded.config
}

describe('what is left out', () => {
  it('has the defaults of the example', async () => {
    const { server, admin, geo, scoring, probes, services } = await configOf(good)
    expect(server).toEqual({
      identity: 'nearcast',
      version: null,
      listen: [
        { address: '127.0.0.1', port: 5300 },
        { address: '::1', port: 5300 },
      ],
      udpThreads: 'auto',
      cookies: { secretFile: null, previousSecretFile: null },
      rateLimit: {
        mode: 'enforce',
        steeredPerSecond: 1000,
        otherPerSecond: 200,
        totalPerSecond: 10_000,
        slip: 2,
        exempt: ['127.0.0.0/8', '::1/128'],
      },
    })
    expect(admin).toEqual({ address: '127.0.0.1', port: 8053, tokens: [] })
    expect(geo).toEqual({
      country: 'builtin',
      asn: 'builtin',
      city: null,
      coarsestScope: { v4: 16, v6: 32 },
      finestScope: { v4: 24, v6: 48 },
      overrides: [],
      at: expect.anything() as unknown,
    })
    expect(scoring).toEqual({
      rtt: { msPerThousandKm: 16, baseMs: 4 },
      carrier: { onNetMs: 0, tier1Ms: 6, tier2Ms: 14, tier3Ms: 28, unknownMs: 20 },
      region: { otherMs: 40 },
      priceMs: 0,
    })
    expect(probes[0]).toMatchObject({
      intervalMs: 2000,
      timeoutMs: 1000,
      confirmMs: 150,
      fall: 3,
      rise: 5,
      required: true,
    })
    expect(probes[0]).toMatchObject({
      host: null,
      status: [200],
      bodyContains: null,
      verify: false,
      certificateDays: 0,
    })
    expect(services[0]).toMatchObject({
      answers: 2,
      spreadMs: 15,
      familyGapMs: 20,
      locality: 'none',
      copies: 1,
      https: null,
    })
    expect(services[0].ttl).toEqual({ steadySeconds: 30, changingSeconds: 10 })
  })

  it('may be a section whose entries are all commented out', async () => {
    expect((await configOf(`scoring:\n  # later\n${good}`)).scoring.region).toEqual({ otherMs: 40 })
    expect((await configOf(changed('steering:\n', 'steering:\n#'))).steering).toEqual([])
  })
})

describe('nodes', () => {
  it('have what their site says unless they say otherwise', async () => {
    const defaults =
      'nodeDefaults: { price: 1.8, capacity: 400Mbps, carriers: [beta, alpha], labels: [z, a], role: origin, probes: [web] }'
    const { nodes } = await configOf(
      changed('114.17] }', `114.17], ${defaults} }`)
        .replace('[192.0.2.2], probes: [web]', '[192.0.2.2]')
        .replace('carriers: [alpha], labels: [fast]', 'role: edge, carriers: [], weight: 7')
        .replace('{ role: edge }', '{}'),
    )
    expect(nodes[0]).toMatchObject({
      role: 'edge',
      carriers: [],
      weight: 7,
      price: 1.8,
      capacityGbps: 0.4,
      labels: ['a', 'z'],
    })
    expect(nodes[1]).toMatchObject({ role: 'origin', carriers: ['alpha', 'beta'], weight: 0.4, probes: ['web'] })
  })

  it('weigh what they can send, else 1', async () => {
    const { nodes } = await configOf(changed('[192.0.2.2]', '[192.0.2.2], capacity: 0.1Tbps'))
    expect(nodes.map(({ weight }) => weight)).toEqual([1, 100])
  })

  it('have canonical addresses', async () => {
    const { nodes } = await configOf(changed('"2001:db8::1"', '"2001:DB8:0:0::1"'))
    expect(nodes[0]).toMatchObject({ v4: '192.0.2.1', v6: '2001:db8::1' })
  })
})

describe('pools', () => {
  it.each([
    ['{}', ['hkg-1', 'hkg-2']],
    ['{ labels: fast }', ['hkg-1']],
    ['{ nodes: [hkg-2] }', ['hkg-2']],
    ['{ sites: [hkg], labels: [fast] }', ['hkg-1']],
  ])('%s holds the nodes that match every key', async (pool, nodes) => {
    expect((await configOf(changed('{ role: edge }', pool))).pools).toEqual([{ key: 'edges', nodes }])
  })
})

describe('regions', () => {
  it('hold every country once, named ones before their continent, what is left in the rest', async () => {
    const { regions, restRegion } = await configOf(
      changed('  rest: apac', '  gulf: { countries: [AE, QA] }\n  world: {}\n  rest: world'),
    )
    const [apac, gulf, world] = regions.map(({ countries }) => countries)
    expect(restRegion).toBe('world')
    expect(gulf).toEqual(['AE', 'QA'])
    expect(apac).toContain('SG')
    expect(apac).not.toContain('AE')
    expect(world).toContain('DE')
    expect(new Set([...apac, ...gulf, ...world]).size).toBe(apac.length + gulf.length + world.length)
  })

  it('hold a site by name, else by its country', async () => {
    const named = await configOf(
      changed('  rest: apac', '  eu: { continents: [EU] }\n  rest: apac').replace(
        'country: HK, at: [22.32, 114.17]',
        'country: DE',
      ),
    )
    expect(named.sites[0]).toEqual({ key: 'hkg', country: 'DE', at: null, region: 'apac' })
    const unnamed = await configOf(
      changed(', sites: [hkg] }', ' }')
        .replace('country: HK, at: [22.32, 114.17]', 'country: DE')
        .replace('  rest: apac', '  eu: { continents: [EU] }\n  rest: apac'),
    )
    expect(unnamed.sites[0].region).toBe('eu')
  })
})

describe('rules', () => {
  it('hold lists, whatever was written, and numbers', async () => {
    const rule =
      '{ clients: { tier: [2, 3], country: HK, network: ["2001:DB8::/32", 203.0.113.0/24] }, nodes: { label: fast }, bias: -30ms, only: true }'
    const { steering } = await configOf(
      changed('{ clients: { carrier: alpha }, nodes: { node: hkg-1 }, weight: 2 }', rule),
    )
    expect(steering).toEqual([
      {
        clients: {
          carriers: null,
          regions: null,
          countries: ['HK'],
          tiers: [2, 3],
          networks: ['2001:db8::/32', '203.0.113.0/24'],
        },
        nodes: { nodes: null, sites: null, regions: null, carriers: null, labels: ['fast'] },
        weight: 1,
        biasMs: -30,
        only: true,
        at: `${main}:16:5`,
      },
    ])
  })
})

describe('zones', () => {
  it('hold their NS records, glue and static records as sets in wire form', async () => {
    const records =
      "- 'status 5m CNAME status.example.org.'\n      - '@ IN CAA 0 issue \"ca.example.net\"'\n      - 'a.B 60 IN TXT one'\n      - 'A.b IN 60 TXT \"two words\"'\n      - 'v6 AAAA 2001:db8::5'"
    const { zones } = await configOf(
      changed("- 'status CNAME status.example.org.'", records).replace('[192.0.2.53]', '["2001:db8::53", 192.0.2.53]'),
    )
    const [zone] = zones
    const shown = zone.staticRRsets.map(({ owner, type, ttlSeconds, rdatas }) => {
      return `${formatName(owner)} ${ttlSeconds} ${typeName(type)} ${rdatas.map((rdata) => formatRdata(type, rdata)).join(' | ')}`
    })
    expect(shown.toSorted()).toEqual([
      'a.b.live.example.net. 60 TXT "one" | "two words"',
      'live.example.net. 3600 CAA 0 issue "ca.example.net"',
      'live.example.net. 86400 NS ns1.live.example.net. | ns2.example.org.',
      'ns1.live.example.net. 86400 A 192.0.2.53',
      'ns1.live.example.net. 86400 AAAA 2001:db8::53',
      'status.live.example.net. 300 CNAME status.example.org.',
      'v6.live.example.net. 3600 AAAA 2001:db8::5',
    ])
    expect(zone.steeredNames.map(({ owner, service }) => [formatName(owner), service])).toEqual([
      ['play.live.example.net.', 'play'],
      ['*.play.live.example.net.', 'play'],
    ])
    expect(zone).toMatchObject({ name: 'live.example.net', negativeTtlSeconds: 5, nsTtlSeconds: 86400 })
    expect(zone.soa).toMatchObject({ refreshSeconds: 7200, retrySeconds: 1800, expireSeconds: 1209600 })
    expect([formatName(zone.soa.mname), formatName(zone.soa.rname)]).toEqual([
      'ns1.live.example.net.',
      'host.example.net.',
    ])
  })

  it('may be steered at the apex, beside records that steering does not answer', async () => {
    const { zones } = await configOf(
      changed('names: { play: play', 'names: { "@": play').replace(
        "'status CNAME status.example.org.'",
        '\'@ TXT "here"\'',
      ),
    )
    expect(formatName(zones[0].steeredNames[0].owner)).toBe('live.example.net.')
  })
})

describe('the summary', () => {
  it('counts', async () => {
    expect(summary(await configOf(good))).toEqual({
      zones: 1,
      names: 5,
      services: 1,
      nodes: 2,
      sites: 1,
      carriers: 2,
      asns: 2,
      regions: 1,
      rules: 1,
      probes: 1,
    })
  })
})
