// What `nearcast delegation` makes of a delegation below a real parent: all well, and each fault alone. Knows nothing of how it asks.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Type } from '../../src/wire/constants.ts'
import { formatRdata } from '../../src/wire/rdata.ts'
import { createKey } from '../../src/zone/key-directory.ts'
import { Digest, dnskeyRdata, dsRdata } from '../../src/zone/signing/dnskey.ts'
import { noTimes } from '../../src/zone/signing/key-times.ts'
import { nearcast, repository } from '../support/command.ts'
import { enterOwnNetwork } from '../support/own-network.ts'
import { name } from '../support/world.ts'
import { startNsd } from './nsd.ts'
import type { Peer } from './peer-process.ts'
import { isConfined, isMissing } from './tools.ts'

const zone = 'live.example.net'
const parent = '192.0.2.1'
const first = ['192.0.2.53', '2001:db8::53'] as const
const second = '198.51.100.53'
const delegation = `
${zone}. NS ns1.${zone}.
${zone}. NS ns2.${zone}.
`
const glue = `
ns1.${zone}. A ${first[0]}
ns1.${zone}. AAAA ${first[1]}
ns2.${zone}. A ${second}
`
const content = (serial: number): string => `
$TTL 3600
${zone}. SOA ns1.${zone}. hostmaster.example.net. ${serial} 14400 3600 1209600 300
${zone}. TXT "live streams"
${delegation}${glue}`
/** Nothing of it runs; only its name servers and static records matter here. */
const configuration = readFileSync(`${repository}test/scenario/base/edges.yaml`, 'utf8')
  .replaceAll(/\$(?:DNS|ADMIN|EDGES)/g, (port) => ({ $DNS: '5300', $ADMIN: '8053' })[port] ?? '8080')
  .replace(`ns1.${zone}: [${first[0]}]`, `ns1.${zone}: [${first[0]}, "${first[1]}"]`)

interface Found {
  readonly code: string
  readonly where: readonly string[]
  readonly found: string
  readonly advice: string
}

interface Report {
  readonly ds: readonly { readonly state: string }[]
  readonly zoneFile: readonly string[]
  readonly check: {
    readonly findings: readonly Found[]
    readonly unchecked: readonly string[]
  }
}

const skipped = isConfined('a delegation') || isMissing('a parent', { nsd: 'nsd' })

describe.skipIf(skipped)('nearcast delegation', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-delegation-'))
  const config = join(directory, 'nearcast.yaml')
  let peers: Peer[] = []

  beforeAll(() => {
    enterOwnNetwork([parent, ...first, second])
    writeFileSync(config, configuration)
  })
  afterEach(async () => {
    await Promise.all(peers.map((peer) => peer.stop()))
    peers = []
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const start = async (...servers: readonly Served[]): Promise<void> => {
    for (const server of servers) peers.push(await serveZone(server))
  }
  const check = async (of = config): Promise<{ status: number; report: Report }> => {
    const { status, stdout } = await nearcast(['delegation', zone, '-c', of, '--parent', parent, '--json'])
    return { status, report: JSON.parse(stdout) as Report }
  }
  const above = (records: string): Served => ({ addresses: [parent], name: 'example.net', text: apex + records })
  const here = (addresses: readonly string[], serial = 1): Served => ({ addresses, name: zone, text: content(serial) })

  it('finds nothing where all is well', async () => {
    await start(above(delegation + glue), here([...first, second]))
    expect(await check()).toMatchObject({ status: 0, report: { check: { findings: [], unchecked: [] } } })
  })

  it('names a server that the parent has and we have not, missing glue, and a DS of an unsigned zone', async () => {
    const records = delegation.replace(`ns2.${zone}`, 'ns9.example.org')
    const ds = `${zone}. DS 4711 13 2 ${'ab'.repeat(32)}\n`
    await start(above(`${records}ns1.${zone}. A ${first[0]}\n${ds}`), here([...first, second]))
    const { status, report } = await check()
    expect(status).toBe(65)
    expect(report.check.findings.map(({ code }) => code)).toEqual(['name_servers', 'glue', 'ds'])
    expect(report.check.findings[0].found).toBe(`NS ns1.${zone}., ns9.example.org.`)
  })

  /** The same configuration, its zone signed. */
  const signedBy = (settings: string): string => {
    const signed = join(directory, 'signed.yaml')
    const servers = `    ns: { ns1.${zone}`
    writeFileSync(signed, configuration.replace(servers, `    dnssec: { ${settings} }\n${servers}`))
    return signed
  }

  it('tells of a DS that caches hold for longer than a roll waits', async () => {
    const signed = signedBy('keys: held, parentDsTtl: 5m')
    const times = { ...noTimes, publish: 0, activate: 0, syncPublish: 0 }
    const { key } = createKey(join(directory, 'held'), name(zone), 'ecdsap256', 257, times, new Set())
    const ds = formatRdata(Type.DS, dsRdata(name(zone), dnskeyRdata(key), Digest.sha256))
    await start(above(`${delegation}${glue}${zone}. 172800 DS ${ds}\n`), here([...first, second]))
    const { status, report } = await check(signed)
    expect(status).toBe(65)
    // No server answers signed here, which is found too.
    expect(report.check.findings).toMatchObject([
      { code: 'ds_ttl', where: [`${parent}:53`], found: 'DS with TTL 172800' },
      { code: 'dnskey' },
    ])
  })

  it('gives no DS, whatever the time, while servers answer unsigned', async () => {
    const signed = signedBy('keys: keys')
    const threeDaysAgo = Math.floor(Date.now() / 1000) - 72 * 3600
    const times = { ...noTimes, publish: threeDaysAgo, activate: threeDaysAgo, syncPublish: threeDaysAgo + 25 * 3600 }
    const { key } = createKey(join(directory, 'keys'), name(zone), 'ecdsap256', 257, times, new Set())
    await start(above(delegation + glue), here([...first, second]))
    const { status, report } = await check(signed)
    expect(status).toBe(65)
    expect(report.check.findings).toMatchObject([
      {
        code: 'ds',
        advice: `not yet: first have every server answer with key ${key.keyTag} for 25 hours; \`dnskey\` and \`signature\` say which do not`,
      },
      { code: 'dnskey', found: 'DNSKEY of no key' },
    ])
    expect(report.ds).toMatchObject([{ state: 'later' }])
    expect(report.zoneFile.join('\n')).not.toContain(' DS ')
  })

  it('names a lame server', async () => {
    const other = { addresses: [second], name: 'example.org', text: apex.replaceAll('example.net', 'example.org') }
    await start(above(delegation + glue), here(first), other)
    const { status, report } = await check()
    expect(status).toBe(65)
    expect(report.check.findings).toMatchObject([
      { code: 'lame', where: [`ns2.${zone}. ${second}:53`], found: 'REFUSED' },
    ])
  })

  it('names a server that is not there', async () => {
    await start(above(delegation + glue), here(first))
    const { status, report } = await check()
    expect(status).toBe(65)
    expect(report.check.findings).toMatchObject([{ code: 'unreachable', where: [`ns2.${zone}. ${second}:53`] }])
  })

  it('names a server that answers over UDP alone', async () => {
    await start(above(delegation + glue), here(first))
    const relay = await relayUdp(second, first[0])
    const { status, report } = await check()
    relay.close()
    expect(status).toBe(65)
    expect(report.check.findings).toMatchObject([{ code: 'tcp', where: [`ns2.${zone}. ${second}:53`] }])
  })

  it('names a server whose serial is behind', async () => {
    await start(above(delegation + glue), here(first, 7), here([second], 6))
    const { status, report } = await check()
    expect(status).toBe(65)
    expect(report.check.findings).toMatchObject([
      { code: 'serial', where: [`ns2.${zone}. ${second}:53`], found: 'serial 6' },
    ])
  })
})

const apex = `
$TTL 3600
example.net. SOA ns1.example.net. hostmaster.example.net. 1 14400 3600 1209600 300
example.net. NS ns1.example.net.
ns1.example.net. A ${parent}
`

interface Served {
  readonly addresses: readonly string[]
  readonly name: string
  readonly text: string
}

async function serveZone({ addresses, name, text }: Served): Promise<Peer> {
  return await startNsd({ addresses, zones: [{ name, file: 'zone' }], files: { zone: text } })
}

/** An address that passes on to another what comes over UDP, and has no TCP. */
async function relayUdp(at: string, to: string): Promise<Socket> {
  const relay = createSocket('udp4')
  relay.on('message', (message, client) => {
    const onward = createSocket('udp4')
    onward.once('message', (answer) => {
      relay.send(answer, client.port, client.address)
      onward.close()
    })
    onward.send(message, 53, to)
  })
  relay.bind(53, at)
  await once(relay, 'listening')
  return relay
}
