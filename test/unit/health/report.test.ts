// The report probe: a node that speaks is well, one that was silent too long is not, one not heard yet is nothing.
import { describe, expect, it } from 'vitest'
import { freshMemory } from '../../../src/health/memory.ts'
import { monotonicMs } from '../../../src/health/observation.ts'
import { runOne, usual } from './probe-contract.ts'

const probe = { ...usual, type: 'report', silenceMs: 30_000 } as const

function judge(listenedMs: number, silentMs: number | null) {
  const now = monotonicMs()
  const heardMs = silentMs === null ? null : now - silentMs
  return runOne(probe, '192.0.2.1', 4, freshMemory({ sinceMs: now - listenedMs, heardMs }))
}

describe('a report probe', () => {
  it('passes while the last report is not too old', async () => {
    expect(await judge(60_000, 29_000)).toMatchObject({ ok: true, reason: 'ok', detail: '' })
  })

  it('fails once the node was silent for longer', async () => {
    expect(await judge(60_000, 31_000)).toMatchObject({
      ok: false,
      reason: 'silent',
      detail: 'no report for 31.0 s, expected one within 30.0 s',
    })
  })

  it('says nothing of a node it has not listened to for long', async () => {
    expect(await judge(29_000, null)).toMatchObject({ ok: false, reason: 'local' })
  })

  it('fails a node that never spoke in all that time', async () => {
    expect(await judge(31_000, null)).toMatchObject({ ok: false, reason: 'silent' })
  })
})
