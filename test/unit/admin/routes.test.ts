// What each route of the admin API replies, and how it refuses. Knows the ports' plain data only.
import { describe, expect, it, vi } from 'vitest'
import { NearcastError } from '../../../src/errors.ts'
import { fakeAdmin, fakePorts } from './fake-ports.ts'

describe('GET', () => {
  it('/healthz says healthy while the process runs', async () => {
    const { app } = await fakeAdmin({ ports: fakePorts({ missing: () => ['the first snapshot'] }).ports })
    expect((await app.inject('/healthz')).json()).toEqual({ healthy: true })
  })

  it('/readyz answers 503 and what is missing until nothing is', async () => {
    const missing = vi.fn<() => string[]>().mockReturnValueOnce(['the first round of probes']).mockReturnValue([])
    const { app } = await fakeAdmin({ ports: fakePorts({ missing }).ports })
    const early = await app.inject('/readyz')
    expect(early.statusCode).toBe(503)
    expect(early.json()).toEqual({ ready: false, missing: ['the first round of probes'] })
    const late = await app.inject('/readyz')
    expect(late.statusCode).toBe(200)
    expect(late.json()).toEqual({ ready: true, missing: [] })
  })

  it('/metrics hands on the text in the type Prometheus asks for', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject('/metrics')
    expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(reply.body).toBe('nearcast_snapshot_epoch 4\n')
  })

  it('/v1/nodes shows addresses, verdicts, reasons, overrides and guards', async () => {
    const { app } = await fakeAdmin()
    expect((await app.inject('/v1/nodes')).json()).toEqual({
      nodes: [
        {
          name: 'hkg-1',
          site: 'hkg',
          region: 'apac',
          role: 'edge',
          v4: {
            address: '192.0.2.11',
            verdict: 'down',
            since: '2029-12-31T23:59:55.000Z',
            reasons: ['tcp: connection refused'],
            share: 0,
            kept: null,
            heldOutUntil: null,
            stale: false,
          },
          v6: null,
          override: {
            target: 'hkg-1',
            mode: 'drain',
            share: 50,
            reason: 'maintenance',
            by: 'ops',
            since: '2030-01-01T00:00:00.000Z',
            starts: '2030-01-01T00:00:00.000Z',
            expires: '2030-01-01T01:00:00.000Z',
          },
        },
      ],
      guards: [
        {
          guard: 'removal_budget',
          scope: { region: 'apac', role: 'edge', family: 4 },
          since: '2029-12-31T23:59:58.000Z',
        },
      ],
    })
  })

  it('/v1/snapshot shows the table that answers and its sources', async () => {
    const { app } = await fakeAdmin()
    expect((await app.inject('/v1/snapshot')).json()).toEqual({
      epoch: 4,
      compiledAt: '2029-12-31T23:59:00.000Z',
      zones: ['live.example.net'],
      services: ['play'],
      cells: 10_794,
      blocks: 871_000,
      sources: [{ slot: 'country', file: '/data/country.mmdb', type: 'DBIP-Country', builtAt: null, records: 3 }],
      configFiles: ['/etc/nearcast/nearcast.yaml'],
    })
  })

  it('/v1/snapshot answers 404 before the first', async () => {
    const { app } = await fakeAdmin({ ports: fakePorts({ snapshot: () => null }).ports })
    expect((await app.inject('/v1/snapshot')).statusCode).toBe(404)
  })

  it('/v1/explain hands on the whole explanation, for A unless told otherwise', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject('/v1/explain?client=2001:DB8:0::1&name=Play.live.example.net')
    expect(reply.json()).toEqual({
      asked: { client: '2001:db8::1', name: 'Play.live.example.net', type: 'A' },
      candidates: [{ node: 'hkg-1', terms: { rtt: 4.5 } }],
    })
    const https = await app.inject('/v1/explain?client=192.0.2.1&name=play.live.example.net&type=HTTPS')
    expect(https.json()).toMatchObject({ asked: { type: 'HTTPS' } })
  })

  it('answers HEAD without a body', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject({ method: 'HEAD', url: '/healthz' })
    expect([reply.statusCode, reply.body]).toEqual([200, ''])
  })
})

describe('POST /v1/reload', () => {
  it('answers with the new epoch and the warnings', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject({ method: 'POST', url: '/v1/reload' })
    expect(reply.json()).toEqual({ epoch: 5, warnings: ['steering[3] changes nothing'] })
  })

  it.each([
    ['NC_CONFIG', 422],
    ['NC_CONFLICT', 409],
  ] as const)('answers %s with %i and the message', async (code, status) => {
    const message = 'nearcast.yaml:3:5: found 7, expected a name'
    const reload = () => Promise.reject(new NearcastError(code, message))
    const { app } = await fakeAdmin({ ports: fakePorts({ reload }).ports })
    const reply = await app.inject({ method: 'POST', url: '/v1/reload' })
    expect(reply.statusCode).toBe(status)
    expect(reply.json()).toEqual({ error: { code, message, path: null } })
  })

  it('takes no body', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject({ method: 'POST', url: '/v1/reload', payload: {} })
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({ error: { path: 'body' } })
  })
})

describe('POST /v1/replace', () => {
  it('answers with the process that has taken over, and ends the connection, which is not with that one', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject({ method: 'POST', url: '/v1/replace' })
    expect(reply.json()).toEqual({ pid: 4711 })
    expect(reply.headers.connection).toBe('close')
  })

  it('answers why there is no successor', async () => {
    const message = 'nearcast.yaml:3:5: found 7, expected a name'
    const replace = () => Promise.reject(new NearcastError('NC_CONFIG', message))
    const { app } = await fakeAdmin({ ports: fakePorts({ replace }).ports })
    const reply = await app.inject({ method: 'POST', url: '/v1/replace' })
    expect([reply.statusCode, reply.json()]).toEqual([422, { error: { code: 'NC_CONFIG', message, path: null } }])
  })
})

describe('a call that cannot be right', () => {
  it.each([
    ['/healthz?verbose=1', 'query.verbose'],
    ['/v1/nodes?site=hkg', 'query.site'],
    ['/v1/explain?client=192.0.2.1&name=a.example.net&nam=x', 'query.nam'],
    ['/v1/explain?name=a.example.net', 'query.client'],
    ['/v1/explain?client=192.0.2.1', 'query.name'],
    ['/v1/explain?client=192.0.2.1&name=', 'query.name'],
    ['/v1/explain?client=192.0.2.999&name=a.example.net', 'query.client'],
    ['/v1/explain?client=fe80::1%25eth0&name=a.example.net', 'query.client'],
    ['/v1/explain?client=192.0.2.1&client=192.0.2.2&name=a.example.net', 'query.client'],
    ['/v1/explain?client=192.0.2.1&name=a.example.net&type=MX', 'query.type'],
    ['/v1/nodes?__proto__=1', 'query.__proto__'],
  ])('gets 400 for %s with the key path %s', async (url, path) => {
    const { app } = await fakeAdmin()
    const reply = await app.inject(url)
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_BAD_REQUEST', path } })
  })

  it('is told what was found and what was expected', async () => {
    const { app } = await fakeAdmin()
    const { error } = (await app.inject('/v1/explain?client=192.0.2.1&name=a.example.net&type=MX')).json()
    expect(error.message).toBe('found "MX": expected A, AAAA or HTTPS')
  })

  it.each(['/', '/v1', '/v1/node', '/v2/nodes', '/v1/nodes/', '/V1/nodes', '/v1/overrides/a/b'])(
    'gets 404 for %s',
    async (url) => {
      const { app } = await fakeAdmin()
      const reply = await app.inject(url)
      expect(reply.statusCode).toBe(404)
      expect(reply.json()).toMatchObject({ error: { code: 'NC_NOT_FOUND', path: null } })
    },
  )

  it.each([
    ['POST', '/v1/nodes', 'HEAD, GET'],
    ['GET', '/v1/reload', 'POST'],
    ['POST', '/v1/overrides/hkg-1', 'PUT, DELETE'],
    ['OPTIONS', '/v1/nodes', 'HEAD, GET'],
  ] as const)('gets 405 for %s %s and what is allowed', async (method, url, allow) => {
    const { app } = await fakeAdmin()
    const reply = await app.inject({ method, url })
    expect(reply.statusCode).toBe(405)
    expect(reply.headers.allow?.split(', ').toSorted()).toEqual(allow.split(', ').toSorted())
    expect(reply.json()).toMatchObject({ error: { code: 'NC_BAD_REQUEST' } })
  })

  it('gets one shape for an address that cannot be decoded', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject('/v1/%zz')
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_BAD_REQUEST', path: null } })
  })
})

describe('a fault of our own', () => {
  it('is told the log in full and the caller not at all', async () => {
    const nodes = () => {
      throw new TypeError('secret internals')
    }
    const { app, lines } = await fakeAdmin({ ports: fakePorts({ nodes }).ports })
    const reply = await app.inject('/v1/nodes')
    expect(reply.statusCode).toBe(500)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_INTERNAL', path: null } })
    expect(reply.body).not.toContain('internals')
    const told = { event: 'admin.failed', err: expect.objectContaining({ message: 'secret internals' }) }
    expect(lines).toContainEqual(expect.objectContaining(told))
  })
})
