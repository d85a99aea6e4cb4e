// What `nearcast keys list` prints: what each key does now, what comes when, which DS belongs at the parent. Pure text; reads nothing.
import { formatRdata } from '../wire/rdata.ts'
import { Type } from '../wire/constants.ts'
import type { Dnssec, Zone } from '../zone/model.ts'
import { isEntryPoint } from '../zone/signing/dnskey.ts'
import type { StoredKey } from '../zone/signing/key-file.ts'
import { isNeverOffered, isOffered, isPublished, type KeyTimes } from '../zone/signing/key-times.ts'
import { formatDate, formatHours, successorOf } from '../zone/signing/rollover.ts'
import { signersOf } from '../zone/signing/zone-signer.ts'
import { wantedKeys, type WantedKey } from './delegation/wanted.ts'
import { table } from './table.ts'

/** What a key does at a moment. */
interface Part {
  readonly published: boolean
  readonly signs: string
  /** CDS and CDNSKEY name it. */
  readonly named: boolean
}

/** Several lines, ending in a line feed. */
export function formatKeys(zone: Zone, keys: readonly StoredKey[], now: number): string {
  const leave = zone.dnssec?.leave === true
  const rows = keys.map((one) => {
    const { signs } = partOf(keys, one, leave, now)
    return [String(one.key.keyTag), kindOf(keys, one), publishedWhen(one.times, now), signs, namedWhen(one, leave, now)]
  })
  const ahead = comingUp(keys, leave, now)
  const digests = wantedKeys(zone, keys, now).map((key) => [placeOf(key), dsLine(zone, key.ds)])
  const sections = [
    table([['key', 'kind', 'DNSKEY', 'signs', 'CDS'], ...rows]),
    leave && zone.dnssec !== null ? leavingOf(zone.dnssec) : keys.flatMap((old) => successionOf(zone, keys, old, now)),
    ahead.length === 0 ? [] : table([['when', 'what happens'], ...ahead]),
    digests.length === 0 ? [] : ['DS at the parent:', ...table(digests).map((line) => `  ${line}`)],
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** The end of it counts from when no cache has CDS of before: a parent that reads those gives the DS again. */
function leavingOf({ keyTtlSeconds, propagationSeconds, parentDsTtlSeconds }: Dnssec): string[] {
  const [forgotten, gone] = [keyTtlSeconds + propagationSeconds, parentDsTtlSeconds].map(formatHours)
  return [
    '`leave` is set: CDS names no key and asks the parent to remove every DS. `keys roll` and `keys retire` wait until it is taken out.',
    `Remove \`dnssec\`, or these keys for others, only when it is set everywhere for ${forgotten} and from then on the parent showed no DS for ${gone}.`,
    'An unsigned zone is signed again by new keys: CDS would ask for the DS of these at once, while caches have unsigned answers.',
  ]
}

/** A DS as a line of a zone file. */
export function dsLine({ name }: Pick<Zone, 'name'>, ds: Uint8Array): string {
  return `${name}. IN DS ${formatRdata(Type.DS, ds)}`
}

function kindOf(keys: readonly StoredKey[], { key }: StoredKey): string {
  if (!isEntryPoint(key)) return 'zone-signing'
  return keys.every((one) => isEntryPoint(one.key)) ? 'combined' : 'key-signing'
}

function partOf(keys: readonly StoredKey[], { key, times }: StoredKey, leave: boolean, at: number): Part {
  const { keySets, records } = signersOf(keys, at)
  const [keySet, record] = [keySets.includes(key), records.includes(key)]
  return {
    published: isPublished(times, at),
    signs: keySet ? (record ? 'everything' : 'DNSKEY and CDS') : record ? 'records' : 'nothing',
    named: !leave && isEntryPoint(key) && isOffered(times, at),
  }
}

function publishedWhen({ publish, delete: gone }: KeyTimes, now: number): string {
  if (gone !== null && gone <= now) return `gone since ${formatDate(gone)}`
  if (publish === null) return 'never'
  return publish <= now ? 'published' : `from ${formatDate(publish)}`
}

function namedWhen({ key, times }: StoredKey, leave: boolean, now: number): string {
  const { syncPublish, syncDelete, delete: gone } = times
  if (!isEntryPoint(key)) return '-'
  if (leave || syncPublish === null) return 'not named'
  if (isNeverOffered(times)) return 'never named'
  if ([syncDelete, gone].some((end) => end !== null && end <= now)) return 'no longer named'
  if (isOffered(times, now)) return 'named'
  return `from ${formatDate(Math.max(syncPublish, times.publish ?? syncPublish))}`
}

/** Whose place a key takes, and what ends that. */
function successionOf({ name }: Zone, keys: readonly StoredKey[], old: StoredKey, now: number): string[] {
  const successor = successorOf(keys, old, now)
  if (successor === null) return []
  const tag = old.key.keyTag
  const line = `Key ${successor.key.keyTag} takes the place of key ${tag}.`
  if (old.times.inactive !== null || old.times.delete !== null) return [line]
  return [
    `${line} Once every server of the parent shows the DS of key ${successor.key.keyTag} and no other:`,
    `  nearcast keys retire ${name} ${tag} --ds-replaced`,
  ]
}

/** What the times ahead change, a row each; nothing that changes nothing. */
function comingUp(keys: readonly StoredKey[], leave: boolean, now: number): string[][] {
  const times = keys.flatMap(({ times: { created: _created, ...decided } }) => Object.values(decided))
  const ahead = new Set(times.filter((time): time is number => time !== null && time > now))
  return [...ahead]
    .toSorted((a, b) => a - b)
    .flatMap((at) => {
      const changes = keys.flatMap((one) => {
        const what = changeOf(partOf(keys, one, leave, at - 1), partOf(keys, one, leave, at))
        return what.length === 0 ? [] : [`key ${one.key.keyTag} ${what.join(', ')}`]
      })
      return changes.length === 0 ? [] : [[formatDate(at), changes.join('; ')]]
    })
}

function changeOf(before: Part, after: Part): string[] {
  if (before.published && !after.published) return ['is gone']
  return [
    ...(before.published === after.published ? [] : ['is published']),
    ...(before.signs === after.signs ? [] : [`signs ${after.signs}`]),
    ...(before.named === after.named ? [] : [after.named ? 'is named by CDS' : 'is named by CDS no longer']),
  ]
}

/** When a key's DS belongs at the parent. */
function placeOf({ state, since }: WantedKey): string {
  if (state === 'later') return since === null ? 'when the key is published' : `not before ${formatDate(since)}`
  return { give: 'now', gone: 'no longer', never: 'never' }[state]
}
