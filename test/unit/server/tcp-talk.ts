// A TCP client for tests that sees frames and the way a connection ends. Knows no DNS.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Talk } from './door-contract.ts'

/** A conversation over TCP, with its socket for what is not ordinary. */
export interface TcpTalk extends Talk {
  readonly socket: Socket
  /** Resolves when the other side has closed, by FIN or by reset, to the frames that nobody received. */
  readonly closed: Promise<number>
}

export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(2)
  prefix.writeUInt16BE(message.length)
  return Buffer.concat([prefix, message])
}

export async function talkTcp(to: { address: string; port: number }): Promise<TcpTalk> {
  const socket = connect({ host: to.address, port: to.port })
  await once(socket, 'connect')
  const { localPort = 0 } = socket
  const frames: Buffer[] = []
  const waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void }[] = []
  let received: Buffer = Buffer.alloc(0)
  const gone = new Error('the other side closed the connection')
  let open = true
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE()) {
      const end = 2 + received.readUInt16BE()
      const frame = received.subarray(2, end)
      received = received.subarray(end)
      const next = waiting.shift()
      if (next) next.resolve(frame)
      else frames.push(frame)
    }
  })
  socket.on('error', () => {})
  const closed = new Promise<number>((resolve) => {
    const end = (): void => {
      open = false
      for (const { reject } of waiting.splice(0)) reject(gone)
      resolve(frames.length)
    }
    socket.once('end', end)
    socket.once('close', end)
  })
  return {
    socket,
    closed,
    port: localPort,
    send: (message) => void socket.write(framed(message)),
    receive: () => {
      const frame = frames.shift()
      if (frame) return Promise.resolve(frame)
      return open ? new Promise((resolve, reject) => waiting.push({ resolve, reject })) : Promise.reject(gone)
    },
    close: async () => {
      if (socket.closed) return
      socket.destroy()
      await once(socket, 'close')
    },
  }
}
