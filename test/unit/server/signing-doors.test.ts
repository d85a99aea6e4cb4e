// Doors, threads and signer together: over every door, signed answers come, whoever asks first, and unsigned ones never wait for them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Doors } from '../../../src/server/doors.ts'
import type { Published } from '../../../src/server/tables.ts'
import { createCounters, single, slot, sum, type Counters } from '../../../src/telemetry/counters.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { createKey } from '../../../src/zone/key-directory.ts'
import type { SigningKey } from '../../../src/zone/signing/key.ts'
import { keySetOf } from '../../../src/zone/signing/key-set.ts'
import { noTimes } from '../../../src/zone/signing/key-times.ts'
import { ZoneSigner } from '../../../src/zone/signing/zone-signer.ts'
import { query, type Asked } from '../../support/ask.ts'
import { goodSignatures } from '../../support/signed.ts'
import { combined, dnssec } from '../../support/signed-world.ts'
import { UdpBurst } from '../../support/udp-burst.ts'
import { makeWorld, zone } from '../../support/world.ts'
import { talkTcp } from './tcp-talk.ts'
import { talkUdp } from './udp-talk.ts'

const A = 1
const now = Math.floor(Date.now() / 1000)
const signed: Asked = { name: 'plain.live.example.net', subnet: '198.51.100.0/24', dnssecOk: true }

interface Opened {
  readonly doors: Doors
  readonly rows: Counters[]
  readonly events: { event: string }[]
  readonly world: ReturnType<typeof makeWorld>
  readonly key: SigningKey
  readonly published: Published
  readonly keyFile: string
}

/** Doors on loopback whose zone is signed by a key of its own. */
async function opened(portable: boolean, listen = ['127.0.0.1'], signs = true): Promise<Opened> {
  if (portable) vi.stubEnv('NEARCAST_UDP', 'portable')
  onTestFinished(() => void vi.unstubAllEnvs())
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const stored = createKey(
    directory,
    zone.apex,
    'ecdsap256',
    combined,
    { ...noTimes, publish: 0, activate: 0 },
    new Set(),
  )
  const { key, file: keyFile } = stored
  const world = signs ? makeWorld({}, 7, [new ZoneSigner(zone, dnssec(), [stored], now)]) : makeWorld()
  const rows: Counters[] = []
  const events: { event: string }[] = []
  const doors = await Doors.open({
    listen: listen.map((address) => ({ address, port: 0 })),
    identity: 'test-1',
    udpThreads: 1,
    words: world.words,
    protection: world.protection,
    newCounters: () => {
      rows.push(createCounters(20))
      return rows[rows.length - 1]
    },
    log: createLogger({ level: 'info', destination: { write: (line) => void events.push(JSON.parse(line) as never) } }),
  })
  onTestFinished(() => doors.stop())
  const zones = [
    {
      apex: zone.apex,
      keySet: keySetOf(zone.apex, [key]),
      files: [keyFile],
      validitySeconds: 864_000,
      refreshSeconds: 86_400,
    },
  ]
  const published = { ...world.published, signing: signs ? zones : [null] }
  await doors.publish(published)
  return { doors, rows, events, world, key, published, keyFile }
}

function show(i: number): Asked {
  return { ...signed, name: `show${i}.play.live.example.net` }
}

describe.each([
  ['the batch door', false],
  ['the portable door', true],
])('%s', (_name, portable) => {
  it('answers with signatures over UDP, IPv4 and IPv6 alike', async () => {
    const { doors, key, rows } = await opened(portable, ['127.0.0.1', '::1'])
    for (const bound of doors.bound) {
      const talk = await talkUdp(bound)
      onTestFinished(() => talk.close())
      for (let i = 0; i < 20; i++) {
        talk.send(query(show(i)))
        expect(goodSignatures(await talk.receive(), A, [key], now)).toHaveLength(1)
      }
    }
    expect(sum(rows, slot.answers.NOERROR)).toBe(40)
    expect(sum(rows, slot.queries.udp)).toBe(40)
  })

  it('answers with signatures over TCP, and closes once what it owes is sent', async () => {
    const { doors, key, rows } = await opened(portable)
    const talk = await talkTcp(doors.bound[0])
    onTestFinished(() => talk.close())
    for (let i = 0; i < 20; i++) talk.send(query(show(i)))
    talk.socket.end()
    for (let i = 0; i < 20; i++) expect(goodSignatures(await talk.receive(), A, [key], now)).toHaveLength(1)
    expect(await talk.closed).toBe(0)
    expect([sum(rows, slot.answers.NOERROR), sum(rows, slot.queries.tcp)]).toEqual([20, 20])
  })

  it('says SERVFAIL while a key cannot be read, and signs once it can', async () => {
    const { doors, world, key, published, events, keyFile } = await opened(portable)
    const [zoneKeys] = published.signing ?? []
    if (!zoneKeys) throw new Error('the zone is signed')
    const files = [`${keyFile}.gone`]
    // A set of keys that nothing was signed by yet.
    world.tables.zoneKeySet[0] = 17
    await doors.publish({ ...published, epoch: 8, signing: [{ ...zoneKeys, keySet: 17, files }] })
    await expect
      .poll(() => events.filter(({ event }) => event === 'signing.keys_missing'))
      .toMatchObject([{ missing: [expect.stringMatching(/^live\.example\.net\.: .*gone: no longer there$/)] }])
    const talk = await talkUdp(doors.bound[0])
    onTestFinished(() => talk.close())
    talk.send(query(signed))
    expect((await talk.receive())[3] & 15).toBe(2)
    world.tables.zoneKeySet[0] = keySetOf(zone.apex, [key])
    await doors.publish({ ...published, epoch: 9 })
    await expect.poll(() => events.some(({ event }) => event === 'signing.keys_found')).toBe(true)
    talk.send(query(signed))
    expect(goodSignatures(await talk.receive(), A, [key], now)).toHaveLength(1)
  })
})

it('goes on signing with keys it has, whatever becomes of their files', async () => {
  const { doors, key, published, events, keyFile } = await opened(false)
  const talk = await talkUdp(doors.bound[0])
  onTestFinished(() => talk.close())
  talk.send(query(signed))
  expect(goodSignatures(await talk.receive(), A, [key], now)).toHaveLength(1)
  rmSync(keyFile)
  await doors.publish({ ...published, epoch: 8, stale: true })
  for (const more of [{ subnet: '203.0.113.0/24' }, { name: 'play.live.example.net' }]) {
    talk.send(query({ ...signed, ...more }))
    expect(goodSignatures(await talk.receive(), A, [key], now)).toHaveLength(1)
  }
  expect(events.filter(({ event }) => event.startsWith('signing.'))).toEqual([])
})

describe('a flood of random names under the wildcard', () => {
  it('makes no more signatures than there are distinct picks', async () => {
    const { doors, rows } = await opened(false)
    const client = new UdpBurst(doors.bound[0])
    onTestFinished(() => client.close())
    const picks = new Set<string>()
    let answered = 0
    for (let from = 0; from < 10_000; from += 100) {
      client.send(Array.from({ length: 100 }, (_, i) => query(show(from + i))))
      let missing = 100
      await expect
        .poll(
          () => {
            for (const answer of client.receive()) {
              missing--
              answered += Number((answer[3] & 15) === 0)
              picks.add(answer.subarray(12).toString('latin1').slice(-400, -100))
            }
            return missing
          },
          { timeout: 10_000, interval: 2 },
        )
        .toBe(0)
    }
    expect(answered).toBe(10_000)
    const made = sum(rows, slot.signatures.asked) + sum(rows, slot.signatures.ahead)
    // Two nodes are near Hong Kong: one pick, whatever the name; a few clients elsewhere and other names were signed ahead.
    expect(sum(rows, slot.signatures.asked)).toBeLessThanOrEqual(2)
    expect(made).toBeLessThan(100)
    expect(sum(rows, slot.drops.signer_busy)).toBe(0)
  })
})

describe('the signer’s thread', () => {
  it('that dies is started again and answers what was handed over meanwhile', async () => {
    const { doors, published, key, events, rows } = await opened(false)
    const client = new UdpBurst(doors.bound[0])
    onTestFinished(() => client.close())
    // The doors die of it as well, and again when they are started.
    await doors.publish({ ...published, epoch: 8, tables: new SharedArrayBuffer(0) })
    const dead = (): number =>
      events.filter(({ event, ...more }) => event === 'thread.ended' && 'thread' in more && more.thread === 'signer')
        .length
    await expect.poll(dead).toBeGreaterThan(0)
    client.send(Array.from({ length: 50 }, (_, i) => query(show(i))))
    await doors.publish({ ...published, epoch: 9 })
    const answers: Buffer[] = []
    await expect.poll(() => answers.push(...client.receive())).toBe(50)
    for (const answer of answers) expect(goodSignatures(answer, A, [key], now)).toHaveLength(1)
    await expect.poll(() => sum(rows, single.signaturesHeld)).toBeGreaterThan(0)
  })

  it('does not run where nothing is signed', async () => {
    const { rows, doors, published } = await opened(false, ['127.0.0.1'], false)
    await doors.publish({ ...published, epoch: 8, signing: undefined })
    expect(rows.length).toBe(2)
  })
})
