// A signed zone in a running daemon: keys that change while it runs, and signatures that are made anew when the files no longer can be read.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKey, readKeys, writeTimes, type KeyOnDisk } from '../../src/zone/key-directory.ts'
import type { PublicKey } from '../../src/zone/signing/dnskey.ts'
import { noTimes, type KeyTimes } from '../../src/zone/signing/key-times.ts'
import { query, read, type Asked } from '../support/ask.ts'
import { nearcast as runNearcast } from '../support/command.ts'
import { serve, type Process } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { readMetrics, type Metrics } from '../support/metrics-text.ts'
import { goodSignatures, keysIn } from '../support/signed.ts'
import { combined } from '../support/signed-world.ts'
import { tiny, type Tiny, type TinyOptions } from '../support/tiny.ts'
import { name } from '../support/world.ts'
import { talkTcp } from '../unit/server/tcp-talk.ts'

const zone = 'live.example.net'
const apex = name(zone)
const SOA = 6
const A = 1
const staleAnswer = 3

let site: Tiny
let options: TinyOptions & { port: number; adminPort: number }
let nearcast: Process
const nowSeconds = (): number => Math.floor(Date.now() / 1000)
const keyDirectory = (): string => join(site.directory, 'keys')

beforeEach(async () => {
  const [port, adminPort] = [await freePort(), await freePort()]
  options = { port, adminPort, zone: ['dnssec: { keys: keys }'] }
  site = tiny(options)
  mkdirSync(keyDirectory())
})

afterEach(async () => {
  nearcast.kill('SIGTERM')
  await nearcast.ended
  site.remove()
})

function newKey(times: Partial<KeyTimes> = {}): KeyOnDisk {
  const whole = { ...noTimes, publish: 0, activate: 0, ...times }
  return createKey(keyDirectory(), apex, 'ecdsap256', combined, whole, new Set())
}

async function ask(asked: Partial<Asked>): Promise<Uint8Array> {
  const talk = await talkTcp({ address: '127.0.0.1', port: options.port })
  talk.send(query({ name: zone, subnet: '198.51.100.0/24', dnssecOk: true, ...asked }))
  const answer = await talk.receive()
  await talk.close()
  return answer
}

/** Whose signatures over the SOA record and over a steered name are good, by key tag. */
async function signers(keys: readonly KeyOnDisk[]): Promise<number[][]> {
  const whose = (message: Uint8Array, type: number): number[] =>
    keys.filter(({ key }) => goodSignatures(message, type, [key], nowSeconds()).length > 0).map(({ key }) => key.keyTag)
  return [whose(await ask({ type: 'SOA' }), SOA), whose(await ask({ name: `show1.play.${zone}` }), A)]
}

async function extendedErrors(): Promise<number[]> {
  const { opt } = read(await ask({ type: 'NS' }))
  return (opt?.options ?? [])
    .filter(({ code }) => Number(code) === 15)
    .map((option) => (option as unknown as { data: Buffer }).data.readUInt16BE(0))
}

async function metrics(): Promise<Metrics> {
  const response = await fetch(`http://127.0.0.1:${options.adminPort}/metrics`, { headers: { connection: 'close' } })
  return readMetrics(await response.text())
}

describe('a running daemon', () => {
  it('changes keys at their time, though the configuration is broken by then', async () => {
    const later = nowSeconds() + 86_400
    const [old, next] = [newKey({ inactive: later }), newKey({ activate: later })]
    const keys = [old, next]
    nearcast = await serve(site)
    expect(await signers(keys)).toEqual([[old.key.keyTag], [old.key.keyTag]])
    expect((await metrics()).get('renewal_due_timestamp_seconds')).toBe(later)

    // Both files are read again by themselves. Within this time two reloads are over, also on a busy machine.
    const soon = nowSeconds() + 40
    writeTimes(apex, old, { ...old.times, inactive: soon })
    writeTimes(apex, next, { ...next.times, activate: soon })
    await expect.poll(async () => (await metrics()).get('renewal_due_timestamp_seconds')).toBe(soon)
    const serial = read(await ask({ type: 'SOA' })).answers
    site.writeText(readFileSync(site.configPath, 'utf8').replace('site: hkg,', 'site: hgk,'))
    await nearcast.line('reload.refused')
    expect(nowSeconds()).toBeLessThan(soon)
    expect(await signers(keys)).toEqual([[old.key.keyTag], [old.key.keyTag]])

    await nearcast.line('renewal.done')
    expect(nowSeconds()).toBeGreaterThanOrEqual(soon)
    expect(await signers(keys)).toEqual([[next.key.keyTag], [next.key.keyTag]])
    expect(read(await ask({ type: 'SOA' })).answers).not.toEqual(serial)
    // The configuration on disk is still refused, and whoever looks is told.
    expect(await extendedErrors()).toEqual([staleAnswer])
    const counted = await metrics()
    expect(counted.get('renewals{succeeded}')).toBe(1)
    expect(counted.get('renewals{refused}')).toBe(0)
    expect(counted.get('reload_last_successful')).toBe(0)

    site.write(options)
    await expect.poll(async () => (await metrics()).get('reload_last_successful')).toBe(1)
    expect(await extendedErrors()).toEqual([])
    expect(await signers(keys)).toEqual([[next.key.keyTag], [next.key.keyTag]])
  })

  it('goes on with a roll while the configuration is refused', async () => {
    const old = newKey({ syncPublish: 0 })
    nearcast = await serve(site)
    // What only a restart takes: the file is good, and every reload of it is refused.
    site.writeText(readFileSync(site.configPath, 'utf8').replace('identity: test-a', 'identity: test-b'))
    await nearcast.line('reload.refused')
    const rolled = await runNearcast(['keys', 'roll', zone, '--config', site.configPath], site.directory)
    expect(rolled).toMatchObject({ status: 0, stderr: '' })
    await nearcast.line('renewal.done')
    expect(keysIn(await ask({ type: 'DNSKEY' }))).toHaveLength(2)
    expect(await signers([old])).toEqual([[old.key.keyTag], [old.key.keyTag]])
    expect(await extendedErrors()).toEqual([staleAnswer])
  })

  it('takes a roll by itself, and signs on when the keys are gone', async () => {
    const old = newKey({ syncPublish: 0 })
    nearcast = await serve(site)
    const rolled = await runNearcast(['keys', 'roll', zone, '--config', site.configPath], site.directory)
    expect(rolled).toMatchObject({ status: 0, stderr: '' })
    await nearcast.line('reload.done')
    const { keys } = readKeys(keyDirectory(), apex)
    expect(keys).toHaveLength(2)
    const octets = ({ publicKey }: PublicKey): string => Buffer.from(publicKey).toString('hex')
    const published = keysIn(await ask({ type: 'DNSKEY' })).map(octets)
    expect(published.toSorted()).toEqual(keys.map(({ key }) => octets(key)).toSorted())
    expect(await signers(keys)).toEqual([[old.key.keyTag], [old.key.keyTag]])

    for (const file of readdirSync(keyDirectory())) if (file.endsWith('.private')) rmSync(join(keyDirectory(), file))
    await nearcast.line('reload.refused')
    const fresh = await ask({ name: `play.${zone}`, subnet: '203.0.113.0/24' })
    expect(goodSignatures(fresh, A, [old.key], nowSeconds())).toHaveLength(1)
    expect(nearcast.lines.filter(({ event }) => event === 'signing.keys_missing')).toEqual([])
  })
})
