// Who may call the admin API: hosts, origins, tokens and roles. Knows no route but as something to be let through to.
import { describe, expect, it } from 'vitest'
import { checkTokens } from '../../../src/admin/access.ts'
import { bearer, fakeAdmin, tokens } from './fake-ports.ts'

describe('without tokens', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1'])('is for the loopback address %s', async (address) => {
    expect(() => checkTokens([], address)).not.toThrow()
    const { app } = await fakeAdmin({ address })
    expect((await app.inject('/v1/nodes')).statusCode).toBe(200)
  })

  it.each(['0.0.0.0', '::', '192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1'])('is refused for %s', (address) => {
    expect(() => checkTokens([], address)).toThrow(expect.objectContaining({ code: 'NC_CONFIG' }))
  })

  it('makes the caller an operator named local', async () => {
    const { app, lines } = await fakeAdmin()
    expect((await app.inject({ method: 'POST', url: '/v1/reload' })).statusCode).toBe(200)
    expect(lines).toContainEqual(expect.objectContaining({ event: 'admin.called', by: 'local', status: 200 }))
  })
})

describe('with tokens', () => {
  it.each(['', 'short', 'has a space in the middle'])('refuses the secret %j', (secret) => {
    const weak = { name: 'ops', role: 'operator', secret } as const
    expect(() => checkTokens([weak], '127.0.0.1')).toThrow(expect.objectContaining({ code: 'NC_CONFIG' }))
  })

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic b3BzOm9wcw=='],
    ['an unknown secret', 'Bearer operator-secret-0123456788'],
    ['the beginning of a secret', 'Bearer operator-secret'],
    ['an empty secret', 'Bearer '],
  ])('answers 401 to %s, even on loopback', async (_what, authorization) => {
    const { app } = await fakeAdmin({ tokens })
    for (const url of ['/v1/nodes', '/metrics', '/nowhere']) {
      const reply = await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })
      expect(reply.statusCode).toBe(401)
      expect(reply.headers['www-authenticate']).toBe('Bearer')
      expect(reply.json()).toMatchObject({ error: { code: 'NC_UNAUTHORIZED', path: null } })
    }
  })

  it('lets supervisors ask for health without a token', async () => {
    const { app } = await fakeAdmin({ tokens })
    expect((await app.inject('/healthz')).statusCode).toBe(200)
    expect((await app.inject('/readyz')).statusCode).toBe(200)
  })

  it.each([
    ['screen', 200, 403],
    ['player', 200, 403],
    ['ops', 200, 200],
  ])('gives %s %i for looking and %i for reloading', async (name, look, reload) => {
    const { app } = await fakeAdmin({ tokens })
    const headers = bearer(name)
    expect((await app.inject({ url: '/v1/nodes', headers })).statusCode).toBe(look)
    expect((await app.inject({ method: 'POST', url: '/v1/reload', headers })).statusCode).toBe(reload)
  })

  it.each([
    ['PUT', '/v1/overrides/hkg-1'],
    ['DELETE', '/v1/overrides/hkg-1'],
    ['POST', '/v1/reload'],
    ['POST', '/v1/replace'],
  ] as const)('keeps %s %s for operators, before it reads the body', async (method, url) => {
    const { app } = await fakeAdmin({ tokens })
    const reply = await app.inject({ method, url, headers: bearer('player'), payload: { nonsense: true } })
    expect(reply.statusCode).toBe(403)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_FORBIDDEN' } })
  })

  it('never logs a secret', async () => {
    const { app, lines } = await fakeAdmin({ tokens })
    await app.inject({ method: 'POST', url: '/v1/reload', headers: bearer('ops') })
    expect(lines.length).toBeGreaterThan(0)
    expect(JSON.stringify(lines)).not.toContain('operator-secret')
  })
})

describe('the Host header', () => {
  it.each(['127.0.0.1:8053', '127.0.0.1', '[::1]:8053', '192.0.2.7:80', 'localhost:8053', 'LocalHost'])(
    'may be %s',
    async (host) => {
      const { app } = await fakeAdmin()
      expect((await app.inject({ url: '/healthz', headers: { host } })).statusCode).toBe(200)
    },
  )

  it.each([
    'rebound.example.net',
    'rebound.example.net:8053',
    '127.0.0.1.example.net',
    '2130706433',
    '127.1',
    '::1',
    'a@127.0.0.1',
  ])('may not be %j, whatever is asked', async (host) => {
    const { app } = await fakeAdmin()
    for (const url of ['/healthz', '/v1/nodes', '/nowhere']) {
      const reply = await app.inject({ url, headers: { host } })
      expect(reply.statusCode).toBe(403)
      expect(reply.json()).toMatchObject({ error: { code: 'NC_FORBIDDEN' } })
    }
  })
})

describe('the Origin header', () => {
  it.each([
    ['http://127.0.0.1:8053', '127.0.0.1:8053'],
    ['http://localhost', 'localhost:80'],
    ['https://127.0.0.1', '127.0.0.1'],
    ['http://[::1]:8053', '[::1]:8053'],
  ])('may be %s for host %s', async (origin, host) => {
    const { app } = await fakeAdmin()
    expect((await app.inject({ url: '/v1/nodes', headers: { origin, host } })).statusCode).toBe(200)
  })

  it.each([
    'http://evil.example.org',
    'http://127.0.0.1:9999',
    'null',
    'file:///tmp/x',
    '',
    'http://127.0.0.1:8053.example.org',
  ])('may not be %j', async (origin) => {
    const { app } = await fakeAdmin()
    const headers = { origin, host: '127.0.0.1:8053' }
    expect((await app.inject({ method: 'POST', url: '/v1/reload', headers })).statusCode).toBe(403)
    expect((await app.inject({ url: '/v1/nodes', headers })).statusCode).toBe(403)
  })
})
