// What compiling says of keys that sign all the same: a setting that changes nothing, and times that are told wrong. Verifies no signature.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { compileAside } from '../../../src/compile/run.ts'
import { createKey, type KeyOnDisk } from '../../../src/zone/key-directory.ts'
import { noTimes } from '../../../src/zone/signing/key-times.ts'
import { combined, type AlgorithmName } from '../../support/signed-world.ts'
import { tiny, type Tiny } from '../../support/tiny.ts'
import { name } from '../../support/world.ts'

let site: Tiny
beforeEach(() => {
  site = tiny()
  mkdirSync(join(site.directory, 'keys'))
  return () => site.remove()
})

const times = { ...noTimes, publish: 0, activate: 0, syncPublish: 0 }
const newKey = (algorithm: AlgorithmName): KeyOnDisk =>
  createKey(join(site.directory, 'keys'), name('live.example.net'), algorithm, combined, times, new Set())

/** The warnings that compiling gives with this `dnssec`. */
async function warnings(dnssec: string): Promise<readonly string[]> {
  site.write({ zone: [`dnssec: { ${dnssec} }`] })
  const { configPath, cacheDirectory } = site
  const outcome = await compileAside({ configPath, cacheDirectory, epoch: 7 })
  expect(outcome).toMatchObject({ ok: true })
  return outcome.ok ? outcome.warnings.filter((text) => /algorithm|keys of/.test(text)) : []
}

/** Where a word stands in the configuration. */
function placeOf(word: string): string {
  const lines = readFileSync(site.configPath, 'utf8').split('\n')
  const line = lines.findIndex((text) => text.includes(word))
  return `nearcast.yaml:${line + 1}:${lines[line].indexOf(word) + 1}`
}

describe('an algorithm', () => {
  it('that no key has is warned of where it was written', async () => {
    newKey('ecdsap256')
    expect(await warnings('keys: keys, algorithm: ed25519')).toEqual([
      expect.stringMatching(
        /: algorithm: ed25519 changes nothing: the keys of live\.example\.net are ecdsap256, and it only counts for `nearcast keys generate`; write ecdsap256, or unsign/,
      ),
    ])
    const [text] = await warnings('keys: keys, algorithm: ed25519')
    expect(text.slice(text.lastIndexOf('/') + 1)).toContain(`${placeOf('ed25519 }')}: `)
  }, 60_000)

  it('is the default, or that of the keys, or meant for those that come after, without a word', async () => {
    newKey('ed25519')
    expect(await warnings('keys: keys')).toEqual([])
    expect(await warnings('keys: keys, algorithm: ed25519')).toEqual([])
    expect(await warnings('keys: keys, algorithm: ecdsap256, leave: true')).toEqual([])
  }, 60_000)
})

describe('times of a key', () => {
  it('that its .key tells otherwise are warned of', async () => {
    const { file } = newKey('ecdsap256')
    const shown = file.replace(/private$/, 'key')
    writeFileSync(shown, readFileSync(shown, 'utf8').replace(/^; SyncPublish: \d+/m, '; SyncPublish: 20270101000000'))
    expect(await warnings('keys: keys')).toEqual([
      expect.stringContaining(
        `: keys of live.example.net: ${shown}: the .private file beside it rules, and this one says SyncPublish 20270101000000`,
      ),
    ])
  }, 60_000)
})
