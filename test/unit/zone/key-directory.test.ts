// Keys on disk: what is written reads back, what others could read is refused, and nothing private is ever said.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKey, readKeys, writeTimes, type KeyOnDisk } from '../../../src/zone/key-directory.ts'
import { isActive, isPublished, nextChange, noTimes } from '../../../src/zone/signing/key-times.ts'
import { name } from '../../support/world.ts'

const zone = name('live.example.net')
const now = Date.UTC(2026, 0, 31, 23, 59, 59) / 1000
const inUse = { ...noTimes, created: now, publish: now, activate: now }

let directory: string
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'nearcast-keys-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const publicFile = ({ file }: KeyOnDisk): string => file.replace(/\.private$/, '.key')
const secretOf = (file: string): string => /^PrivateKey: (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? ''

describe('a key directory', () => {
  it.each(['ecdsap256', 'ed25519'] as const)(
    'gives back an %s key as it was made, in files of one user',
    (algorithm) => {
      const { key, file } = createKey(directory, zone, algorithm, 257, inUse, new Set())
      const number = algorithm === 'ecdsap256' ? '013' : '015'
      const base = `Klive.example.net.+${number}+${String(key.keyTag).padStart(5, '0')}`
      expect(readdirSync(directory).toSorted()).toEqual([`${base}.key`, `${base}.private`])
      for (const one of readdirSync(directory)) expect(statSync(join(directory, one)).mode & 0o777).toBe(0o600)
      const { keys, problems } = readKeys(directory, zone)
      expect(problems).toEqual([])
      expect(keys).toMatchObject([{ file, times: inUse, key: { keyTag: key.keyTag, flags: 257 } }])
      const data = Uint8Array.of(1, 2, 3)
      expect(keys[0].key.sign(data)).toHaveLength(64)
    },
  )

  it('writes times as BIND does, and reads them back', () => {
    const made = createKey(directory, zone, 'ed25519', 256, inUse, new Set())
    const times = { ...inUse, inactive: now + 60, delete: now + 120 }
    writeTimes(zone, made, times)
    expect(readFileSync(made.file, 'utf8')).toContain('\nPublish: 20260131235959\n')
    expect(readKeys(directory, zone).keys[0].times).toEqual(times)
    expect([isActive(times, now), isActive(times, now + 60), isPublished(times, now + 60)]).toEqual([true, false, true])
    expect([nextChange(times, now), nextChange(times, now + 120)]).toEqual([now + 60, Infinity])
  })

  it('refuses a key that others may read, and says what to do', () => {
    const { file } = createKey(directory, zone, 'ecdsap256', 257, inUse, new Set())
    chmodSync(file, 0o640)
    const { keys, problems } = readKeys(directory, zone)
    expect(keys).toEqual([])
    expect(problems).toEqual([`${file}: others may read or write it (mode 640), expected 600: chmod 600 ${file}`])
  })

  it.each([
    [
      'another private key',
      (text: string) => text.replace(/^PrivateKey: .*$/m, `PrivateKey: ${Buffer.alloc(32, 7).toString('base64')}`),
      'the .key file beside it is that of another private key',
    ],
    [
      'a private key cut short',
      (text: string) => text.replace(/^(PrivateKey: .{8}).*$/m, '$1'),
      'PrivateKey is no private key of algorithm 13',
    ],
    [
      'another algorithm',
      (text: string) => text.replace('Algorithm: 13', 'Algorithm: 8'),
      'algorithm 8 (ECDSAP256SHA256), expected 13 (ecdsap256) or 15 (ed25519)',
    ],
    ['no key file', () => 'hello\n', 'no private key file, expected one that begins with Private-key-format: v1.3'],
    [
      'a time that is none',
      (text: string) => text.replace(/^Publish: .*$/m, 'Publish: 20260231000000'),
      'Publish is 20260231000000, expected a time as YYYYMMDDhhmmss in UTC',
    ],
  ])('refuses %s, without quoting it', (_, change, problem) => {
    const { file } = createKey(directory, zone, 'ecdsap256', 257, inUse, new Set())
    const secret = secretOf(file)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
    const { keys, problems } = readKeys(directory, zone)
    expect(keys).toEqual([])
    expect(problems).toEqual([`${file}: ${problem}`])
    expect(problems.join()).not.toContain(secret.slice(0, 8))
  })

  it('says when there is none, and leaves keys of other zones alone', () => {
    createKey(directory, name('other.example.net'), 'ed25519', 257, inUse, new Set())
    const none = { keys: [], problems: [], lost: [], files: [], others: [], absent: false }
    expect(readKeys(directory, zone)).toEqual({ ...none, others: ['other.example.net'] })
    const absent = { ...none, problems: [`there is no directory ${directory}/nowhere`], absent: true }
    expect(readKeys(join(directory, 'nowhere'), zone)).toEqual(absent)
  })

  it('tells of a key whose .private is not there, and of one whose .key is not', () => {
    const times = { ...inUse, delete: now + 60 }
    const [half, other] = [257, 256].map((flags) => createKey(directory, zone, 'ed25519', flags, times, new Set()))
    rmSync(half.file)
    rmSync(publicFile(other))
    const { keys, problems, lost, files, others } = readKeys(directory, zone)
    expect([keys, others]).toEqual([[], []])
    expect(lost).toEqual([{ file: publicFile(half), times }])
    expect(problems).toEqual([`${other.file} has no .key beside it: copy that too`])
    // Watched, so that a daemon reads what is copied there.
    expect(files.toSorted()).toEqual([half, other].flatMap((one) => [publicFile(one), one.file]).toSorted())
  })
})
