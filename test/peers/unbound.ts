// A real unbound on a loopback port, caching by client subnet in front of a server of live.example.net. Knows no answers.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { run } from '../support/command.ts'
import { freePort } from '../support/free-port.ts'
import { findProgram } from './tools.ts'

export interface Unbound {
  readonly port: number
  /** A counter of `unbound-control stats_noreset`. */
  counter(name: string): Promise<number>
  stop(): Promise<void>
}

/**
 * Starts it, with an empty cache.
 * @param authority port of 127.0.0.1 that it asks about live.example.net; it can reach nothing but this machine
 * @param longest bits of a client's IPv4 address that it passes on
 */
export async function startUnbound(authority: number, longest: number): Promise<Unbound> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-unbound-'))
  const port = await freePort()
  const path = join(directory, 'unbound.conf')
  writeFileSync(path, configuration(directory, port, authority, longest))
  const child = spawn(findProgram('unbound') ?? 'unbound', ['-d', '-c', path], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => reject(new Error(`unbound did not start: ${said.join('\n')}`)))
    createInterface(child.stderr).on('line', (line) => {
      said.push(line)
      if (line.includes('start of service')) resolve()
    })
  })
  return {
    port,
    counter: async (name) => {
      const { stdout, stderr } = await run(findProgram('unbound-control') ?? 'unbound-control', [
        '-c',
        path,
        'stats_noreset',
      ])
      const value = new RegExp(`^${name}=(\\d+)$`, 'm').exec(stdout)?.[1]
      if (value === undefined) throw new Error(`unbound-control tells no ${name}: ${stdout}${stderr}`)
      return Number(value)
    },
    stop: async () => {
      child.kill()
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function configuration(directory: string, port: number, authority: number, longest: number): string {
  return `
server:
  module-config: "subnetcache validator iterator"
  interface: 127.0.0.1@${port}
  outgoing-interface: 127.0.0.1
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
  max-client-subnet-ipv4: ${longest}
  max-client-subnet-ipv6: 64
  local-zone: "example.net." nodefault
  domain-insecure: "example.net."
  extended-statistics: yes
remote-control:
  control-enable: yes
  control-interface: ${directory}/control
  control-use-cert: no
stub-zone:
  name: "live.example.net"
  stub-addr: 127.0.0.1@${authority}
  stub-prime: no
`
}
