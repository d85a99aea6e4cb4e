// Overrides: what readers of the shared words see of an operator's order, and what survives a restart. Knows no HTTP.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allUp, createWords, isAvailable } from '../../../src/fleet/availability.ts'
import { parseTarget } from '../../../src/fleet/override-target.ts'
import { type OverridableNode, type OverrideOrder, Overrides } from '../../../src/fleet/overrides.ts'

const now = 1_900_000_000_000
const order: OverrideOrder = {
  mode: 'down',
  sharePercent: 100,
  reason: 'fan',
  by: 'ops',
  startsAt: now,
  expiresAt: now + 60_000,
}
const drain = (sharePercent: number): OverrideOrder => ({ ...order, mode: 'drain', sharePercent })

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearcast-overrides-'))
  file = join(folder, 'overrides.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const table: readonly OverridableNode[] = [
  { name: 'hkg-1', site: 'hkg', carriers: ['hkt'], slot: 0 },
  { name: 'hkg-2', site: 'hkg', carriers: ['hkt', 'hgc'], slot: 1 },
  { name: 'sin-1', site: 'sin', carriers: ['hkt'], slot: 2 },
]

/** Four slots, the last of them free; `keptIn` is the file. */
function fleet(keptIn: string | null = null) {
  const words = createWords(4)
  for (let slot = 0; slot < 4; slot++) words[slot * 2] = allUp
  const overrides = new Overrides({ words, file: keptIn })
  overrides.bind(table, now)
  const served = (slot: number): number =>
    Array.from({ length: 255 }, (_, lot) => isAvailable(words, slot, 4, lot)).filter(Boolean).length
  return { words, overrides, served, all: () => table.map(({ slot }) => served(slot)) }
}

describe('an override', () => {
  it('takes a node down for every block and gives it back when cleared', () => {
    const { overrides, all } = fleet()
    overrides.set('hkg-1', order, now)
    expect(all()).toEqual([0, 255, 255])
    overrides.clear('hkg-1', now)
    expect(all()).toEqual([255, 255, 255])
  })

  it('holds a node up that probes find down, and leaves their word alone', () => {
    const { overrides, words, served } = fleet()
    words[0] = 0
    overrides.set('hkg-1', { ...order, mode: 'up' }, now)
    expect(served(0)).toBe(255)
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
    overrides.set('hkg-2', drain(sharePercent), now)
    expect(served(1)).toBe(stay)
  })

  it('takes the place of the one before and says which', () => {
    const { overrides, served } = fleet()
    expect(overrides.set('hkg-1', order, now).replaced).toBeNull()
    const second = overrides.set('hkg-1', drain(0), now + 1)
    expect(second.replaced).toEqual({ target: 'hkg-1', ...order, setAt: now, nodes: ['hkg-1'], active: true })
    expect(second.override.setAt).toBe(now + 1)
    expect(served(0)).toBe(255)
    expect(overrides.list().length).toBe(1)
  })

  it('ends when its time has come, not before', () => {
    const { overrides, served } = fleet()
    overrides.set('hkg-1', order, now)
    expect(overrides.advance(order.expiresAt - 1)).toEqual({ begun: [], expired: [], problem: null })
    expect(served(0)).toBe(0)
    expect(overrides.advance(order.expiresAt).expired).toEqual([{ target: 'hkg-1', ...order, setAt: now }])
    expect(served(0)).toBe(255)
    expect(overrides.inForce('hkg-1')).toBeNull()
  })

  it('that is planned begins when its time has come, is told once, and ends', () => {
    const { overrides, served } = fleet()
    overrides.set('hkg-1', { ...order, startsAt: now + 10_000 }, now)
    expect([served(0), overrides.inForce('hkg-1'), overrides.list()[0].active]).toEqual([255, null, false])
    expect(overrides.advance(now + 9_999).begun).toEqual([])
    expect(overrides.advance(now + 10_500).begun).toMatchObject([{ target: 'hkg-1' }])
    expect([served(0), overrides.list()[0].active]).toEqual([0, true])
    expect(overrides.advance(now + 11_500).begun).toEqual([])
    overrides.advance(order.expiresAt)
    expect(served(0)).toBe(255)
  })

  it('is listed by target with what the operator said', () => {
    const { overrides } = fleet()
    overrides.set('site:hkg', order, now)
    overrides.set('hkg-1', order, now)
    expect(overrides.list()).toEqual([
      { target: 'hkg-1', ...order, setAt: now, nodes: ['hkg-1'], active: true },
      { target: 'site:hkg', ...order, setAt: now, nodes: ['hkg-1', 'hkg-2'], active: true },
    ])
  })
})

describe('a target', () => {
  it.each([
    ['hkg-1', [0, 255, 255]],
    ['site:hkg', [0, 0, 255]],
    ['site:hkg,carrier:hkt', [0, 0, 255]],
    ['site:hkg,carrier:hgc', [255, 0, 255]],
  ])('%s is the nodes it says', (target, left) => {
    const { overrides, all } = fleet()
    overrides.set(target, order, now)
    expect(all()).toEqual(left)
    overrides.clear(target, now)
    expect(all()).toEqual([255, 255, 255])
  })

  it.each([
    ['hkg-9', 'NC_NOT_FOUND', 'there is no node "hkg-9"'],
    ['hkg', 'NC_NOT_FOUND', 'there is no node "hkg": write site:hkg for all nodes of that site'],
    ['site:lhr', 'NC_NOT_FOUND', 'site lhr has no node'],
    ['site:sin,carrier:hgc', 'NC_NOT_FOUND', 'no node of site sin lists carrier hgc'],
    ['carrier:hkt', 'NC_BAD_REQUEST', 'is no target: expected a node such as hkg-1'],
    ['site:', 'NC_BAD_REQUEST', 'is no target'],
  ])('%s is refused: %s', (target, code, message) => {
    const { overrides } = fleet()
    const refused = expect.objectContaining({ code, message: expect.stringContaining(message) })
    expect(() => overrides.set(target, order, now)).toThrow(refused)
    expect(() => overrides.clear(target, now)).toThrow(expect.objectContaining({ code: 'NC_NOT_FOUND' }))
    expect(overrides.list()).toEqual([])
  })

  it.each(['', 'site:hkg,', 'site:hkg,carrier:', 'site:hkg,site:sin', 'site:hkg,carrier:a,carrier:b', ' hkg-1', 'a:b'])(
    'is not %j',
    (text) => expect(parseTarget(text)).toBeNull(),
  )
})

describe('several overrides of one node', () => {
  it('leave the word to the most specific, whichever came first', () => {
    const { overrides, served, all } = fleet()
    overrides.set('hkg-1', { ...order, mode: 'up' }, now)
    overrides.set('site:hkg', order, now + 1)
    expect(all()).toEqual([255, 0, 255])
    overrides.set('site:hkg,carrier:hgc', drain(50), now + 2)
    expect(all()).toEqual([255, 127, 255])
    overrides.clear('hkg-1', now + 3)
    expect(served(0)).toBe(0)
  })

  it('that are alike leave it to the one set later', () => {
    const { overrides, served } = fleet()
    overrides.set('site:hkg,carrier:hgc', drain(50), now + 1)
    overrides.set('site:hkg,carrier:hkt', drain(20), now)
    expect(served(1)).toBe(127)
    overrides.set('site:hkg,carrier:hkt', drain(20), now + 2)
    expect(served(1)).toBe(204)
  })

  it('fall back to the less specific when one ends, and wait for one that is planned', () => {
    const { overrides, served } = fleet()
    overrides.set('site:hkg', { ...drain(20), expiresAt: now + 90_000 }, now)
    overrides.set('hkg-1', { ...order, startsAt: now + 30_000 }, now)
    const seen = [0, 30_000, 60_000, 90_000].map((after) => {
      overrides.advance(now + after)
      return served(0)
    })
    expect(seen).toEqual([204, 0, 204, 255])
  })
})

describe('a changed node table', () => {
  const moved = { name: 'hkg-1', site: 'hkg', carriers: ['hkt'], slot: 3 }

  it('moves the word along with its node', () => {
    const { overrides, served } = fleet()
    overrides.set('hkg-1', order, now)
    overrides.bind([moved], now)
    expect([served(0), served(3)]).toEqual([255, 0])
  })

  it('never leaves the word of a node that went to the one that got its slot', () => {
    const { overrides, words } = fleet()
    overrides.set('hkg-1', order, now)
    overrides.bind(table.slice(1), now)
    expect(words[1]).toBe(0)
    expect(overrides.list()).toEqual([expect.objectContaining({ target: 'hkg-1', nodes: [] })])
    expect(overrides.clear('hkg-1', now).target).toBe('hkg-1')
  })

  it('finds the override again when the node comes back', () => {
    const { overrides, served } = fleet()
    overrides.set('hkg-1', order, now)
    overrides.bind(table.slice(1), now)
    overrides.bind([moved], now)
    expect(served(3)).toBe(0)
  })

  it('takes a node that is new at a site into what holds for the site', () => {
    const { overrides, served } = fleet()
    overrides.set('site:hkg', order, now)
    overrides.bind([...table, { name: 'hkg-3', site: 'hkg', carriers: [], slot: 3 }], now)
    expect(served(3)).toBe(0)
  })
})

describe('the file', () => {
  it('brings back what was set, and not what was cleared or has expired', () => {
    const before = fleet(file)
    before.overrides.set('site:hkg', drain(40), now)
    before.overrides.set('hkg-2', { ...order, expiresAt: now + 10 }, now)
    before.overrides.set('sin-1', order, now)
    before.overrides.clear('sin-1', now)
    const after = fleet(file)
    expect(after.overrides.load(now + 10)).toBeNull()
    expect(after.overrides.list()).toEqual([
      { target: 'site:hkg', ...drain(40), setAt: now, nodes: ['hkg-1', 'hkg-2'], active: true },
    ])
    expect(after.all()).toEqual([153, 153, 255])
  })

  it('brings back what is planned, also when its time came meanwhile', () => {
    fleet(file).overrides.set('hkg-1', { ...order, startsAt: now + 10_000 }, now)
    const soon = fleet(file)
    soon.overrides.load(now + 5_000)
    expect(soon.served(0)).toBe(255)
    const late = fleet(file)
    late.overrides.load(now + 15_000)
    expect(late.served(0)).toBe(0)
  })

  it('may be absent, or not wanted', () => {
    expect(fleet(file).overrides.load(now)).toBeNull()
    expect(fleet(null).overrides.load(now)).toBeNull()
  })

  it('brings its directory with it', () => {
    const deep = join(folder, 'not', 'there', 'overrides.json')
    fleet(deep).overrides.set('hkg-1', order, now)
    expect(fleet(deep).overrides.load(now)).toBeNull()
  })

  it('is for its owner alone, and no half of it is left beside it', () => {
    fleet(file).overrides.set('hkg-1', order, now)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['overrides.json'])
  })

  it.each([
    ['cut short', '{"version":2,"overri'],
    ['empty', ''],
    ['of another version', '{"version":1,"overrides":[]}'],
    ['with a key too many', '{"version":2,"overrides":[],"x":1}'],
    ['with an unknown mode', keptAs({ mode: 'stop' })],
    ['with a target that is none', keptAs({ target: 'site:' })],
    ['with a share out of range', keptAs({ sharePercent: 101 })],
    ['with text for a time', keptAs({ expiresAt: 'soon' })],
  ])('is kept aside, word for word, when it is %s, and nothing of it is in force', (_what, text) => {
    writeFileSync(file, text)
    const { overrides, served } = fleet(file)
    expect(overrides.load(now)).toContain('damaged')
    expect(overrides.list()).toEqual([])
    expect(served(0)).toBe(255)
    expect(readFileSync(`${file}.bad-${now}`, 'utf8')).toBe(text)
    overrides.set('hkg-1', order, now)
    expect(fleet(file).overrides.load(now)).toBeNull()
  })

  it('that cannot be read is not written over: changes are refused, with its name and what to do', () => {
    symlinkSync(file, file)
    const { overrides, served } = fleet(file)
    expect(overrides.load(now)).toMatch(/cannot be read .*none of its overrides is in force; give it to the user of/)
    const refused = expect.objectContaining({
      code: 'NC_INTERNAL',
      message: expect.stringContaining(`nothing was changed: ${file} cannot be read`),
    })
    expect(() => overrides.set('hkg-1', order, now)).toThrow(refused)
    expect(() => overrides.clear('hkg-1', now)).toThrow(refused)
    expect(overrides.list()).toEqual([])
    expect(served(0)).toBe(255)
    expect(readlinkSync(file)).toBe(file)
  })

  it('that can be read again is read before it is changed', () => {
    fleet(file).overrides.set('sin-1', order, now)
    renameSync(file, join(folder, 'elsewhere'))
    symlinkSync(file, file)
    const { overrides, all } = fleet(file)
    overrides.load(now)
    renameSync(join(folder, 'elsewhere'), file)
    overrides.set('hkg-1', order, now)
    expect(all()).toEqual([0, 255, 0])
    const after = fleet(file)
    after.overrides.load(now)
    expect(after.overrides.list().map(({ target }) => target)).toEqual(['hkg-1', 'sin-1'])
  })

  it('that cannot be written leaves everything as it was', () => {
    writeFileSync(join(folder, 'occupied'), 'by a file')
    const { overrides, served } = fleet(join(folder, 'occupied', 'overrides.json'))
    expect(() => overrides.set('hkg-1', order, now)).toThrow(expect.objectContaining({ code: 'NC_INTERNAL' }))
    expect(overrides.list()).toEqual([])
    expect(served(0)).toBe(255)
  })

  it('that cannot be written does not keep an override beyond its time', () => {
    fleet(file).overrides.set('hkg-1', order, now)
    const { overrides, served } = fleet(file)
    overrides.load(now)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where the directory was')
    const { expired, problem } = overrides.advance(order.expiresAt)
    expect(expired.length).toBe(1)
    expect(problem).toContain('cannot be written')
    expect(served(0)).toBe(255)
  })
})

/** A file of one override with something changed. */
function keptAs(change: Record<string, unknown>): string {
  return JSON.stringify({ version: 2, overrides: [{ target: 'hkg-1', ...order, setAt: now, ...change }] })
}
