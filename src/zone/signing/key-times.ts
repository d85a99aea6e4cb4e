// When a key is published, signs and goes: what its times make of it at a moment. Knows no file and no clock.

/** Unix seconds; null: not decided. The names are those of BIND's key files. */
export interface KeyTimes {
  readonly created: number | null
  /** In the DNSKEY RRset from here on. */
  readonly publish: number | null
  /** Signs the zone's records from here on. */
  readonly activate: number | null
  /** Signs them no longer. */
  readonly inactive: number | null
  /** No longer in the DNSKEY RRset. */
  readonly delete: number | null
  /** CDS and CDNSKEY ask the parent for its DS from here on, and no longer from there on. */
  readonly syncPublish: number | null
  readonly syncDelete: number | null
}

export const noTimes: KeyTimes = {
  created: null,
  publish: null,
  activate: null,
  inactive: null,
  delete: null,
  syncPublish: null,
  syncDelete: null,
}

/** Whether the key is in the DNSKEY RRset. */
export function isPublished({ publish, delete: gone }: KeyTimes, now: number): boolean {
  return within(publish, gone, now)
}

/** Whether the key signs the zone's records. */
export function isActive(times: KeyTimes, now: number): boolean {
  return isPublished(times, now) && within(times.activate, times.inactive, now)
}

/** Whether CDS and CDNSKEY name the key. */
export function isOffered(times: KeyTimes, now: number): boolean {
  return isPublished(times, now) && within(times.syncPublish, times.syncDelete, now)
}

/** Whether they name it at no time, as what was decided ends before it begins: it was rolled before its DS was ever asked for. */
export function isNeverOffered({ syncPublish, syncDelete }: KeyTimes): boolean {
  return syncPublish !== null && syncDelete !== null && syncDelete <= syncPublish
}

/** The next moment after `now` at which a key's part changes; Infinity when none is decided. */
export function nextChange(times: KeyTimes, now: number): number {
  const { created: _created, ...decided } = times
  return Math.min(Infinity, ...Object.values(decided).filter((time): time is number => time !== null && time > now))
}

function within(from: number | null, end: number | null, now: number): boolean {
  return from !== null && from <= now && (end === null || now < end)
}
