// A small world whose zone is signed, and an eye for whether an answer's signatures are good. Reads names with the code under test,
// which its own tests hold against others.
import { createSignatures } from '../../src/server/signature-table.ts'
import { Signer, type SigningReason, type ZoneSigning } from '../../src/server/signer.ts'
import { State } from '../../src/server/state.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { decodeName, lowerName } from '../../src/wire/name.ts'
import { Algorithm, generatePrivate, type AlgorithmName } from '../../src/zone/signing/algorithm.ts'
import { Flags, parseDnskey, type PublicKey } from '../../src/zone/signing/dnskey.ts'
import { signingKey, type SigningKey } from '../../src/zone/signing/key.ts'
import { keySetOf } from '../../src/zone/signing/key-set.ts'
import { noTimes } from '../../src/zone/signing/key-times.ts'
import { parseRrsig, verifyRRset } from '../../src/zone/signing/rrsig.ts'
import { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'
import { dnssec } from './signed-world.ts'
import { makeWorld, zone, type World } from './world.ts'

const rrsig = 46
const dnskey = 48

interface Raw {
  readonly section: 'answer' | 'authority' | 'additional'
  readonly owner: Uint8Array
  readonly type: number
  readonly ttl: number
  /** As in the message: names in it may be compressed, though ours never are. */
  readonly rdata: Uint8Array
}

/** Every record of a message. */
function readRaw(message: Uint8Array): Raw[] {
  const bytes = Buffer.from(message)
  let at = 12
  for (let left = bytes.readUInt16BE(4); left > 0; left--) at = nextOf(bytes, at) + 4
  return (['answer', 'authority', 'additional'] as const).flatMap((section, index) =>
    Array.from({ length: bytes.readUInt16BE(6 + index * 2) }, () => {
      const decoded = decodeName(bytes, at)
      if (decoded === null) throw new Error('an owner is malformed')
      const fixed = decoded.next
      const length = bytes.readUInt16BE(fixed + 8)
      at = fixed + 10 + length
      return {
        section,
        owner: lowerName(decoded.name),
        type: bytes.readUInt16BE(fixed),
        ttl: bytes.readUInt32BE(fixed + 4),
        rdata: Uint8Array.from(bytes.subarray(fixed + 10, at)),
      }
    }),
  )
}

function nextOf(bytes: Buffer, at: number): number {
  const decoded = decodeName(bytes, at)
  if (decoded === null) throw new Error('a question is malformed')
  return decoded.next
}

/** The signatures over an RRset of the answer section that are good by these keys now. */
export function goodSignatures(message: Uint8Array, type: number, keys: readonly PublicKey[], now: number) {
  const records = readRaw(message).filter(({ section }) => section === 'answer')
  const set = records.filter((record) => record.type === type)
  if (set.length === 0) return []
  const [{ owner }] = set
  const rdatas = set.map(({ rdata }) => rdata)
  return records
    .filter((record) => record.type === rrsig && Buffer.compare(record.owner, owner) === 0)
    .filter(({ rdata }) => keys.some((key) => verifyRRset({ owner, type, rdatas }, rdata, key, now)))
    .flatMap((record) => {
      const parsed = parseRrsig(record.rdata)
      return parsed === null || parsed.type !== type ? [] : [{ ...parsed, sentTtl: record.ttl }]
    })
}

/** The keys that a DNSKEY answer holds. */
export function keysIn(message: Uint8Array): PublicKey[] {
  return readRaw(message)
    .filter(({ type }) => type === dnskey)
    .flatMap(({ rdata }) => parseDnskey(rdata) ?? [])
}

export function newKey(algorithm: AlgorithmName = 'ecdsap256'): SigningKey {
  const key = signingKey(Algorithm[algorithm], Flags.zone | Flags.entryPoint, generatePrivate(algorithm))
  if (key === null) throw new Error('a fresh key is no key')
  return key
}

/** Unix seconds at which these worlds stand still. */
export const startSeconds = 1_800_000_000

export interface SignedWorld extends World {
  /** Of a door's thread, which cannot sign. */
  readonly door: State
  /** Of the signer's thread. */
  readonly signing: State
  readonly signer: Signer
  readonly made: SigningReason[]
  readonly clock: { now: number }
  /** Has these keys sign the zone from now on. */
  readonly setKeys: (keys: readonly SigningKey[]) => void
}

/** The small world, its one zone signed by these keys. */
export function signedWorld(
  keys: readonly SigningKey[],
  more: Parameters<typeof makeWorld>[0] = {},
  tableSets = 64,
): SignedWorld {
  const stored = keys.map((key) => ({ key, times: { ...noTimes, publish: 0, activate: 0 } }))
  const world = makeWorld({ zones: [zone], ...more }, 7, [new ZoneSigner(zone, dnssec(), stored, startSeconds)])
  const table = createSignatures(tableSets)
  const clock = { now: startSeconds }
  const made: SigningReason[] = []
  const signer = new Signer({
    table,
    now: () => clock.now,
    random: () => 0.5,
    onSigned: (reason) => void made.push(reason),
  })
  const stateOf = (): State => {
    const counters = createCounters(world.words.length / 2)
    const { words, protection, published } = world
    return new State({ words, counters, identity: 'test-1', protection, signatures: table }, published)
  }
  const [door, signing] = [stateOf(), stateOf()]
  signing.signer = signer
  const setKeys = (now: readonly SigningKey[]): void => {
    const keySet = keySetOf(zone.apex, now)
    for (const { tables } of [world, door, signing]) tables.zoneKeySet[0] = keySet
    signer.setZones([signingOf(now)])
  }
  setKeys(keys)
  return { ...world, door, signing, signer, made, clock, setKeys }
}

export function signingOf(keys: readonly SigningKey[]): ZoneSigning {
  return {
    apex: zone.apex,
    keySet: keySetOf(zone.apex, keys),
    keys,
    validitySeconds: 14 * 86_400,
    refreshSeconds: 5 * 86_400,
  }
}
