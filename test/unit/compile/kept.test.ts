// What signed snapshots were made from: recalled as it was, and there as long as it is in use. Knows no compile process.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { Cache } from '../../../src/compile/cache.ts'
import { keep, recall, type Source } from '../../../src/compile/kept.ts'
import { makeConfig } from '../../support/world.ts'

const notes: string[] = []
let directory: string
let cache: Cache

beforeEach(() => {
  notes.length = 0
  directory = mkdtempSync(join(tmpdir(), 'nearcast-kept-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const opened = Cache.open(directory, (note) => void notes.push(note))
  if (opened === null) throw new Error('no cache')
  cache = opened
})

function source(file: string): Source {
  const world = {
    blocks: { v4: 2, v6: 1 },
    cells: [{ place: 0, carrier: -1, networks: [0] }],
    places: [{ id: '', name: 'unknown', country: null, continent: null, at: null }],
    sources: [],
  }
  return { config: makeConfig(), world, blocksKey: 'blocks', files: [file] }
}

it('is recalled as it was, for the blocks it was made with', async () => {
  const name = await keep(cache, source('a.yaml'), null)
  expect(await recall(cache, name ?? '', 'blocks')).toEqual(source('a.yaml'))
  expect(await recall(cache, name ?? '', 'others')).toBe(null)
  expect(await recall(cache, 'source-of-nobody', 'blocks')).toBe(null)
})

it('stays kept while it is in use, however many come after it', async () => {
  const inUse = await keep(cache, source('in-use.yaml'), null)
  for (let i = 0; i < 20; i++) {
    // Files are told apart by when they were used, and a disk's clock may be coarse.
    await sleep(5)
    await keep(cache, source(`refused-${i}.yaml`), inUse)
  }
  expect(readdirSync(directory).length).toBeLessThan(12)
  expect((await recall(cache, inUse ?? '', 'blocks'))?.files).toEqual(['in-use.yaml'])
})

it('is not said to be kept where it could not be', async () => {
  rmSync(directory, { recursive: true })
  expect(await keep(cache, source('a.yaml'), null)).toBe(null)
  expect(notes).toEqual(expect.arrayContaining([expect.stringContaining('cannot be written')]))
})
