// A probe and observations to build tests from. Opens no socket.
import type { TcpProbe } from '../../../src/health/model.ts'
import type { Observation } from '../../../src/health/observation.ts'

/** A TCP probe called `tcp` at 2 s, fall 3, rise 2. */
export function tcpProbe(changes: Partial<TcpProbe> = {}): TcpProbe {
  return {
    key: 'tcp',
    type: 'tcp',
    port: 443,
    intervalMs: 2_000,
    timeoutMs: 400,
    confirmMs: 150,
    fall: 3,
    rise: 2,
    required: true,
    ...changes,
  }
}

/** A failure or success of `tcp` at edge's 192.0.2.1. */
export function observation(ok: boolean, changes: Partial<Observation> = {}): Observation {
  return {
    node: 'edge',
    family: 4,
    address: '192.0.2.1',
    probe: 'tcp',
    ok,
    reason: ok ? 'ok' : 'refused',
    detail: ok ? '' : 'nobody home',
    startedMs: 0,
    elapsedMs: 1,
    ...changes,
  }
}
