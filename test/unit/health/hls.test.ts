// The HLS probe against real HTTP servers: live, frozen, ended, broken and hostile streams.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { freshMemory } from '../../../src/health/memory.ts'
import type { HlsProbe } from '../../../src/health/model.ts'
import { probeContract, runOne, stepsOf, usual } from './probe-contract.ts'
import { serveHttp, serveTcp } from './servers.ts'

function hlsProbe(port: number, changes: Partial<HlsProbe> = {}): HlsProbe {
  const url = `http://{address}:${port}/live/show1.m3u8`
  return { ...usual, type: 'hls', url, host: null, verify: true, certificateDays: 0, ...changes }
}

const packet = Buffer.alloc(188, 0xff).fill(0x47, 0, 1)
const transportStream = Buffer.concat([packet, packet, packet])

/** A media playlist of three segments. */
function playlist(first: number, { target = 2, tail = '' } = {}): string {
  const segments = [0, 1, 2].map((at) => `#EXTINF:2.0,\nseg-${first + at}.ts\n`).join('')
  return `#EXTM3U\n#EXT-X-TARGETDURATION:${target}\n#EXT-X-MEDIA-SEQUENCE:${first}\n${segments}${tail}`
}

type Files = Record<string, string | Buffer | ((request: IncomingMessage, response: ServerResponse) => void)>

/** Serves files by path, with byte ranges; `asked` collects paths and ranges. */
async function serveFiles(files: Files, address?: string) {
  const asked: string[] = []
  const server = await serveHttp((request, response) => {
    const { url = '', headers } = request
    asked.push(headers.range === undefined ? url : `${url} ${headers.range}`)
    const file = files[url]
    if (typeof file === 'function') return file(request, response)
    if (file === undefined) return void response.writeHead(404).end()
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    if (from === undefined) response.end(file)
    else response.writeHead(206).end(Buffer.from(file).subarray(Number(from), Number(to) + 1))
  }, address)
  return { ...server, asked, files }
}

const live = (changes: Files = {}): Files => ({
  '/live/show1.m3u8': playlist(7),
  '/live/seg-9.ts': transportStream,
  ...changes,
})

probeContract('hls', {
  serveWell: (address) => serveFiles(live(), address),
  probe: (port, timeoutMs) => hlsProbe(port, { timeoutMs }),
  listens: true,
})

describe('an HLS probe', () => {
  it('asks for the playlist and the first bytes of its newest segment, over one connection', async () => {
    const server = await serveFiles(live())
    expect(await runOne(hlsProbe(server.port))).toMatchObject({ ok: true, stream: '/live/show1.m3u8', reached: 10 })
    expect(server.asked).toEqual(['/live/show1.m3u8', '/live/seg-9.ts bytes=0-188'])
    expect(server.taken()).toBe(1)
  })

  it('follows a master playlist to its first variant, at the same node whatever host that names', async () => {
    const server = await serveFiles({
      '/live/show1.m3u8':
        '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://cdn.example.org/low/a.m3u8?t=1\n#EXT-X-STREAM-INF:BANDWIDTH=2\nhigh.m3u8\n',
      '/low/a.m3u8?t=1': playlist(7),
      '/low/seg-9.ts': transportStream,
    })
    expect(await runOne(hlsProbe(server.port))).toMatchObject({ ok: true, stream: '/live/show1.m3u8' })
    expect(server.asked).toEqual(['/live/show1.m3u8', '/low/a.m3u8?t=1', '/low/seg-9.ts bytes=0-188'])
    expect(await stepsOf(hlsProbe(server.port))).toEqual(['connect', 'master playlist', 'media playlist', 'segment'])
  })

  it('connects again where the node closes after each reply', async () => {
    const closing = (_request: IncomingMessage, response: ServerResponse): void => {
      response.setHeader('connection', 'close').end(playlist(7))
    }
    const server = await serveFiles(live({ '/live/show1.m3u8': closing }))
    expect(await runOne(hlsProbe(server.port))).toMatchObject({ ok: true })
    expect(server.taken()).toBe(2)
  })

  it('takes a server that knows no ranges, and does not read on', async () => {
    const endless = (_request: IncomingMessage, response: ServerResponse): void => {
      const more = (): void => void response.write(transportStream, (error) => error ?? setImmediate(more))
      more()
    }
    const server = await serveFiles(live({ '/live/seg-9.ts': endless }))
    expect(await runOne(hlsProbe(server.port))).toMatchObject({ ok: true })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})

describe('a stream', () => {
  const memory = () => freshMemory({ sinceMs: 0, heardMs: null })

  it('that stands still is stale, by its path, and fresh again when it moves', async () => {
    const remembered = memory()
    const server = await serveFiles(live({ '/live/seg-10.ts': transportStream }))
    const run = () => runOne(hlsProbe(server.port), '127.0.0.1', 4, remembered)
    expect(await run()).toMatchObject({ ok: true })
    const seen = remembered.playlist
    expect(seen).toMatchObject({ first: 7, end: 10 })
    // As if that had been four seconds ago.
    remembered.playlist = seen && { ...seen, changedMs: seen.changedMs - 4_000 }
    expect(await run()).toMatchObject({ ok: false, reason: 'stale', stream: '/live/show1.m3u8', reached: 10 })
    expect((await run()).detail).toMatch(
      /^\/live\/show1\.m3u8 stands at segment 9 for 4\.\d s, expected another within 3 s$/,
    )
    server.files['/live/show1.m3u8'] = playlist(8)
    expect(await run()).toMatchObject({ ok: true, reached: 11 })
  })

  it('that goes back fails', async () => {
    const remembered = memory()
    const server = await serveFiles(live({ '/live/seg-2.ts': transportStream }))
    await runOne(hlsProbe(server.port), '127.0.0.1', 4, remembered)
    server.files['/live/show1.m3u8'] = playlist(0)
    expect(await runOne(hlsProbe(server.port), '127.0.0.1', 4, remembered)).toMatchObject({
      reason: 'rewound',
      detail: '/live/show1.m3u8 went back from segments 7 to 9 to 0 to 2',
    })
    expect(await runOne(hlsProbe(server.port), '127.0.0.1', 4, remembered)).toMatchObject({ ok: true })
  })

  it('that has ended is not stale', async () => {
    const remembered = memory()
    const server = await serveFiles(live({ '/live/show1.m3u8': playlist(7, { tail: '#EXT-X-ENDLIST\n' }) }))
    const observation = await runOne(hlsProbe(server.port), '127.0.0.1', 4, remembered)
    expect(observation).toMatchObject({ ok: true })
    expect(observation).not.toHaveProperty('stream')
    expect(remembered.playlist).toBeNull()
  })
})

describe('the newest segment', () => {
  const box = (type: string): Buffer => Buffer.concat([Buffer.of(0, 0, 0, 24), Buffer.from(type), Buffer.alloc(200)])

  it.each([
    ['a transport stream', 'ok', transportStream],
    ['styp', 'ok', box('styp')],
    ['moof', 'ok', box('moof')],
    ['ftyp', 'ok', box('ftyp')],
    ['packed audio', 'ok', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(200)])],
    ['a sync byte alone', 'body', Buffer.alloc(200).fill(0x47, 0, 1)],
    ['a box that ends a file', 'body', box('mfra')],
    ['an error page', 'body', Buffer.from('<html><body>not here</body></html>')],
    ['nothing', 'reset', Buffer.alloc(0)],
    ['four bytes', 'reset', Buffer.from('moof')],
  ])('that begins as %s: %s', async (_what, reason, bytes) => {
    const { port } = await serveFiles(live({ '/live/seg-9.ts': bytes }))
    expect(await runOne(hlsProbe(port))).toMatchObject({ ok: reason === 'ok', reason })
  })

  it('that is not there fails the probe, by name', async () => {
    const { port } = await serveFiles({ '/live/show1.m3u8': playlist(7) })
    expect(await runOne(hlsProbe(port))).toMatchObject({
      reason: 'status',
      detail: '/live/seg-9.ts answered 404, expected 200 or 206',
    })
  })

  it('need not be readable where it is encrypted', async () => {
    const text = playlist(7).replace('#EXTINF', '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF')
    const { port } = await serveFiles(live({ '/live/show1.m3u8': text, '/live/seg-9.ts': Buffer.alloc(200, 0xab) }))
    expect(await runOne(hlsProbe(port))).toMatchObject({ ok: true })
  })
})

describe('an HLS probe of a hostile node', () => {
  it.each([
    ['a web page', '<html>', 'protocol'],
    ['no segments', '#EXTM3U\n#EXT-X-TARGETDURATION:2\n', 'body'],
    ['a master in a master', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nshow1.m3u8\n', 'protocol'],
    ['a file to read', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile:///etc/passwd\n', 'protocol'],
    ['data in place of a segment', playlist(7).replace('seg-9.ts', 'data:video/mp2t,GGG'), 'protocol'],
    ['a header smuggled into a URI', playlist(7).replace('seg-9.ts', 'a b\tc%0d%0ax: y'), 'status'],
    ['a playlist beyond 1 MiB', playlist(7) + '#\n'.repeat(600_000), 'protocol'],
  ])('says what is wrong with %s', async (_what, text, reason) => {
    const { port } = await serveFiles({ '/live/show1.m3u8': text })
    expect(await runOne(hlsProbe(port))).toMatchObject({ ok: false, reason })
  })

  it('hangs up on a playlist without end', async () => {
    const server = await serveHttp((_request, response) => {
      const more = (): void => void response.write('#EXTM3U\n'.repeat(1_000), (error) => error ?? setImmediate(more))
      more()
    })
    expect(await runOne(hlsProbe(server.port))).toMatchObject({ ok: false, reason: 'protocol' })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  it('says what it waited for when the playlist drips', async () => {
    const { port } = await serveTcp((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n#EXTM3U\n'))
    })
    const detail = 'no sign of the playlist in 150 ms'
    expect(await runOne(hlsProbe(port, { timeoutMs: 150 }))).toMatchObject({ reason: 'timeout', detail })
  })

  it('blames nobody for half a segment', async () => {
    const half = (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(206, { 'content-length': '189' })
      response.write(packet.subarray(0, 100))
    }
    const { port } = await serveFiles(live({ '/live/seg-9.ts': half }))
    const detail = 'no sign of the newest segment in 150 ms'
    expect(await runOne(hlsProbe(port, { timeoutMs: 150 }))).toMatchObject({ reason: 'timeout', detail })
  })
})
