// Carries DNS messages to a server on this machine and back, from any loopback address. Knows nothing of their content.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'

/** Far longer than any answer takes, so that what does not come within it was not sent. */
const deadlineMs = 60_000

export interface Peers {
  readonly to: { readonly address: string; readonly port: number }
  /** The address to ask from; the system's choice when left out. */
  readonly from?: string
}

/** The answer to one message over UDP. */
export async function overUdp(message: Buffer, peers: Peers): Promise<Buffer> {
  return await withSocket(peers, async (socket) => {
    const { address, port } = peers.to
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(deadlineMs) })
    socket.send(message, port, address)
    const [answer] = (await answered) as [Buffer]
    return answer
  })
}

/**
 * What came back over UDP by the time the server has surely dealt with the message.
 * @param dealtWith resolves then
 */
export async function silentUdp(message: Buffer, peers: Peers, dealtWith: () => Promise<void>): Promise<Buffer[]> {
  return await withSocket(peers, async (socket) => {
    const answers: Buffer[] = []
    socket.on('message', (answer) => answers.push(answer))
    socket.send(message, peers.to.port, peers.to.address)
    await dealtWith()
    return answers
  })
}

export interface Conversation {
  /** Whole answers, in the order they came. */
  readonly answers: readonly Buffer[]
  /** The server closed its half before we did ours. */
  readonly closed: boolean
}

/**
 * Sends chunks over one TCP connection, each in a segment of its own, and collects answers.
 * @param expected ends the conversation after so many answers; with `finish` it goes on until the server closes
 * @param finish closes our half after the last chunk, before any answer is read
 */
export async function overTcp(
  chunks: readonly Buffer[],
  peers: Peers,
  expected: number,
  finish: boolean,
): Promise<Conversation> {
  const { address, port } = peers.to
  const socket = connect({ host: address, port, localAddress: peers.from, noDelay: true, allowHalfOpen: true })
  socket.setTimeout(deadlineMs, () => socket.destroy(new Error(`nothing came for ${deadlineMs} ms`)))
  const answers: Buffer[] = []
  let received = Buffer.alloc(0)
  let closed = false
  const over = new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('end', () => {
      closed = true
      resolve()
    })
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        answers.push(received.subarray(2, end))
        received = received.subarray(end)
      }
      if (!finish && expected > 0 && answers.length >= expected) resolve()
    })
  })
  try {
    await Promise.race([once(socket, 'connect'), over])
    for (const chunk of chunks) {
      await new Promise<void>((sent) => socket.write(chunk, () => sent()))
      // A turn of the event loop between writes, or the kernel may join them.
      await new Promise<void>((turned) => setImmediate(turned))
    }
    if (finish) socket.end()
    await over
    if (received.length > 0) throw new Error(`${received.length} bytes of an answer came and never its rest`)
    return { answers, closed }
  } finally {
    socket.destroy()
  }
}

/** A message with its length in front. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >>> 8, message.length & 255]), message])
}

async function withSocket<T>(peers: Peers, use: (socket: ReturnType<typeof createSocket>) => Promise<T>): Promise<T> {
  const socket = createSocket(peers.to.address.includes(':') ? 'udp6' : 'udp4')
  try {
    if (peers.from !== undefined) {
      const listening = once(socket, 'listening')
      socket.bind(0, peers.from)
      await listening
    }
    return await use(socket)
  } finally {
    socket.close()
  }
}
