// Reloads, one at a time. Knows nothing of what they load.
import { describe, expect, it } from 'vitest'
import { Reloads, type Reloaded } from '../../../src/compile/reloads.ts'
import { NearcastError } from '../../../src/errors.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

/** Reloads and renewals that end when the test says so. */
function make() {
  const renewing: PromiseWithResolvers<Reloaded>[] = []
  const running: PromiseWithResolvers<Reloaded>[] = []
  const lines: { event: string; reason?: string }[] = []
  const logger = createLogger({
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as { event: string }) },
  })
  const reload = (renewal: boolean): Promise<Reloaded> => {
    const one = Promise.withResolvers<Reloaded>()
    ;(renewal ? renewing : running).push(one)
    return one.promise
  }
  const reloads = new Reloads({ reload }, logger)
  return { reloads, running, renewing, lines }
}

const good: Reloaded = { epoch: 8, warnings: [], renewed: false }
const bad = new NearcastError('NC_CONFIG', 'nearcast.yaml:1:1: refused')

describe('a reload', () => {
  it('gives its result and is counted', async () => {
    const { reloads, running } = make()
    reloads.open()
    expect(reloads.counts).toMatchObject({ succeeded: 0, refused: 0, lastSuccessful: true, lastAt: 0 })
    const reload = reloads.run('a test')
    running[0].resolve(good)
    expect(await reload).toBe(good)
    expect(reloads.counts).toMatchObject({ succeeded: 1, refused: 0, lastSuccessful: true })
    expect(reloads.counts.lastAt).toBeGreaterThan(1_700_000_000)
  })

  it('that is refused says why, in the log too, until one succeeds', async () => {
    const { reloads, running, lines } = make()
    reloads.open()
    const refused = reloads.run('a test')
    running[0].reject(bad)
    await expect(refused).rejects.toBe(bad)
    expect(reloads.counts).toMatchObject({ succeeded: 0, refused: 1, lastSuccessful: false })
    expect(lines.at(-1)).toMatchObject({ event: 'reload.refused', err: { message: bad.message } })
    const mended = reloads.run('a test')
    running[1].resolve(good)
    await mended
    expect(reloads.counts).toMatchObject({ succeeded: 1, refused: 1, lastSuccessful: true })
  })

  it('that is refused has its consequences before anybody is told', async () => {
    const order: string[] = []
    const silent = createLogger({ level: 'info', destination: { write: () => void order.push('log') } })
    const reload = async (): Promise<Reloaded> => {
      throw bad
    }
    const onRefused = async (): Promise<void> => void order.push('consequences')
    const reloads = new Reloads({ reload, onRefused }, silent)
    reloads.open()
    await expect(reloads.run('a test')).rejects.toBe(bad)
    expect(order).toEqual(['log', 'consequences', 'log'])
  })

  it('is a conflict while another one runs', async () => {
    const { reloads, running } = make()
    reloads.open()
    const first = reloads.run('a test')
    await expect(reloads.run('a test')).rejects.toMatchObject({ code: 'NC_CONFLICT', status: 409 })
    running[0].resolve(good)
    await first
    expect(running).toHaveLength(1)
  })
})

describe('requests', () => {
  it('that come during a reload become one more after it', async () => {
    const { reloads, running, lines } = make()
    reloads.open()
    for (const reason of ['first', 'second', 'third']) reloads.request(reason)
    expect(running).toHaveLength(1)
    running[0].reject(bad)
    await expect.poll(() => running.length).toBe(2)
    running[1].resolve(good)
    await expect.poll(() => reloads.counts.succeeded).toBe(1)
    expect(running).toHaveLength(2)
    const reasons = lines.filter(({ event }) => event === 'reload.started').map(({ reason }) => reason)
    expect(reasons).toEqual(['first', 'third'])
  })

  it('that come during the start wait for its end', () => {
    const { reloads, running } = make()
    reloads.request('early')
    expect(running).toHaveLength(0)
    reloads.open()
    expect(running).toHaveLength(1)
  })

  it('that come too late do nothing, and an ended reload counts as none', async () => {
    const { reloads, running, lines } = make()
    reloads.open()
    reloads.request('first')
    reloads.request('second')
    reloads.close()
    running[0].reject(new Error('aborted'))
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()
    expect(running).toHaveLength(1)
    expect(reloads.counts).toMatchObject({ succeeded: 0, refused: 0 })
    expect(lines.map(({ event }) => event)).toEqual(['reload.started'])
  })
})

describe('a renewal', () => {
  it('begins when its time has come, once, and again after a pause', async () => {
    const { reloads, renewing, running, lines } = make()
    reloads.open()
    reloads.renewAt(1000, 0)
    expect(reloads.counts.renewalDueAt).toBe(1000)
    reloads.tick(999_999)
    expect(renewing).toHaveLength(0)
    reloads.tick(1_000_000)
    expect(renewing).toHaveLength(1)
    renewing[0].reject(bad)
    await expect.poll(() => reloads.counts.renewalsRefused).toBe(1)
    expect(lines.at(-1)).toMatchObject({ event: 'renewal.refused', err: { message: bad.message } })
    reloads.tick(1_599_999)
    expect(renewing).toHaveLength(1)
    reloads.tick(1_600_000)
    expect(renewing).toHaveLength(2)
    expect(reloads.counts.renewalDueAt).toBe(1000)
    expect(running).toHaveLength(0)
  })

  it('leaves what is known of the last reload alone', async () => {
    const { reloads, renewing, running } = make()
    reloads.open()
    const refused = reloads.run('a test')
    running[0].reject(bad)
    await expect(refused).rejects.toBe(bad)
    reloads.renewAt(1000, 0)
    reloads.tick(1_000_000)
    renewing[0].resolve({ ...good, renewed: true })
    await expect.poll(() => reloads.counts.renewed).toBe(1)
    expect(reloads.counts).toMatchObject({ succeeded: 0, refused: 1, lastSuccessful: false })
  })

  it('that had to read the configuration is a reload', async () => {
    const { reloads, renewing } = make()
    reloads.open()
    reloads.renewAt(1000, 0)
    reloads.tick(1_000_000)
    renewing[0].resolve(good)
    await expect.poll(() => reloads.counts.succeeded).toBe(1)
    expect(reloads.counts).toMatchObject({ renewed: 0, lastSuccessful: true })
  })

  it('waits while a reload runs, and has the next reload wait', async () => {
    const { reloads, renewing, running } = make()
    reloads.open()
    reloads.renewAt(1000, 0)
    reloads.request('first')
    reloads.tick(1_000_000)
    expect(renewing).toHaveLength(0)
    running[0].resolve(good)
    await expect.poll(() => reloads.counts.succeeded).toBe(1)
    reloads.tick(1_001_000)
    expect(renewing).toHaveLength(1)
    reloads.request('second')
    expect(running).toHaveLength(1)
    renewing[0].resolve({ ...good, renewed: true })
    await expect.poll(() => running.length).toBe(2)
  })

  it('begins when the clock is set back so far that signatures may not have begun', async () => {
    const { reloads, renewing } = make()
    reloads.open()
    const signedMs = 10_000_000
    reloads.renewAt(1_000_000, signedMs)
    reloads.tick(signedMs - 1_800_000)
    expect(renewing).toHaveLength(0)
    const setBack = signedMs - 1_800_001
    reloads.tick(setBack)
    expect(renewing).toHaveLength(1)
    renewing[0].reject(bad)
    await expect.poll(() => reloads.counts.renewalsRefused).toBe(1)
    reloads.tick(setBack + 599_999)
    expect(renewing).toHaveLength(1)
    reloads.tick(setBack + 600_000)
    expect(renewing).toHaveLength(2)
  })

  it('is never begun when nothing is signed, or after the end', () => {
    const { reloads, renewing } = make()
    reloads.open()
    reloads.renewAt(1000, 0)
    reloads.renewAt(null)
    reloads.tick(Number.MAX_SAFE_INTEGER)
    reloads.tick(-Number.MAX_SAFE_INTEGER)
    reloads.renewAt(1000, 0)
    reloads.close()
    reloads.tick(1_000_000)
    expect(renewing).toHaveLength(0)
  })
})
