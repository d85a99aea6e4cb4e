// A real unbound that caches by client subnet and passes whole client addresses on. Knows no answers.
import { freePort } from '../support/free-port.ts'
import { startPeer, type Peer } from './peer-process.ts'

/**
 * Starts it on a loopback port in front of one server, with an empty cache, asking for whole names.
 * @param authority port of 127.0.0.1 that it asks about live.example.net; it can reach nothing but this machine
 */
export async function startUnbound(authority: number): Promise<Peer & { readonly port: number }> {
  const port = await freePort()
  const peer = await start(`
server:
  interface: 127.0.0.1@${port}
  outgoing-interface: 127.0.0.1
  # Whole names, so that the questions it asks are those of clients.
  qname-minimisation: no
  domain-insecure: "example.net."
stub-zone:
  name: "live.example.net"
  stub-addr: 127.0.0.1@${authority}
  stub-prime: no
`)
  return { ...peer, port }
}

/**
 * Starts it on port 53 of an address, resolving from the root.
 * @param trustAnchor a DS or DNSKEY record; empty: nothing is validated
 */
export async function startUnboundFromRoot(address: string, hints: string, trustAnchor: string): Promise<Peer> {
  const validation =
    trustAnchor === '' ? 'domain-insecure: "."' : `trust-anchor: "${trustAnchor}"\n  aggressive-nsec: yes`
  return await start(
    `
server:
  interface: ${address}
  access-control: 0.0.0.0/0 allow
  root-hints: hints
  ${validation}
`,
    hints,
  )
}

/**
 * Starts it on a loopback port in front of one server: it validates, knows no subnets, and answers from NSEC records it has.
 * @param authority port of 127.0.0.1 that it asks about live.example.net
 * @param trustAnchor a DNSKEY record
 */
export async function startUnboundAggressive(
  authority: number,
  trustAnchor: string,
): Promise<Peer & { readonly port: number }> {
  const port = await freePort()
  const peer = await start(`
server:
  interface: 127.0.0.1@${port}
  module-config: "validator iterator"
  trust-anchor: "${trustAnchor}"
  aggressive-nsec: yes
stub-zone:
  name: "live.example.net"
  stub-addr: 127.0.0.1@${authority}
  stub-prime: no
`)
  return { ...peer, port }
}

async function start(specific: string, hints = ''): Promise<Peer> {
  return await startPeer({
    program: 'unbound',
    args: (directory) => ['-d', '-c', `${directory}/unbound.conf`],
    files: (directory) => ({ 'unbound.conf': `${common(directory)}${specific}`, hints }),
    ready: /start of service/,
  })
}

function common(directory: string): string {
  return `
server:
  module-config: "subnetcache validator iterator"
  do-not-query-localhost: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${directory}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  num-threads: 1
  client-subnet-zone: "live.example.net"
  client-subnet-always-forward: yes
  # 24 and 56 in the wild; more shows more.
  max-client-subnet-ipv4: 32
  max-client-subnet-ipv6: 64
  local-zone: "example.net." nodefault
  local-zone: "example.org." nodefault
`
}
