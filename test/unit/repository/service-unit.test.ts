// The systemd unit: what it may do, and how systemd itself judges it where it is installed. Starts nothing.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { NearcastError } from '../../../src/errors.ts'

const path = fileURLToPath(new URL('../../../systemd/nearcast.service', import.meta.url))
const settings = readFileSync(path, 'utf8')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
  .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

function valuesOf(key: string): string[] {
  return settings.filter(([name]) => name === key).map(([, value]) => value)
}

describe('the service unit', () => {
  it('runs as a user of its own that may bind port 53 and nothing else', () => {
    expect(valuesOf('DynamicUser')).toEqual(['yes'])
    expect(valuesOf('AmbientCapabilities')).toEqual(['CAP_NET_BIND_SERVICE'])
    expect(valuesOf('CapabilityBoundingSet')).toEqual(['CAP_NET_BIND_SERVICE'])
  })

  it('reloads by the signal the daemon reloads on', () => {
    expect(valuesOf('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID'])
  })

  it('counts as started when it says so, and lets a successor be the main process', () => {
    expect(valuesOf('Type')).toEqual(['notify'])
    expect(valuesOf('NotifyAccess')).toEqual(['all'])
  })

  it('does not start a refused configuration again and again', () => {
    expect(valuesOf('RestartPreventExitStatus')[0].split(' ')).toContain('2')
  })

  it('tries for ever what may get better by itself, such as an address that is not there yet', () => {
    expect(valuesOf('Restart')).toEqual(['on-failure'])
    expect(valuesOf('StartLimitIntervalSec')).toEqual(['0'])
    const { exit } = new NearcastError('NC_ADDRESS_MISSING', '')
    expect(valuesOf('RestartPreventExitStatus')[0].split(' ')).not.toContain(String(exit))
  })

  it('keeps what is compiled and what operators ordered', () => {
    expect([...valuesOf('CacheDirectory'), ...valuesOf('StateDirectory')]).toEqual(['nearcast', 'nearcast'])
  })

  it('says each thing once', () => {
    const names = settings.map(([name]) => name).filter((name) => name !== 'SystemCallFilter')
    expect(names).toEqual([...new Set(names)])
  })

  it.runIf(hasSystemd)('is exposed by less than 2 of 10, as systemd counts', () => {
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', path], {
      encoding: 'utf8',
    })
    expect(judged.stdout).toMatch(/Overall exposure level for nearcast\.service: [01]\.\d/)
    expect(judged.status).toBe(0)
  })
})
