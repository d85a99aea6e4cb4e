// Overrides: what readers of the shared words see of an operator's order, and what survives a restart. Knows no HTTP.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allUp, createWords, isAvailable } from '../../../src/fleet/availability.ts'
import { type OverrideOrder, Overrides } from '../../../src/fleet/overrides.ts'

const now = 1_900_000_000_000
const order: OverrideOrder = { mode: 'down', sharePercent: 100, reason: 'fan', by: 'ops', expiresAt: now + 60_000 }

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearcast-overrides-'))
  file = join(folder, 'overrides.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Three slots; `table` may be changed as a reload would, `keptIn` is the file. */
function fleet(keptIn: string | null = null) {
  const words = createWords(3)
  const table = new Map([
    ['hkg-1', 0],
    ['hkg-2', 1],
  ])
  for (let slot = 0; slot < 3; slot++) words[slot * 2] = allUp
  const overrides = new Overrides({ words, slotOf: (node) => table.get(node) ?? null, file: keptIn })
  const served = (slot: number) =>
    Array.from({ length: 255 }, (_, lot) => isAvailable(words, slot, 4, lot)).filter(Boolean)
  return { words, table, overrides, served }
}

describe('an override', () => {
  it('takes a node down for every block and gives it back when cleared', () => {
    const { overrides, served } = fleet()
    overrides.set('hkg-1', order, now)
    expect([served(0).length, served(1).length]).toEqual([0, 255])
    overrides.clear('hkg-1')
    expect(served(0).length).toBe(255)
  })

  it('holds a node up that probes find down, and leaves their word alone', () => {
    const { overrides, words, served } = fleet()
    words[0] = 0
    overrides.set('hkg-1', { ...order, mode: 'up' }, now)
    expect(served(0).length).toBe(255)
    expect(words[0]).toBe(0)
  })

  it.each([
    [0, 255],
    [1, 252],
    [25, 191],
    [50, 127],
    [100, 0],
  ])('drains %i percent: %i of 255 lots stay', (sharePercent, stay) => {
    const { overrides, served } = fleet()
    overrides.set('hkg-2', { ...order, mode: 'drain', sharePercent }, now)
    expect(served(1).length).toBe(stay)
  })

  it('takes the place of the one before and says which', () => {
    const { overrides, served } = fleet()
    expect(overrides.set('hkg-1', order, now).replaced).toBeNull()
    const second = overrides.set('hkg-1', { ...order, mode: 'drain', sharePercent: 0 }, now + 1)
    expect(second.replaced).toEqual({ node: 'hkg-1', ...order, setAt: now })
    expect(second.override.setAt).toBe(now + 1)
    expect(served(0).length).toBe(255)
    expect(overrides.list().length).toBe(1)
  })

  it('is refused for a node the table does not have', () => {
    const { overrides } = fleet()
    expect(() => overrides.set('hkg-9', order, now)).toThrow(expect.objectContaining({ code: 'NC_NOT_FOUND' }))
    expect(() => overrides.clear('hkg-1')).toThrow(expect.objectContaining({ code: 'NC_NOT_FOUND' }))
    expect(overrides.list()).toEqual([])
  })

  it('ends when its time has come, not before', () => {
    const { overrides, served } = fleet()
    overrides.set('hkg-1', order, now)
    expect(overrides.expire(order.expiresAt - 1)).toEqual({ expired: [], problem: null })
    expect(served(0).length).toBe(0)
    expect(overrides.expire(order.expiresAt).expired).toEqual([{ node: 'hkg-1', ...order, setAt: now }])
    expect(served(0).length).toBe(255)
    expect(overrides.get('hkg-1')).toBeNull()
  })

  it('is listed by node name with what the operator said', () => {
    const { overrides } = fleet()
    overrides.set('hkg-2', order, now)
    overrides.set('hkg-1', order, now)
    expect(overrides.list()).toEqual([
      { node: 'hkg-1', ...order, setAt: now, bound: true },
      { node: 'hkg-2', ...order, setAt: now, bound: true },
    ])
  })
})

describe('a changed node table', () => {
  it('moves the word along with its node', () => {
    const { overrides, table, served } = fleet()
    overrides.set('hkg-1', order, now)
    table.set('hkg-1', 2)
    overrides.rebind()
    expect([served(0).length, served(2).length]).toEqual([255, 0])
  })

  it('never leaves the word of a node that went to the one that got its slot', () => {
    const { overrides, table, words } = fleet()
    overrides.set('hkg-1', order, now)
    table.delete('hkg-1')
    overrides.rebind()
    expect(words[1]).toBe(0)
    expect(overrides.list()).toEqual([expect.objectContaining({ node: 'hkg-1', bound: false })])
  })

  it('finds the override again when the node comes back', () => {
    const { overrides, table, served } = fleet()
    overrides.set('hkg-1', order, now)
    table.delete('hkg-1')
    overrides.rebind()
    table.set('hkg-1', 2)
    overrides.rebind()
    expect(served(2).length).toBe(0)
  })

  it('lets an override of a node that went be cleared', () => {
    const { overrides, table } = fleet()
    overrides.set('hkg-1', order, now)
    table.delete('hkg-1')
    expect(overrides.clear('hkg-1').node).toBe('hkg-1')
    expect(overrides.list()).toEqual([])
  })
})

describe('the file', () => {
  it('brings back what was set, and not what was cleared or has expired', () => {
    const before = fleet(file)
    before.table.set('hkg-3', 2)
    before.overrides.set('hkg-1', { ...order, mode: 'drain', sharePercent: 40 }, now)
    before.overrides.set('hkg-2', { ...order, expiresAt: now + 10 }, now)
    before.overrides.set('hkg-3', order, now)
    before.overrides.clear('hkg-3')
    const after = fleet(file)
    expect(after.overrides.load(now + 10)).toBeNull()
    expect(after.overrides.list()).toEqual([
      { node: 'hkg-1', ...order, mode: 'drain', sharePercent: 40, setAt: now, bound: true },
    ])
    expect([after.served(0).length, after.served(1).length]).toEqual([153, 255])
  })

  it('may be absent, or not wanted', () => {
    expect(fleet(file).overrides.load(now)).toBeNull()
    expect(fleet(null).overrides.load(now)).toBeNull()
  })

  it('is for its owner alone, and no half of it is left beside it', () => {
    fleet(file).overrides.set('hkg-1', order, now)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['overrides.json'])
  })

  it.each([
    ['cut short', '{"version":1,"overri'],
    ['empty', ''],
    ['of another version', '{"version":2,"overrides":[]}'],
    ['with a key too many', '{"version":1,"overrides":[],"x":1}'],
    ['with an unknown mode', keptAs({ mode: 'stop' })],
    ['with a share out of range', keptAs({ sharePercent: 101 })],
    ['with text for a time', keptAs({ expiresAt: 'soon' })],
  ])('is kept aside, word for word, when it is %s, and nothing of it is in force', (_what, text) => {
    writeFileSync(file, text)
    const { overrides, served } = fleet(file)
    expect(overrides.load(now)).toContain('damaged')
    expect(overrides.list()).toEqual([])
    expect(served(0).length).toBe(255)
    expect(readFileSync(`${file}.bad-${now}`, 'utf8')).toBe(text)
    overrides.set('hkg-1', order, now)
    expect(fleet(file).overrides.load(now)).toBeNull()
  })

  it('that cannot be read is reported', () => {
    expect(fleet(folder).overrides.load(now)).toContain('cannot be read')
  })

  it('that cannot be written leaves everything as it was', () => {
    const { overrides, served } = fleet(join(folder, 'gone', 'overrides.json'))
    expect(() => overrides.set('hkg-1', order, now)).toThrow(expect.objectContaining({ code: 'NC_INTERNAL' }))
    expect(overrides.list()).toEqual([])
    expect(served(0).length).toBe(255)
  })

  it('that cannot be written does not keep an override beyond its time', () => {
    fleet(file).overrides.set('hkg-1', order, now)
    const { overrides, served } = fleet(file)
    overrides.load(now)
    rmSync(folder, { recursive: true })
    const { expired, problem } = overrides.expire(order.expiresAt)
    expect(expired.length).toBe(1)
    expect(problem).toContain('cannot be written')
    expect(served(0).length).toBe(255)
  })
})

/** A file of one override with something changed. */
function keptAs(change: Record<string, unknown>): string {
  return JSON.stringify({ version: 1, overrides: [{ node: 'hkg-1', ...order, setAt: now, ...change }] })
}
