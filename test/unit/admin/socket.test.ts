// The admin API on a real socket of the loopback interface: what only bytes can show. Knows no port behind it.
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeAdmin, fakePorts } from './fake-ports.ts'

type Admin = Awaited<ReturnType<typeof fakeAdmin>>['app']
let app: Admin
let port: number

beforeEach(async () => {
  app = (await fakeAdmin({ ports: fakePorts().ports })).app
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
afterEach(() => app.close())

/** Sends bytes and reads until the server closes. */
async function exchange(bytes: string): Promise<{ status: number; body: string }> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString()
  return { status: Number(text.split(' ')[1]), body: text.slice(text.indexOf('\r\n\r\n') + 4) }
}

describe('on a socket', () => {
  it('answers over HTTP', async () => {
    const reply = await fetch(`http://127.0.0.1:${port}/v1/snapshot`)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(await reply.json()).toMatchObject({ epoch: 4 })
  })

  it.each([
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['words', 'hello there\r\n\r\n', 400],
    ['a request without a Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 403],
    ['an empty Host', 'GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 403],
    ['HTTP/1.0 without a Host', 'GET /healthz HTTP/1.0\r\n\r\n', 403],
    [
      'two lengths',
      'PUT /v1/overrides/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    ['headers without end', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('answers %s with an error and closes', async (_what, bytes, status) => {
    expect((await exchange(bytes)).status).toBe(status)
  })

  it('gives bytes that are no HTTP the one shape of errors', async () => {
    const { body } = await exchange('hello there\r\n\r\n')
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'NC_BAD_REQUEST', path: null } })
  })

  it('waits for nobody for ever and holds no end of connections', () => {
    const { headersTimeout, requestTimeout, timeout, keepAliveTimeout, maxConnections } = app.server
    for (const limit of [headersTimeout, requestTimeout, timeout, keepAliveTimeout, maxConnections]) {
      expect(limit).toBeGreaterThan(0)
    }
    expect([headersTimeout, requestTimeout]).toEqual([5_000, 10_000])
  })

  it('goes on answering afterwards', async () => {
    await exchange('\0\0\0\r\n\r\n')
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  })
})
