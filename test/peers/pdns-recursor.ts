// A real PowerDNS Recursor that caches by client subnet and passes whole client addresses on. Knows no answers.
import { freePort } from '../support/free-port.ts'
import { startPeer, type Peer } from './peer-process.ts'

/**
 * Starts it on a loopback port in front of one server, with an empty cache, asking for whole names.
 * @param authority port of 127.0.0.1 that it asks about live.example.net; it can reach nothing but this machine
 */
export async function startPdnsRecursor(authority: number): Promise<Peer & { readonly port: number }> {
  const port = await freePort()
  const peer = await start(`
local-address=127.0.0.1
local-port=${port}
forward-zones=live.example.net=127.0.0.1:${authority}
hint-file=no
dnssec=off
# Whole names, so that the questions it asks are those of clients.
qname-minimization=no
use-incoming-edns-subnet=yes
# Clients that send no subnet are on loopback, and that is not passed on.
ecs-add-for=0.0.0.0/0,::/0
`)
  return { ...peer, port }
}

/**
 * Starts it on port 53 of an address, resolving from the root.
 * @param trustAnchor the data of a DS record of live.example.net; empty: nothing is validated
 */
export async function startPdnsRecursorFromRoot(address: string, hints: string, trustAnchor: string): Promise<Peer> {
  return await start(
    `
local-address=${address}
query-local-address=${address}
allow-from=0.0.0.0/0
hint-file=hints
dnssec=${trustAnchor === '' ? 'off' : 'validate'}
lua-config-file=anchors.lua
ecs-add-for=0.0.0.0/0,::/0
`,
    { hints, 'anchors.lua': `clearTA()\n${trustAnchor === '' ? '' : `addTA("live.example.net", "${trustAnchor}")`}\n` },
  )
}

async function start(specific: string, files: Readonly<Record<string, string>> = {}): Promise<Peer> {
  return await startPeer({
    program: 'pdns_recursor',
    args: (directory) => [`--config-dir=${directory}`],
    files: (directory) => ({ ...files, 'recursor.conf': `${common(directory)}${specific}` }),
    ready: /Enabled multiplexer/,
  })
}

function common(directory: string): string {
  return `
socket-dir=${directory}
daemon=no
write-pid=no
disable-syslog=yes
threads=1
dont-query=
security-poll-suffix=
edns-subnet-allow-list=live.example.net
# 24 and 56 in the wild; more shows more.
ecs-ipv4-bits=32
ecs-ipv4-cache-bits=32
ecs-ipv6-bits=64
ecs-ipv6-cache-bits=64
`
}
