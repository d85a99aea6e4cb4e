// Makes carriers.yaml: the largest access networks outside mainland China, with keys and tiers. Knows no addresses.
import { add } from './networks.ts'
import type { Organisation } from './organisations.ts'

const wanted = 2000
/** Tier 2: at least this many IPv4 addresses … */
const wideAddresses = 1_048_576
/** … or this share of its country's, and no fewer than nationalAddresses. Tier 3: all others. */
const nationalShare = 0.1
const nationalAddresses = 65_536

/** Keys that YAML 1.1 or 1.2 reads as something other than text, or that mean something in a configuration. */
const taken = new Set([
  'define',
  'include',
  'n',
  'no',
  'none',
  'null',
  'off',
  'on',
  'rest',
  'true',
  'false',
  'unknown',
  'y',
  'yes',
])

/** One line a carrier, by key. */
export function makeCarriers(organisations: readonly Organisation[]): string {
  const byCountry = new Map<string, number>()
  for (const { access, country, v4 } of organisations) if (access) add(byCountry, country, v4)
  const carriers = organisations.filter(({ access, mainland }) => access && !mainland).slice(0, wanted)
  const lines = withKeys(carriers)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, carrier]) => {
      const tier = tierOf(carrier, byCountry.get(carrier.country) ?? 0)
      const name = JSON.stringify(carrier.name)
      const asns = carrier.asns.join(', ')
      return `${key}: { name: ${name}, country: ${JSON.stringify(carrier.country)}, tier: ${tier}, asns: [${asns}] }`
    })
  return `${header}${lines.join('\n')}\n`
}

function tierOf({ transitFree, v4 }: Organisation, inCountry: number): 1 | 2 | 3 {
  if (transitFree) return 1
  const national = v4 >= nationalAddresses && v4 >= nationalShare * inCountry
  return v4 >= wideAddresses || national ? 2 : 3
}

/** Keys chosen by hand stay; of others alike the largest keeps it, the next gets its country, then its first ASN. */
function withKeys(carriers: readonly Organisation[]): [key: string, carrier: Organisation][] {
  const used = new Set(taken)
  const give = (carrier: Organisation, candidates: readonly string[]): [string, Organisation] => {
    const key = candidates.find((candidate) => candidate !== '' && !/^\d+$/.test(candidate) && !used.has(candidate))
    if (key === undefined) throw new Error(`no key is left for ${carrier.name}`)
    used.add(key)
    return [key, carrier]
  }
  const byHand = carriers.filter((carrier) => carrier.byHand).map((carrier) => give(carrier, [carrier.key]))
  const others = carriers
    .filter((carrier) => !carrier.byHand)
    .map((carrier) => {
      const { key, country, asns } = carrier
      const inCountry = `${key}-${country.toLowerCase()}`
      return give(carrier, [key, inCountry, `as${asns[0]}`])
    })
  return [...byHand, ...others]
}

const header = `# The ${wanted} largest access networks outside mainland China, by IPv4 addresses. Generated: README.md
# tells the sources, the rules for siblings and tiers, and how to make it again.
`
