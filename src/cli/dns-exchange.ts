// Sends one query packet and waits for its answer, over UDP or TCP. Knows no DNS beyond the id of a message.
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { NearcastError } from '../errors.ts'
import { isReplyTo } from './dns-message.ts'

/** Where to ask. */
export interface Server {
  readonly address: string
  readonly port: number
}

/** `127.0.0.1:5300`, `[::1]:5300`, or an address alone for port 53. null when it is neither. */
export function parseServer(text: string): Server | null {
  const [, v6, v4, port] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (v6 === undefined && v4 === undefined) return null
  const number = Number(port ?? 53)
  return number > 0 && number < 65536 ? { address: v6 ?? v4, port: number } : null
}

/** `127.0.0.1:5300` or `[::1]:5300`. */
export function formatServer({ address, port }: Server): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Asks over UDP. Throws NC_UNREACHABLE when nothing comes back in time. */
export async function exchangeUdp(
  server: Server,
  query: Uint8Array,
  id: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4')
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const timer = setTimeout(() => reject(silent(server, 'UDP', timeoutMs)), timeoutMs)
  socket.on('error', (cause) => reject(unreachable(server, 'UDP', cause)))
  // A connected socket hears nobody but this server, and learns when nothing listens there.
  socket.on('message', (message) => isReplyTo(message, id) && resolve(message))
  socket.connect(server.port, server.address, (cause?: Error) => {
    // Where no route leads there, Node tells this callback and not the listener for errors.
    if (cause) reject(unreachable(server, 'UDP', cause))
    else socket.send(query)
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

/** Asks over TCP, with the two octets of length before each message. Throws NC_UNREACHABLE. */
export async function exchangeTcp(
  server: Server,
  query: Uint8Array,
  id: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  const socket = connect(server.port, server.address)
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const timer = setTimeout(() => reject(silent(server, 'TCP', timeoutMs)), timeoutMs)
  let received = Buffer.alloc(0)
  socket.on('error', (cause) => reject(unreachable(server, 'TCP', cause)))
  socket.on('close', () =>
    reject(new NearcastError('NC_UNREACHABLE', `${formatServer(server)} hung up without an answer.`)),
  )
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
    const message = received.subarray(2, 2 + received.readUInt16BE(0))
    if (isReplyTo(message, id)) resolve(message)
    else reject(new NearcastError('NC_UNREACHABLE', `${formatServer(server)} answered something that was not asked.`))
  })
  socket.write(Buffer.concat([Uint8Array.of(query.length >> 8, query.length & 255), query]))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function silent(server: Server, transport: string, timeoutMs: number): NearcastError {
  const waited = `No answer from ${formatServer(server)} over ${transport} within ${timeoutMs / 1000} s.`
  return new NearcastError('NC_UNREACHABLE', `${waited}\nIs a server running there? Start one with 'nearcast demo'.`)
}

function unreachable(server: Server, transport: string, cause: Error): NearcastError {
  const message = `Cannot ask ${formatServer(server)} over ${transport}: ${cause.message}.`
  return new NearcastError(
    'NC_UNREACHABLE',
    `${message}\nStart a server with 'nearcast demo', or name one with --server.`,
    { cause },
  )
}
