// Durations and rates as people write them, with their unit. Knows no key that carries one.

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const gigabits: Readonly<Record<string, number>> = { kbps: 1e-6, Mbps: 1e-3, Gbps: 1, Tbps: 1e3 }

/** JSON Schema patterns of what is read here, for editors. */
export const durationPattern = String.raw`^(0|\d+(\.\d+)?(ms|s|m|h|d))$`
export const signedDurationPattern = String.raw`^-?(0|\d+(\.\d+)?(ms|s|m|h|d))$`
export const ratePattern = String.raw`^\d+(\.\d+)?(kbps|Mbps|Gbps|Tbps)$`

/** Milliseconds of `20s`, `150ms`, `1.5h` or a bare `0`, perhaps with a minus before it; null when it is none. */
export function parseDuration(text: string): number | null {
  const [, sign, number, unit] = /^(-?)(\d+(?:\.\d+)?)(ms|s|m|h|d|)$/.exec(text) ?? []
  if (number === undefined || (unit === '' && Number(number) !== 0)) return null
  const value = Number(number) * (milliseconds[unit] ?? 1)
  return sign === '-' && value > 0 ? -value : value
}

/** Gbps of `40Gbps`, `800Mbps`; null when it is none. */
export function parseRate(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(kbps|Mbps|Gbps|Tbps)$/.exec(text) ?? []
  return number === undefined ? null : Number(number) * gigabits[unit]
}

/** The milliseconds of a duration that the schema has already passed. */
export function inMilliseconds(text: string): number {
  return parseDuration(text) ?? 0
}

/** The seconds of a TTL that the schema has already passed. */
export function inSeconds(text: string): number {
  return inMilliseconds(text) / 1000
}
