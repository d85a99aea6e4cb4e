// Why keys on disk cannot sign, and what is advised: never a second key while the parent's DS may name the first.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKey, readKeys, type KeyOnDisk } from '../../../src/zone/key-directory.ts'
import { delegationProblems, fileProblems, keyProblems } from '../../../src/zone/key-problems.ts'
import { noTimes, type KeyTimes } from '../../../src/zone/signing/key-times.ts'
import { name } from '../../support/world.ts'

const zone = name('live.example.net')
const now = Date.UTC(2026, 0, 31, 23, 59, 59) / 1000

let directory: string
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'nearcast-keys-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const make = (
  flags: number,
  times: Partial<KeyTimes> = {},
  algorithm: 'ecdsap256' | 'ed25519' = 'ed25519',
  of = zone,
): KeyOnDisk => createKey(directory, of, algorithm, flags, { ...noTimes, publish: 0, activate: 0, ...times }, new Set())
const publicFile = ({ file }: KeyOnDisk): string => file.replace(/\.private$/, '.key')
const problems = (at = now): string[] => keyProblems(readKeys(directory, zone), directory, zone, at)
const files = (at = now): string[] => fileProblems(readKeys(directory, zone), directory, zone, at)

const generate = '`nearcast keys generate live.example.net`'
const removeFirst = `have the parent remove the DS, wait for the DS's TTL, move these files away, make a key with ${generate}`

describe('keys that sign', () => {
  it('are combined ones, or one of each kind, and have no problem', () => {
    make(257)
    expect(problems()).toEqual([])
    make(256)
    expect(problems()).toEqual([])
  })
})

describe('a first key is advised', () => {
  const advice = `copy the keys from another server, or make the first ones with ${generate}`

  it('where there is no directory, and where no file in it is of the zone, which is told apart from those of others', () => {
    const nowhere = join(directory, 'nowhere')
    const absent = keyProblems(readKeys(nowhere, zone), nowhere, zone, now)
    expect(absent).toEqual([`there is no directory ${nowhere}: ${advice}`])
    expect(problems()).toEqual([`${directory} holds no key of live.example.net: ${advice}`])
    for (const other of ['example.net', 'b.example.net', 'c.example.net', 'd.example.net'])
      make(257, {}, 'ed25519', name(other))
    expect(problems()).toEqual([
      `${directory} holds no key of live.example.net, only files of b.example.net, c.example.net, d.example.net and 1 more: ${advice}`,
    ])
    expect(files()).toEqual(problems())
  })
})

describe('a key without its .private', () => {
  it('is named, alone and beside others, and no new key is advised before the DS is gone', () => {
    const half = make(257)
    rmSync(half.file)
    const expected = [
      expect.stringMatching(/^\/.*\.key has no \.private beside it: copy it from another server\. Where it is lost, /),
    ]
    expect(problems()).toEqual(expected)
    expect(problems()[0]).toContain(publicFile(half))
    expect(problems()[0]).toContain(removeFirst)
    make(256)
    expect(problems()).toEqual(expected)
    make(257)
    expect(problems()).toEqual(expected)
    expect(files()).toEqual(expected)
  })

  it('is not missed when its time is over, which leaves a zone without any as it was', () => {
    const half = make(257, { delete: now })
    rmSync(half.file)
    expect(files()).toEqual([])
    expect(problems()).toEqual([
      expect.stringContaining('is past its Delete time, 2026-01-31 23:59 UTC): if the parent'),
    ])
    expect(problems(now - 1)).toEqual([expect.stringContaining('has no .private')])
    make(257)
    expect(problems()).toEqual([])
  })
})

describe('keys are of no use', () => {
  it('when none is published, with a new one only after the DS', () => {
    const gone = make(257, { delete: now, inactive: 5 })
    expect(problems()).toEqual([
      `${directory} holds no key of the zone that is in use (key ${gone.key.keyTag} is past its Delete time, 2026-01-31 23:59 UTC): ` +
        'if the parent has a DS of one, take Inactive and Delete out of its .private file. ' +
        `For another key, ${removeFirst} and give the parent the new DS when that says so`,
    ])
    expect(files()).toEqual([])
    const { key } = make(257, { publish: now + 86_400 })
    expect(problems()).toEqual([expect.stringContaining(`key ${key.keyTag} is published from 2026-02-01 23:59 UTC on`)])
    expect(problems()[0]).toMatch(new RegExp(`: set Publish and Activate in the \\.private file of key ${key.keyTag}$`))
  })

  it('when none signs', () => {
    const { key } = make(257, { activate: null })
    expect(problems()).toEqual([
      `${directory} holds no key that signs now: set Activate, or take out Inactive, in the .private file of key ${key.keyTag}`,
    ])
  })

  it('when no DS may name one', () => {
    make(256)
    expect(problems()).toEqual([
      expect.stringContaining(': copy it from another server. Where it is lost, have the parent'),
    ])
  })

  it('when algorithms mix, or too many sign', () => {
    make(257)
    make(257, {}, 'ecdsap256')
    expect(problems()).toEqual([expect.stringContaining('expected one algorithm')])
    rmSync(directory, { recursive: true })
    for (let i = 0; i < 3; i++) make(257)
    expect(problems()).toEqual([expect.stringContaining('holds 3 keys that sign at the same time')])
  })
})

describe('a key that CDS names no longer', () => {
  const asked = (leave = false): string[] =>
    delegationProblems(readKeys(directory, zone), { directory, leave }, zone, now)

  it('signs on where its successor is not there, but is told of where a DS is asked for', () => {
    const { key, file } = make(257, { syncPublish: 0, syncDelete: now })
    expect(problems()).toEqual([])
    expect(asked()).toEqual([
      `${directory} holds no successor of key ${key.keyTag}, which CDS names no longer since 2026-01-31 23:59 UTC: ` +
        `copy its files from another server; where there is none, take SyncDelete out of ${file}`,
    ])
    expect(asked(true)).toEqual([])
    make(257, { syncPublish: now })
    expect(asked()).toEqual([])
  })

  it('is told of as one that CDS never names where it was rolled before its time', () => {
    const { key } = make(257, { syncPublish: now, syncDelete: now })
    expect(asked()[0]).toContain(`holds no successor of key ${key.keyTag}, which CDS never names: copy`)
  })

  it('is named before its time', () => {
    make(257, { syncPublish: 0, syncDelete: now + 1 })
    expect(asked()).toEqual([])
  })
})
