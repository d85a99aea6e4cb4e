// Stand-in edges: small HTTP servers on loopback addresses that stop, freeze and err when a test says so. Knows no DNS.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** One edge at one address. */
export class StandInEdge {
  readonly address: string
  readonly port: number
  /** What it answers with. */
  status = 200
  body = 'ok'
  /** Takes requests and never answers them. */
  frozen = false
  /** Serves a live stream of one-second segments: where it began and, when it stands still, where that was; Unix milliseconds. */
  stream: { readonly fromMs: number; readonly stalledMs: number | null } | null = null
  /** Requests taken so far. */
  asked = 0
  #server: Server | null = null

  constructor(address: string, port: number) {
    this.address = address
    this.port = port
  }

  async start(): Promise<void> {
    if (this.#server !== null) return
    const server = createServer((request, response) => this.#answer(request, response))
    const listening = once(server, 'listening')
    server.listen(this.port, this.address)
    await listening
    this.#server = server
  }

  /** Hangs up on everybody; whoever connects now is refused. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked++
    request.resume()
    if (this.frozen) return
    response.statusCode = this.status
    response.end(this.stream === null ? this.body : streamed(this.stream, request.url ?? ''))
  }
}

/** The playlist of the newest three segments, or the beginning of a transport stream. */
function streamed({ fromMs, stalledMs }: NonNullable<StandInEdge['stream']>, path: string): string {
  if (!path.endsWith('.m3u8')) return `G${'-'.repeat(187)}G`
  const first = Math.floor(((stalledMs ?? Date.now()) - fromMs) / 1000)
  const segments = [0, 1, 2].map((at) => `#EXTINF:1.0,\n${first + at}.ts\n`).join('')
  return `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n${segments}`
}
