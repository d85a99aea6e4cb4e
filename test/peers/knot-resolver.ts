// A real Knot Resolver for clients of one network. Knows no answers.
import { startPeer, type Peer } from './peer-process.ts'

export interface KnotResolver {
  /** Where it listens, on port 53, and asks from. */
  readonly address: string
  readonly hints: string
  /** A trusted key as it stands in a zone file; empty: nothing is validated. */
  readonly trustAnchor: string
}

/** Starts it, with an empty cache. */
export async function startKnotResolver(resolver: KnotResolver): Promise<Peer> {
  return await startPeer({
    program: 'kresd',
    args: (directory) => ['--noninteractive', '-c', `${directory}/kresd.conf`, directory],
    files: () => ({ 'kresd.conf': configuration(resolver), hints: resolver.hints }),
    ready: /ready/,
  })
}

function configuration({ address, trustAnchor }: KnotResolver): string {
  return `
net.listen('${address}', 53, { kind = 'dns' })
net.outgoing_v4('${address}')
net.ipv6 = false
modules.load('hints')
hints.root_file('hints')
trust_anchors.remove('.')
${trustAnchor === '' ? '' : `trust_anchors.add('${trustAnchor}')`}
cache.size = 10 * MB
log_level('notice')
print('ready')
`
}
