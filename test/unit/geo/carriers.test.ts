// Whether the shipped carriers are what a configuration may include. Must not know how they are made.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { countries } from '../../../src/geo/countries.ts'

interface Shipped {
  readonly name: string
  readonly country: string
  readonly tier: number
  readonly asns: readonly number[]
}

/** Backbones, provinces and clouds of mainland China, and operators' international arms. */
const mainland = [
  4134, 4809, 4812, 4837, 9808, 9929, 4538, 10099, 23764, 58453, 58807, 37963, 45090, 17816, 24400, 56040,
]
/** Clouds, hosting and content networks: viewers are not behind them. */
const withoutViewers = [
  16509, 14618, 8075, 15169, 396982, 13335, 20940, 32934, 2906, 16276, 24940, 14061, 20473, 45102, 132203,
]

const text = readFileSync(new URL('../../../geo-data/carriers.yaml', import.meta.url), 'utf8')
let carriers: Map<string, Shipped>
let carrierOf: Map<number, string>

beforeAll(() => {
  carriers = new Map(
    Object.entries(parseDocument(text, { strict: true, uniqueKeys: true }).toJS() as Record<string, Shipped>),
  )
  carrierOf = new Map([...carriers].flatMap(([key, { asns }]) => asns.map((asn) => [asn, key] as const)))
})

describe('the shipped carriers', () => {
  it('are 2,000, in the order of their keys', () => {
    const keys = [...text.matchAll(/^([^#:\n]+): /gm)].map(([, key]) => key)
    expect(keys).toHaveLength(2000)
    expect(new Set(keys).size).toBe(2000)
    expect(keys).toEqual(keys.toSorted())
  })

  it('are plain YAML without warnings', () => {
    const document = parseDocument(text, { strict: true, uniqueKeys: true })
    expect([...document.errors, ...document.warnings]).toEqual([])
  })

  it('have slugs for keys that no YAML reader takes for anything but text', () => {
    const odd = [...carriers.keys()].filter(
      (key) =>
        !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(key) ||
        /^(\d+|y|n|yes|no|on|off|true|false|null)$/.test(key) ||
        key.length > 33,
    )
    expect(odd).toEqual([])
  })

  it('each have a name, a known country, a tier from 1 to 3 and an ASN', () => {
    const odd = [...carriers].filter(
      ([, { name, country, tier, asns }]) =>
        name.trim() === '' || !countries.has(country) || ![1, 2, 3].includes(tier) || asns.length === 0,
    )
    expect(odd).toEqual([])
  })

  it('hold each ASN once', () => {
    const asns = [...carriers.values()].flatMap((carrier) => carrier.asns)
    expect(asns.filter((asn) => !Number.isInteger(asn) || asn < 1 || asn > 0xffff_ffff)).toEqual([])
    expect(new Set(asns).size).toBe(asns.length)
  })

  it('are outside mainland China', () => {
    expect([...carriers.values()].filter(({ country }) => country === 'CN')).toEqual([])
    expect(mainland.filter((asn) => carrierOf.has(asn))).toEqual([])
  })

  it('are no clouds and no content networks', () => {
    expect(withoutViewers.filter((asn) => carrierOf.has(asn))).toEqual([])
  })

  it.each([
    ['hkt', [4760, 4515]],
    ['hkbn', [9269, 10103]],
    ['singtel', [7473, 9506]],
    ['comcast', [7922]],
    ['deutsche-telekom', [3320]],
    ['orange', [3215, 5511]],
    ['jio', [55836]],
    ['telstra', [1221]],
  ] as const)('know %s by its natural key', (key, asns) => {
    expect(asns.map((asn) => carrierOf.get(asn))).toEqual(asns.map(() => key))
  })

  it('give tier 1 to the transit-free networks alone', () => {
    const first = [...carriers].flatMap(([key, { tier }]) => (tier === 1 ? [key] : []))
    const transitFree = [174, 701, 1299, 2914, 3257, 3320, 3356, 3491, 5511, 6453, 6461, 6762, 6830, 7018, 12956]
    expect(new Set(transitFree.map((asn) => carrierOf.get(asn)))).toEqual(new Set(first))
    expect(first).toHaveLength(transitFree.length)
  })
})
