// The whole check of a delegation: the parent first, then every server that it or the configuration lists. Knows no screen.
import { formatServer, type Server } from '../dns-exchange.ts'
import { compareServers } from './alike.ts'
import type { Asker } from './asker.ts'
import { merged, noFindings, type Finding, type Findings } from './finding.ts'
import { compareParent } from './parent.ts'
import { checkResolver, findParent, needsGlue, readPublished, resolve, type Published } from './published.ts'
import { samplesOf } from './samples.ts'
import { askServer, type Listed, type Seen } from './server.ts'
import type { Wanted } from './wanted.ts'

/** Who is asked first: a server of the parent, or a resolver that leads to all of them. */
export type Start = { readonly parent: Server } | { readonly resolver: Server }

export interface Checked {
  /** Servers of the parent that answered. */
  readonly parents: readonly string[]
  readonly servers: readonly Seen[]
  readonly wrong: readonly Finding[]
  /** The parent has no DS, and some server does not answer with our keys: one that is given now makes the zone fail there. */
  readonly tooEarly: boolean
  /** What could not be looked at, and why. */
  readonly unchecked: readonly string[]
}

/** Addresses that are asked, at most. */
const mostAddresses = 32
const portOfDns = 53

/**
 * Checks all of it; bounded by the limits of `asker`. Never throws for what others answer.
 * @param now in Unix seconds
 * @param onStep what is done now, and the share of all that is done
 */
export async function checkDelegation(
  asker: Asker,
  wanted: Wanted,
  start: Start,
  now: number,
  onStep: (step: string, share: number) => void,
): Promise<Checked> {
  const findings = noFindings()
  const { apex } = wanted.zone
  const resolver = 'resolver' in start ? start.resolver : null
  onStep('asking the parent', 0)
  if (resolver !== null) await checkResolver(asker, resolver, apex, findings)
  const parents = 'parent' in start ? [start.parent] : await findParent(asker, start.resolver, apex, findings)
  const published: Published[] = []
  for (const parent of parents) {
    const said = await readPublished(asker, parent, apex, findings)
    if (said === null) continue
    published.push(said)
  }
  onStep('looking for the servers', 0.2)
  const listed = await listServers(asker, wanted, published, resolver, findings)
  const samples = samplesOf(wanted)
  const atServers: Findings = { wrong: [], unchecked: findings.unchecked }
  let done = 0
  const seen = await Promise.all(
    listed.map(async (one) => {
      const said = await askServer(asker, one, wanted, samples, atServers, now)
      onStep(`asked ${one.name} ${formatServer(one.at)}`, 0.3 + (0.7 * ++done) / listed.length)
      return said
    }),
  )
  const signed = !atServers.wrong.some(({ code }) => code === 'dnskey' || code === 'signature')
  for (const said of published) findings.wrong.push(...compareParent(wanted, said, signed))
  findings.wrong.push(...atServers.wrong, ...compareServers(seen, samples))
  return {
    parents: published.map(({ from }) => from),
    servers: seen,
    wrong: merged(findings.wrong),
    tooEarly: !signed && published.length > 0 && published.every(({ ds }) => ds?.length === 0),
    unchecked: [...new Set(findings.unchecked)],
  }
}

/** Every address of every server that the configuration or the parent names. */
async function listServers(
  asker: Asker,
  wanted: Wanted,
  published: readonly Published[],
  resolver: Server | null,
  findings: Findings,
): Promise<Listed[]> {
  const names = new Set([...wanted.servers.map(({ name }) => name), ...published.flatMap(({ servers }) => servers)])
  const listed: Listed[] = []
  for (const name of names) {
    const addresses = new Set([
      ...(wanted.servers.find((server) => server.name === name)?.addresses ?? []),
      ...published.flatMap(({ glue }) => glue?.get(name) ?? []),
    ])
    if (resolver !== null && !needsGlue(name, wanted.zone.apex))
      for (const address of await resolve(asker, resolver, name)) addresses.add(address)
    if (addresses.size === 0) noAddress(name, resolver, findings)
    for (const address of addresses) listed.push({ name, at: { address, port: portOfDns } })
  }
  if (listed.length > mostAddresses)
    findings.unchecked.push(
      `${listed.length - mostAddresses} of ${listed.length} addresses: only ${mostAddresses} are asked`,
    )
  return listed.slice(0, mostAddresses)
}

function noAddress(name: string, resolver: Server | null, findings: Findings): void {
  if (resolver === null) {
    findings.unchecked.push(`${name}: its addresses are in no zone of ours; with --resolver they are looked up`)
    return
  }
  findings.wrong.push({
    code: 'no_address',
    where: [name],
    found: 'no address',
    expected: 'an A or AAAA record that the resolver finds',
    advice: 'give the name an address in its own zone, or take it off the list of name servers',
  })
}
