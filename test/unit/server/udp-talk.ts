// A UDP client for tests: one connected socket, which therefore hears nobody but the address it asked. Knows no DNS.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Talk } from './door-contract.ts'

export async function talkUdp(to: { address: string; port: number }): Promise<Talk> {
  const socket = createSocket(to.address.includes(':') ? 'udp6' : 'udp4')
  socket.connect(to.port, to.address)
  await once(socket, 'connect')
  const answers: Buffer[] = []
  const waiting: ((answer: Buffer) => void)[] = []
  socket.on('message', (message) => {
    const next = waiting.shift()
    if (next) next(message)
    else answers.push(message)
  })
  return {
    port: socket.address().port,
    send: (message) => socket.send(message),
    receive: () => {
      const answer = answers.shift()
      return answer ? Promise.resolve(answer) : new Promise((resolve) => waiting.push(resolve))
    },
    close: async () => {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
