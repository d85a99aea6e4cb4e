// What rate limiting is told and what it counts in: settings and tables in memory that all threads share. Decides nothing.
import { randomFillSync } from 'node:crypto'
import { parsePrefix } from '../ip/prefix.ts'
import { ticksPerSecond } from './clock.ts'
import type { Client } from './client.ts'
import type { RateLimitSettings } from './model.ts'

/** The most prefixes that can be exempt. */
export const maximumExempt = 64

/** Where each setting lies. Exempt prefixes follow: as many of IPv4 as `exempt4` says, then those of IPv6. */
export const Setting = {
  on: 0,
  logOnly: 1,
  slip: 2,
  /** By how much one answer fills a bucket, in ticks: a second divided by the limit. */
  steeredStep: 3,
  otherStep: 4,
  totalStep: 5,
  /** Of the lowest limit. */
  meterStep: 6,
  /** Secrets of this process, or sources could choose whose bucket they fill. */
  seed: 7,
  seed6: 8,
  seedKey: 9,
  seedKind: 10,
  exempt4: 11,
  exempt6: 12,
  size: 13,
} as const

const exempt4Words = 2
const exempt6Words = 8
/** 2^14 lines: 65,536 source networks and 131,072 buckets, 1 MiB each. */
const lines = 1 << 14
const lineBytes = 64

/** Plain arrays over shared memory, for all threads of a process. */
export interface RateLimits {
  readonly settings: Int32Array<SharedArrayBuffer>
  /** Lines of four source networks: tag, meter, bucket, one word to spare. */
  readonly sources: Int32Array<SharedArrayBuffer>
  /** Lines of eight buckets: tag, level. */
  readonly buckets: Int32Array<SharedArrayBuffer>
}

/** Tables without a limit in force yet. */
export function createRateLimits(tableLines: number = lines): RateLimits {
  const settings = array(Setting.size + maximumExempt * (exempt4Words + exempt6Words))
  randomFillSync(settings.subarray(Setting.seed, Setting.seedKind + 1))
  return { settings, sources: array((tableLines * lineBytes) / 4), buckets: array((tableLines * lineBytes) / 4) }
}

/** Puts settings into force for every thread. A query that comes meanwhile may meet half of them; counts go on. */
export function setRateLimits({ settings }: RateLimits, to: RateLimitSettings): void {
  const stepOf = (perSecond: number): number => Math.max(1, Math.round(ticksPerSecond / perSecond))
  settings[Setting.logOnly] = to.mode === 'log' ? 1 : 0
  settings[Setting.slip] = to.slip
  settings[Setting.steeredStep] = stepOf(to.steeredPerSecond)
  settings[Setting.otherStep] = stepOf(to.otherPerSecond)
  settings[Setting.totalStep] = stepOf(to.totalPerSecond)
  settings[Setting.meterStep] = stepOf(Math.min(to.steeredPerSecond, to.otherPerSecond, to.totalPerSecond))
  settings[Setting.exempt4] = 0
  settings[Setting.exempt6] = 0
  const prefixes = to.exempt.map(prefixWords)
  const of = (family: 4 | 6): number[][] =>
    prefixes.flatMap((prefix) => (prefix.family === family ? [prefix.words] : []))
  settings.set([...of(4).flat(), ...of(6).flat()], Setting.size)
  settings[Setting.exempt6] = of(6).length
  settings[Setting.exempt4] = of(4).length
  settings[Setting.on] = to.mode === 'off' ? 0 : 1
}

/** Whether a client lies in an exempt prefix. */
export function isExempt(settings: Int32Array, { family, words }: Client): boolean {
  const count4 = settings[Setting.exempt4]
  let at: number = Setting.size
  if (family === 4) {
    for (const end = at + count4 * exempt4Words; at < end; at += exempt4Words) {
      if (((words[0] ^ settings[at]) & settings[at + 1]) === 0) return true
    }
    return false
  }
  at += count4 * exempt4Words
  for (const end = at + settings[Setting.exempt6] * exempt6Words; at < end; at += exempt6Words) {
    let difference = 0
    for (let i = 0; i < 4; i++) difference |= (words[i] ^ settings[at + i]) & settings[at + 4 + i]
    if (difference === 0) return true
  }
  return false
}

/** A prefix as address words, then mask words. */
function prefixWords(text: string): { family: 4 | 6; words: number[] } {
  const prefix = parsePrefix(text)
  if ('error' in prefix) throw new Error(prefix.error)
  const { family, bytes, length } = prefix
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.length / 4
  const address = Array.from({ length: count }, (_, i) => view.getInt32(i * 4))
  const masks = Array.from({ length: count }, (_, i) => maskOf(length - i * 32))
  return { family, words: [...address, ...masks] }
}

function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits)
}

function array(words: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(words * 4))
}
