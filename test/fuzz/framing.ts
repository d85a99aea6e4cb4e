// Fuzzes the TCP door over real sockets: streams of frames, whole and broken, cut anywhere, beside what `answer` says of each.
import { once } from 'node:events'
import { connect } from 'node:net'
import { answer, Transport } from '../../src/server/answer.ts'
import { Client } from '../../src/server/client.ts'
import { openTcp } from '../../src/server/tcp.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { fixtureWorld } from '../conformance/fixture.ts'
import { makePacket } from './packets.ts'
import { damage, onceIn } from './random-bytes.ts'
import type { Target } from './target.ts'
import { u16 } from './walk.ts'

/** An input is one octet that says how it is cut, then the stream. */
export async function framingTarget(): Promise<Target> {
  const { state } = fixtureWorld()
  const door = await openTcp({
    listen: [{ address: '127.0.0.1', port: 0 }],
    respond: (bytes, length, client) => answer(bytes, length, client, Transport.tcp, state),
    counters: createCounters(1),
    onFailure: (error) => {
      throw error
    },
  })
  const [{ port }] = door.bound
  const expected = expectations()
  const bytes = new Uint8Array(32_768)
  return {
    make: (random) => {
      bytes[0] = random.below(256)
      let at = 1
      for (let frames = 1 + random.below(8); frames > 0; frames--) {
        const length = makePacket(bytes.subarray(at + 2, at + 2 + 4096), random)
        bytes[at] = length >>> 8
        bytes[at + 1] = length
        at += 2 + length
      }
      return bytes.subarray(0, onceIn(random, 3) ? 1 + damage(bytes.subarray(1), at - 1, random, 2) : at)
    },
    check: async (input) => {
      const received = await talk(port, Uint8Array.from(input.subarray(1)), input[0] ?? 0)
      const answers = expected(input.subarray(1))
      return Buffer.compare(received, answers) === 0
        ? null
        : `stream: ${received.length} octets came back, expected ${answers.length}: ${received.toString('hex', 0, 64)}`
    },
    close: () => door.stop(),
  }
}

/** What must come back for a stream: an answer for each whole frame, up to the first that is no query at all. */
function expectations(): (stream: Uint8Array) => Buffer {
  const { state } = fixtureWorld()
  const client = new Client()
  client.setFromText('127.0.0.1', 5353)
  const room = new Uint8Array(65_535)
  return (stream) => {
    const answers: Buffer[] = []
    for (let at = 0; at + 2 <= stream.length; at += 2 + u16(stream, at)) {
      const end = at + 2 + u16(stream, at)
      if (end > stream.length) break
      room.set(stream.subarray(at + 2, end))
      const length = answer(room, end - at - 2, client, Transport.tcp, state)
      if (length === 0) break
      answers.push(Buffer.from([length >>> 8, length & 255]), Buffer.from(room.subarray(0, length)))
    }
    return Buffer.concat(answers)
  }
}

/** Sends a stream in pieces, closes its half, and collects what comes until the other side closes too. */
async function talk(port: number, stream: Uint8Array, cut: number): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  const ended = once(socket, 'end')
  await once(socket, 'connect')
  const pieces = 1 + (cut & 3)
  const size = Math.max(1, Math.ceil(stream.length / pieces) - (cut >>> 4))
  for (let at = 0; at < stream.length; at += size) {
    await new Promise<void>((sent) => socket.write(stream.subarray(at, at + size), () => sent()))
    await new Promise<void>((turned) => setImmediate(turned))
  }
  socket.end()
  await ended
  socket.destroy()
  return Buffer.concat(received)
}
