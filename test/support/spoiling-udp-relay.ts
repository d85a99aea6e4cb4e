// A relay of datagrams in front of a good node that does with the node's answers as it is told. Knows no protocol.
import { createSocket } from 'node:dgram'

/** Does with the answer of this count, from 1 on, what it likes; what it says goes to the client that asked last. */
export type OnAnswer = (answer: Buffer, say: (datagram: Uint8Array) => void, count: number) => unknown

export interface UdpRelay {
  readonly port: number
  close(): Promise<void>
}

/** Relays between its own port and that one, both of 127.0.0.1. */
export async function relayUdp(nodePort: number, onAnswer: OnAnswer): Promise<UdpRelay> {
  const [front, back] = [createSocket('udp4'), createSocket('udp4')]
  let clientPort = 0
  let count = 0
  let closed = false
  const say = (datagram: Uint8Array): void => {
    if (!closed) front.send(datagram, clientPort, '127.0.0.1')
  }
  front.on('message', (question, { port }) => {
    clientPort = port
    back.send(question, nodePort, '127.0.0.1')
  })
  back.on('message', (answer) => {
    count += 1
    onAnswer(answer, say, count)
  })
  for (const socket of [front, back]) {
    socket.on('error', () => {})
    await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve))
  }
  return {
    port: front.address().port,
    close: async () => {
      closed = true
      await Promise.all([front, back].map((socket) => new Promise<void>((done) => void socket.close(() => done()))))
    },
  }
}
