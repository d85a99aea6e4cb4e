// Sends every datagram back with the response bit set, in batches, over the same two system calls as the batch door. For comparison
// only: the least that an answer can cost on this machine from this language.
import {
  addressOf,
  MSG_DONTWAIT,
  MSG_WAITFORONE,
  openUdpSocket,
  receiveMessages,
  sendMessages,
  socketAddressLength,
} from '../../src/server/syscalls.ts'

const batchSize = 64
const roomBytes = 1536
const headerWords = 16
const lengthWord = 14
const iovecWords = 4

const rooms = new ArrayBuffer(batchSize * roomBytes)
const addresses = new ArrayBuffer(batchSize * socketAddressLength)
const vectors = new ArrayBuffer(batchSize * iovecWords * 4)
const headers = new ArrayBuffer(batchSize * headerWords * 4)
const bytes = new Uint8Array(rooms)
const headerAt = new Uint32Array(headers)
const vectorAt = new Uint32Array(vectors)

for (let i = 0; i < batchSize; i++) {
  const header = new BigUint64Array(headers, i * headerWords * 4, headerWords / 2)
  header[0] = addressOf(addresses) + BigInt(i * socketAddressLength)
  header[1] = BigInt(socketAddressLength)
  header[2] = addressOf(vectors) + BigInt(i * iovecWords * 4)
  header[3] = 1n
  const vector = new BigUint64Array(vectors, i * iovecWords * 4, iovecWords / 2)
  vector[0] = addressOf(rooms) + BigInt(i * roomBytes)
  vector[1] = BigInt(roomBytes)
}

const at = addressOf(headers)
const endpoint = { address: '127.0.0.1', port: Number(process.argv[2]) }
const socket = openUdpSocket(endpoint, { share: false, receiveBufferBytes: 8 << 20, receiveTimeoutMs: 50 })

for (;;) {
  const received = receiveMessages(socket, at, batchSize, MSG_WAITFORONE, null)
  if (received <= 0) continue
  for (let i = 0; i < received; i++) {
    bytes[i * roomBytes + 2] |= 0x80
    vectorAt[i * iovecWords + 2] = headerAt[i * headerWords + lengthWord]
  }
  sendMessages(socket, at, received, MSG_DONTWAIT)
  for (let i = 0; i < received; i++) vectorAt[i * iovecWords + 2] = roomBytes
}
