// The HTTP probe against real servers: status, body, limits, and nodes that mean it ill.
import { describe, expect, it, vi } from 'vitest'
import type { HttpProbe } from '../../../src/health/model.ts'
import { probeContract, runOne } from './probe-contract.ts'
import { repeat, serveHttp, serveTcp } from './servers.ts'

const kib = 1024

function httpProbe(port: number, changes: Partial<HttpProbe> = {}): HttpProbe {
  return {
    key: 'it',
    type: 'http',
    url: `http://{address}:${port}/probe`,
    host: null,
    status: [200],
    bodyContains: null,
    verify: true,
    certificateDays: 0,
    http2: false,
    intervalMs: 60_000,
    timeoutMs: 5_000,
    confirmMs: 150,
    fall: 3,
    rise: 5,
    required: true,
    ...changes,
  }
}

probeContract('http', {
  serveWell: (address) => serveHttp((_request, response) => response.end('all is well'), address),
  probe: (port, timeoutMs) => httpProbe(port, { timeoutMs }),
  listens: true,
})

/** A node that answers anything with these bytes and then stays, or hangs up. */
function serveBytes(text: string, hangUp: boolean) {
  return serveTcp((socket) =>
    socket.once('data', () => {
      socket.write(text)
      if (hangUp) socket.end()
    }),
  )
}

describe('the request of an HTTP probe', () => {
  it('is a GET of the path and query, for the host in the URL', async () => {
    const seen: unknown[] = []
    const { port } = await serveHttp(({ method, url, headers }, response) => {
      seen.push(method, url, headers.host)
      response.end()
    }, '::1')
    await runOne(httpProbe(port, { url: `http://{address}:${port}/a/b?c=d` }), '::1', 6)
    expect(seen).toEqual(['GET', '/a/b?c=d', `[::1]:${port}`])
  })

  it('goes to the address of the node when host or URL give another name', async () => {
    const seen: unknown[] = []
    const { port } = await serveHttp(({ headers }, response) => {
      seen.push(headers.host)
      response.end()
    })
    const named = await runOne(httpProbe(port, { url: `http://edge.example.net:${port}/` }))
    const hosted = await runOne(httpProbe(port, { host: 'play.example.net' }))
    expect([named.reason, hosted.reason]).toEqual(['ok', 'ok'])
    expect(seen).toEqual([`edge.example.net:${port}`, 'play.example.net'])
  })
})

describe('the status of an HTTP answer', () => {
  it.each([
    [503, [200], 'answered 503, expected 200'],
    [200, [204, 206], 'answered 200, expected 204 or 206'],
    [404, [200], 'answered 404, expected 200'],
  ])('fails the probe when it is %d instead of %j', async (code, status, detail) => {
    const { port } = await serveHttp((_request, response) => response.writeHead(code).end())
    expect(await runOne(httpProbe(port, { status }))).toMatchObject({ ok: false, reason: 'status', detail })
  })

  it('passes when it is any of the list', async () => {
    const { port } = await serveHttp((_request, response) => response.writeHead(206).end())
    expect(await runOne(httpProbe(port, { status: [200, 206] }))).toMatchObject({ ok: true })
  })

  it('is taken for what it is when it redirects', async () => {
    const elsewhere = await serveHttp((_request, response) => response.end())
    const { port } = await serveHttp((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${elsewhere.port}/` }).end(),
    )
    expect(await runOne(httpProbe(port))).toMatchObject({ reason: 'status', detail: 'answered 302, expected 200' })
    expect(elsewhere.taken()).toBe(0)
  })

  it('is enough without a body text: an endless body is not read', async () => {
    const server = await serveHttp((request, response) => {
      response.writeHead(200)
      repeat(request.socket, `4\r\nmore\r\n`, 1)
      response.write('more')
    })
    expect(await runOne(httpProbe(server.port))).toMatchObject({ ok: true })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})

describe('the body of an HTTP answer', () => {
  const probe = (port: number, changes: Partial<HttpProbe> = {}) =>
    httpProbe(port, { bodyContains: 'all is wéll', ...changes })

  it('passes when it holds the text', async () => {
    const { port } = await serveHttp((_request, response) => response.end('here all is wéll today'))
    expect(await runOne(probe(port))).toMatchObject({ ok: true })
  })

  it('passes when the text comes byte by byte', async () => {
    const { port } = await serveHttp((_request, response) => {
      const bytes = [...Buffer.from('and all is wéll')]
      const next = (): void => {
        const byte = bytes.shift()
        if (byte === undefined) response.end()
        else response.write(Buffer.of(byte), () => setImmediate(next))
      }
      next()
    })
    expect(await runOne(probe(port))).toMatchObject({ ok: true })
  })

  it('fails the probe when it ends without the text', async () => {
    const { port } = await serveHttp((_request, response) => response.end('nothing is well'))
    const detail = 'expected text is not in the body of 15 bytes'
    expect(await runOne(probe(port))).toMatchObject({ ok: false, reason: 'body', detail })
  })

  it.each([
    ['ends right before the limit', 64 * kib - 12, 'ok'],
    ['crosses the limit', 64 * kib - 11, 'body'],
  ])('is read for 64 KiB: text that %s', async (_where, before, reason) => {
    const { port } = await serveHttp((_request, response) => response.end('x'.repeat(before) + 'all is wéll'))
    expect(await runOne(probe(port))).toMatchObject({ reason })
  })

  it('fails the probe when it never ends', async () => {
    const server = await serveHttp((_request, response) => {
      const more = (): void => void response.write('x'.repeat(kib), (error) => error ?? setImmediate(more))
      more()
    })
    const detail = 'expected text is not in the first 64 KiB'
    expect(await runOne(probe(server.port))).toMatchObject({ reason: 'body', detail })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  it('fails the probe when it is cut short', async () => {
    const { port } = await serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nall is', true)
    expect(await runOne(probe(port))).toMatchObject({ ok: false, reason: 'reset' })
  })

  it('fails the probe when it stalls', async () => {
    const { port } = await serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nall is', false)
    const detail = 'no sign of the end of the body in 150 ms'
    expect(await runOne(probe(port, { timeoutMs: 150 }))).toMatchObject({ ok: false, reason: 'timeout', detail })
  })
})

describe('an HTTP probe of a hostile node', () => {
  it.each([
    ['garbage', 'SSH-2.0-whatever\r\n', true],
    ['headers beyond 16 KiB', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(17 * kib)}\r\n\r\n`, false],
    ['many headers beyond 16 KiB', `HTTP/1.1 200 OK\r\n${'name: value\r\n'.repeat(2_000)}\r\n`, false],
    ['interim replies without end', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100), false],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: ws\r\nconnection: upgrade\r\n\r\n', false],
    ['both lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', false],
  ])('says protocol to %s', async (_what, text, hangUp) => {
    const { port } = await serveBytes(text, hangUp)
    expect(await runOne(httpProbe(port))).toMatchObject({ ok: false, reason: 'protocol' })
  })

  it('says reset when it hangs up instead of answering', async () => {
    const { port } = await serveBytes('', true)
    expect(await runOne(httpProbe(port))).toMatchObject({ ok: false, reason: 'reset' })
  })

  it('says timeout even while our own thread is held up again and again', async () => {
    const { port } = await serveTcp((socket) => socket.resume())
    let held = 0
    const holdUp = (): void => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60)
      held += 1
    }
    // As often as that it is a deaf prober, not a deaf node, that never comes to its end.
    const timer = setInterval(() => (held < 100 ? holdUp() : clearInterval(timer)), 1)
    expect(await runOne(httpProbe(port, { timeoutMs: 150 }))).toMatchObject({ ok: false, reason: 'timeout' })
    clearInterval(timer)
    expect(held).toBeLessThan(100)
  })

  it('says timeout when headers drip in', async () => {
    const { port } = await serveTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      repeat(socket, 'x: y\r\n', 10)
    })
    const detail = 'no sign of response headers in 150 ms'
    expect(await runOne(httpProbe(port, { timeoutMs: 150 }))).toMatchObject({ ok: false, reason: 'timeout', detail })
  })
})
