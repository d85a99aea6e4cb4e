// Whether the batch door can be trusted on this machine: a message sent to itself must come back whole. Knows no DNS.
import { Client } from './client.ts'
import { MessageBatch } from './message-batch.ts'
import {
  closeSocket,
  errno,
  isSupported,
  MSG_DONTWAIT,
  openUdpSocket,
  ownAddress,
  receiveMessages,
  sendMessages,
  SystemCallError,
} from './syscalls.ts'

const rounds = 3

/** Null, or why the layouts and numbers the batch door relies on do not hold here. */
export function batchProblem(): string | null {
  if (!isSupported())
    return `it is made for 64-bit Linux on x64 and arm64, this is ${process.platform} on ${process.arch}`
  const options = { share: true, receiveBufferBytes: 1 << 16, receiveTimeoutMs: 100 }
  const socket = openUdpSocket({ address: '127.0.0.1', port: 0 }, options)
  try {
    const own = ownAddress(socket)
    const batch = new MessageBatch()
    for (let message = 0; message < rounds; message++) {
      batch.setSender(message, own)
      batch.rooms[message].fill(message + 1, 0, 100 + message)
      batch.queue(message, 100 + message)
    }
    if (sendMessages(socket, batch.sendAt, rounds, MSG_DONTWAIT) !== rounds) {
      return new SystemCallError('sendmmsg', errno()).message
    }
    for (const room of batch.rooms) room.fill(0)
    const received = receiveMessages(socket, batch.receiveAt, rounds, MSG_DONTWAIT, null)
    if (received !== rounds) return `recvmmsg brought ${received} of ${rounds} messages`
    const client = new Client()
    for (let message = 0; message < rounds; message++) {
      batch.readClient(message, client)
      const length = batch.lengthOf(message)
      const whole = batch.rooms[message].subarray(0, length).every((byte) => byte === message + 1)
      const sender = client.family === 4 && client.words[0] === 0x7f000001 && client.port === ((own[2] << 8) | own[3])
      if (length !== 100 + message || !whole || !sender || batch.isCut(message))
        return `message ${message} came back changed`
    }
    return null
  } finally {
    closeSocket(socket)
  }
}
