// One question and one answer over UDP on behalf of a probe, asked again while there is time. Knows no protocol.
import { createSocket, type Socket } from 'node:dgram'
import { success, type Outcome, type ProbeTarget } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'

/** A lost datagram is not a fault of the node: within the timeout it is sent so many times. */
const sends = 3

export interface UdpQuestion {
  readonly port: number
  readonly timeoutMs: number
  readonly message: Uint8Array
  /** What the answer is called, for people. */
  readonly answer: string
  /** Describes a good answer in a few words. Throws ProbeError protocol to any other. */
  readonly judge: (reply: Buffer) => string
}

/** The first datagram that comes back decides. */
export function askUdp(trial: Trial, { port, timeoutMs, message, answer, judge }: UdpQuestion): Promise<Outcome> {
  return Attempt.run(trial, timeoutMs, async (attempt) => {
    attempt.waitingFor = answer
    const socket = await openUdp(attempt, trial.target, port)
    socket.on('message', (reply) => {
      try {
        attempt.took('answer', 'nothing more', judge(reply))
        attempt.settle(success)
      } catch (error) {
        attempt.thrown(error)
      }
    })
    let sent = 0
    const send = (): void => {
      sent += 1
      if (sent <= sends) socket.send(message)
    }
    send()
    const again = setInterval(send, timeoutMs / sends)
    attempt.own({ destroy: () => clearInterval(again) })
  })
}

/** A socket that hears the node's own address and port and nobody else; its errors end the try. */
export async function openUdp(attempt: Attempt, { address, family }: ProbeTarget, port: number): Promise<Socket> {
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (name, _options, done) => done(null, name, family),
  })
  attempt.own({ destroy: () => socket.close() })
  socket.on('error', (error) => attempt.error(error))
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.connect(port, address)
  })
  return socket
}
