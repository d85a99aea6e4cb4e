// PUT, DELETE and GET of overrides: what is ordered, what is refused, and that a refusal changes nothing. Knows no availability words.
import { describe, expect, it } from 'vitest'
import { bearer, fakeAdmin, fakePorts, now, tokens } from './fake-ports.ts'

const good = { mode: 'drain', share: 25, reason: 'fan replacement', expires: '2h' }

async function put(body: unknown, node = 'hkg-1', headers: Record<string, string> = {}) {
  const { ports, orders } = fakePorts()
  const { app } = await fakeAdmin({ ports })
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const reply = await app.inject({
    method: 'PUT',
    url: `/v1/overrides/${node}`,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  })
  return { reply, orders }
}

describe('PUT /v1/overrides/:target', () => {
  it('orders what was asked, by the token that asked', async () => {
    const { ports, orders } = fakePorts()
    const { app, lines } = await fakeAdmin({ ports, tokens })
    const request = { method: 'PUT', url: '/v1/overrides/hkg-1', headers: bearer('ops'), payload: good } as const
    const reply = await app.inject(request)
    expect(reply.statusCode).toBe(201)
    expect(orders).toEqual([
      {
        target: 'hkg-1',
        order: {
          mode: 'drain',
          sharePercent: 25,
          reason: 'fan replacement',
          by: 'ops',
          startsAt: now,
          expiresAt: now + 7_200_000,
        },
      },
    ])
    expect(reply.json()).toEqual({
      override: {
        target: 'hkg-1',
        mode: 'drain',
        share: 25,
        reason: 'fan replacement',
        by: 'ops',
        since: '2030-01-01T00:00:00.000Z',
        starts: '2030-01-01T00:00:00.000Z',
        expires: '2030-01-01T02:00:00.000Z',
        active: true,
        nodes: ['hkg-1'],
      },
      replaced: null,
    })
    expect(lines).toContainEqual(expect.objectContaining({ event: 'override.set', target: 'hkg-1', by: 'ops' }))
  })

  it('says which override it took the place of', async () => {
    const { app } = await fakeAdmin()
    const request = { method: 'PUT', url: '/v1/overrides/hkg-1', payload: good } as const
    await app.inject(request)
    const reply = await app.inject(request)
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({ override: { share: 25 }, replaced: { share: 50, reason: 'maintenance' } })
  })

  it('drains all of a node when no share is given', async () => {
    const { orders } = await put({ mode: 'drain', reason: 'moving', expires: '1d' })
    expect(orders[0].order.sharePercent).toBe(100)
  })

  it.each([
    ['an unknown key', { ...good, shar: 5 }, 'body.shar'],
    ['no mode', { reason: 'x', expires: '1h' }, 'body.mode'],
    ['an unknown mode', { ...good, mode: 'stop' }, 'body.mode'],
    ['a share as text', { ...good, share: '25' }, 'body.share'],
    ['a share above 100', { ...good, share: 101 }, 'body.share'],
    ['a share of nothing', { ...good, share: 0 }, 'body.share'],
    ['a negative share', { ...good, share: -1 }, 'body.share'],
    ['a broken share', { ...good, share: 0.5 }, 'body.share'],
    ['a share with mode up', { ...good, mode: 'up' }, 'body.share'],
    ['no reason', { mode: 'up', expires: '1h' }, 'body.reason'],
    ['an empty reason', { ...good, reason: '' }, 'body.reason'],
    ['a blank reason', { ...good, reason: '   ' }, 'body.reason'],
    ['a reason that steers terminals', { ...good, reason: 'x\u001b[2J' }, 'body.reason'],
    ['a reason too long', { ...good, reason: 'x'.repeat(501) }, 'body.reason'],
    ['no expiry', { mode: 'up', reason: 'x' }, 'body.expires'],
    ['an expiry as a number', { ...good, expires: 7200 }, 'body.expires'],
    ['an expiry without a unit', { ...good, expires: '2' }, 'body.expires'],
    ['an expiry of nothing', { ...good, expires: '0h' }, 'body.expires'],
    ['an expiry too far', { ...good, expires: '31d' }, 'body.expires'],
    ['an expiry in the past', { ...good, expires: '2029-12-31T23:59:59Z' }, 'body.expires'],
    ['an expiry without a zone', { ...good, expires: '2030-01-02T00:00:00' }, 'body.expires'],
    ['a start in the past', { ...good, starts: '2029-12-31T23:59:59Z' }, 'body.starts'],
    ['a start that is no time', { ...good, starts: 'soon' }, 'body.starts'],
    ['an end before the start', { ...good, starts: '3h' }, 'body.expires'],
    ['a day that does not exist', { ...good, expires: '2030-02-30T00:00:00Z' }, 'body.expires'],
    ['a list', [good], 'body'],
    ['null', null, 'body'],
  ])('refuses %s and orders nothing', async (_what, body, path) => {
    const { reply, orders } = await put(body)
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_BAD_REQUEST', path } })
    expect(orders).toEqual([])
  })

  it('names the keys there are when one is unknown', async () => {
    const { reply } = await put({ ...good, shar: 5 })
    expect(reply.json().error.message).toBe('unknown key "shar": expected one of: mode, share, reason, starts, expires')
  })

  it('names the key that may stand for one that is missing', async () => {
    const { expires, ...rest } = good
    const { reply } = await put({ ...rest, expries: expires })
    expect(reply.json().error.message).toMatch(/^expires is missing: expected .*; unknown key "expries" stands there$/)
  })

  it('says how JSON is written when it is not', async () => {
    const { reply } = await put('{mode: drain}')
    expect(reply.json().error.message).toMatch(/; expected keys and texts in double quotes, such as {"mode": "drain"}/)
  })

  it.each([
    ['2030-01-01T00:00:01Z', 1_000],
    ['2030-01-01T08:30:00+08:00', 1_800_000],
    ['2030-01-01T00:01Z', 60_000],
    ['30d', 30 * 86_400_000],
    ['90s', 90_000],
  ])('takes the expiry %s', async (expires, after) => {
    const { orders } = await put({ ...good, expires })
    expect(orders[0].order.expiresAt).toBe(now + after)
  })

  it('plans what is to start later', async () => {
    const { reply, orders } = await put({ ...good, starts: '30m', expires: '2h' })
    expect(orders[0].order).toMatchObject({ startsAt: now + 1_800_000, expiresAt: now + 7_200_000 })
    expect(reply.json()).toMatchObject({ override: { active: false, starts: '2030-01-01T00:30:00.000Z' } })
  })

  it('answers 404 for a node the table does not have', async () => {
    const { reply } = await put(good, 'hkg-9')
    expect(reply.statusCode).toBe(404)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_NOT_FOUND' } })
  })

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/json-patch+json', 415],
    ['nonsense', 415],
  ])('refuses the media type %s', async (type, status) => {
    const { reply, orders } = await put(good, 'hkg-1', { 'content-type': type })
    expect(reply.statusCode).toBe(status)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_BAD_REQUEST', path: null } })
    expect(orders).toEqual([])
  })

  it.each([
    ['JSON cut short', '{"mode":"up"', 400],
    ['no bytes at all', '', 400],
    ['a prototype', '{"__proto__":{"x":1},"mode":"up","reason":"x","expires":"1h"}', 400],
    ['more than 16 KiB', JSON.stringify({ ...good, reason: 'x'.repeat(17_000) }), 413],
  ])('refuses %s in the one shape', async (_what, text, status) => {
    const { reply, orders } = await put(text)
    expect(reply.statusCode).toBe(status)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_BAD_REQUEST', path: null } })
    expect(orders).toEqual([])
  })
})

describe('the other methods', () => {
  it('DELETE answers with what was cleared, or 404', async () => {
    const { app } = await fakeAdmin()
    const reply = await app.inject({ method: 'DELETE', url: '/v1/overrides/hkg-1' })
    expect(reply.json()).toMatchObject({ cleared: { target: 'hkg-1', mode: 'drain', share: 50, nodes: ['hkg-1'] } })
    expect((await app.inject({ method: 'DELETE', url: '/v1/overrides/hkg-2' })).statusCode).toBe(404)
  })

  it('GET lists every override with its nodes and whether it is in force', async () => {
    const { app } = await fakeAdmin()
    expect((await app.inject('/v1/overrides')).json()).toMatchObject({
      overrides: [{ target: 'hkg-1', share: 50, expires: '2030-01-01T01:00:00.000Z', active: true, nodes: ['hkg-1'] }],
    })
  })
})
