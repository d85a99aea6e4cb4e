// The TCP probe against real sockets. It reads nothing, so the contract of all probes is all there is to ask of it.
import { probeContract } from './probe-contract.ts'
import { serveTcp } from './servers.ts'

probeContract('tcp', {
  serveWell: (address) => serveTcp((socket) => socket.resume(), address),
  probe: (port, timeoutMs) => ({
    key: 'it',
    type: 'tcp',
    port,
    intervalMs: 60_000,
    timeoutMs,
    confirmMs: 150,
    fall: 3,
    rise: 5,
    required: true,
  }),
  listens: false,
})
