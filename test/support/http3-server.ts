// An HTTP/3 server of which each test says what it does once the handshake is over; by the QUIC of @matrixai/quic. Knows no probe.
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import quiche from '@matrixai/quic/native/quiche.js'
import type { Config, Connection } from '@matrixai/quic/native/types.js'

const packetBytes = 1350
const turnMs = 5

export interface Http3Server {
  readonly port: number
  /** Connections over which a handshake came to its end. */
  shaken(): number
  close(): Promise<void>
}

/** What one connection may do. */
export interface Http3Talk {
  /** Says as much as the client lets it, now or later; in order on each stream. */
  say(stream: number, bytes: Uint8Array, end?: boolean): void
  /** Breaks off a stream, with an error code. */
  reset(stream: number): void
  /** Closes the connection, with an error code of the application. */
  close(): void
  /** Calls back once the client has said all of its request. */
  onRequest(heard: () => void): void
  /** Calls back every few milliseconds, with how much is still to be said. */
  everyTurn(turn: (waitingBytes: number) => void): void
}

/**
 * Serves on 127.0.0.1.
 * @param behave called when a handshake is over
 * @param change of what the server allows its clients
 */
export async function serveHttp3(
  tls: { readonly cert: string; readonly key: string },
  behave: (talk: Http3Talk) => void,
  change: (config: Config) => void = () => {},
): Promise<Http3Server> {
  const certificate = Buffer.from(tls.cert)
  const config = quiche.Config.withBoringSslCtx(false, true, null, [Buffer.from(tls.key)], [certificate])
  config.setApplicationProtos(['h3'])
  config.setMaxIdleTimeout(30_000)
  config.setInitialMaxData(1 << 20)
  config.setInitialMaxStreamDataBidiRemote(1 << 16)
  config.setInitialMaxStreamDataUni(1 << 16)
  config.setInitialMaxStreamsBidi(8)
  config.setInitialMaxStreamsUni(8)
  change(config)
  const socket = createSocket('udp4')
  const talks = new Map<number, Talk>()
  let shaken = 0
  socket.on('message', (packet, { port }) => {
    let talk = talks.get(port)
    if (talk === undefined) {
      const local = { host: '127.0.0.1', port: socket.address().port }
      const connection = quiche.Connection.accept(randomBytes(16), null, local, { host: '127.0.0.1', port }, config)
      talk = new Talk(connection, socket, port, (begun) => {
        shaken += 1
        behave(begun)
      })
      talks.set(port, talk)
    }
    talk.hear(packet)
  })
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve))
  return {
    port: socket.address().port,
    shaken: () => shaken,
    close: () => {
      for (const talk of talks.values()) talk.stop()
      return new Promise<void>((resolve) => void socket.close(() => resolve()))
    },
  }
}

class Talk implements Http3Talk {
  readonly #connection: Connection
  readonly #socket: Socket
  readonly #port: number
  readonly #begin: (talk: Http3Talk) => void
  readonly #packet = new Uint8Array(packetBytes)
  readonly #timer = setInterval(() => this.#turn(), turnMs)
  readonly #waiting: { readonly stream: number; readonly bytes: Uint8Array; readonly end: boolean }[] = []
  #onTurn: (waitingBytes: number) => void = () => {}
  #onRequest: () => void = () => {}
  #begun = false

  constructor(connection: Connection, socket: Socket, port: number, begin: (talk: Http3Talk) => void) {
    this.#connection = connection
    this.#socket = socket
    this.#port = port
    this.#begin = begin
  }

  hear(packet: Buffer): void {
    const from = { host: '127.0.0.1', port: this.#port }
    const to = { host: '127.0.0.1', port: this.#socket.address().port }
    try {
      this.#connection.recv(packet, { from, to })
    } catch {
      // Of a client that has gone, or means it ill.
    }
    if (this.#connection.isEstablished() && !this.#begun) {
      this.#begun = true
      this.#begin(this)
    }
    if (this.#begun) this.#listen()
    this.#flush()
  }

  say(stream: number, bytes: Uint8Array, end = false): void {
    this.#waiting.push({ stream, bytes, end })
  }

  reset(stream: number): void {
    this.#connection.streamShutdown(stream, quiche.Shutdown.Write, 0x10c)
  }

  close(): void {
    this.#connection.close(true, 0x101, new Uint8Array())
  }

  everyTurn(turn: (waitingBytes: number) => void): void {
    this.#onTurn = turn
  }

  onRequest(heard: () => void): void {
    this.#onRequest = heard
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #listen(): void {
    const chunk = new Uint8Array(16_384)
    for (const stream of this.#connection.readable()) {
      for (let ended = false; !ended;) {
        const read = this.#connection.streamRecv(stream, chunk)
        if (read === null) break
        ended = read[1]
        if (ended && stream === 0) this.#onRequest()
      }
    }
  }

  #turn(): void {
    if (this.#connection.isClosed()) return this.stop()
    if (this.#begun) this.#onTurn(this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0))
    if ((this.#connection.timeout() ?? 1) <= 0) this.#connection.onTimeout()
    this.#flush()
  }

  #flush(): void {
    for (let left = this.#waiting.length; left > 0; left -= 1) this.#sayNext()
    for (;;) {
      const sent = this.#connection.send(this.#packet)
      if (sent === null) return
      this.#socket.send(Buffer.from(this.#packet.subarray(0, sent[0])), this.#port, '127.0.0.1')
    }
  }

  #sayNext(): void {
    const next = this.#waiting.shift()
    if (next === undefined) return
    const { stream, bytes, end } = next
    let said = 0
    try {
      said = this.#connection.streamSend(stream, bytes, end) ?? 0
      if (said === bytes.length) return
    } catch {
      // The client has not opened the stream yet, or has stopped listening to it.
    }
    this.#waiting.unshift({ stream, bytes: bytes.subarray(said), end })
  }
}
