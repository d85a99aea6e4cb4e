// The HTTP probe with a connection that outlives a try, against real servers: when it is kept, when not, and that it hides nothing.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { ProbeLoop } from '../../../src/health/loop.ts'
import { freshMemory } from '../../../src/health/memory.ts'
import type { HttpProbe } from '../../../src/health/model.ts'
import { monotonicMs, type Observation } from '../../../src/health/observation.ts'
import { runProbe } from '../../../src/health/probes/run.ts'
import { runOne, usual } from './probe-contract.ts'
import { closeServersAfterEach, repeat, serveHttp, serveTcp } from './servers.ts'

closeServersAfterEach()

function httpProbe(port: number, changes: Partial<HttpProbe> = {}): HttpProbe {
  const source = { url: `http://{address}:${port}/probe`, host: null, verify: true, certificateDays: 0 }
  return {
    ...usual,
    ...source,
    type: 'http',
    http2: false,
    status: [200],
    bodyContains: null,
    intervalMs: 2_000,
    ...changes,
  }
}

/** Tries one after the other, which share what a probe keeps. */
function tries(probe: HttpProbe) {
  const memory = freshMemory({ sinceMs: 0, heardMs: null }, true)
  const once = (): Promise<Observation> => runOne(probe, '127.0.0.1', 4, memory)
  const several = async (count: number): Promise<string[]> => {
    const reasons: string[] = []
    for (let n = 0; n < count; n++) reasons.push((await once()).reason)
    return reasons
  }
  return { memory, once, several }
}

const fine = (count: number): string[] => Array<string>(count).fill('ok')

describe('a connection', () => {
  it('serves five tries, then a new one is opened: accepting is health too', async () => {
    const server = await serveHttp((_request, response) => response.end('all is well'))
    const { several, memory } = tries(httpProbe(server.port))
    expect(await several(5)).toEqual(fine(5))
    expect([server.taken(), server.open()]).toEqual([1, 1])
    expect(await several(6)).toEqual(fine(6))
    expect(server.taken()).toBe(3)
    memory.kept?.destroy()
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  it('carries a request like any other', async () => {
    const seen: unknown[] = []
    const { port } = await serveHttp(({ method, url, headers }, response) => {
      seen.push([method, url, headers.host, headers['user-agent'], headers.accept])
      response.end()
    })
    const probe = httpProbe(port, { url: `http://{address}:${port}/a/b?c=d`, host: 'live.example.net' })
    await tries(probe).several(2)
    await runOne(probe)
    expect(seen[1]).toEqual(['GET', '/a/b?c=d', 'live.example.net', 'nearcast-probe', '*/*'])
    expect(seen[1]).toEqual(seen[2])
  })

  it.each([
    ['a try alone', {}, false],
    ['rare tries', { intervalMs: 60_000 }, true],
  ] as const)('is not kept for %s', async (_what, changes, keeps) => {
    const server = await serveHttp((_request, response) => response.end('all is well'))
    const memory = freshMemory({ sinceMs: 0, heardMs: null }, keeps)
    for (let n = 0; n < 2; n++) await runOne(httpProbe(server.port, changes), '127.0.0.1', 4, memory)
    await vi.waitFor(() => expect([server.taken(), server.open(), memory.kept]).toEqual([2, 0, null]))
  })

  it('is left alone by tries that overlap', async () => {
    const held: (() => void)[] = []
    const server = await serveHttp((_request, response) => held.push(() => response.end('all is well')))
    const { once } = tries(httpProbe(server.port))
    const running = [once(), once(), once()]
    await vi.waitFor(() => expect(held.length).toBe(3))
    for (const answer of held) answer()
    expect((await Promise.all(running)).map(({ reason }) => reason)).toEqual(fine(3))
    expect(server.taken()).toBe(3)
  })

  it('that the node closes while idle is opened anew, and no failure', async () => {
    const sockets: Socket[] = []
    const server = await serveTcp((socket) => {
      sockets.push(socket)
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
    })
    const { once, several } = tries(httpProbe(server.port))
    for (const close of ['end', 'resetAndDestroy', 'destroy'] as const) {
      await once()
      sockets.at(-1)?.[close]()
      await vi.waitFor(() => expect(server.open()).toBe(0))
      expect(await several(1)).toEqual(fine(1))
    }
  })

  it('ends with its slot of the schedule', async () => {
    const server = await serveHttp((_request, response) => response.end('all is well'))
    const probe = httpProbe(server.port)
    const observed: Observation[] = []
    const loop = new ProbeLoop({ run: runProbe, observed: (seen) => void observed.push(seen), random: () => 0.5 })
    loop.setNodes([{ name: 'edge', v4: '127.0.0.1', v6: null, probes: [probe] }], monotonicMs())
    loop.tick(monotonicMs() + 1_500)
    await vi.waitFor(() => expect([observed.length, server.open()]).toEqual([1, 1]))
    loop.setNodes([], monotonicMs())
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})

describe('a node that fails behind a kept connection', () => {
  it('is refused once nothing listens', async () => {
    const server = await serveHttp((_request, response) => response.end('all is well'))
    const { several } = tries(httpProbe(server.port))
    await several(2)
    await server.close()
    expect(await several(2)).toEqual(['refused', 'refused'])
    await server.reopen()
    expect(await several(2)).toEqual(fine(2))
  })

  it('is judged by its status and body at once', async () => {
    let [status, body] = [200, 'all is well']
    const server = await serveHttp((_request, response) => response.writeHead(status).end(body))
    const { once, several } = tries(httpProbe(server.port, { bodyContains: 'well' }))
    await several(2)
    status = 500
    expect(await once()).toMatchObject({ reason: 'status', detail: 'answered 500, expected 200' })
    ;[status, body] = [200, 'all is lost']
    expect(await once()).toMatchObject({ reason: 'body' })
    body = 'all is well again'
    expect(await several(3)).toEqual(fine(3))
  })

  it('is late when it is silent, and asked anew after that', async () => {
    let silent = false
    const server = await serveHttp((_request, response) => {
      if (!silent) response.end('all is well')
    })
    const { once, several } = tries(httpProbe(server.port, { timeoutMs: 200 }))
    await several(2)
    silent = true
    expect(await once()).toMatchObject({ reason: 'timeout', detail: 'no sign of response headers in 200 ms' })
    await vi.waitFor(() => expect(server.open()).toBe(0))
    silent = false
    expect(await several(1)).toEqual(fine(1))
  })

  it.each(
    Object.entries({
      'talks noise': (socket: Socket) => socket.write(randomBytes(4096)),
      'talks noise without end': (socket: Socket) => repeat(socket, randomBytes(65_536).toString('latin1'), 1),
      'sends one letter at a time': (socket: Socket) => repeat(socket, 'H', 5),
      'says more than it announced': (socket: Socket) =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nmuch more'),
      'hangs up in the middle': (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
    }),
  )('%s: ends as it would without one', async (_does, talk) => {
    let well = true
    const server = await serveTcp((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => (well ? socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok') : talk(socket)))
    })
    const probe = httpProbe(server.port, { timeoutMs: 300, bodyContains: 'ok' })
    const { several, memory } = tries(probe)
    expect(await several(2)).toEqual(fine(2))
    well = false
    expect(await several(1)).toEqual([(await runOne(probe)).reason])
    memory.kept?.destroy()
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})

describe('a reply of another form', () => {
  it.each([
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['until the end', 'HTTP/1.1 200 OK\r\n\r\nok'],
    ['longer than anybody reads', `HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\nok`],
  ])('%s passes, and is asked for in the usual way alone from then on', async (_form, reply) => {
    const server = await serveTcp((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(reply))
    })
    const { several } = tries(httpProbe(server.port))
    expect(await several(1)).toEqual(fine(1))
    expect(server.taken()).toBe(2)
    expect(await several(3)).toEqual(fine(3))
    expect(server.taken()).toBe(5)
  })

  it('with an interim one before it passes', async () => {
    const server = await serveTcp((socket) => {
      socket.on('error', () => {})
      socket.on('data', () =>
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
      )
    })
    expect(await tries(httpProbe(server.port)).several(2)).toEqual(fine(2))
  })

  it('that asks to close is good, and closed', async () => {
    const server = await serveHttp((_request, response) => response.setHeader('connection', 'close').end('all is well'))
    expect(await tries(httpProbe(server.port)).several(3)).toEqual(fine(3))
    await vi.waitFor(() => expect([server.taken(), server.open()]).toEqual([3, 0]))
  })
})
