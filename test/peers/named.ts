// A real BIND named as a resolver for clients of several networks, each with a cache and an address of its own. Knows no answers.
import { startPeer, type Peer } from './peer-process.ts'

export interface Named {
  /** Asks from one of these addresses get the view of that address. */
  readonly addresses: readonly string[]
  /** What a file of root hints holds. */
  readonly hints: string
  /** A trusted DNSKEY record as it stands in a zone file; empty: nothing is validated. */
  readonly trustAnchor: string
}

/** Starts it on port 53 of each address, with IPv4 alone: the address it asks from says where it is. */
export async function startNamed(named: Named): Promise<Peer> {
  return await startPeer({
    program: 'named',
    args: (directory) => ['-g', '-4', '-n', '1', '-c', `${directory}/named.conf`],
    files: (directory) => ({ 'named.conf': configuration(directory, named), hints: named.hints }),
    ready: / running$/,
  })
}

/** A DNSKEY record of a zone file as BIND's programs want to be told of a key they trust. */
export function staticKey(dnskey: string): string {
  const [, owner, numbers, text] = /^(\S+) IN DNSKEY (\d+ \d+ \d+) (.+)$/.exec(dnskey) ?? []
  return `${owner} static-key ${numbers} "${text}";`
}

function configuration(directory: string, { addresses, trustAnchor }: Named): string {
  const trusted = trustAnchor === '' ? '' : `trust-anchors { ${staticKey(trustAnchor)} };`
  const views = addresses.map(
    (address, index) => `
view "v${index}" {
  match-destinations { ${address}; };
  query-source address ${address};
  recursion yes;
  allow-recursion { any; };
  zone "." { type hint; file "${directory}/hints"; };
  ${trusted}
};`,
  )
  return `
options {
  directory "${directory}";
  pid-file none;
  session-keyfile "${directory}/session.key";
  listen-on { ${addresses.map((address) => `${address};`).join(' ')} };
  listen-on-v6 { none; };
  dnssec-validation ${trustAnchor === '' ? 'no' : 'yes'};
  max-cache-size 32m;
  empty-zones-enable no;
};
controls { };
${views.join('\n')}
`
}
