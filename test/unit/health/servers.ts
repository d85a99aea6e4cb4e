// Loopback servers for the probe tests: kind ones, hostile ones and a black hole. Knows no probe.
import { createSocket } from 'node:dgram'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer as createSecureHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { afterEach } from 'vitest'

export interface TestServer {
  readonly address: string
  readonly port: number
  /** Connections open now. */
  open(): number
  /** Connections ever taken. */
  taken(): number
  /** Hangs up on everybody and stops listening. */
  close(): Promise<void>
  /** Listens again, on the same port. */
  reopen(): Promise<void>
}

const cleanups: (() => Promise<unknown>)[] = []

/** Closes everything these functions opened, after each test. */
export function closeServersAfterEach(): void {
  afterEach(async () => {
    await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()))
  })
}

/** Closes this too, after the test that is running. */
export function closeAfterThis(server: { close(): Promise<unknown> }): void {
  cleanups.push(() => server.close())
}

/** A server that does to each connection whatever `talk` does. */
export function serveTcp(talk: (socket: Socket) => void, address = '127.0.0.1'): Promise<TestServer> {
  return listen(createServer(talk), address)
}

export function serveHttp(answer: RequestListener, address = '127.0.0.1'): Promise<TestServer> {
  return listen(createHttpServer(answer), address)
}

/** HTTP/2, over TLS where there is a certificate. */
export function serveHttp2(
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  address = '127.0.0.1',
  tls: { cert: string; key: string } | null = null,
): Promise<TestServer> {
  const server = tls === null ? createHttp2Server() : createSecureHttp2Server(tls)
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    answer(stream, headers)
  })
  return listen(server, address)
}

/** Plain TLS that says nothing more than `talk` does, which may reset the connection below it. */
export function serveTls(
  options: TlsOptions,
  address = '127.0.0.1',
  talk: (socket: Socket, reset: () => void) => void = () => {},
): Promise<TestServer> {
  const below = new Map<number | undefined, Socket>()
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {})
    talk(socket, () => below.get(socket.remotePort)?.resetAndDestroy())
  })
  server.on('connection', (socket) => below.set(socket.remotePort, socket))
  server.on('tlsClientError', () => {})
  return listen(server, address)
}

export interface TestUdpServer {
  readonly port: number
  /** Datagrams taken. */
  taken(): number
}

/** Does with each datagram whatever `talk` does; what it says goes back to the sender. */
export async function serveUdp(
  talk: (datagram: Buffer, say: (reply: Uint8Array) => void) => void,
  address = '127.0.0.1',
): Promise<TestUdpServer> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  let taken = 0
  socket.on('message', (datagram, { port, address: from }) => {
    taken += 1
    talk(datagram, (reply) => socket.send(reply, port, from))
  })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => void socket.bind(0, address, resolve))
  cleanups.push(() => new Promise<void>((resolve) => void socket.close(() => resolve())))
  return { port: socket.address().port, taken: () => taken }
}

export function serveHttps(tls: { cert: string; key: string }, address = '127.0.0.1'): Promise<TestServer> {
  const server = createHttpsServer(tls, (_request, response) => response.end('all is well'))
  server.on('tlsClientError', () => {})
  return listen(server, address)
}

/** Says each of these over and over, as fast as the client reads or every few milliseconds, until it hangs up. */
export function repeat(socket: Socket, text: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(text), everyMs)
  socket.on('close', () => clearInterval(timer))
}

/** A port nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = await serveTcp(() => {})
  await server.close()
  return server.port
}

/** A port where packets vanish: its listener is asleep and its queue of connections is full. */
export async function blackHole(): Promise<number> {
  const code = `
    const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer()
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
    })`
  const worker = new Worker(code, { eval: true })
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  const fillers = Array.from({ length: 8 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}))
  cleanups.push(() => {
    for (const filler of fillers) filler.destroy()
    return worker.terminate()
  })
  // The queue holds two: once two are connected, it is full.
  await Promise.race(pairs(fillers).map((pair) => Promise.all(pair.map(connected))))
  return port
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, at) => items.slice(at + 1).map((b): [T, T] => [a, b]))
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('connect', resolve))
}

async function listen(server: Server, host: string): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let taken = 0
  server.on('connection', (socket) => {
    taken += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => void server.close(() => resolve()))
  }
  const open = (port: number): Promise<void> =>
    new Promise((resolve, reject) => void server.once('error', reject).listen({ host, port }, resolve))
  cleanups.push(close)
  await open(0)
  const { address, port } = server.address() as AddressInfo
  return { address, port, open: () => sockets.size, taken: () => taken, close, reopen: () => open(port) }
}
