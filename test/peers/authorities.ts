// NSD, Knot DNS and BIND as authorities for zone files, each on a port of 127.0.0.1. Knows no zone's content.
import { freePort } from '../support/free-port.ts'
import { startNsd } from './nsd.ts'
import { startPeer, type Peer } from './peer-process.ts'

export interface ZoneText {
  /** Without the final dot. */
  readonly name: string
  readonly text: string
}

export interface Authority extends Peer {
  readonly port: number
}

type Start = (zones: readonly ZoneText[]) => Promise<Authority>

const startOnNsd: Start = async (zones) => {
  const port = await freePort()
  const files = zones.map(({ name }) => ({ name, file: `${name}.zone` }))
  const peer = await startNsd({ addresses: [`127.0.0.1@${port}`], zones: files, files: filesOf(zones) })
  return { ...peer, port }
}

const startKnot: Start = async (zones) => {
  const port = await freePort()
  const peer = await startPeer({
    program: 'knotd',
    args: (directory) => ['-c', `${directory}/knot.conf`],
    files: (directory) => ({
      ...filesOf(zones),
      'knot.conf': `
server:
  rundir: "${directory}"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stdout
    any: info
database:
  storage: "${directory}/db"
template:
  - id: default
    storage: "${directory}"
    file: "%s.zone"
    semantic-checks: off
zone:
${zones.map(({ name }) => `  - domain: "${name}"\n`).join('')}`,
    }),
    ready: /server started/,
  })
  return { ...peer, port }
}

const startBind: Start = async (zones) => {
  const port = await freePort()
  const peer = await startPeer({
    program: 'named',
    args: (directory) => ['-g', '-4', '-n', '1', '-c', `${directory}/named.conf`],
    files: (directory) => ({
      ...filesOf(zones),
      'named.conf': `
options {
  directory "${directory}";
  pid-file none;
  session-keyfile "${directory}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  minimal-responses no;
  zero-no-soa-ttl no;
  check-names primary ignore;
  check-wildcard no;
  max-cache-size 16m;
};
controls { };
${zones.map(({ name }) => `zone "${name}" { type primary; file "${directory}/${name}.zone"; };`).join('\n')}`,
    }),
    ready: / running$/,
  })
  return { ...peer, port }
}

function filesOf(zones: readonly ZoneText[]): Record<string, string> {
  return Object.fromEntries(zones.map(({ name, text }) => [`${name}.zone`, text]))
}

/** Each with the Debian package of its program. */
export const authorities = [
  { name: 'NSD', programs: { nsd: 'nsd' }, start: startOnNsd },
  { name: 'Knot DNS', programs: { knotd: 'knot' }, start: startKnot },
  { name: 'BIND', programs: { named: 'bind9' }, start: startBind },
] as const
