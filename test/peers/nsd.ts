// NSD as a peer that serves zone files from its own directory and asks nobody. Knows no zone's content.
import { startPeer, type Peer } from './peer-process.ts'

export interface NsdSettings {
  /** As `ip-address` takes them: `192.0.2.1`, or `127.0.0.1@5300`. */
  readonly addresses: readonly string[]
  readonly zones: readonly { readonly name: string; readonly file: string }[]
  /** By name; those of the zones are among them. */
  readonly files: Readonly<Record<string, string>>
}

/** Starts it; without limits of rates, as tests ask fast. */
export async function startNsd({ addresses, zones, files }: NsdSettings): Promise<Peer> {
  const conf = (directory: string): string => `
server:
${addresses.map((address) => `  ip-address: ${address}`).join('\n')}
  username: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: ""
  xfrdfile: ""
  xfrdir: "${directory}"
  zonelistfile: "${directory}/zone.list"
  server-count: 1
  rrl-ratelimit: 0
  verbosity: 1
remote-control:
  control-enable: no
${zones.map(({ name, file }) => `zone:\n  name: "${name}"\n  zonefile: "${file}"\n`).join('')}`
  return await startPeer({
    program: 'nsd',
    args: (directory) => ['-d', '-c', `${directory}/nsd.conf`],
    files: (directory) => ({ ...files, 'nsd.conf': conf(directory) }),
    ready: /nsd started/,
  })
}
