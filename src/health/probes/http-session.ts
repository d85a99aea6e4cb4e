// GETs to a node's own address over HTTP/1.1 or 2, one after the other, on behalf of one try. Follows no redirect, judges no status.
import { Agent, request, type RequestOptions } from 'node:http'
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { HttpSource } from '../model.ts'
import type { ProbeTarget } from '../observation.ts'
import type { Attempt } from './attempt.ts'
import { openTcp, openTls } from './sockets.ts'

const headerBytes = 16 * 1024
/** Interim (1xx) replies are legal and free to send: without a limit they would never end. */
const interimReplies = 8

/** A reply whose body is still to come. What goes wrong with the body ends the try. */
export interface HttpReply {
  readonly status: number
  readonly body: Readable
}

/** Asks for one path (with its query); the next only after the body of the last was read to its end. */
export interface HttpSession {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<HttpReply>
}

/** Where a source is to be asked at this node. */
export interface HttpPlace {
  readonly url: URL
  /** Host header and TLS server name. */
  readonly host: string
}

/** The URL's host is where `{address}` goes or a mere name: the connection is always to the node's address. */
export function placeOf({ url: template, host }: HttpSource, { address, family }: ProbeTarget): HttpPlace {
  const url = new URL(template.replaceAll('{address}', family === 6 ? `[${address}]` : address))
  return { url, host: host ?? url.host }
}

/**
 * Connects when first asked. What is asked more than once over HTTP/1.1 is to be said: keeping a connection costs.
 * @param next what the node owes us once it is connected, for people
 */
export function openHttp(
  attempt: Attempt,
  target: ProbeTarget,
  source: HttpSource & { readonly http2?: boolean; readonly asksAgain?: boolean },
  next: string,
): HttpSession {
  const { url, host } = placeOf(source, target)
  const secure = url.protocol === 'https:'
  const at = { address: target.address, port: Number(url.port || (secure ? 443 : 80)), mayClose: true }
  const tls = { ...source, host, alpn: [source.http2 ? 'h2' : 'http/1.1'], mustAgree: source.http2 ?? false }
  const connect = (): Promise<Socket> => (secure ? openTls(attempt, at, tls, next) : openTcp(attempt, at, next))
  return source.http2
    ? new Http2(attempt, connect, url.origin, host)
    : new Http1(attempt, connect, host, source.asksAgain ?? false)
}

/** What every request says of us. */
export const ourHeaders = { 'user-agent': 'nearcast-probe', accept: '*/*', 'accept-encoding': 'identity' } as const

class Http1 implements HttpSession {
  readonly #attempt: Attempt
  readonly #host: string
  /** Opens connections: an agent that keeps one, or whatever node:http does with a mere function. */
  readonly #opens: Pick<RequestOptions, 'agent' | 'createConnection'>

  constructor(attempt: Attempt, connect: () => Promise<Socket>, host: string, asksAgain: boolean) {
    this.#attempt = attempt
    this.#host = host
    const createConnection: RequestOptions['createConnection'] = (_options, done) => {
      connect().then(
        (socket) => done(null, socket),
        (error: unknown) => attempt.thrown(error),
      )
      return null
    }
    if (!asksAgain) {
      this.#opens = { createConnection }
      return
    }
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    // A node that closes after a reply is connected to again.
    agent.createConnection = createConnection
    attempt.own(agent)
    this.#opens = { agent }
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpReply> {
    const attempt = this.#attempt
    return new Promise((resolve) => {
      const asked = request({
        ...this.#opens,
        path,
        headers: { host: this.#host, ...ourHeaders, ...headers },
        maxHeaderSize: headerBytes,
      })
      asked.on('error', (error) => attempt.error(error))
      asked.on('information', countInterim(attempt))
      asked.on('upgrade', () => attempt.fail('protocol', 'switched to another protocol unasked'))
      asked.on('response', (body) => {
        body.on('error', (error) => attempt.error(error))
        resolve({ status: body.statusCode ?? 0, body })
      })
      asked.end()
    })
  }
}

class Http2 implements HttpSession {
  readonly #attempt: Attempt
  readonly #host: string
  readonly #origin: string
  readonly #connect: () => Promise<Socket>
  #session: ClientHttp2Session | null = null

  constructor(attempt: Attempt, connect: () => Promise<Socket>, origin: string, host: string) {
    this.#attempt = attempt
    this.#connect = connect
    this.#origin = origin
    this.#host = host
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpReply> {
    const attempt = this.#attempt
    this.#session ??= this.#open(await this.#connect())
    const stream = this.#session.request({
      ':path': path,
      ':authority': this.#host,
      ...ourHeaders,
      ...headers,
    })
    return new Promise((resolve) => {
      stream.on('error', (error) => attempt.error(error))
      stream.on('headers', countInterim(attempt))
      stream.on('close', () => attempt.fail('reset', `closed instead of ${attempt.waitingFor}`))
      stream.on('response', ({ ':status': status }) => resolve({ status: Number(status), body: stream }))
    })
  }

  #open(socket: Socket): ClientHttp2Session {
    const session = connectHttp2(this.#origin, {
      createConnection: () => socket,
      settings: { enablePush: false, maxHeaderListSize: headerBytes },
      maxSessionMemory: 1,
    })
    session.on('error', (error) => this.#attempt.error(error))
    session.on('close', () => this.#attempt.fail('reset', `closed instead of ${this.#attempt.waitingFor}`))
    this.#attempt.own(session)
    return session
  }
}

function countInterim(attempt: Attempt): () => void {
  let interim = 0
  return () => {
    interim += 1
    if (interim > interimReplies) attempt.fail('protocol', `more than ${interimReplies} interim replies`)
  }
}
