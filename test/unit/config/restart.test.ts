// What a reload cannot do is refused by name.
import { describe, expect, it } from 'vitest'
import { refuseRestartOnly } from '../../../src/config/restart.ts'
import { makeConfig, node } from '../../support/world.ts'

const before = makeConfig()

describe('a new configuration', () => {
  it('may change anything but sockets and identity', () => {
    const after = makeConfig({ nodes: [node('new-1', 'hkg')], services: [], restRegion: 'eu' })
    expect(() => refuseRestartOnly(before, after)).not.toThrow()
  })

  it.each([
    ['server.identity', { server: { ...before.server, identity: 'other' } }],
    ['server.version', { server: { ...before.server, version: 'other' } }],
    ['server.listen', { server: { ...before.server, listen: [{ address: '127.0.0.1', port: 5301 }] } }],
    ['server.udpThreads', { server: { ...before.server, udpThreads: 2 } }],
    ['admin', { admin: { ...before.admin, port: 8054 } }],
    [
      'server.identity and admin',
      { server: { ...before.server, identity: 'other' }, admin: { ...before.admin, port: 1 } },
    ],
  ])('that changes %s is refused, with what to do', (key, change) => {
    expect(() => refuseRestartOnly(before, makeConfig(change))).toThrow(
      expect.objectContaining({
        code: 'NC_CONFIG',
        message: expect.stringMatching(new RegExp(`^${key} changed, .* restart Nearcast, or undo`)) as unknown,
      }),
    )
  })
})
