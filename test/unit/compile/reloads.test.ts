// Reloads, one at a time. Knows nothing of what they load.
import { describe, expect, it } from 'vitest'
import { Reloads, type Reloaded } from '../../../src/compile/reloads.ts'
import { NearcastError } from '../../../src/errors.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

/** Reloads that end when the test says so. */
function make() {
  const running: PromiseWithResolvers<Reloaded>[] = []
  const lines: { event: string; reason?: string }[] = []
  const logger = createLogger({
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as { event: string }) },
  })
  const reloads = new Reloads(() => {
    const one = Promise.withResolvers<Reloaded>()
    running.push(one)
    return one.promise
  }, logger)
  return { reloads, running, lines }
}

const good: Reloaded = { epoch: 8, warnings: [] }
const bad = new NearcastError('NC_CONFIG', 'nearcast.yaml:1:1: refused')

describe('a reload', () => {
  it('gives its result and is counted', async () => {
    const { reloads, running } = make()
    reloads.open()
    expect(reloads.counts).toEqual({ succeeded: 0, refused: 0, lastSuccessful: true, lastAt: 0 })
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
    const reloads = new Reloads(reload, silent, async () => void order.push('consequences'))
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
  it('is asked for when its time has come, once, and again after a pause', async () => {
    const { reloads, running } = make()
    reloads.open()
    reloads.renewAt(1000)
    reloads.tick(999_999)
    expect(running).toHaveLength(0)
    reloads.tick(1_000_000)
    expect(running).toHaveLength(1)
    running[0].reject(bad)
    await expect.poll(() => reloads.counts.refused).toBe(1)
    reloads.tick(1_599_999)
    expect(running).toHaveLength(1)
    reloads.tick(1_600_000)
    expect(running).toHaveLength(2)
  })

  it('is never asked for when nothing is signed', () => {
    const { reloads, running } = make()
    reloads.open()
    reloads.renewAt(1000)
    reloads.renewAt(null)
    reloads.tick(Number.MAX_SAFE_INTEGER)
    expect(running).toHaveLength(0)
  })
})
