// The TLS probe: a handshake, and a certificate that is good for the name and long enough. Sends no application data.
import type { TlsProbe } from '../model.ts'
import { success, type Outcome } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'
import { openTls } from './sockets.ts'

/** Shakes hands and closes. */
export function probeTls(trial: Trial, { port, host, timeoutMs, ...checks }: TlsProbe): Promise<Outcome> {
  const { address } = trial.target
  return Attempt.run(trial, timeoutMs, async (attempt) => {
    const options = { ...checks, host: host ?? address, mustAgree: checks.alpn.length > 0 }
    await openTls(attempt, { address, port }, options, 'nothing more')
    attempt.settle(success)
  })
}
