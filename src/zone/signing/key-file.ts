// The two files of a key in BIND's form: what they hold as text, and back. Knows no directory and no clock.
import { encodeName, formatName } from '../../wire/name.ts'
import { Algorithm, schemeOf } from './algorithm.ts'
import { dnskeyRdata, Flags, keyTag as tagOf } from './dnskey.ts'
import { signingKey, type SigningKey } from './key.ts'
import { noTimes, type KeyTimes } from './key-times.ts'

/** A key as its two files hold it. */
export interface StoredKey {
  readonly key: SigningKey
  readonly times: KeyTimes
}

const timeFields = {
  created: 'Created',
  publish: 'Publish',
  activate: 'Activate',
  inactive: 'Inactive',
  delete: 'Delete',
  syncPublish: 'SyncPublish',
  syncDelete: 'SyncDelete',
} as const satisfies Record<keyof KeyTimes, string>

/** `Klive.example.net.+013+01234`, without the ending. */
export function keyFileName(zone: Uint8Array, key: Pick<SigningKey, 'algorithm' | 'keyTag'>): string {
  return `${keyFilePrefix(zone)}${String(key.algorithm).padStart(3, '0')}+${String(key.keyTag).padStart(5, '0')}`
}

/**
 * What is wrong with the name of a key's files, after the file; null when nothing is. It says which key a DS may name, so flags that were
 * changed show there too: they make another tag.
 * @param name of the `.private` file, without the ending
 */
export function misnaming(zone: Uint8Array, name: string, key: SigningKey): string | null {
  const right = keyFileName(zone, key)
  if (name === right) return null
  const [, algorithm, tag] = /\+(\d+)\+(\d+)$/.exec(name) ?? []
  const says = tag === undefined ? 'of no key' : `of key ${Number(tag)}, algorithm ${Number(algorithm)}`
  const flags = key.flags ^ Flags.entryPoint
  const twin = tagOf(dnskeyRdata({ ...key, flags }))
  const what = `its name is ${says}, but it holds key ${key.keyTag}, algorithm ${key.algorithm}, with flags ${key.flags}`
  const rename = `rename both files to ${right}.private and ${right}.key`
  return name === keyFileName(zone, { algorithm: key.algorithm, keyTag: twin })
    ? `${what}; with ${flags} it is key ${twin}: write ${flags} into the .key file beside it, or where ${key.flags} is meant ${rename}`
    : `${what}: ${rename}`
}

/**
 * What the names of a zone's key files begin with. As in BIND's, an octet other than a letter, a digit, `-` and `_` is written `%2F`: a
 * reverse zone may be named `0/25.2.0.192.in-addr.arpa` (RFC 2317).
 * @param zone apex in lower-case wire form
 */
export function keyFilePrefix(zone: Uint8Array): string {
  let name = zone[0] === 0 ? '.' : ''
  for (let at = 0; zone[at] > 0; at += zone[at] + 1) {
    for (const octet of zone.subarray(at + 1, at + 1 + zone[at])) name += fileNameOf(octet)
    name += '.'
  }
  return `K${name}+`
}

function fileNameOf(octet: number): string {
  const character = String.fromCharCode(octet)
  return /[a-z0-9_-]/.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
}

/** The text of the `.key` file: the DNSKEY record. */
export function formatPublic(zone: Uint8Array, { key, times }: StoredKey): string {
  const kind = (key.flags & 1) === 0 ? 'zone-signing key' : 'key-signing or combined key'
  const comments = [
    `; A ${kind}, keyid ${key.keyTag}, for ${formatName(zone)}`,
    ...timeLines(times).map((line) => `; ${line}`),
  ]
  return `${[...comments, dnskeyRecord(zone, key)].join('\n')}\n`
}

/** The DNSKEY as a line of a zone file, without a TTL. */
function dnskeyRecord(zone: Uint8Array, key: SigningKey): string {
  const { flags, algorithm, publicKey } = key
  return `${formatName(zone)} IN DNSKEY ${flags} 3 ${algorithm} ${Buffer.from(publicKey).toString('base64')}`
}

/**
 * The text of the `.private` file.
 * @param octets the private scalar or seed, which a SigningKey does not give away
 */
export function formatPrivate({ key, times }: StoredKey, octets: Uint8Array): string {
  const lines = [
    'Private-key-format: v1.3',
    `Algorithm: ${key.algorithm} (${schemeOf(key.algorithm)?.mnemonic ?? ''})`,
    `PrivateKey: ${Buffer.from(octets).toString('base64')}`,
    ...timeLines(times),
  ]
  return `${lines.join('\n')}\n`
}

/** The text of a `.private` file with other times, all else as it was. */
export function withTimes(text: string, times: KeyTimes): string {
  const words = new Set<string>(Object.values(timeFields))
  const others = text.split('\n').filter((line) => line !== '' && !words.has(line.slice(0, line.indexOf(':'))))
  return `${[...others, ...timeLines(times)].join('\n')}\n`
}

/** The key in its two files' texts. `error` says what is wrong, and never quotes a private file. */
export function parseKey(zone: Uint8Array, publicText: string, privateText: string): StoredKey | { error: string } {
  const fields = new Map(
    privateText.split('\n').flatMap((line) => {
      const [, name, value] = /^([\w-]+): *(.*?)\s*$/.exec(line) ?? []
      return name === undefined ? [] : [[name, value] as const]
    }),
  )
  const format = fields.get('Private-key-format') ?? ''
  if (!format.startsWith('v1.'))
    return { error: 'no private key file, expected one that begins with Private-key-format: v1.3' }
  const algorithm = Number.parseInt(fields.get('Algorithm') ?? '', 10)
  if (schemeOf(algorithm) === undefined) {
    const known = Object.entries(Algorithm).map(([name, number]) => `${number} (${name})`)
    return { error: `algorithm ${fields.get('Algorithm') ?? 'not given'}, expected ${known.join(' or ')}` }
  }
  const record = parseDnskeyLine(publicText)
  if (record === null) return { error: 'the .key file beside it holds no DNSKEY record' }
  if (record.owner !== formatName(zone))
    return { error: `a key of ${record.owner}, expected one of ${formatName(zone)}` }
  const key = signingKey(algorithm, record.flags, Buffer.from(fields.get('PrivateKey') ?? '', 'base64'))
  if (key === null) return { error: `PrivateKey is no private key of algorithm ${algorithm}` }
  if (Buffer.compare(dnskeyRdata(key), record.rdata) !== 0)
    return { error: 'the .key file beside it is that of another private key' }
  const times = parseTimes(fields)
  return 'error' in times ? times : { key, times }
}

/** The times that stand in the comments of a `.key` file; what is not there, or is no time, is not decided. */
export function parsePublicTimes(text: string): KeyTimes {
  const times: Record<string, number | null> = { ...noTimes }
  for (const [field, name] of Object.entries(timeFields)) {
    const [, time] = new RegExp(`^; ?${name}: *(\\d{14})`, 'm').exec(text) ?? []
    if (time !== undefined) times[field] = parseTime(time)
  }
  return times as unknown as KeyTimes
}

/** Where times that a `.key` file says are not those of the `.private` file, which rules; what it does not say is left out. */
export function strayTimes(told: KeyTimes, times: KeyTimes): string[] {
  return Object.entries(timeFields).flatMap(([field, name]) => {
    const [shown, real] = [told[field as keyof KeyTimes], times[field as keyof KeyTimes]]
    if (field === 'created' || shown === null || shown === real) return []
    return [`${name} ${formatTime(shown)} where that has ${real === null ? 'none' : formatTime(real)}`]
  })
}

function parseDnskeyLine(text: string): { owner: string; flags: number; rdata: Uint8Array } | null {
  for (const line of text.split('\n')) {
    const [, owner, flags, protocol, algorithm, key] =
      /^(\S+)\s+(?:\d+\s+)?(?:IN\s+)?DNSKEY\s+(\d+)\s+(\d+)\s+(\d+)\s+([A-Za-z0-9+/= ]+?)\s*(?:;.*)?$/i.exec(line) ?? []
    const name = owner === undefined ? null : encodeName(owner.toLowerCase())
    if (name === null) continue
    const head = Uint8Array.of(Number(flags) >>> 8, Number(flags), Number(protocol), Number(algorithm))
    return { owner: formatName(name), flags: Number(flags), rdata: Buffer.concat([head, Buffer.from(key, 'base64')]) }
  }
  return null
}

function timeLines(times: KeyTimes): string[] {
  return Object.entries(timeFields).flatMap(([field, name]) => {
    const time = times[field as keyof KeyTimes]
    return time === null ? [] : [`${name}: ${formatTime(time)}`]
  })
}

function parseTimes(fields: ReadonlyMap<string, string>): KeyTimes | { error: string } {
  const times: Record<string, number | null> = { ...noTimes }
  for (const [field, name] of Object.entries(timeFields)) {
    const text = fields.get(name)
    if (text === undefined) continue
    const time = parseTime(text)
    if (time === null) return { error: `${name} is ${text}, expected a time as YYYYMMDDhhmmss in UTC` }
    times[field] = time
  }
  return times as unknown as KeyTimes
}

/** `20260131235959`, in UTC. */
function formatTime(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 19).replaceAll(/\D/g, '')
}

function parseTime(text: string): number | null {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text) ?? []
  if (year === undefined) return null
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  return formatTime(time / 1000) === text.slice(0, 14) ? time / 1000 : null
}
