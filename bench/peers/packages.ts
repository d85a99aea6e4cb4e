// What the benches need from Debian: installs it as root, else says how. Knows no server's configuration.
import { spawnSync } from 'node:child_process'

export type Package =
  | 'gdnsd'
  | 'knot'
  | 'knot-module-geoip'
  | 'pdns-server'
  | 'pdns-backend-geoip'
  | 'libmaxmind-db-writer-perl'
  | 'dnsperf'

/** Installs what is missing. Throws with what to do where it cannot. */
export function install(packages: readonly Package[]): void {
  const missing = packages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0) throw new Error(`missing here: ${missing.join(', ')}. As root: ${command.join(' ')}`)
  console.log(`installing ${missing.join(', ')}`)
  for (const args of [
    ['apt-get', 'update', '-qq'],
    [...command, '-qq'],
  ]) {
    const { status, stderr } = spawnSync(args[0], args.slice(1), {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  }
}

/** What dpkg says is installed, such as 3.8.1-1. */
export function versionOf(name: Package): string {
  return query(name).version
}

function isInstalled(name: Package): boolean {
  return query(name).installed
}

function query(name: Package): { installed: boolean; version: string } {
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status} ${Version}', name], {
    encoding: 'utf8',
  })
  const [state, version = ''] = (stdout ?? '').split(' ')
  return { installed: status === 0 && state === 'installed', version }
}
