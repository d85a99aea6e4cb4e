// The RTMP and RTMPS probes: the handshake, and if an application is named `connect`. Publishes and plays nothing.
import type { RtmpProbe } from '../model.ts'
import { success, type Outcome } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'
import { ProbeError } from './failure.ts'
import { Reader } from './reader.ts'
import { checkVersion, clientHello, judgeServerHello, packetBytes } from './rtmp-handshake.ts'
import { answerToConnect, connectCommand, MessageReader } from './rtmp-message.ts'
import { openTcp, openTls } from './sockets.ts'

const limitBytes = 64 * 1024

/** Shakes hands, connects if it is to, and hangs up. */
export function probeRtmp(trial: Trial, probe: RtmpProbe): Promise<Outcome> {
  const { type, port, app, timeoutMs, verify, certificateDays } = probe
  const { address, family } = trial.target
  const host = probe.host ?? (family === 6 ? `[${address}]` : address)
  return Attempt.run(trial, timeoutMs, async (attempt) => {
    const hello = clientHello()
    const next = "the server's handshake"
    const tls = { host, verify, certificateDays, alpn: [], mustAgree: false }
    const socket =
      type === 'rtmp'
        ? await openTcp(attempt, { address, port }, next)
        : await openTls(attempt, { address, port }, tls, next)
    socket.write(hello)
    const reader = new Reader(socket, limitBytes)
    const s0 = await reader.take(1)
    checkVersion(s0[0])
    const rest = await reader.take(2 * packetBytes)
    const kind = judgeServerHello(hello, Buffer.concat([s0, rest]))
    attempt.took('handshake', 'an answer to connect', kind)
    const c2 = rest.subarray(0, packetBytes)
    if (app === null) socket.write(c2)
    else {
      // In one write: what waits behind an unacknowledged packet waits long.
      socket.write(Buffer.concat([c2, connectCommand(app, `${type}://${host}:${port}/${app}`)]))
      await answered(new MessageReader(reader), app)
      attempt.took('connect to application', 'nothing more', app)
    }
    attempt.settle(success)
  })
}

async function answered(messages: MessageReader, app: string): Promise<void> {
  for (;;) {
    const answer = answerToConnect(await messages.next())
    if (answer === '_result') return
    if (answer === '_error') throw new ProbeError('status', `connect to ${app} was refused`)
  }
}
