// A resolver that answers from NSEC records it has (RFC 8198): none that Nearcast sends may have it deny what others get.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve, type Process } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { tiny, type Tiny } from '../support/tiny.ts'
import { makeKey } from './keys.ts'
import type { Peer } from './peer-process.ts'
import { askAt, type Told } from './through.ts'
import { isMissing } from './tools.ts'
import { startUnboundAggressive } from './unbound.ts'

const zone = 'live.example.net'
const skipped = isMissing('unbound', { unbound: 'unbound', 'dnssec-keygen': 'bind9-utils' })

describe.skipIf(skipped)('unbound, which uses NSEC records aggressively,', () => {
  let site: Tiny
  let nearcast: Process
  let unbound: Peer & { readonly port: number }

  beforeAll(async () => {
    const [port, adminPort] = [await freePort(), await freePort()]
    const key = await makeKey(zone)
    site = tiny({
      port,
      adminPort,
      // `q` is empty, and the name before it in the chain is the wildcard of the streams.
      zone: ['dnssec: { keys: keys }', 'records: ["_tcp.q TXT text"]', 'ttl: { negative: 1h }'],
    })
    mkdirSync(join(site.directory, 'keys'))
    for (const file of readdirSync(key.directory))
      copyFileSync(join(key.directory, file), join(site.directory, 'keys', file))
    nearcast = await serve(site)
    unbound = await startUnboundAggressive(port, key.dnskey)
    key.remove()
  })
  afterAll(async () => {
    await unbound?.stop()
    nearcast?.kill('SIGTERM')
    await nearcast?.ended
    site?.remove()
  })

  const ask = async (name: string): Promise<Told> =>
    await askAt(
      { to: { address: '127.0.0.1', port: unbound.port }, from: '127.0.0.1' },
      { name: `${name}.${zone}`, type: 'A' },
    )

  it('denies no stream for what an empty name beside them lacks, nor for a name that is not', async () => {
    // Empty first: what comes later tells it more of the same name.
    for (const [name, rcode] of [
      ['q', 'NOERROR'],
      ['nowhere', 'NXDOMAIN'],
    ] as const) {
      const found = await ask(name)
      expect([name, found.rcode, found.flags.includes('ad')]).toEqual([name, rcode, true])
    }
    for (let i = 0; i < 5; i++) {
      const { data, flags } = await ask(`show${i}.play`)
      expect([data.length, flags.includes('ad')]).toEqual([1, true])
    }
  })
})
