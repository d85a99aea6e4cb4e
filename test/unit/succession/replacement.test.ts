// When a daemon is replaced, when not, and what may happen meanwhile. No process is started.
import { describe, expect, it } from 'vitest'
import { Reloads, type Reloaded } from '../../../src/compile/reloads.ts'
import { NearcastError } from '../../../src/errors.ts'
import type { Inheritance } from '../../../src/succession/inheritance.ts'
import { Replacement, type ReplacementOptions } from '../../../src/succession/replacement.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

const socket = { endpoint: { address: '127.0.0.1', port: 1 }, descriptor: 9 }
const inheritance: Inheritance = {
  sockets: { tcp: [socket], udp: [socket] },
  admin: socket,
  epoch: 7,
  verdicts: [],
  cookieSecret: '',
}

function make(start: ReplacementOptions['start'], left: Inheritance | null = inheritance) {
  const events: string[] = []
  const write = (line: string): void => void events.push((JSON.parse(line) as { event: string }).event)
  const log = createLogger({ level: 'info', destination: { write } })
  const reloaded: string[] = []
  const reload = async (): Promise<Reloaded> => {
    reloaded.push('once')
    return { epoch: 8, warnings: [], renewed: false }
  }
  const reloads = new Reloads({ reload }, createLogger({ level: 'silent' }))
  reloads.open()
  const { signal } = new AbortController()
  const replacement = new Replacement({ start, inheritance: () => left, reloads, signal, log })
  return { replacement, reloads, reloaded, events }
}

describe('a replacement', () => {
  it('is done when the successor answers, and then for good', async () => {
    const { replacement, events } = make(async (left) => (left === inheritance ? 4711 : 0))
    expect(await replacement.run('a test')).toBe(4711)
    expect(await replacement.done).toBe(4711)
    expect(events).toEqual(['replacement.started', 'replacement.done'])
    await expect(replacement.run('again')).rejects.toMatchObject({ code: 'NC_CONFLICT' })
    expect(events.slice(2)).toEqual(['replacement.failed'])
    expect(() => replacement.refuseChanges()).toThrow('being replaced')
  })

  it('that fails leaves the daemon as it was: it may be changed, reloaded and replaced', async () => {
    let tries = 0
    const { replacement, reloads, reloaded, events } = make(async () => {
      if (tries++ > 0) return 4711
      throw new NearcastError('NC_CONFIG', 'nearcast.yaml:1:1: found nothing')
    })
    await expect(replacement.run('a test')).rejects.toMatchObject({ code: 'NC_CONFIG' })
    expect(replacement.underWay).toBe(false)
    expect(() => replacement.refuseChanges()).not.toThrow()
    await reloads.run('a test')
    expect(reloaded).toEqual(['once'])
    expect(await replacement.run('again')).toBe(4711)
    expect(events).toEqual(['replacement.started', 'replacement.failed', 'replacement.started', 'replacement.done'])
  })

  it('lets nobody reload, replace or change meanwhile; who asked for a reload gets it when it has failed', async () => {
    const starting = Promise.withResolvers<number>()
    const { replacement, reloads, reloaded } = make(() => starting.promise)
    const running = replacement.run('a test')
    reloads.request('a file changed')
    await expect(reloads.run('a call')).rejects.toMatchObject({ code: 'NC_CONFLICT' })
    await expect(replacement.run('another')).rejects.toMatchObject({ code: 'NC_CONFLICT' })
    expect(() => replacement.refuseChanges()).toThrow('ask again')
    expect(reloaded).toEqual([])
    starting.reject(new Error('it died'))
    await expect(running).rejects.toThrow('it died')
    expect(reloaded).toEqual(['once'])
  })

  it.each([
    ['nobody can take over', { because: 'it is a demo' }, null, /while it runs: it is a demo$/],
    [
      'there are no sockets to leave',
      async () => 4711,
      null,
      /while it runs: its sockets .* batch UDP door, .* restart it$/,
    ],
  ] as const)('is refused where %s, and says so', async (_why, start, left, message) => {
    const { replacement, events } = make(start, left)
    await expect(replacement.run('a test')).rejects.toMatchObject({
      code: 'NC_CONFLICT',
      message: expect.stringMatching(message) as unknown,
    })
    expect(events).toEqual(['replacement.failed'])
  })
})
