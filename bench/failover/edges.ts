// A process of stand-in edges: health page, live playlist and TLS at each address; fails as it is told. Knows no name server.
// Told over IPC: `{ address, fault }`, answered with the time at which it took effect, and `{ loss }` for all of them.
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps, type Server as HttpsServer } from 'node:https'
import { certificates, key } from '../../test/unit/health/certificates.ts'
import { ports, targetDuration, type Kind } from './kinds.ts'

/** What a process of edges is told. */
export type ToEdges =
  | { readonly address: string; readonly fault: Kind }
  /** Part of requests that get no answer, each by itself. */
  | { readonly loss: number }

interface State {
  fault: Kind | null
  /** When its stream stopped; null while it goes on. */
  frozenMs: number | null
  https: HttpsServer
}

const addresses = process.argv.slice(2)
const states = new Map<string, State>()
let listening = 0
let loss = 0

for (const address of addresses) {
  const answer = (request: IncomingMessage, response: ServerResponse): void => reply(state, request, response)
  const http = createHttp({ keepAliveTimeout: 60_000 }, answer)
  const https = createHttps({ cert: certificates.good, key }, answer)
  const state: State = { fault: null, frozenMs: null, https }
  states.set(address, state)
  https.on('tlsClientError', () => {})
  for (const [server, port] of [
    [http, ports.http],
    [https, ports.https],
  ] as const) {
    server.listen({ host: address, port, backlog: 512 }, () => {
      listening += 1
      if (listening === addresses.length * 2) process.send?.('listening')
    })
  }
}

process.on('message', (told: ToEdges) => {
  if ('loss' in told) {
    loss = told.loss
    return
  }
  const { address, fault } = told
  const state = states.get(address)
  if (state === undefined) return
  if (fault === 'frozen') state.frozenMs = Date.now()
  else if (fault === 'expired') state.https.setSecureContext({ cert: certificates.expired, key })
  else state.fault = fault
  process.send?.({ address, atMs: Date.now() })
})
process.on('disconnect', () => process.exit())

function reply({ fault, frozenMs }: State, { url }: IncomingMessage, response: ServerResponse): void {
  if (fault === 'mute' || (loss > 0 && Math.random() < loss)) return
  if (fault === 'error') response.statusCode = 500
  if (url === '/live.m3u8') response.end(playlist(frozenMs ?? Date.now()))
  else if (url?.startsWith('/segment')) response.end(segment)
  else response.end('all is well')
}

const segment = Buffer.alloc(189, 0xff)
segment[0] = 0x47
segment[188] = 0x47

/** The last three segments of a stream that has run since 1970. */
function playlist(nowMs: number): string {
  const end = Math.floor(nowMs / 1000 / targetDuration)
  const last = [end - 3, end - 2, end - 1].map((n) => `#EXTINF:${targetDuration}.0,\nsegment${n}.ts\n`)
  return `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:${targetDuration}\n#EXT-X-MEDIA-SEQUENCE:${end - 3}\n${last.join('')}`
}
