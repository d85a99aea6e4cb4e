// POST and GET of reports: what a node may say of itself, who may say it, and what is refused. Knows no probe.
import { describe, expect, it } from 'vitest'
import { bearer, fakeAdmin, fakePorts, now, tokens } from './fake-ports.ts'

async function post(payload: object, node = 'hkg-1', headers = bearer('player')) {
  const { ports, heard } = fakePorts()
  const { app, lines } = await fakeAdmin({ ports, tokens })
  const reply = await app.inject({ method: 'POST', url: `/v1/reports/${node}`, headers, payload })
  return { reply, heard, lines }
}

const silence = { load: null, mbps: null, connections: null, streams: null, cpu: null, disk: null }

describe('POST /v1/reports/:node', () => {
  it('hands on what the node says, by the token that said it, and says nothing back', async () => {
    const { reply, heard } = await post({ load: 0.62, mbps: 9_400.5, connections: 18_000 })
    expect([reply.statusCode, reply.body]).toEqual([204, ''])
    expect(heard).toEqual([
      { node: 'hkg-1', at: now, by: 'player', ...silence, load: 0.62, mbps: 9_400.5, connections: 18_000 },
    ])
  })

  it('takes an empty object as a sign of life', async () => {
    const { reply, heard } = await post({})
    expect(reply.statusCode).toBe(204)
    expect(heard).toEqual([{ node: 'hkg-1', at: now, by: 'player', ...silence }])
  })

  it.each([
    ['a load below nothing', { load: -0.1 }, 'body.load'],
    ['half a connection', { connections: 1.5 }, 'body.connections'],
    ['a number in quotes', { mbps: '900' }, 'body.mbps'],
    ['a key nobody knows', { laod: 0.5 }, 'body.laod'],
    ['a list', [], 'body'],
  ])('refuses %s, and hands on nothing', async (_what, payload, path) => {
    const { reply, heard } = await post(payload)
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({ error: { code: 'NC_BAD_REQUEST', path } })
    expect(heard).toEqual([])
  })

  it('answers 404 for a node nobody knows', async () => {
    expect((await post({}, 'hkg-9')).reply.statusCode).toBe(404)
  })

  it('takes the role reporter', async () => {
    const { reply, heard } = await post({}, 'hkg-1', bearer('screen'))
    expect(reply.statusCode).toBe(403)
    expect(heard).toEqual([])
  })

  it('is told in the log in detail only, unless it was refused', async () => {
    const levels = async (payload: object) => {
      const { lines } = await post(payload)
      return lines.filter(({ event }) => event === 'admin.called').map(({ level }) => level)
    }
    const [good, refused] = [await levels({}), await levels({ load: 'high' })]
    expect(good).not.toEqual(refused)
  })
})

describe('GET /v1/reports', () => {
  it('lists the latest of each node', async () => {
    const { app } = await fakeAdmin()
    expect((await app.inject('/v1/reports')).json()).toEqual({
      reports: [
        {
          node: 'hkg-1',
          at: '2029-12-31T23:59:55.000Z',
          by: 'player',
          ...silence,
          load: 0.5,
          mbps: 900,
          connections: 40,
        },
      ],
    })
  })
})
