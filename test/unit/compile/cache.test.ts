// The cache: what was kept comes back or is as if it had never been, with a note. Knows nothing of what is kept.
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cache, defaultCacheDirectory } from '../../../src/compile/cache.ts'

let directory: string
let notes: string[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nearcast-cache-'))
  notes = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function opened(path = directory): Cache {
  const cache = Cache.open(path, (message) => notes.push(message))
  if (cache === null) throw new Error(notes.join())
  return cache
}

describe('a value', () => {
  it('comes back as it was, also in another process', async () => {
    await opened().set('tree-1', Buffer.from('abc'))
    expect((await opened().get('tree-1'))?.toString()).toBe('abc')
    expect(notes).toEqual([])
  })

  it('may be kept by two at once that count as one process, as the first ones of containers do', async () => {
    const value = Buffer.alloc(1 << 16, 'x')
    const all = Array.from({ length: 4 }, () => opened().set('tree-1', value))
    expect(await Promise.all(all)).toEqual(all.map(() => true))
    expect(await opened().get('tree-1')).toEqual(value)
    expect(notes).toEqual([])
  })

  it('that was never kept is null without a note', async () => {
    expect(await opened().get('tree-1')).toBeNull()
    expect(notes).toEqual([])
  })

  it('may be empty', async () => {
    await opened().set('tree-1', Buffer.alloc(0))
    expect(await opened().get('tree-1')).toEqual(Buffer.alloc(0))
  })

  it.each([
    ['changed by a bit', (bytes: Buffer) => bytes.fill(bytes[40] ^ 1, 40, 41)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 35)],
    ['cut off inside the digest', (bytes: Buffer) => bytes.subarray(0, 10)],
    ['emptied', () => Buffer.alloc(0)],
    ['grown', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')])],
  ])('%s on disk is null with a note, and can be kept again', async (_how, spoil) => {
    const cache = opened()
    await cache.set('tree-1', Buffer.from('a value of some length'))
    const path = join(directory, 'tree-1')
    writeFileSync(path, spoil(readFileSync(path)))
    expect(await cache.get('tree-1')).toBeNull()
    expect(notes).toEqual([`${path} is damaged and is made again`])
    await cache.set('tree-1', Buffer.from('again'))
    expect((await cache.get('tree-1'))?.toString()).toBe('again')
  })

  it('is for nobody else to read and leaves nothing beside it', async () => {
    await opened().set('tree-1', Buffer.from('abc'))
    expect(statSync(join(directory, 'tree-1')).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['tree-1'])
  })

  it('that cannot be written is a note, not an error', async () => {
    const cache = opened()
    mkdirSync(join(directory, 'tree-1', 'in-the-way'), { recursive: true })
    await cache.set('tree-1', Buffer.from('abc'))
    expect(notes).toEqual([expect.stringMatching(/tree-1 cannot be written: /)])
    expect(readdirSync(directory)).toEqual(['tree-1'])
  })
})

describe('a bare value', () => {
  const digest = hash('sha256', Buffer.from('abc'), 'buffer')

  it('is brought to a path as it was', async () => {
    await opened().setBare('blocks-1', Buffer.from('abc'))
    expect(await opened().bring('blocks-1', digest, join(directory, 'there'))).toBe(true)
    expect(readFileSync(join(directory, 'there'), 'utf8')).toBe('abc')
    expect(statSync(join(directory, 'blocks-1')).mode & 0o777).toBe(0o600)
  })

  it('that was never kept is not brought, without a note', async () => {
    expect(await opened().bring('blocks-1', digest, join(directory, 'there'))).toBe(false)
    expect([notes, readdirSync(directory)]).toEqual([[], []])
  })

  it.each(['abd', 'ab', 'abcd', ''])('that became %o on disk is not brought, with a note', async (text) => {
    await opened().setBare('blocks-1', Buffer.from('abc'))
    writeFileSync(join(directory, 'blocks-1'), text)
    expect(await opened().bring('blocks-1', digest, join(directory, 'there'))).toBe(false)
    expect(notes).toEqual([`${join(directory, 'blocks-1')} is damaged and is made again`])
    expect(readdirSync(directory)).toEqual(['blocks-1'])
  })
})

describe('old files', () => {
  it('go by kind, the least recently used first', async () => {
    const cache = opened()
    for (const [index, name] of ['tree-a', 'tree-b', 'tree-c', 'partition-a'].entries()) {
      await cache.set(name, Buffer.from(name))
      utimesSync(join(directory, name), 1000 + index, 1000 + index)
    }
    await cache.get('tree-a')
    await cache.keep('tree', 2)
    expect(readdirSync(directory).toSorted()).toEqual(['partition-a', 'tree-a', 'tree-c'])
  })
})

describe('the directory', () => {
  it('is made, for its owner alone', () => {
    const path = join(directory, 'deep', 'cache')
    opened(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  it('that cannot be used is one note and no cache', () => {
    const path = join(directory, 'a file')
    writeFileSync(path, '')
    expect(Cache.open(path, (message) => notes.push(message))).toBeNull()
    expect(notes).toEqual([expect.stringMatching(/^the cache directory .*a file cannot be used, so nothing is kept: /)])
  })

  it.each([
    [{ CACHE_DIRECTORY: '/var/cache/nearcast:/var/cache/other', XDG_CACHE_HOME: '/x' }, '/var/cache/nearcast'],
    [{ XDG_CACHE_HOME: '/x' }, '/x/nearcast'],
    [{ XDG_CACHE_HOME: 'not/absolute' }, join(homedir(), '.cache', 'nearcast')],
    [{}, join(homedir(), '.cache', 'nearcast')],
  ])('is by default, with %o, %s', (environment, expected) => {
    expect(defaultCacheDirectory(environment)).toBe(expected)
  })
})
