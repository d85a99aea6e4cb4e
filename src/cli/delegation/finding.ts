// What a check of a delegation found, in words that say what to do. Knows no network and no configuration.

/** Something that is not as it should be. */
export interface Finding {
  /** Stable, for scripts. */
  readonly code: FindingCode
  /** What it is about: servers, most of all. */
  readonly where: readonly string[]
  readonly found: string
  readonly expected: string
  readonly advice: string
}

export type FindingCode =
  | 'parent_unreachable'
  | 'not_the_parent'
  | 'not_delegated'
  | 'resolver'
  | 'name_servers'
  | 'glue'
  | 'ds'
  | 'ds_ttl'
  | 'no_address'
  | 'unreachable'
  | 'udp'
  | 'tcp'
  | 'lame'
  | 'edns'
  | 'serial'
  | 'answers'
  | 'dnskey'
  | 'signature'

/** Everything a check found: faults, and what it could not look at, each with the reason. */
export interface Findings {
  readonly wrong: Finding[]
  readonly unchecked: string[]
}

export function noFindings(): Findings {
  return { wrong: [], unchecked: [] }
}

/** What several servers have in common, once. */
export function merged(findings: readonly Finding[]): Finding[] {
  const byText = new Map<string, Finding>()
  for (const one of findings) {
    const key = JSON.stringify([one.code, one.found, one.expected])
    const same = byText.get(key)
    byText.set(key, same === undefined ? one : { ...same, where: [...new Set([...same.where, ...one.where])] })
  }
  return [...byText.values()]
}

/** A finding as a person reads it. */
export function formatFinding({ code, where, found, expected, advice }: Finding): string[] {
  return [
    `${code}: ${where.join(', ')}`,
    `  found     ${found}`,
    `  expected  ${expected}`,
    `  do        ${advice}`,
  ].map(printable)
}

/** Texts may quote whoever answered. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 1000)
}
