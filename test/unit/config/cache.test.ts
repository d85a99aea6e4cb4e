// Parse results kept by content: what is known is not parsed again, and nothing kept can do harm.
import { describe, expect, it } from 'vitest'
import type { ParseCache } from '../../../src/config/tree-cache.ts'
import { changed, good, loadFiles, main } from './load-files.ts'

class MemoryCache implements ParseCache {
  readonly kept = new Map<string, Buffer>()
  hits = 0

  async get(key: string): Promise<Buffer | null> {
    const found = this.kept.get(key) ?? null
    if (found !== null) this.hits++
    return found
  }

  async set(key: string, value: Buffer): Promise<void> {
    this.kept.set(key, value)
  }
}

describe('the parse cache', () => {
  it('gives the same configuration, places included', async () => {
    const cache = new MemoryCache()
    const files = {
      [main]: changed('nodes:\n', 'nodes:\n  include: a.yaml\n'),
      'a.yaml': '"hkg-3": { site: hgk, price: 0x10, addresses: [], 1: ~ }\n',
    }
    const first = await loadFiles(files, cache)
    expect(cache.kept.size).toBe(2)
    const second = await loadFiles(files, cache)
    expect(cache.hits).toBe(2)
    expect(first.problems.length).toBeGreaterThan(2)
    expect(second.problems).toEqual(first.problems)
    const [parsed, cached] = [await loadFiles({ [main]: good }), await loadFiles({ [main]: good }, cache)]
    expect(cached.loaded.config).toEqual(parsed.loaded.config)
  })

  it('keeps nothing of a file with faults in its YAML', async () => {
    const cache = new MemoryCache()
    await loadFiles({ [main]: changed('  beta:', '  alpha:') }, cache)
    expect(cache.kept.size).toBe(0)
  })

  it('is not believed when what it gives is no parse result', async () => {
    const cache = new MemoryCache()
    await loadFiles({ [main]: good }, cache)
    const [[key, value]] = cache.kept
    for (const broken of [Buffer.from('nonsense'), value.subarray(0, value.length / 2), Buffer.alloc(0)]) {
      cache.kept.set(key, broken)
      expect((await loadFiles({ [main]: good }, cache)).problems).toEqual([])
    }
  })
})
