// Keys on disk: what is written reads back, what others could read is refused, and nothing private is ever said.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKey, readKeys, writeTimes, type KeyOnDisk } from '../../../src/zone/key-directory.ts'
import { dnskeyRdata, keyTag } from '../../../src/zone/signing/dnskey.ts'
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

  // The names that dnssec-keygen of BIND 9.18 gives the files of these zones.
  it.each([
    ['0/25.2.0.192.in-addr.arpa', 'K0%2F25.2.0.192.in-addr.arpa.'],
    ['a%b.example', 'Ka%25b.example.'],
    ['a+b.example', 'Ka%2Bb.example.'],
    ['a\\032b\\\\c\\.d.example', 'Ka%20b%5Cc%2Ed.example.'],
    ['_a-b.example', 'K_a-b.example.'],
  ])('names files of %s as BIND does, beside those of others, and finds them', (text, prefix) => {
    const { key, file } = createKey(directory, name(text), 'ed25519', 257, inUse, new Set())
    expect(file).toBe(join(directory, `${prefix}+015+${String(key.keyTag).padStart(5, '0')}.private`))
    expect(readdirSync(directory)).toHaveLength(2)
    expect(readKeys(directory, name(text))).toMatchObject({
      problems: [],
      keys: [{ file, key: { keyTag: key.keyTag } }],
    })
    expect(readKeys(directory, zone)).toMatchObject({ keys: [], files: [], others: [prefix.slice(1, -1)] })
  })

  it('writes times as BIND does, and reads them back', () => {
    const made = createKey(directory, zone, 'ed25519', 256, inUse, new Set())
    const times = { ...inUse, inactive: now + 60, delete: now + 120 }
    writeTimes(zone, made, times)
    expect(readFileSync(made.file, 'utf8')).toContain('\nPublish: 20260131235959\n')
    expect(readKeys(directory, zone).keys[0].times).toEqual(times)
    expect([isActive(times, now), isActive(times, now + 60), isPublished(times, now + 60)]).toEqual([true, false, true])
    expect([nextChange(times, now), nextChange(times, now + 120)]).toEqual([now + 60, Infinity])
  })

  it('warns of times in the comments that are not those in use, and of none that are not there', () => {
    const made = createKey(directory, zone, 'ed25519', 257, { ...inUse, syncPublish: now, delete: now + 60 }, new Set())
    expect(readKeys(directory, zone).warnings).toEqual([])
    const comments = readFileSync(publicFile(made), 'utf8')
    const change = (text: string): void => writeFileSync(publicFile(made), text)
    // As BIND writes it, with the time in words behind.
    change(comments.replace(/^; SyncPublish: \d+/m, '; SyncPublish: 20270101000000 (Fri Jan  1 00:00:00 2027)'))
    writeFileSync(made.file, readFileSync(made.file, 'utf8').replace(/^Delete: .*\n/m, ''))
    const { keys, problems, warnings } = readKeys(directory, zone)
    expect(problems).toEqual([])
    expect(keys).toMatchObject([{ times: { ...inUse, syncPublish: now, delete: null } }])
    expect(warnings).toEqual([
      `${publicFile(made)}: the .private file beside it rules, and this one says Delete 20260201000059 where that has none, ` +
        'SyncPublish 20270101000000 where that has 20260131235959: write the right time into both',
    ])
    change(comments.replaceAll(/^;.*\n/gm, ''))
    expect(readKeys(directory, zone).warnings).toEqual([])
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
      'the .key file beside it is that of another private key',
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

  it('refuses files that are named after another key', () => {
    const { key, file } = createKey(directory, zone, 'ecdsap256', 257, inUse, new Set())
    const [, base] = /^(K.*)\+\d+\.private$/.exec(basename(file)) ?? []
    const other = String((key.keyTag + 1) % 65_536).padStart(5, '0')
    const rename = (from: string, to: string): void => {
      for (const half of ['private', 'key'])
        renameSync(join(directory, `${from}.${half}`), join(directory, `${to}.${half}`))
    }
    const own = basename(file, '.private')
    const holds = `but it holds key ${key.keyTag}, algorithm 13, with flags 257: rename both files to ${own}.private and ${own}.key`
    const names: readonly (readonly [string, string])[] = [
      [`${base}+${other}`, `of key ${Number(other)}, algorithm 13`],
      [own.replace('+013+', '+015+'), `of key ${key.keyTag}, algorithm 15`],
      [`${own}-old`, 'of no key'],
    ]
    for (const [wrong, says] of names) {
      rename(own, wrong)
      const { keys, problems } = readKeys(directory, zone)
      expect(keys).toEqual([])
      expect(problems).toEqual([`${join(directory, wrong)}.private: its name is ${says}, ${holds}`])
      rename(wrong, own)
    }
    expect(readKeys(directory, zone)).toMatchObject({ problems: [], keys: [{ file }] })
  })

  it.each([
    [257, 256],
    [256, 257],
  ])('refuses flags %i that were changed to %i, by the name', (flags, changed) => {
    const made = createKey(directory, zone, 'ecdsap256', flags, inUse, new Set())
    const { file, key } = made
    const text = readFileSync(publicFile(made), 'utf8')
    writeFileSync(publicFile(made), text.replace(`DNSKEY ${flags}`, `DNSKEY ${changed}`))
    const tag = keyTag(dnskeyRdata({ ...key, flags: changed }))
    const right = `Klive.example.net.+013+${String(tag).padStart(5, '0')}`
    const { keys, problems } = readKeys(directory, zone)
    expect(keys).toEqual([])
    expect(problems).toEqual([
      `${file}: its name is of key ${key.keyTag}, algorithm 13, but it holds key ${tag}, algorithm 13, with flags ${changed}; ` +
        `with ${flags} it is key ${key.keyTag}: write ${flags} into the .key file beside it, or where ${changed} is meant ` +
        `rename both files to ${right}.private and ${right}.key`,
    ])
  })

  it('says when there is none, and leaves keys of other zones alone', () => {
    createKey(directory, name('other.example.net'), 'ed25519', 257, inUse, new Set())
    const none = { keys: [], problems: [], warnings: [], lost: [], files: [], others: [], absent: false }
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

const isRoot = process.getuid?.() === 0
if (!isRoot) process.stderr.write('\n*** SKIPPED *** who owns the key files that root writes: run it as root\n\n')

describe("a file that takes a key file's place", () => {
  it('is never written through what another left in its way', () => {
    const made = createKey(directory, zone, 'ed25519', 257, inUse, new Set())
    const elsewhere = join(directory, 'elsewhere')
    writeFileSync(elsewhere, 'mine', { mode: 0o644 })
    symlinkSync(elsewhere, `${made.file}.new`)
    writeTimes(zone, made, { ...inUse, delete: now + 60 })
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine')
    expect(statSync(made.file).mode & 0o777).toBe(0o600)
    expect(readKeys(directory, zone)).toMatchObject({ problems: [], keys: [{ times: { delete: now + 60 } }] })
  })

  it('leaves all as it was where it cannot be written', () => {
    const made = createKey(directory, zone, 'ed25519', 257, inUse, new Set())
    const before = [made.file, publicFile(made)].map((file) => readFileSync(file, 'utf8'))
    mkdirSync(`${made.file}.new`)
    writeFileSync(join(`${made.file}.new`, 'in the way'), '')
    expect(() => writeTimes(zone, made, { ...inUse, delete: now + 60 })).toThrow(`${made.file}.new`)
    expect([made.file, publicFile(made)].map((file) => readFileSync(file, 'utf8'))).toEqual(before)
    expect(existsSync(`${publicFile(made)}.new`)).toBe(false)
  })
})

describe.skipIf(!isRoot)('key files that root writes', () => {
  const service = 1234
  const ownersOf = (where: string): string[] => {
    const owners = readdirSync(where).map((file) => statSync(join(where, file)))
    return [...new Set(owners.map(({ uid, gid, mode }) => `${uid}:${gid} ${(mode & 0o777).toString(8)}`))]
  }
  /** As the service's user reads them. */
  const readAsService = (where: string): ReturnType<typeof readKeys> => {
    process.seteuid?.(service)
    try {
      return readKeys(where, zone)
    } finally {
      process.seteuid?.(0)
    }
  }
  const give = ({ file }: KeyOnDisk, uid: number): void => chownSync(file, uid, uid)

  it('belong to the owner of the keys that were there, though root owns the directory', () => {
    chmodSync(directory, 0o755)
    const old = createKey(directory, zone, 'ed25519', 257, inUse, new Set())
    give(old, service)
    chownSync(publicFile(old), service, service)
    const fresh = createKey(directory, zone, 'ed25519', 257, inUse, new Set())
    writeTimes(zone, old, { ...inUse, syncDelete: now })
    expect(ownersOf(directory)).toEqual([`${service}:${service} 600`])
    expect(readAsService(directory)).toMatchObject({ problems: [], lost: [] })
    expect(readAsService(directory).keys.map(({ file }) => file)).toEqual([old.file, fresh.file].toSorted())
  })

  it('belong both to the owner of the private one, as the other was open to all before', () => {
    chmodSync(directory, 0o755)
    const made = createKey(directory, zone, 'ed25519', 257, inUse, new Set())
    give(made, service)
    chmodSync(publicFile(made), 0o644)
    writeTimes(zone, made, { ...inUse, delete: now + 60 })
    expect(readAsService(directory)).toMatchObject({ problems: [], keys: [{ file: made.file }] })
  })

  it('belong to the owner of the directory where there is no key of the zone, or where their owners differ', () => {
    chownSync(directory, service, service)
    give(createKey(directory, name('other.example.net'), 'ed25519', 257, inUse, new Set()), 4321)
    const first = createKey(directory, zone, 'ed25519', 257, inUse, new Set())
    expect(statSync(first.file)).toMatchObject({ uid: service, gid: service })
    give(first, 4321)
    give(createKey(directory, zone, 'ed25519', 257, inUse, new Set()), 4322)
    const last = createKey(directory, zone, 'ed25519', 257, inUse, new Set())
    expect(statSync(last.file)).toMatchObject({ uid: service, gid: service })
  })

  it('lie in a new directory, and in one above it, that belong to the owner of the one these are made in', () => {
    chownSync(directory, service, service)
    const where = join(directory, 'dnssec', 'keys')
    createKey(where, zone, 'ed25519', 257, inUse, new Set())
    expect(ownersOf(directory)).toEqual([`${service}:${service} 700`])
    expect(ownersOf(join(where, '..'))).toEqual([`${service}:${service} 700`])
    expect(readAsService(where)).toMatchObject({ problems: [], keys: [{ times: inUse }] })
  })
})
