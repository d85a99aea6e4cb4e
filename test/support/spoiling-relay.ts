// A relay in front of a good node: so many bytes of its answer get through, then it misbehaves. Knows no protocol.
import { randomBytes } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What it does with the client, given what it keeps from it. */
type Misbehave = (client: Socket, kept: Buffer) => void

/** Frozen, half open, broken, garbage, endless and slow, by what is said of a node that does so. */
export const misbehaviours: Readonly<Record<string, Misbehave>> = {
  'falls silent': () => {},
  'closes its half': (client) => client.end(),
  'resets the connection': (client) => client.resetAndDestroy(),
  'goes on with noise without end': (client) => repeat(client, () => randomBytes(16_384), 1),
  'drips the rest byte by byte': (client, kept) => {
    let at = 0
    repeat(client, () => kept.subarray(at, (at += 1)), 5)
  },
}

export interface SpoilingRelay {
  readonly port: number
  /** Bytes of the good node's answers so far, let through or not. */
  answered(): number
  /** Connections of clients that are open now. */
  open(): number
  close(): Promise<void>
}

/** Relays to a port of the same address; of each connection's answer `lets` bytes get through. */
export async function relayTo(
  { address, port }: { readonly address: string; readonly port: number },
  misbehave: Misbehave,
  lets: number,
): Promise<SpoilingRelay> {
  const sockets = new Set<Socket>()
  let answered = 0
  let open = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    open += 1
    const node = connect({ host: address, port })
    for (const socket of [client, node]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    // What the client ends is over: only the relay itself leaves halves open.
    client.on('end', () => client.destroy())
    client.on('close', () => {
      open -= 1
      node.destroy()
    })
    client.on('data', (bytes: Buffer) => node.write(bytes))
    let left = lets
    let spoilt = false
    node.on('data', (bytes: Buffer) => {
      answered += bytes.length
      if (spoilt) return
      client.write(bytes.subarray(0, left))
      spoilt = bytes.length >= left
      if (spoilt) misbehave(client, bytes.subarray(left))
      left -= bytes.length
    })
    if (lets === 0) {
      spoilt = true
      misbehave(client, Buffer.alloc(0))
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, address, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    answered: () => answered,
    open: () => open,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}

/** Says the next thing every few milliseconds, as fast as the client reads, until the client has gone. */
function repeat(client: Socket, next: () => Uint8Array, everyMs: number): void {
  const timer = setInterval(() => {
    if (client.writableLength < 65_536) client.write(next())
  }, everyMs)
  client.on('close', () => clearInterval(timer))
}
