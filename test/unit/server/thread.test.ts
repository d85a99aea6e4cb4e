// A door's thread seen from main: acknowledged snapshots, deaths and restarts. Knows no sockets.
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createWords } from '../../../src/fleet/availability.ts'
import type { Published } from '../../../src/server/tables.ts'
import { createProtection } from '../../../src/server/protection.ts'
import { DoorThread } from '../../../src/server/thread.ts'
import { createCounters } from '../../../src/telemetry/counters.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { Epoch } from './fixtures/thread.ts'

const script = new URL('./fixtures/thread.ts', import.meta.url)

function make(port = 0) {
  const events: string[] = []
  const counters = createCounters(1)
  const log = createLogger({
    level: 'debug',
    destination: { write: (line) => void events.push((JSON.parse(line) as { event: string }).event) },
  })
  const shared = { words: createWords(1), counters, identity: 'test-1', protection: createProtection(1) }
  const thread = new DoorThread(script, { kind: 'tcp', listen: [{ address: '127.0.0.1', port }], shared }, log)
  onTestFinished(() => thread.stop())
  return { thread, counters, events }
}

function published(epoch: number): Published {
  return { epoch, blocks: new SharedArrayBuffer(0), tables: new SharedArrayBuffer(0) }
}

describe('a thread', () => {
  it('says what it bound', async () => {
    const { thread } = make()
    expect(await thread.start()).toEqual([{ address: '127.0.0.1', port: 4711 }])
  })

  it('that cannot bind says why, and is not started again', async () => {
    const { thread, counters, events } = make(1)
    await expect(thread.start()).rejects.toMatchObject({ code: 'NC_ADDRESS_IN_USE', message: 'it is taken' })
    await thread.stop()
    expect(counters[0]).toBe(1)
    expect(events).toEqual([])
  })

  it('acknowledges a snapshot once it reads it', async () => {
    const { thread, counters } = make()
    await thread.start()
    await thread.publish(published(7))
    expect(counters[1]).toBe(7)
  })

  it('acknowledges earlier snapshots with a later one', async () => {
    const { thread } = make()
    await thread.start()
    const never = thread.publish(published(Epoch.neverAcknowledged))
    await thread.publish(published(Epoch.neverAcknowledged + 1))
    await never
  })

  it('that dies reads nothing any more, is started again, and is told the newest snapshot', async () => {
    const { thread, counters, events } = make()
    await thread.start()
    await thread.publish(published(7))
    await thread.publish(published(Epoch.diesOnce))
    await expect.poll(() => counters[1]).toBe(Epoch.diesOnce)
    expect(counters[0]).toBe(2)
    expect(events).toEqual(['thread.failed', 'thread.ended'])
    await thread.publish(published(20))
    expect(counters[1]).toBe(20)
  })

  it('that hangs is ended and started again, one that is well is left alone', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { thread, counters, events } = make()
    await thread.start()
    // Looked at many times over, always after it has had its time to beat.
    for (let looks = 0; looks < 12; looks++) {
      const before = counters[2]
      await expect.poll(() => counters[2]).toBeGreaterThan(before)
      vi.advanceTimersByTime(500)
    }
    expect(events).toEqual([])
    const ended = thread.publish(published(Epoch.hangsOnce))
    await expect.poll(() => counters[1]).toBe(Epoch.hangsOnce)
    vi.advanceTimersByTime(10 * 500)
    await ended
    await expect.poll(() => counters[0]).toBe(2)
    expect(events).toEqual(['thread.hangs', 'thread.ended'])
    await thread.publish(published(Epoch.hangsOnce))
  })

  it('that was stopped is not started again', async () => {
    const { thread, counters, events } = make()
    await thread.start()
    await thread.stop()
    await thread.publish(published(7))
    expect(counters[0]).toBe(1)
    expect(events).toEqual([])
  })

  it('that stops leaves nobody waiting', async () => {
    const { thread } = make()
    await thread.start()
    const never = thread.publish(published(Epoch.neverAcknowledged))
    await thread.stop()
    await never
  })
})
